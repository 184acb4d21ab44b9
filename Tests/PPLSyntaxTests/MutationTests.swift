import PPLSourceText
import PPLSyntax
import Testing

/// Models with random changes: the parser ends, its spans lie in the file, and its tree can be used.
struct MutationTests {
  private static let words: [[UInt8]] =
    [
      "(", ")", "[", "]", "{", "}", ",", ":", ";", "\n", ".", "..", "=", "~", "->", "|>", "_", "'",
      "\"",
      "#", "for", "if", "then", "else", "with", "where", "not", "and", "data", "model", "dist",
      "ode",
      "<-", "//", "/*", "é", "μ", "\u{202E}", "1e999", "9999999999999999999", ".5", "5.", "\\",
      "from",
    ].map { Array($0.utf8) } + [
      [0xFF], [0xC3], [0xE2, 0x80], [0xF0, 0x9F], [0x00], [0x0D], [0x80],
    ]

  private func mutate(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
    guard !bytes.isEmpty else { return }
    let place = Int.random(in: 0..<bytes.count, using: &random)
    let end = min(bytes.count, place + Int.random(in: 1...12, using: &random))
    switch Int.random(in: 0..<6, using: &random) {
    case 0: bytes.removeSubrange(place..<end)
    case 1: bytes[place] = UInt8.random(in: 0...255, using: &random)
    case 2: bytes.insert(contentsOf: bytes[place..<end], at: place)
    case 3: bytes.removeSubrange(place...)
    default:
      let word = Self.words[Int.random(in: 0..<Self.words.count, using: &random)]
      bytes.insert(contentsOf: word, at: place)
    }
  }

  /// Takes the tokens of the file in another order, some of them out, some twice.
  private func shuffledTokens(_ file: SourceFile, _ random: inout SeededGenerator) -> [UInt8] {
    var tokens = Lexer.tokenize(file).tokens
    for _ in 0..<Int.random(in: 1...4, using: &random) where tokens.count > 1 {
      let (a, b) = (
        Int.random(in: 0..<tokens.count, using: &random),
        Int.random(in: 0..<tokens.count, using: &random)
      )
      switch Int.random(in: 0..<3, using: &random) {
      case 0: tokens.swapAt(a, b)
      case 1: tokens.remove(at: a)
      default: tokens.insert(tokens[a], at: b)
      }
    }
    return tokens.flatMap { file.bytes[$0.start..<$0.end] + [UInt8(ascii: " ")] }
  }

  private func check(_ bytes: [UInt8]) throws {
    let file = SourceFile(name: "test.ppl", bytes: bytes)
    let (program, diagnostics) = Parser.parse(file)
    for diagnostic in diagnostics {
      for label in [diagnostic.primary].compactMap({ $0 }) + diagnostic.secondary {
        let isInside =
          label.span.start >= 0 && label.span.start <= label.span.end
          && label.span.end <= bytes.count
        try #require(isInside, "\(diagnostic)")
      }
      try #require(!diagnostic.message.isEmpty && diagnostic.primary != nil)
    }
    #expect(!DiagnosticRenderer().render(diagnostics, in: file).contains("\u{1B}"))
    for item in program.items {
      try #require(item.span.start >= 0 && item.span.end <= bytes.count)
    }
    let outline = SyntaxDump.text(of: program, in: file)
    guard diagnostics.isEmpty else { return }
    #expect(!outline.contains("invalid"))
    let printed = SourceFile(name: "printed", text: SyntaxPrinter.text(of: program))
    let again = Parser.parse(printed)
    #expect(again.diagnostics.isEmpty)
    #expect(
      SyntaxDump.text(of: again.program, in: nil) == SyntaxDump.text(of: program, in: nil)
    )
  }

  @Test func parserSurvivesMutations() throws {
    var random = SeededGenerator(seed: 42)
    let models = try Fixtures.modelNames.map(Fixtures.model)
    for round in 0..<6_000 {
      let model = models[round % models.count]
      var bytes = round % 3 == 0 ? shuffledTokens(model, &random) : model.bytes
      for _ in 0..<Int.random(in: 1...5, using: &random) { mutate(&bytes, &random) }
      try check(bytes)
    }
  }

  @Test func parserSurvivesNoise() throws {
    var random = SeededGenerator(seed: 43)
    for _ in 0..<400 {
      let count = Int.random(in: 0...80, using: &random)
      try check((0..<count).map { _ in UInt8.random(in: 0...255, using: &random) })
      try check(
        (0..<count).flatMap { _ in Self.words[Int.random(in: 0..<Self.words.count, using: &random)]
        }
      )
    }
  }
}
