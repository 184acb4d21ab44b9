import ArgumentParser
import PPL

/// `ppl explain`.
struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "List the codes of diagnostics, or explain one with an example."
  )

  @Argument(help: "The code, for instance E0203.")
  var code: String?

  func run() throws {
    guard let code else {
      Terminal.output(ErrorIndex.overview)
      return
    }
    guard let text = ErrorIndex.explanation(of: code) else {
      throw ValidationError("no diagnostic has the code `\(code)`; `ppl explain` lists them")
    }
    Terminal.output(text)
  }
}
