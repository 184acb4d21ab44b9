import Foundation
import PPL
import PPLJSON
import Testing

/// `ppl doctor`, `ppl completion`, `ppl man`.
@Suite struct HelpToolTests {
  @Test func doctorTellsWhatModelsRunWith() throws {
    let place = try Workplace()
    let result = try place.run("doctor", "--format", "json")
    let json = try result.json()
    let advice = try #require(json["advice"])
    #expect(result.status == (advice.elements.isEmpty ? 0 : 1))
    let executor = try #require(json["executor"])
    #expect(executor["name"]?.string == ExecutorChoice.native.available.rawValue)
    #expect(json["version"]?.string == Version.text)
    #expect((json["gradient_ns_reference"]?.real ?? 0) > 0)
    #expect((json["machine"]?["cores"]?.real ?? 0) >= 1)
    #expect((json["directory"]?["free"]?.real ?? 0) > 0)
    let text = try place.run("doctor").output
    #expect(text.contains("executor") && text.contains("OpenBLAS"))
  }

  /// A command of the program with its options, as the argument parser tells them.
  private func commands(in place: Workplace) throws -> [JSONNode] {
    let dump = try place.run("--experimental-dump-help").json()
    let commands = try #require(dump["command"]?["subcommands"]).elements
    return commands.filter(isShown)
  }

  private func isShown(_ node: JSONNode) -> Bool {
    if case .bool(false)? = node["shouldDisplay"]?.kind { false } else { true }
  }

  private func optionNames(of command: JSONNode) -> [String] {
    (command["arguments"]?.elements ?? []).filter(isShown).flatMap { argument in
      (argument["names"]?.elements ?? []).compactMap { name in
        name["name"]?.string.map { (name["kind"]?.string == "long" ? "--" : "-") + $0 }
      }
    }
  }

  @Test func manualNamesEveryCommandAndOption() throws {
    let place = try Workplace()
    let page = try place.run("man")
    #expect(page.status == 0)
    let text = page.output.replacing("\\-", with: "-")
    var sections: [String: String] = [:]
    for part in text.components(separatedBy: "\n.SS ppl ").dropFirst() {
      let name = part.prefix { $0 != " " && $0 != "\n" }
      sections[String(name)] = part
    }
    let commands = try commands(in: place)
    #expect(commands.count > 8)
    for command in commands {
      let name = try #require(command["commandName"]?.string)
      if name == "help" { continue }
      let section = try #require(sections[name], "\(name) is not in the manual")
      for option in optionNames(of: command) where !["--help", "-h", "--version"].contains(option) {
        #expect(section.contains("\\fB\(option)\\fR"), "\(name) \(option)")
      }
    }
    #expect(text.contains(".SH EXIT STATUS\n") && text.contains(".TH PPL 1 "))
  }

  /// Every line is a request that man knows, or text that does not look like one.
  @Test func manualHasNoStrayRequests() throws {
    let page = try Workplace().run("man").output
    let requests: Set = [".TH", ".SH", ".SS", ".TP", ".B", ".I", ".br"]
    for line in page.split(separator: "\n") where line.hasPrefix(".") || line.hasPrefix("'") {
      let request = String(line.prefix { $0 != " " })
      #expect(requests.contains(request), "\(line)")
    }
    #expect(page.utf8.allSatisfy { $0 < 128 }, "old readers know ASCII only")
    let escapes = page.matches(of: /\\(.)(.)?/).map { match in
      let (_, first, second) = match.output
      return first == "f" ? "f\(second ?? " ")" : String(first)
    }
    #expect(Set(escapes).subtracting(["-", "e", "&", "[", "fB", "fI", "fR"]).isEmpty)
  }

  @Test(arguments: ["bash", "zsh", "fish"])
  func completionKnowsEveryCommandAndOption(_ shell: String) throws {
    let place = try Workplace()
    let script = try place.run("completion", shell)
    #expect(script.status == 0)
    for command in try commands(in: place) {
      let name = try #require(command["commandName"]?.string)
      #expect(script.output.contains(name), "\(name)")
      for option in optionNames(of: command) where option.hasPrefix("--") {
        #expect(script.output.contains(option.dropFirst(2)), "\(name) \(option)")
      }
    }
  }

  @Test func bashReadsItsScript() throws {
    let place = try Workplace()
    try place.write(place.run("completion", "bash").output, to: "ppl.bash")
    let launcher = ["/bin/bash", "-n", "ppl.bash"]
    guard FileManager.default.isExecutableFile(atPath: "/bin/bash") else { return }
    let result = try place.finish(place.start([], launcher: launcher))
    #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
  }

  @Test func shellsWithoutCompletionAreRefused() throws {
    #expect(try Workplace().run("completion", "tcsh").status == 64)
  }
}
