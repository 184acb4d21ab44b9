import ArgumentParser
import Glibc
import PPL

/// `ppl repl`, and `ppl` alone.
struct REPLCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "repl",
    abstract: "Enter statements one by one, and look at what they give.",
    discussion: """
      At a terminal lines are edited, with history and completion; :help shows the commands.
      Lines that are piped in are carried out one after the other without prompt; the exit status
      is then that of the first entry that failed, as `ppl run` would have it.
      """
  )

  @OptionGroup var arguments: ModelArguments

  @Option(help: "Seed of fits that set none (default: drawn and printed).")
  var seed: UInt64?

  func run() async throws {
    let session = InteractiveSession(options)
    let isInteractive = Terminal.isInteractive
    let terminal = SessionTerminal(isInteractive: isInteractive)
    let signal = SessionInterrupt()
    var entries = EntryRunner(session: session, terminal: terminal, signal: signal)
    for file in arguments.data { await entries.run(":data \(file)") }
    if let file = arguments.file { await entries.run(":load \(file)") }
    if isInteractive, let editor = makeEditor(session) {
      // LLVM is loaded while the first statements are typed.
      let executor = arguments.executor
      let preparation = Task.detached { executor.prepare() }
      await Conversation(editor: editor).run(&entries)
      // The program does not end while the library is being loaded.
      await preparation.value
    } else {
      await runLines(&entries)
      if entries.firstFailure.exitStatus != 0 {
        throw ExitCode(entries.firstFailure.exitStatus)
      }
    }
  }

  private var options: InteractiveSession.Options {
    var options = InteractiveSession.Options()
    options.rewrites = arguments.rewrites
    options.executor = arguments.executor
    options.externals = arguments.externals
    options.sampler.seed = seed
    return options
  }

  private func makeEditor(_ session: InteractiveSession) -> LineEditor? {
    LineEditor { line, cursor in session.completions(of: line, at: cursor) }
  }

  /// Carries out the entries of standard input, which is no terminal.
  private func runLines(_ entries: inout EntryRunner) async {
    var entry = ""
    var number = 0
    var first = 1
    var next = readLine(strippingNewline: true)
    while let line = next {
      number += 1
      next = readLine(strippingNewline: true)
      if entry.isEmpty {
        entry = line
        first = number
      } else {
        entry += "\n" + line
      }
      let goesOn = !entry.isEmpty && next.map(InteractiveSession.continues) ?? false
      guard !goesOn, InteractiveSession.isComplete(entry) else { continue }
      let status = await entries.run(entry, name: "stdin", firstLine: first)
      entry = ""
      if status == .quit || status == .interrupted { return }
    }
    // What is unfinished at the end is carried out for its message.
    if !entry.isEmpty { await entries.run(entry, name: "stdin", firstLine: first) }
  }
}

/// Carries out entries one after the other, and keeps how the first one failed.
struct EntryRunner {
  let session: InteractiveSession
  let terminal: SessionTerminal
  let signal: SessionInterrupt
  private(set) var firstFailure = EntryStatus.good

  init(session: InteractiveSession, terminal: SessionTerminal, signal: SessionInterrupt) {
    self.session = session
    self.terminal = terminal
    self.signal = signal
  }

  /// Carries out one entry, which Ctrl-C stops.
  @discardableResult
  mutating func run(_ entry: String, name: String? = nil, firstLine: Int = 1) async
    -> EntryStatus
  {
    let interruption = Interruption()
    signal.begin(interruption)
    let status = await session.enter(
      entry,
      name: name,
      firstLine: firstLine,
      control: terminal.control(interruption)
    ) { terminal.show($0) }
    signal.end()
    if firstFailure == .good, status != .quit { firstFailure = status }
    return status
  }
}

/// A session at a terminal.
struct Conversation {
  let editor: LineEditor

  /// Reads and carries out entries until the user ends the session.
  func run(_ entries: inout EntryRunner) async {
    var history = Terminal.statePath("history").map { SessionHistory(path: $0) }
    for entry in history?.entries ?? [] { editor.remember(entry) }
    Terminal.output("PPL \(Version.text)   :help for help, Ctrl-D to leave\n")
    var entry = ""
    while true {
      switch editor.readLine(entry.isEmpty ? "ppl> " : "...> ") {
      case .cancelled:
        entry = ""
      case .end:
        Terminal.output("\n")
        if entry.isEmpty { return }
        entry = ""
      case .text(let line):
        // An empty line submits what would go on: a way out of an open bracket.
        let isSubmitted = !entry.isEmpty && line.allSatisfy(\.isWhitespace)
        entry += entry.isEmpty ? line : "\n" + line
        guard isSubmitted || InteractiveSession.isComplete(entry) else { continue }
        let whole = entry
        entry = ""
        guard whole.contains(where: { !$0.isWhitespace }) else { continue }
        editor.remember(whole)
        history?.append(whole)
        if await entries.run(whole) == .quit { return }
      }
    }
  }
}
