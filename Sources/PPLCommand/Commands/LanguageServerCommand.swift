import ArgumentParser
import Glibc
import PPL

/// `ppl lsp`.
struct LanguageServerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lsp",
    abstract: "Serve an editor over standard input and output (Language Server Protocol 3.17).",
    discussion: "Editors start it; grammar/vscode is an extension that does."
  )

  @Flag(help: "Taken because editors give it; there is no other way.")
  var stdio = false

  func run() throws {
    var stream = MessageStream()
    var server = LanguageServer()
    while let bytes = Terminal.read(STDIN_FILENO) {
      stream.add(bytes)
      while let message = stream.next() {
        for answer in server.handle(message) { Terminal.output(MessageStream.framed(answer)) }
        if let status = server.exitStatus { throw ExitCode(status) }
      }
    }
    // The editor went away without a word.
    throw ExitStatus.diagnosticsFailed
  }
}
