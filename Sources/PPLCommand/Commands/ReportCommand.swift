import ArgumentParser
import PPL

/// `ppl report`.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Write one HTML file about a fit: summary, warnings, model, plots."
  )

  @Argument(help: "The fit.", completion: .directory)
  var fit: String

  @Option(help: "Where it goes (default: the fit's name with .html here).", completion: .file())
  var out: String?

  @Flag(help: "Replace a file that is there.")
  var overwrite = false

  func run() throws {
    let fit = try StoredFits.open(fit)
    let path = out ?? fit.defaultName + ".html"
    try StoredFits.orFail { () throws(StoredFitError) in
      try fit.writeReport(to: path, replacing: overwrite)
    }
    Terminal.output(path + "\n")
  }
}
