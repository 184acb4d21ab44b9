import PPLSourceText
import PPLSyntax
import Testing

/// Deep, long and hostile texts.
struct LimitTests {
  private func codes(_ text: String) -> [String] { parse(text).diagnostics.map(\.code) }

  private func repeated(_ text: String, _ count: Int) -> String {
    String(repeating: text, count: count)
  }

  @Test(arguments: [("(", ")"), ("[", "]"), ("f(", ")"), ("a[", "]"), ("(a: ", ")")])
  func nestingIsLimited(_ opening: String, _ closing: String) {
    func nested(_ depth: Int) -> String {
      "x = " + repeated(opening, depth) + "1" + repeated(closing, depth) + "\ny = 1"
    }
    #expect(codes(nested(Parser.deepestNesting)) == [])
    #expect(codes(nested(Parser.deepestNesting + 1)) == ["E0142"])
    #expect(codes(nested(100_000)) == ["E0142"])
  }

  @Test func blocksAndTypesCountAsNesting() {
    #expect(codes(repeated("model m {\n", 300) + repeated("}\n", 300)).contains("E0142"))
    #expect(
      codes("x: " + repeated("(a: ", 300) + "real" + repeated(")", 300) + " = 1") == ["E0142"]
    )
  }

  @Test(arguments: [
    ("", " + 1"), ("", " * a"), ("", " |> f"), ("", " or a"), ("", "[1]"), ("", ".a"), ("", "^2"),
    ("-", ""), ("not ", ""), ("if a then b else ", ""),
  ])
  func treeDepthIsLimited(_ before: String, _ behind: String) {
    func chain(_ length: Int) -> String {
      "x = " + repeated(before, length) + "a" + repeated(behind, length) + "\ny = 1"
    }
    #expect(codes(chain(Parser.deepestTree - 1)) == [])
    #expect(codes(chain(Parser.deepestTree)) == ["E0143"])
    #expect(codes(chain(200_000)) == ["E0143"])
  }

  /// The deepest trees and brackets allowed can be walked: printed, outlined, and parsed again.
  @Test func deepestTreesCanBeWalked() {
    let deepest = Parser.deepestTree - 1
    let nesting = Parser.deepestNesting
    for text in [
      "x = a" + repeated(" + 1", deepest), "x = " + repeated("-", deepest) + "a",
      "x = " + repeated("if a then b else ", deepest) + "a",
      "x = " + repeated("f(", nesting) + "1" + repeated(")", nesting),
      "x: " + repeated("(a: ", nesting) + "real" + repeated(")", nesting) + " = 1",
      "x = " + repeated("a^", deepest) + "a",
    ] {
      let (program, diagnostics, _) = parse(text)
      #expect(diagnostics.isEmpty)
      let printed = SyntaxPrinter.text(of: program)
      #expect(outline(parse(printed).program) == outline(program))
    }
  }

  /// A chain in the first operand of a chain, and so on: each is short, the tree would be deep.
  @Test func depthAddsUpAlongNestedChains() {
    var text = "a"
    for _ in 0..<10 { text = "(\(text))" + repeated(" + a", 50) }
    #expect(codes("x = \(text)") == ["E0143"])
  }

  @Test func longListsParse() {
    let many = (0..<10_000).map { "\($0)" }.joined(separator: ", ")
    #expect(codes("x = [\(many)]") == [])
    #expect(codes("x = f(\(many))") == [])
    let names = (0..<10_000).map { "a\($0)" }.joined(separator: ", ")
    #expect(codes("dim \(names)") == [])
    #expect(codes("data \(names): real") == [])
    #expect(codes("\(names) ~ Normal(0, 1)") == [])
  }

  @Test func manyStatementsParse() {
    let text = (0..<100_000).map { "x\($0)[i: obs] ~ Normal(mu[i] + \($0), sigma)\n" }.joined()
    let (program, diagnostics, _) = parse(text)
    #expect(diagnostics.isEmpty)
    #expect(program.items.count == 100_000)
  }

  /// Broken texts of a megabyte and more: their errors are limited, and recovery is linear.
  @Test(arguments: [
    "x = (\n", "x = f(a,\n", "x = (a; ", "} ", ") ", "x ", "= ", "x = [1 2]\n", "\"", "é", "(((( ",
    "x: (a: \n", "for ", "if ", "x = if a then ", "a.", "a[b, ", "data x, ", "µ = 3\n", "\u{202E}",
    "model m {\n", "dist D() {\n", "{ ", "'", "$", "1__0 ", "\\", "/*", "//", "x = 3 with ",
  ])
  func brokenTextEndsSoon(_ piece: String) {
    let text = repeated(piece, 400_000 / piece.utf8.count)
    let (_, diagnostics, _) = parse(text)
    #expect(!diagnostics.isEmpty)
    #expect(diagnostics.count <= 101)
  }

  @Test func moreErrorsThanShownAreSaid() {
    let diagnostics = parse(repeated("x = )\n", 150)).diagnostics
    #expect(diagnostics.count == 101)
    #expect(diagnostics.last?.code == "E0145")
    #expect(parse(repeated("x = )\n", 99)).diagnostics.count == 99)
  }

  @Test func bytesThatAreNotUTF8AreReportedOnce() {
    for bytes: [UInt8] in [
      [0xFF, 0xFE, 0x80], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80],
    ] {
      for (before, behind) in [("x = \"", "\""), ("# ", ""), ("x = ", "")] {
        let file = SourceFile(
          name: "test.ppl",
          bytes: Array(before.utf8) + bytes + Array("\(behind)\ny = 1".utf8)
        )
        let (_, diagnostics) = Parser.parse(file)
        #expect(diagnostics.map(\.code) == ["E0101"], "\(before) \(bytes)")
        #expect(
          diagnostics.first?.primary?.span
            == SourceSpan(start: before.utf8.count, end: before.utf8.count + bytes.count)
        )
      }
    }
  }
}
