import Foundation
import Testing

/// Carries out the blocks of a page one after the other, in a folder of its own with the examples of the repository in it.
struct PageRun {
  let page: Page
  private let place: Workplace
  /// Files that commands have not used yet.
  private var unused: [String] = []

  init(_ page: Page) throws {
    self.page = page
    place = try Workplace()
    try FileManager.default.createSymbolicLink(
      atPath: place.path + "/Examples",
      withDestinationPath: Workplace.repository("Examples")
    )
  }

  /// Where relative paths of the page begin.
  private var folder: String {
    page.path.split(separator: "/").dropLast().map { $0 + "/" }.joined()
  }

  /// Holds each block to what it shows, and gives the page with what commands printed now.
  mutating func run() throws -> String {
    var recorded = ""
    for part in page.parts {
      switch part {
      case .text(let text): recorded += text
      case .block(let block): recorded += try run(block)
      }
    }
    for name in unused where name.hasSuffix(".ppl") { try check(name) }
    return recorded
  }

  private mutating func run(_ block: Block) throws -> String {
    switch try #require(block.kind, "a fence in no known form: \(block.fence)") {
    case .file(let name) where name.contains("/"):
      let file = try String(contentsOfFile: Workplace.repository(name), encoding: .utf8)
      #expect(file == block.content, "\(name) is another file in the repository")
    case .file(let name):
      try place.write(block.content, to: name)
      unused.append(name)
    case .program(let name):
      try place.write((name.map(equations) ?? "") + block.content, to: "block.ppl")
      try check("block.ppl")
    case .console: return try runConsole(block)
    case .longCommands:
      for line in block.lines { try LongCommand(line)?.check(in: place, folder: folder) }
    case .json:
      #expect(throws: Never.self, "\(block.content)") {
        try JSONSerialization.jsonObject(with: Data(block.content.utf8))
      }
    case .c:
      try place.write(block.content, to: "block.c")
      let result = try place.run(shell: "cc -Wall -Werror -fsyntax-only block.c")
      #expect(result.status == 0, "\(result.errors)")
    case .lua:
      let command = try #require(block.content.firstMatch(of: /cmd = \{ "ppl", "([a-z]+)" \}/))
      #expect(try place.run(String(command.output.1), "--help").status == 0)
    case .session:
      #expect(FileManager.default.isExecutableFile(atPath: Workplace.repository(".ci/newcomer")))
    case .swift, .text: break
    }
    return block.markdown
  }

  /// A program without its script, to which a block adds.
  func equations(_ name: String) throws -> String {
    let path = place.exists(name) ? place.path + "/" + name : Workplace.repository(name)
    let text = try String(contentsOfFile: path, encoding: .utf8)
    return text.split(separator: "\n", omittingEmptySubsequences: false)
      .filter { !$0.hasPrefix("infer ") && !$0.hasPrefix("show ") }.joined(separator: "\n")
  }

  /// `ppl check` finds no mistake in a program.
  private func check(_ name: String) throws {
    let result = try place.run("check", name)
    #expect(result.status == 0, "\(name)\n\(result.errors)")
  }

  private mutating func runConsole(_ block: Block) throws -> String {
    var recorded = "```\(block.fence)\n"
    let steps = ConsoleStep.steps(of: block)
    #expect(!steps.isEmpty, "no command in the block")
    for step in steps {
      unused.removeAll { step.command.contains($0) }
      let output = try step.typedLines.map { try session(step.command, $0) } ?? output(step.command)
      let difference =
        isExact(step)
        ? OutputComparison.exactDifference(shown: step.output, found: output)
        : OutputComparison.difference(shown: step.output, found: output)
      #expect(PageTests.isRecording || difference == nil, "\(step.command)\n\(output)")
      recorded += "$ \(step.command)\n" + output
    }
    return recorded + "```\n"
  }

  /// Whether the output of a command has no draws in it, and no times.
  private func isExact(_ step: ConsoleStep) -> Bool {
    let words = step.command.split(separator: " ")
    guard words.first == "ppl", words.count > 2, step.typedLines == nil else { return false }
    switch words[1] {
    case "check", "explain": return !step.command.contains("graph")
    case "repl":
      guard words.count == 4, words[2] == "<" else { return false }
      let text = try? String(contentsOfFile: place.path + "/" + words[3], encoding: .utf8)
      return text.map { !$0.contains("infer ") && !$0.contains(":load") } ?? false
    default: return false
    }
  }

  /// What a command writes, standard error in front.
  private func output(_ command: String) throws -> String {
    let result = try place.run(shell: command)
    // Slow machines see progress.
    let lines = (result.errors + result.output)
      .split(separator: "\n", omittingEmptySubsequences: false)
      .filter { $0.firstMatch(of: Self.progress) == nil }
    return named(lines.joined(separator: "\n"))
  }

  /// A text in which files of the folder have names alone.
  private func named(_ text: String) -> String {
    let folder = URL(filePath: place.path).resolvingSymlinksInPath().path()
    return text.replacing(folder.hasSuffix("/") ? folder : folder + "/", with: "")
  }

  /// How lines begin that tell how far a fit is.
  private static var progress: Regex<Substring> {
    /^(?:chain \d|epoch \d|step \d|generation \d|\d+ of \d+ simulations$)/
  }

  /// What a terminal shows of a session in which lines are typed, without the prompt at its end.
  private func session(_ command: String, _ typed: [ConsoleStep.TypedLine]) throws -> String {
    let words = command.split(separator: " ").map(String.init)
    try #require(words.first == "ppl")
    let terminal = try PseudoTerminal(place, Array(words.dropFirst()), columns: 500)
    for line in typed {
      try terminal.wait(for: line.prompt)
      terminal.type(line.text + "\n")
    }
    if typed.last?.text != ":quit" {
      try terminal.wait(for: "ppl> ")
      terminal.type("\u{4}")
    }
    _ = try terminal.finish()
    let screen = TerminalScreen(String(decoding: terminal.transcript, as: UTF8.self))
    var lines = screen.lines.filter { $0.firstMatch(of: /^chain \d+  \[/) == nil }
    while let last = lines.last, last.isEmpty || last.hasPrefix("ppl> ^D") { lines.removeLast() }
    return named(lines.map { $0 + "\n" }.joined())
  }
}

extension Workplace {
  /// Runs a command of a shell in this folder that finds `ppl` on its path.
  func run(shell command: String) throws -> CommandResult {
    let folder = URL(filePath: Self.program).deletingLastPathComponent().path()
    // Where there is no compiler of the system, Swift's own serves.
    let compiler = "command -v cc >/dev/null || cc() { clang \"$@\"; }\n"
    let launcher = ["/bin/sh", "-c", "PATH=\"\(folder):$PATH\"\n" + compiler + command]
    return try finish(start([], launcher: launcher))
  }
}
