import ArgumentParser
import PPL

/// The `ppl` program.
struct PPLProgram: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ppl",
    abstract: "Fit probabilistic models written as equations.",
    discussion: """
      Exit status: 0 good; 1 a diagnostic of the run failed; 2 a mistake in the program; 3 in the
      data; 4 the run failed; 64 wrong usage; 130 interrupted, the draws so far are kept.
      """,
    version: Version.text,
    subcommands: [
      RunCommand.self, REPLCommand.self, CheckCommand.self, PlanCommand.self, DensityCommand.self,
      SBCCommand.self,
      ReportCommand.self, CompareCommand.self, ExportCommand.self, BenchCommand.self,
      EnginesCommand.self, FormatCommand.self, ExplainCommand.self, DoctorCommand.self,
      CompletionCommand.self, ManualCommand.self, LanguageServerCommand.self,
    ]
  )
}

/// Where the program begins.
@main
enum Main {
  static func main() async {
    // Without anything to do, a session is what people want.
    if CommandLine.arguments.count == 1 {
      await PPLProgram.main(["repl"])
      return
    }
    // An option whose value may be left out, as its contract has it, gets the value that means every name.
    let bare = "--allow-extern"
    let words = CommandLine.arguments.dropFirst().map { word in
      word == bare ? "\(bare)=\(ModelArguments.everyName)" : word
    }
    await PPLProgram.main(Array(words))
  }
}

/// What scripts read from the exit status; part of the contract.
enum ExitStatus {
  static let diagnosticsFailed = ExitCode(1)
  static let badProgram = ExitCode(2)
  static let badData = ExitCode(3)
  static let runFailed = ExitCode(4)
  static let interrupted = ExitCode(130)
}
