import ArgumentParser
import PPL

/// `ppl bench`.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Time a model's gradient and its compilation."
  )

  @OptionGroup var arguments: ModelArguments

  @Option(help: "Form of the results: text or json.")
  var format = OutputFormat.text

  func run() throws {
    let benchmark = try arguments.model().benchmark()
    Terminal.output((format == .text ? benchmark.text : benchmark.json) + "\n")
  }
}
