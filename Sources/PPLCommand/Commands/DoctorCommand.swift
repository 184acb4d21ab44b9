import ArgumentParser
import PPL

/// `ppl doctor`.
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Show what models run with on this machine, and what would make them faster.",
    discussion: "Ends with status 0 if all is as it should be, and with 1 if there is advice."
  )

  @Option(help: "Form of the results: text or json.")
  var format = OutputFormat.text

  func run() throws {
    let report = SystemReport.here()
    Terminal.output(format == .text ? report.text : report.json + "\n")
    if !report.advice.isEmpty { throw ExitStatus.diagnosticsFailed }
  }
}
