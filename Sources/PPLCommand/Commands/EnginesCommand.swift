import ArgumentParser
import PPL

/// `ppl engines`.
struct EnginesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "engines",
    abstract: "List the engines of inference, or the settings of one."
  )

  @Argument(help: "The engine.")
  var name: String?

  func run() throws {
    guard let name else {
      Terminal.output(EngineIndex.overview)
      return
    }
    guard let text = EngineIndex.description(of: name) else {
      throw ValidationError("there is no engine `\(name)`; `ppl engines` lists them")
    }
    Terminal.output(text)
  }
}
