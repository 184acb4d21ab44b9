public import ArgumentParser
import PPL

/// `ppl export`.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write the draws of a fit for other programs.",
    discussion: """
      stan-csv: a file a chain, NAME-1.csv and so on, as CmdStan writes them; csv: a line for each number with its chain, \
      draw and name; json: one object with the draws of each element by chain.
      """
  )

  @Argument(help: "The fit.", completion: .directory)
  var fit: String

  @Option(help: "Form of the draws: stan-csv, csv or json.")
  var to: ExportForm

  @Option(help: "Where they go (default: the fit's name here).", completion: .file())
  var out: String?

  @Flag(help: "Replace files that are there.")
  var overwrite = false

  func run() throws {
    let fit = try StoredFits.open(fit)
    let paths = try StoredFits.orFail { () throws(StoredFitError) in
      try fit.export(to, to: out, replacing: overwrite)
    }
    for path in paths { Terminal.output(path + "\n") }
  }
}

extension ExportForm: ExpressibleByArgument {}
