public import PPLSourceText

/// Why a run gave no fit, or a posterior no answer.
public enum SamplingFailure: Error, Sendable {
  /// No chain found a start with a finite log density and gradient; the text holds the table of
  /// statements at the last point tried.
  case initialization(message: String, table: String)
  /// The fit could not be written.
  case storage(message: String)
  /// The model could not be evaluated, or a setting is out of its domain.
  case run(message: String)
  /// The program and its data do not allow it.
  case program(Diagnostic)
  /// Data that the script names are wrong.
  case data([Diagnostic])

  /// In words.
  public var message: String {
    switch self {
    case .initialization(let message, let table): message + "\n\n" + table
    case .storage(let message), .run(let message): message
    case .program(let diagnostic): diagnostic.message
    case .data(let diagnostics): diagnostics.map(\.message).joined(separator: "\n")
    }
  }
}

extension SamplingFailure: CustomStringConvertible {
  /// The message.
  public var description: String { message }
}
