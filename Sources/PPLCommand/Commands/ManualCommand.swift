import ArgumentParser
import PPL

/// `ppl man`.
struct ManualCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "man",
    abstract: "Write the manual page, in the language of man.",
    discussion: "ppl man > ppl.1; man ./ppl.1"
  )

  func run() throws {
    let help = try CommandHelp(json: PPLProgram._dumpHelp())
    Terminal.output(ManualPage(help, version: Version.text).text)
  }
}
