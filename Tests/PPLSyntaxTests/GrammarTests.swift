import Foundation
import PPLSourceText
import PPLSyntax
import Testing

/// Holds `grammar/ppl.ebnf` and the parser against each other.
struct GrammarTests {
  private static func grammar() throws -> EBNF {
    try EBNF(Fixtures.text(atPackagePath: "grammar/ppl.ebnf"))
  }

  private static func sourceFiles() throws -> [URL] {
    let folder = Fixtures.packageFolder.appendingPathComponent("Sources/PPLSyntax")
    let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
    return files.filter { $0.hasSuffix(".swift") }.map { folder.appendingPathComponent($0) }
  }

  /// The productions in the documentation comments of a file: code lines from `name =` to `;`.
  private static func quotedProductions(in text: String) throws -> [String] {
    var result: [String] = []
    var open = ""
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      let trimmed = line.drop { $0 == " " }
      guard trimmed.hasPrefix("///     ") else {
        open = ""
        continue
      }
      let code = trimmed.dropFirst(8)
      let first = code.split(separator: " ").prefix(2)
      if open.isEmpty,
        first.count < 2 || first[1] != "=" || first[0].contains(where: { !$0.isLetter })
      {
        continue
      }
      open += code + "\n"
      let symbols = try EBNF.symbols(of: open)
      if symbols.last == ";" {
        result.append(symbols.joined(separator: " "))
        open = ""
      }
    }
    return result
  }

  @Test func everyReferenceIsDefined() throws {
    let grammar = try Self.grammar()
    for case .reference(let name) in grammar.parts {
      #expect(grammar.productions[name] != nil || name == "NEWLINE", "\(name) is not defined")
    }
  }

  @Test func productionsQuotedByTheParserAreThoseOfTheGrammar() throws {
    let grammar = try Self.grammar()
    var quoted: Set<String> = []
    for file in try Self.sourceFiles() {
      let text = try String(contentsOf: file, encoding: .utf8)
      for production in try Self.quotedProductions(in: text) {
        let name = String(production.prefix { $0.isLetter })
        #expect(grammar.texts[name] == production, "in \(file.lastPathComponent)")
        quoted.insert(name)
      }
    }
    #expect(Set(grammar.names).subtracting(quoted).sorted() == [], "quoted by no method")
  }

  @Test func grammarAcceptsTheModels() throws {
    let grammar = try Self.grammar()
    for name in Fixtures.modelNames {
      var recogniser = Recogniser(grammar, Recogniser.terminals(of: try Fixtures.model(name)))
      let isAccepted = recogniser.accepts()
      #expect(isAccepted, "\(name)")
    }
  }

  /// Every production, and every way to take each of its choices, options and repetitions, is part of
  /// a derivation of a text that the parser accepts.
  @Test func everyWayThroughTheGrammarIsUsed() throws {
    let grammar = try Self.grammar()
    var used: Set<String> = []
    let models = try Fixtures.modelNames.map(Fixtures.model)
    let others = Self.programs.map { SourceFile(name: "test.ppl", text: $0) }
    for file in models + others {
      let diagnostics = Parser.parse(file).diagnostics
      #expect(diagnostics.isEmpty, "\(summary(diagnostics, in: file))")
      var recogniser = Recogniser(grammar, Recogniser.terminals(of: file))
      let isAccepted = recogniser.accepts()
      #expect(isAccepted, "\(file.text(of: SourceSpan(start: 0, end: 80)))")
      used.formUnion(recogniser.used)
    }
    var missing: [String] = []
    for name in grammar.names where name.contains(where: \.isLowercase) {
      if !used.contains(name) { missing.append(name) }
      for (part, ways) in Self.ways(of: name, in: grammar) {
        for way in 0..<ways where !used.contains("\(part):\(way)") {
          missing.append("\(name): \(grammar.parts[part]) way \(way)")
        }
      }
    }
    #expect(missing == [])
  }

  /// The choices, options and repetitions of a production with the number of ways to take them.
  private static func ways(of name: String, in grammar: EBNF) -> [(part: Int, ways: Int)] {
    var result: [(Int, Int)] = []
    var open = grammar.productions[name].map { [$0] } ?? []
    while let part = open.popLast() {
      switch grammar.parts[part] {
      case .sequence(let parts): open += parts
      case .choice(let parts):
        result.append((part, parts.count))
        open += parts
      case .option(let inner), .repetition(let inner):
        result.append((part, 2))
        open.append(inner)
      case .terminal, .reference, .special: break
      }
    }
    return result
  }

  /// What the models leave out.
  private static let programs = [
    "",
    "\n;\n",
    "dim d[i: p] = 3, e = [\"a\", \"b\"], f = ..4, g = 2..",
    "data a[d] key \"A\", b[d]: int missing -1 key \"B\", c: real missing 9\nfrom \"f.csv\"",
    "data a = 1, b: bool\ndata n, k: int\ndata e[d]: real[c] = 2",
    "param w[d]: real > 0 = 1\nparam b: real",
    "x.weights.bias[_, 1, i: d where c[i]] ~ N",
    "y = a mod\nb div c @ d with e = 1, f = 2",
    "x: real <= 3 ~ N\nx: real < 3 ~ N\nx: real >= 1 ~ N\nx: int in {1, 2} ~ N",
    "x: int in {1} = 3\nx: int in a..b = 1\nx: real in [0, 1] ~ N\nx: real in (0, 1) ~ N",
    "x: (a: real, b: int[d, 2..]) = (a: 1, b: 2)\nx: (a: real) = (a: 1)",
    "fn f() = 1 with a = 1\ncausal net g[d](x: real[d]) -> real = x\nnet h(x: real, y: int) = x with z = 1",
    "dist D() {}\ndist E() { ; \n a = 1 ; ; b = 2 with c ~ N, e = 3 \n ; }",
    "dist E[d]() { a(x) = 1 with c = 2\n b = 2 }\nextern fn f() = g()\nextern dist D() = p()",
    "ode t from 0 at ts[d] {}\node t from 0 at ts[d] (a: 1) { ; x' = 1; ; x'[i: d] = 2; x(0) = 1; x(0)[d] = 2\n x(1)[d] += 2\n y = 3 ; }",
    "guide g {}\nmodel m { ; x = 1 ; }",
    "factor a = 1\nfactor b[i: d] = 2 with c = 3",
    "infer p = nuts()\npredict y = z given p\npredict y = z given p, \"f\"",
    "plot a, b\ncheck a\nshow a\nsave p to \"f\"",
    "x = if a then b else c |> f |> g(1)",
    "x = a or b and not c == d",
    "x = (a != b) or (a < b) or (a <= b) or (a > b) or (a >= b)",
    "x = [] + [1] + [i for i: d] + [i for i: d, j: 1..n where i > j] + f(i for i: d, j: e where i)",
    "x = f() + f(1) + f(a: 1, 2) - \"s\" / 2^-1 * -a[_, 1, 2.., ..3, 1..2].b[i].c",
    "x = (a: 1) ; x = (a) ;; x = 3",
    "x[..2] = 1\nx[1..] = 2\nx[1..2, 1] = 3\nx[i: d] = 1",
  ]

  @Test func programsMadeFromTheGrammarParse() throws {
    let grammar = try Self.grammar()
    var generator = ProgramGenerator(grammar, seed: 20_240_601)
    var longest = 0
    for index in 0..<3_000 {
      let text = generator.program(depth: 12 + index % 12)
      longest = max(longest, text.utf8.count)
      let (program, diagnostics, file) = parse(text)
      guard diagnostics.isEmpty else {
        Issue.record("program \(index):\n\(text)\n\(summary(diagnostics, in: file))")
        return
      }
      try expectRoundTrip(program, "program \(index):\n\(text)")
    }
    #expect(longest > 500, "the generator makes small programs only")
  }

  @Test func modelsSurviveThePrinter() throws {
    for name in Fixtures.modelNames {
      try expectRoundTrip(Parser.parse(try Fixtures.model(name)).program, name)
    }
  }

  /// The printed text parses to the same tree and is printed the same again.
  private func expectRoundTrip(_ program: Program, _ comment: String) throws {
    let printed = SyntaxPrinter.text(of: program)
    let (again, diagnostics, file) = parse(printed)
    try #require(
      diagnostics.isEmpty,
      "\(comment)\nprinted:\n\(printed)\n\(summary(diagnostics, in: file))"
    )
    try #require(outline(again) == outline(program), "\(comment)\nprinted:\n\(printed)")
    try #require(SyntaxPrinter.text(of: again) == printed, "\(comment)\nprinted:\n\(printed)")
  }

  /// Parser and grammar agree about programs with a token taken out, put in, doubled or swapped.
  @Test func parserAcceptsWhatTheGrammarDerives() throws {
    let grammar = try Self.grammar()
    var generator = ProgramGenerator(grammar, seed: 7)
    var random = SeededGenerator(seed: 8)
    let pool = [
      "(", ")", "[", "]", "{", "}", ",", ":", ";", "\n", ".", "..", "=", "~", "->", "|>", "_", "+",
      "-", "*", "^", "==", "<", "if", "then", "else", "and", "not", "with", "where", "for", "x",
      "3",
      "\"s\"", "div", "in", "from", "data", "show", "model", "key", "dim",
    ]
    var counts = (accepted: 0, rejected: 0)
    for index in 0..<20_000 {
      var words = generator.program(depth: 10 + index % 10)
        .split(separator: " ", omittingEmptySubsequences: true).map(String.init)
      guard !words.isEmpty, words.count < 120 else { continue }
      let place = Int.random(in: 0..<words.count, using: &random)
      switch index % 4 {
      case 0: words.remove(at: place)
      case 1: words.insert(pool[Int.random(in: 0..<pool.count, using: &random)], at: place)
      case 2: words[place] = pool[Int.random(in: 0..<pool.count, using: &random)]
      default: words.swapAt(place, Int.random(in: 0..<words.count, using: &random))
      }
      let file = SourceFile(name: "test.ppl", text: words.joined(separator: " "))
      guard Lexer.tokenize(file).diagnostics.isEmpty else { continue }
      var recogniser = Recogniser(grammar, Recogniser.terminals(of: file))
      let isDerived = recogniser.accepts()
      let diagnostics = Parser.parse(file).diagnostics
      #expect(
        diagnostics.isEmpty == isDerived,
        "\(words.joined(separator: " "))\n\(summary(diagnostics, in: file))"
      )
      if isDerived { counts.accepted += 1 } else { counts.rejected += 1 }
    }
    #expect(counts.accepted > 1_000 && counts.rejected > 5_000, "\(counts)")
  }
}
