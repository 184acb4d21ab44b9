import PPLSourceText
import PPLSyntax
import Testing

struct LexerTests {
  /// Kinds and texts of the tokens of a text, without the end.
  private func tokens(_ text: String) -> [String] {
    let file = SourceFile(name: "test.ppl", text: text)
    return Lexer.tokenize(file).tokens.dropLast().map { token in
      switch token.kind {
      case .newline: "⏎"
      case .name, .number, .string, .invalid: "\(token.kind) \(file.text(of: token.span))"
      default: token.kind.spelling ?? "?"
      }
    }
  }

  @Test(arguments: [
    ("3", ["number 3"]), ("1_000", ["number 1_000"]), ("2.5e-3", ["number 2.5e-3"]),
    ("1E+5", ["number 1E+5"]), ("1..2", ["number 1", "..", "number 2"]),
    ("2..", ["number 2", ".."]),
    ("1.5..2.5", ["number 1.5", "..", "number 2.5"]), ("..3", ["..", "number 3"]),
    ("3 .x", ["number 3", ".", "name x"]), ("x.y", ["name x", ".", "name y"]),
    ("1-2", ["number 1", "-", "number 2"]), ("1e5-2", ["number 1e5", "-", "number 2"]),
  ])
  func numbersAndRanges(_ text: String, _ expected: [String]) {
    #expect(tokens(text) == expected)
  }

  @Test func wordsAreReservedOrNames() {
    #expect(
      tokens("if then else and or not with where for div mod iff data _ A_1z")
        == [
          "if", "then", "else", "and", "or", "not", "with", "where", "for", "div", "mod",
          "name iff",
          "name data", "_", "name A_1z",
        ]
    )
  }

  @Test func signsAreCutGreedily() {
    #expect(
      tokens("== != <= >= < > -> |> - ~ = ^ @ .. . ' : , ; + * /")
        == [
          "==", "!=", "<=", ">=", "<", ">", "->", "|>", "-", "~", "=", "^", "@", "..", ".", "'",
          ":",
          ",", ";", "+", "*", "/",
        ]
    )
    #expect(tokens("a<=b") == ["name a", "<=", "name b"])
    #expect(tokens("x' = 1; y' = 2").filter { $0 == "'" }.count == 2)
  }

  @Test func commentsAndBlanksAreLeftOut() {
    #expect(tokens(" \t# a \"comment\" é\r\n # b\n  x# c") == ["name x"])
  }

  @Test(arguments: [
    ("a\nb", ["name a", "⏎", "name b"]), ("a\n\n # c\n\nb", ["name a", "⏎", "name b"]),
    ("\n\na\n", ["name a", "⏎"]), ("a +\nb", ["name a", "+", "name b"]),
    ("a ..\nb", ["name a", "..", "⏎", "name b"]), ("a\n|> b", ["name a", "|>", "name b"]),
    ("a\nwith b", ["name a", "with", "name b"]), ("a\nwithin", ["name a", "⏎", "name within"]),
    ("a and\nb", ["name a", "and", "name b"]), ("a\nand b", ["name a", "⏎", "and", "name b"]),
    ("a\nfrom \"x\"", ["name a", "⏎", "name from", "string \"x\""]),
    ("(a\n)", ["(", "name a", "⏎", ")"]), ("a,\n\n# c\nb", ["name a", ",", "name b"]),
  ])
  func lineEndsJoinOrSeparate(_ text: String, _ expected: [String]) {
    #expect(tokens(text) == expected)
  }

  @Test func stringsAreDecoded() throws {
    let (program, diagnostics, _) = parse(#"show "a\"b\\c\nd\te é""#)
    #expect(diagnostics.isEmpty)
    guard case .show(let values) = try #require(program.items.first).kind,
      case .string(let text) = try #require(values.first).kind
    else {
      Issue.record("no string")
      return
    }
    #expect(text == "a\"b\\c\nd\te é")
  }

  @Test(arguments: [
    ("0", 0, true), ("9007199254740992", 9_007_199_254_740_992, true), ("1_000", 1_000, true),
    ("000000000000000000000007", 7, true), ("0.1", 0.1, false), ("1e-300", 1e-300, false),
    ("123456789012345.678", 123_456_789_012_345.678, false),
    ("5e-324", .leastNonzeroMagnitude, false),
    ("1.7976931348623157e308", 1.797_693_134_862_315_7e308, false), ("0e999", 0, false),
    ("9007199254740993.0", 9_007_199_254_740_992, false),
  ])
  func numbersHaveTheirValues(_ text: String, _ value: Double, _ isInteger: Bool) throws {
    let file = SourceFile(name: "test.ppl", text: text)
    let (expression, diagnostics) = Parser.parseExpression(file)
    #expect(diagnostics.isEmpty)
    guard case .number(let found, let foundInteger) = expression.kind else {
      Issue.record("no number")
      return
    }
    #expect(found == value && foundInteger == isInteger)
  }

  @Test func longNumbersAreRefused() {
    for digits in [401, 5_000, 1_000_000] {
      let zeros = String(repeating: "0", count: digits)
      #expect(parse("x = 0.\(zeros)1").diagnostics.map(\.code) == ["E0104"])
      #expect(parse("x = 1\(zeros)").diagnostics.map(\.code) == ["E0104"])
    }
  }

  /// Tokens lie in the file, in order, and end with the end of the file, for any bytes.
  @Test func tokensCoverAnyBytesInOrder() {
    var random = SeededGenerator(seed: 3)
    for _ in 0..<3_000 {
      let count = Int.random(in: 0...60, using: &random)
      let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
      let tokens = Lexer.tokenize(SourceFile(name: "test.ppl", bytes: bytes)).tokens
      #expect(tokens.last?.kind == .endOfFile && tokens.last?.end == bytes.count)
      var end = 0
      for token in tokens where token.kind != .newline {
        #expect(token.start >= end && token.end >= token.start)
        end = token.end
      }
    }
  }
}
