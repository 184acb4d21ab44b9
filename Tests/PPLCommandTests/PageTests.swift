import Foundation
import Testing

/// Pages whose programs, data and commands are run: what the page shows is what they print.
///
/// A block whose fence names a file is that file. In a block `console` each line that begins with `$ ` is a command, and what follows its output,
/// which must agree but for numbers and spaces: those differ from processor to processor. `PPL_RECORD_GOLDEN=1` writes the outputs anew.
@Suite struct PageTests {
  private static let pages = ["Tutorial.md", "FromStanAndPyMC.md"]

  @Test(arguments: pages)
  func commandsPrintWhatThePageShows(name: String) throws {
    let file = URL(filePath: Workplace.repository("Sources/PPL/PPL.docc/" + name))
    let text = try String(contentsOf: file, encoding: .utf8)
    let place = try Workplace()
    var page = ""
    var commands = 0
    for part in Part.parts(of: text) {
      switch part {
      case .text(let text): page += text
      case .file(let fence, let name, let content):
        try place.write(content, to: name)
        page += fence + "\n" + content + "```\n"
      case .console(let steps):
        page += "```console\n"
        for step in steps {
          let output = try output(of: step.command, place)
          #expect(
            Self.words(output) == Self.words(step.output) || isRecording,
            "\(step.command)\n\(output)"
          )
          page += "$ \(step.command)\n" + output
          commands += 1
        }
        page += "```\n"
      }
    }
    #expect(commands > 0)
    if isRecording { try Data(page.utf8).write(to: file) }
  }

  private var isRecording: Bool { ProcessInfo.processInfo.environment["PPL_RECORD_GOLDEN"] == "1" }

  /// What a command writes, standard error in front.
  private func output(of command: String, _ place: Workplace) throws -> String {
    let folder = URL(filePath: Workplace.program).deletingLastPathComponent().path()
    let launcher = ["/bin/sh", "-c", "PATH=\"\(folder):$PATH\"\n" + command]
    let result = try place.finish(place.start([], launcher: launcher))
    // Slow machines see progress.
    let remarks = result.errors.split(separator: "\n", omittingEmptySubsequences: false)
      .filter { !$0.hasPrefix("chain ") }
    return remarks.joined(separator: "\n") + result.output
  }

  /// The words of a text, with all numbers alike and times in one unit.
  private static func words(_ text: String) -> [String] {
    text.split { $0 == " " || $0 == "\n" }.map { word in
      String(word).replacing(/[-+]?[0-9]+(\.[0-9]+)?(e[-+]?[0-9]+)?/, with: "#")
        .replacing(/^m?s(,?)$/) { "s\($0.output.1)" }
    }
  }

  private enum Part {
    case text(String)
    case file(fence: String, name: String, content: String)
    case console([(command: String, output: String)])

    static func parts(of text: String) -> [Part] {
      var parts: [Part] = []
      var lines = text.split(separator: "\n", omittingEmptySubsequences: false)[...]
      if lines.last?.isEmpty == true { lines = lines.dropLast() }
      while let line = lines.popFirst() {
        let words = line.hasPrefix("```") ? line.dropFirst(3).split(separator: " ") : []
        guard words.first == "console" || words.count == 2 else {
          parts.append(.text(line + "\n"))
          continue
        }
        let body = lines.prefix { $0 != "```" }
        lines = lines.dropFirst(body.count + 1)
        guard words.first == "console" else {
          let content = body.map { $0 + "\n" }.joined()
          parts.append(.file(fence: String(line), name: String(words[1]), content: content))
          continue
        }
        var steps: [(command: String, output: String)] = []
        for line in body {
          if line.hasPrefix("$ ") {
            steps.append((String(line.dropFirst(2)), ""))
          } else if !steps.isEmpty {
            steps[steps.count - 1].output += line + "\n"
          }
        }
        parts.append(.console(steps))
      }
      return parts
    }
  }
}
