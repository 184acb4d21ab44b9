import ArgumentParser
import PPL

/// `ppl density`.
struct DensityCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "density",
    abstract: "Evaluate the log density at a point, for comparison with other systems."
  )

  @OptionGroup var arguments: ModelArguments

  @Option(
    help: "A JSON object with the value of every sampled quantity.",
    completion: .file(extensions: ["json"])
  )
  var at: String

  @Flag(help: "Also the gradient with respect to the unconstrained values.")
  var gradient = false

  @Option(help: "Form of the results: text or json.")
  var format = OutputFormat.text

  func run() throws {
    let model = try arguments.model()
    let density: PointDensity
    do {
      density = try model.density(atPointIn: DataSet(paths: [at]))
    } catch {
      arguments.report(error.diagnostics, model.program)
      throw ExitStatus.badData
    }
    switch format {
    case .text: Terminal.output(density.text(withGradient: gradient) + "\n")
    case .json: Terminal.output(density.json(withGradient: gradient) + "\n")
    }
  }
}
