import PPLStorage

/// Why a stored fit cannot be used.
public struct StoredFitError: Error, Sendable {
  /// Stable number.
  public let code: String
  /// One sentence: what was found, and why it cannot be.
  public let message: String
  /// What to do.
  public let help: String

  init(code: String, message: String, help: String) {
    self.code = code
    self.message = message
    self.help = help
  }

  init(unreadable path: String, _ error: FitError) {
    code = "E0820"
    message = error.message
    switch error {
    case .file(let file) where file.reason == .notFound && file.path == path:
      help =
        "give the directory that `ppl run` named: it ends in `.fit.zarr` unless --out said otherwise"
    case .notAFit:
      let fits = ((try? listDirectory(path)) ?? []).filter { $0.hasSuffix(".zarr") }
      help =
        fits.isEmpty
        ? "give a directory that `ppl run` made: it ends in `.fit.zarr` unless --out said otherwise"
        : "it holds fits: give one of them, such as \(path)/\(fits[0])"
    default:
      help =
        "the fit is damaged, or another program wrote it: run the program again, with --overwrite"
    }
  }

  /// Whether it is about a file that was to be written, and not about the fit.
  public var isAboutOutput: Bool { code == "E0822" }

  /// As it is printed.
  public var text: String { "error[\(code)]: \(message)\n  = help: \(help)\n" }
}

extension StoredFitError {
  init(unwritable error: FitError) {
    code = "E0822"
    message = error.message
    if case .exists = error {
      help = "add --overwrite to replace it, or name another place with --out"
    } else {
      help = "name another place with --out"
    }
  }
}
