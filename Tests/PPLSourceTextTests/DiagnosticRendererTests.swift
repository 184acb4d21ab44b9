import PPLSourceText
import Testing

struct DiagnosticRendererTests {
  private let file = SourceFile(
    name: "regression.ppl",
    text: "dim obs, group\nbeta[group] ~ Normal(0, 1)\ny ~ Normal(X @ beta, sigma)\n"
  )

  private func label(_ start: Int, _ end: Int, _ text: String = "") -> Diagnostic.Label {
    .init(SourceSpan(start: start, end: end), text)
  }

  @Test func rendersAllParts() {
    let diagnostic = Diagnostic(
      code: "E0203",
      message: "axes do not match",
      primary: label(53, 61, "X ends in `feature`, beta runs over `group`"),
      secondary: [label(15, 26, "declared here")],
      notes: ["a note"],
      help: "did you mean beta[feature]?"
    )
    #expect(
      DiagnosticRenderer().render(diagnostic, in: file) == """
        error[E0203]: axes do not match
          --> regression.ppl:3:12
         2 | beta[group] ~ Normal(0, 1)
           | ----------- declared here
         3 | y ~ Normal(X @ beta, sigma)
           |            ^^^^^^^^ X ends in `feature`, beta runs over `group`
           = note: a note
           = help: did you mean beta[feature]?

        """
    )
  }

  @Test func rendersTwoLabelsOfOneLineBelowEachOther() {
    let diagnostic = Diagnostic(
      code: "E0001",
      message: "two",
      primary: label(53, 61, "first"),
      secondary: [label(42, 43, "second")]
    )
    #expect(
      DiagnosticRenderer().render(diagnostic, in: file) == """
        error[E0001]: two
          --> regression.ppl:3:12
         3 | y ~ Normal(X @ beta, sigma)
           |            ^^^^^^^^ first
           | - second

        """
    )
  }

  @Test func rendersWithoutAPlaceInTheText() {
    let diagnostic = Diagnostic(
      code: "E0301",
      severity: .warning,
      message: "values are missing",
      dataLocation: .init(file: "data.csv", row: 3, column: "y")
    )
    #expect(
      DiagnosticRenderer().render(diagnostic, in: file) == """
        warning[E0301]: values are missing
          --> data.csv, row 3, column y

        """
    )
  }

  @Test func alignsTheGutterWithLargeLineNumbers() {
    let text = String(repeating: "\n", count: 9_999) + "x = y"
    let long = SourceFile(name: "a", text: text)
    let diagnostic = Diagnostic(
      code: "E0001",
      message: "m",
      primary: label(10_003, 10_004),
      secondary: [label(0, 0, "here")]
    )
    #expect(
      DiagnosticRenderer().render(diagnostic, in: long) == """
        error[E0001]: m
              --> a:10000:5
             1 | \("")
               | - here
         10000 | x = y
               |     ^

        """
    )
  }

  @Test func marksSpansOverLinesToTheFirstLineEnd() {
    let diagnostic = Diagnostic(code: "E0001", message: "m", primary: label(4, 30))
    #expect(
      DiagnosticRenderer().render(diagnostic, in: file).contains(
        " 1 | dim obs, group\n   |     ^^^^^^^^^^\n"
      )
    )
  }

  @Test func putsACaretBehindTheLineForAnEmptySpan() {
    let diagnostic = Diagnostic(code: "E0001", message: "m", primary: label(14, 14, "here"))
    #expect(
      DiagnosticRenderer().render(diagnostic, in: file)
        .contains(" 1 | dim obs, group\n   |               ^ here\n")
    )
  }

  @Test func alignsBehindTabsAndOtherAlphabets() {
    let text = "\tμ² = é"
    let diagnostic = Diagnostic(
      code: "E0001",
      message: "m",
      primary: label(text.utf8.count - 2, text.utf8.count)
    )
    let other = SourceFile(name: "a", text: text)
    #expect(
      DiagnosticRenderer().render(diagnostic, in: other).contains(" 1 |  μ² = é\n   |       ^\n")
    )
  }

  @Test func controlCharactersNeverReachTheTerminal() {
    let hostile = "\u{1B}[2Ja\u{7}\u{9B}31m\u{202E}b\u{200B}\u{2028}\r\u{0}c\u{7F}"
    let other = SourceFile(name: hostile, text: "x = \(hostile)\n")
    let diagnostic = Diagnostic(
      code: "E0001",
      message: hostile,
      primary: label(4, 9, hostile),
      secondary: [label(0, 1, hostile)],
      dataLocation: .init(file: hostile, row: 1, column: hostile),
      notes: [hostile],
      help: hostile
    )
    let rendered = DiagnosticRenderer().render(diagnostic, in: other)
    let forbidden = rendered.unicodeScalars.filter {
      ($0.value < 32 && $0 != "\n") || (127..<160).contains($0.value)
        || ["\u{202E}", "\u{200B}", "\u{2028}"].contains($0)
    }
    #expect(forbidden.isEmpty)
    #expect(rendered.split(separator: "\n").count == 8)
  }

  @Test func longLinesAreShownAroundTheLabel() throws {
    let text = (0..<500).map { "a\($0)" }.joined(separator: " + ")
    let long = SourceFile(name: "a", text: text)
    let place = try #require(text.utf8.count > 3_000 ? 2_000 : nil)
    let diagnostic = Diagnostic(
      code: "E0001",
      message: "m",
      primary: label(place, place + 4, "here"),
      secondary: [label(0, 2, "start")]
    )
    let lines = DiagnosticRenderer().render(diagnostic, in: long).split(separator: "\n").map(
      String.init
    )
    #expect(lines.count == 6)
    #expect(lines.allSatisfy { $0.unicodeScalars.count < 180 })
    #expect(lines[2].hasPrefix(" 1 | a0 + a1") && lines[2].hasSuffix("…"))
    #expect(lines[3] == "   | -- start")
    #expect(lines[4].hasPrefix(" 1 | …") && lines[4].hasSuffix("…"))
    let caret = try #require(lines[5].firstIndex(of: "^"))
    let column = lines[5].distance(from: lines[5].startIndex, to: caret)
    let shown = Array(lines[4].unicodeScalars)[column..<(column + 4)]
    let meant = Array(text.unicodeScalars)[place..<(place + 4)]
    #expect(Array(shown) == Array(meant))
  }

  @Test func coloursAreOnlyWrittenIfAskedFor() {
    let diagnostic = Diagnostic(code: "E0001", message: "m", primary: label(0, 3), help: "h")
    let plain = DiagnosticRenderer().render(diagnostic, in: file)
    let colored = DiagnosticRenderer(usesColor: true).render(diagnostic, in: file)
    #expect(!plain.contains("\u{1B}"))
    #expect(colored.contains("\u{1B}[1;31merror[E0001]\u{1B}[0m"))
    let parts = colored.split(separator: "\u{1B}")
    let stripped = parts.map {
      $0.hasPrefix("[") ? String($0.drop { $0 != "m" }.dropFirst()) : String($0)
    }
    #expect(stripped.joined() == plain)
  }

  @Test func spansOutsideOfTheFileAreHarmless() {
    let diagnostic = Diagnostic(
      code: "E0001",
      message: "m",
      primary: label(.max - 1, .max),
      secondary: [label(-9, -3)]
    )
    #expect(!DiagnosticRenderer().render(diagnostic, in: file).isEmpty)
    let empty = SourceFile(name: "a", text: "")
    #expect(!DiagnosticRenderer().render(diagnostic, in: empty).isEmpty)
  }

  @Test func severalDiagnosticsHaveABlankLineBetween() {
    let diagnostics = ["a", "b"].map { Diagnostic(code: "E0001", message: $0) }
    #expect(
      DiagnosticRenderer().render(diagnostics, in: file) == "error[E0001]: a\n\nerror[E0001]: b\n"
    )
    #expect(DiagnosticRenderer().render([], in: file) == "")
  }
}
