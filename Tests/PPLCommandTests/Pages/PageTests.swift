import Foundation
import Testing

/// Every block of code of every page is held by a test: what the page shows is what the program does.
///
/// The fence of a block says what it is (`Block.Kind`). In a block `console` each line that begins with `$ ` is a command, and what follows is its
/// output, or a session at a terminal if there are prompts in it. `PPL_RECORD_GOLDEN=1` writes the outputs anew.
@Suite struct PageTests {
  static var isRecording: Bool { ProcessInfo.processInfo.environment["PPL_RECORD_GOLDEN"] == "1" }

  /// The page of codes is recorded from an index whose examples are run from there.
  private static let pages = Page.all.filter {
    !$0.blocks.isEmpty && $0.path != "Sources/PPL/PPL.docc/Errors.md"
  }

  @Test(arguments: pages)
  func blocksAreWhatTheyShow(page: Page) throws {
    var run = try PageRun(page)
    let text = try run.run()
    guard Self.isRecording else { return }
    try Data(text.utf8).write(to: URL(filePath: Workplace.repository(page.path)))
  }

  /// What the README asks of one posterior is answered, with data for which it has predictions.
  @Test func questionsOfTheReadmeAreAnswered() throws {
    let page = try #require(Page.all.first { $0.path == "README.md" })
    let block = try #require(page.blocks.first { $0.fence.hasPrefix("ppl after Examples/radon") })
    let name = String(try #require(block.fence.split(separator: " ").last))
    let place = try Workplace([
      "model.ppl": try PageRun(page).equations(name) + block.content,
      "test.json": """
      {"J": 85, "county_idx": [1, 85], "floor_measure": [0, 1], "log_radon": [0.5, 1.2]}
      """,
    ])
    let data = Workplace.repository(name.replacing("model.ppl", with: "data.json"))
    let result = try place.run("run", "model.ppl", "--data", data)
    #expect([0, 1].contains(result.status), "\(result.errors)")
    for answer in ["rmse(test)", "loo(post, by", "mean of log_radon", "marginal_likelihood(post)"] {
      #expect(result.output.contains(answer), "\(answer) in\n\(result.output)")
    }
    #expect(place.exists("model.fit.html"))
  }

  /// The script that the README names fits the model that the README shows, with its data.
  @Test func theScriptForAFirstLookRunsTheExampleThatIsShown() throws {
    let page = try #require(Page.all.first { $0.path == "README.md" })
    let console = try #require(page.blocks.first { $0.kind == .console })
    let step = try #require(ConsoleStep.steps(of: console).first)
    let script = try String(contentsOfFile: Workplace.repository(".ci/example"), encoding: .utf8)
    let files = step.command.split(separator: " ").filter { $0.contains("/") }
    #expect(files.count == 2)
    for file in files { #expect(script.contains(file), "\(file)") }
  }

  @Test func pagesAreFound() {
    let paths = Set(Page.all.map(\.path))
    #expect(paths.count > 50)
    for path in ["README.md", "Sources/PPL/PPL.docc/Tutorial.md", "Examples/penguins/README.md"] {
      #expect(paths.contains(path))
    }
  }

  /// Nothing is shown as code that no test can see: fences have a form that is known, and there is no code by indentation.
  @Test(arguments: Page.all)
  func allCodeIsFenced(page: Page) {
    for part in page.parts {
      switch part {
      case .text(let text):
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        for (above, line) in zip([""] + lines, lines) {
          let start = line.drop { $0 == " " }.prefix(3)
          #expect(start != "```" && start != "~~~", "\(line)")
          #expect(!above.isEmpty || !line.hasPrefix("    "), "code by indentation: \(line)")
        }
      case .block(let block):
        #expect(block.kind != nil, "a fence in no known form: \(block.fence)")
        guard block.kind == .text else { continue }
        for line in block.lines.map({ $0.trimmingCharacters(in: .whitespaces) }) {
          #expect(!line.hasPrefix("$ ") && !line.hasPrefix("ppl "), "a command: \(line)")
        }
      }
    }
  }
}

/// What the tests of pages take for the same output.
@Suite struct OutputComparisonTests {
  private static let table = """
    4 chains x 1000 draws in 0.24 s, saved in coffee.fit.zarr
                      mean      sd  ess_bulk  ess_tail   rhat    mcse
    level["Lima B"]  4.979   0.127      2797      1472  1.002  0.0027

    P(post.slope > 0.3) = 0.997
    """

  private func differs(_ old: String, _ new: String) -> Bool {
    let found = Self.table.replacing(old, with: new)
    return OutputComparison.difference(shown: Self.table, found: found) != nil
  }

  @Test func timesAndErrorsOfSamplingMakeNoDifference() {
    #expect(!differs("", ""))
    #expect(!differs("0.24 s", "93.1 ms"))
    #expect(!differs("4.979   0.127      2797", "4.95    0.13       31"))
    #expect(!differs("0.997", "0.96"))
  }

  @Test func rareDivergencesMakeNoDifference() {
    let text =
      "warning[divergences]: 3 of 4000 draws diverged\n  = help: raise the target\n\n4 chains"
    #expect(OutputComparison.difference(shown: text, found: "4 chains") == nil)
    #expect(OutputComparison.difference(shown: "4 chains", found: text) == nil)
    let many = text.replacing("3 of", with: "40 of")
    #expect(OutputComparison.difference(shown: many, found: "4 chains") != nil)
  }

  @Test func wordsAndValuesDo() {
    #expect(differs("saved in", "kept in"))
    #expect(differs("coffee.fit.zarr", "coffee.fit.zarr\nwarning"))
    #expect(differs("4.979", "5.079"))
    #expect(differs("4.979", "-4.979"))
    #expect(differs("0.127", "0.19"))
    #expect(differs("= 0.997", "= 0.3"))
  }

  @Test func whereNothingIsDrawnAllNumbersCount() {
    func differs(_ shown: String, _ found: String) -> Bool {
      OutputComparison.exactDifference(shown: shown, found: found) != nil
    }
    #expect(!differs("A @ x = [5, 11.33333]", "A @ x = [5, 11.33334]"))
    #expect(differs("A @ x = [5, 11]", "A @ x = [5, 12]"))
    #expect(differs("-7 div 2 = -4", "-7 div 2 = -3"))
    #expect(differs("x = 1", "x  = 1"))
    #expect(differs("0", "1e-9"))
  }

  @Test func aScreenIsWhatIsSeen() {
    let screen = TerminalScreen(
      "ppl> ab\u{8}c\r\n\u{1B}[2Kone\r\n\u{1B}[1A\u{1B}[2Ktwo\u{1B}[?7h\r\n"
    )
    #expect(screen.lines == ["ppl> ac", "two", ""])
    #expect(TerminalScreen("x = 12\u{1B}[2D\u{1B}[Kmu ≥ 0").lines == ["x = mu ≥ 0"])
  }
}
