import Foundation
import Testing

/// A page of the documentation: Markdown, taken apart into blocks and what stands between them.
struct Page: Sendable, CustomTestStringConvertible {
  /// Relative to the repository.
  var path: String
  var parts: [Part]

  enum Part: Sendable {
    /// Lines outside of blocks, with the end of each.
    case text(String)
    case block(Block)
  }

  var testDescription: String { path }
  var blocks: [Block] {
    parts.compactMap { part in
      guard case .block(let block) = part else { return nil }
      return block
    }
  }

  /// All pages of the repository.
  static let all: [Page] = {
    var paths = ["README.md"]
    for folder in ["Sources", "Examples", "grammar"] {
      let files = FileManager.default.enumerator(atPath: Workplace.repository(folder))
      while let file = files?.nextObject() as? String {
        if file.split(separator: "/").last?.hasPrefix(".") == true { files?.skipDescendants() }
        if file.hasSuffix(".md") { paths.append(folder + "/" + file) }
      }
    }
    return paths.sorted().compactMap { path in
      let text = try? String(contentsOfFile: Workplace.repository(path), encoding: .utf8)
      return text.map { Page(path: path, text: $0) }
    }
  }()

  init(path: String, text: String) {
    self.path = path
    parts = []
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)[...]
    if lines.last?.isEmpty == true { lines = lines.dropLast() }
    var outside = ""
    while let line = lines.popFirst() {
      guard line.hasPrefix("```") else {
        outside += line + "\n"
        continue
      }
      if !outside.isEmpty { parts.append(.text(outside)) }
      outside = ""
      let body = lines.prefix { $0 != "```" }
      lines = lines.dropFirst(body.count + 1)
      parts.append(.block(Block(fence: String(line.dropFirst(3)), lines: body.map(String.init))))
    }
    if !outside.isEmpty { parts.append(.text(outside)) }
  }
}

/// A block of code: what stands behind its fence, and its lines.
struct Block: Sendable {
  var fence: String
  var lines: [String]

  /// The body with the end of each line.
  var content: String { lines.map { $0 + "\n" }.joined() }
  /// The page's text for it.
  var markdown: String { "```\(fence)\n\(content)```\n" }

  /// How a test holds it; nil if its fence says nothing that is known.
  var kind: Kind? {
    let words = fence.split(separator: " ").map(String.init)
    guard let language = words.first.flatMap(Language.init) else { return nil }
    switch (language, words.count) {
    case (.ppl, 1): return .program(after: nil)
    case (.ppl, 3) where words[1] == "after": return .program(after: words[2])
    case (.json, 1): return .json
    case (.c, 1): return .c
    case (.lua, 1): return .lua
    case (.swift, 1), (.swift, 2): return .swift
    case (.text, 1): return .text
    case (.session, 1): return .session
    case (.console, 1): return .console
    case (.sh, 1): return .longCommands
    case (.ppl, 2), (.json, 2), (.csv, 2), (.sh, 2), (.c, 2), (.python, 2):
      return .file(words[1])
    default: return nil
    }
  }

  enum Language: String {
    case ppl, console, session, sh, text, json, csv, c, python, lua, swift
  }

  enum Kind: Equatable {
    /// "ppl": a program that `ppl check` finds right; "ppl after FILE": behind the equations of another one.
    case program(after: String?)
    /// "LANGUAGE NAME": a file of this name that commands below use; with a path, that file of the repository.
    case file(String)
    /// Commands behind `$ ` with what they print, or a session with its prompts.
    case console
    /// "sh": commands that take long or change the machine; what they name is there.
    case longCommands
    /// JSON that is read.
    case json
    /// C that compiles.
    case c
    /// Settings of an editor, which start `ppl`.
    case lua
    /// Swift, which tests of their own hold.
    case swift
    /// From a fresh clone on, at a terminal: `.ci/newcomer` plays it.
    case session
    /// Pictures and messages: nothing that could be run.
    case text
  }
}

/// A command of a block `console`, and what it prints.
struct ConsoleStep {
  var command: String
  var output: String

  /// The prompts of a session at a terminal.
  static let prompts = ["ppl> ", "...> "]

  /// The steps of a block; what stands before the first one is lost.
  static func steps(of block: Block) -> [ConsoleStep] {
    var steps: [ConsoleStep] = []
    for line in block.lines {
      if line.hasPrefix("$ ") {
        steps.append(ConsoleStep(command: String(line.dropFirst(2)), output: ""))
      } else if !steps.isEmpty {
        steps[steps.count - 1].output += line + "\n"
      }
    }
    return steps
  }

  /// A line that is typed behind a prompt.
  struct TypedLine {
    var prompt: String
    var text: String
  }

  /// What is typed in a session; nil if the output has no prompts.
  var typedLines: [TypedLine]? {
    let lines = output.split(separator: "\n", omittingEmptySubsequences: false)
    let typed = lines.compactMap { line in
      Self.prompts.first { line.hasPrefix($0) }.map {
        TypedLine(prompt: $0, text: String(line.dropFirst($0.count)))
      }
    }
    return typed.isEmpty ? nil : typed
  }
}
