import ArgumentParser
import PPL

/// `ppl fmt`.
struct FormatCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fmt",
    abstract: "Write programs in the one layout of the language.",
    discussion: """
      Files are replaced in one step. A file with mistakes of syntax is left as it is, and the
      command ends with status 2.
      """
  )

  @Argument(
    help: "Programs; `-` is standard input, which is written to standard output.",
    completion: .file(extensions: ["ppl"])
  )
  var files: [String] = []

  @Flag(help: "Change nothing: name the files that are laid out otherwise, and end with status 1.")
  var check = false

  @Flag(help: "Format standard input to standard output.")
  var stdin = false

  func validate() throws {
    guard stdin || !files.isEmpty else {
      throw ValidationError("name the programs to format, or give --stdin")
    }
    guard !stdin || files.isEmpty else {
      throw ValidationError("--stdin formats standard input only: leave the files out")
    }
  }

  func run() throws {
    var differs = false
    var isWrong = false
    for path in stdin ? ["-"] : files {
      switch outcome(of: path) {
      case .good: break
      case .differs: differs = true
      case .failed: isWrong = true
      }
    }
    if isWrong { throw ExitStatus.badProgram }
    if differs { throw ExitStatus.diagnosticsFailed }
  }

  private enum Outcome {
    case good, differs, failed
  }

  private func outcome(of path: String) -> Outcome {
    do {
      let isInput = path == "-"
      let file =
        isInput
        ? SourceFile(name: "standard input", bytes: Terminal.input())
        : try ProgramFormat.read(path)
      switch ProgramFormat.format(file) {
      case .invalid(let diagnostics):
        let renderer = DiagnosticRenderer(usesColor: Terminal.usesColor)
        Terminal.error(renderer.render(diagnostics, in: file) + "\n")
        return .failed
      case .formatted(let text):
        let isSame = Array(text.utf8) == file.bytes
        if check {
          if !isSame { Terminal.output(file.name + "\n") }
          return isSame ? .good : .differs
        }
        if isInput {
          Terminal.output(text)
        } else if !isSame {
          try ProgramFormat.replace(path, with: text)
        }
        return .good
      }
    } catch {
      Terminal.error("error: \(error.message)\n")
      return .failed
    }
  }
}
