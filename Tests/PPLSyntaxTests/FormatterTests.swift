import Foundation
import PPLSourceText
import PPLSyntax
import Testing

/// The layout of programs: what it looks like, and that it keeps meaning and comments.
struct FormatterTests {
  private static func format(_ file: SourceFile) -> String? {
    SourceFormatter.format(file, Parser.read(file))
  }

  // MARK: Looks

  @Test(
    arguments: [
      ("a~Normal( 0 ,1 )", "a ~ Normal(0, 1)"),
      ("a=b*-c ^-2+d@e", "a = b * -c^-2 + d @ e"),
      ("a = x[ t - 1 , i+1, 2 .. , f(t - 1) ]", "a = x[t-1, i+1, 2.., f(t - 1)]"),
      ("a = x[b*2-1]", "a = x[b * 2 - 1]"),
      ("a = [i - 1, - 1]", "a = [i - 1, -1]"),
      ("a = 2 .b + c . d", "a = 2 .b + c.d"),
      ("a = 1_000 + 2.50E+3 + (((x)))", "a = 1_000 + 2.50E+3 + (((x)))"),
      ("a = n div 2 mod(3)", "a = n div 2 mod (3)"),
      ("div = mod\nmod = div", "div = mod\nmod = div"),
      ("a = n div\n2", "a = n div 2"),
      (
        "data x [ d ]: real>0 key \"X\",n : int\n from \"a.csv\"",
        "data x[d]: real > 0 key \"X\", n: int from \"a.csv\""
      ),
      ("data from: real in[0,1]", "data from: real in [0, 1]"),
      ("x: int in{1,2} ~ D( )", "x: int in {1, 2} ~ D()"),
      ("x: real in ..3 = given( 1 )[ 2 ]", nil),
      ("dim d = ..4,e=2 ..", "dim d = ..4, e = 2.."),
      ("predict y = z given(p)", "predict y = z given (p)"),
      ("given = given(1)[2](3)", nil),
      ("given = given(1)[2]", "given = given(1)[2]"),
      ("fn f [ d ]( x : real [ d ] )->real=x", "fn f[d](x: real[d]) -> real = x"),
      ("a = 1;b = 2 ; ; c = 3", "a = 1\nb = 2\nc = 3"),
      ("guide g { }", "guide g {}"),
      ("model m{a~N(0,1);b~N(0,1)}", "model m {\n  a ~ N(0, 1)\n  b ~ N(0, 1)\n}"),
      (
        "ode t from 0 at ts[d](a:1){x' [i: d]=1; x(0) [d]=2\n\n\n x( s )+=2 }",
        "ode t from 0 at ts[d] (a: 1) {\n  x'[i: d] = 1\n  x(0)[d] = 2\n\n  x(s) += 2\n}"
      ),
      ("y = if a\nthen b\n  else c\n  with d = 1", "y = if a then b else c with d = 1"),
      ("\n\n\na = 1\n\n\n\n\nb = 2\n\n\n", "a = 1\n\nb = 2"),
      ("", ""),
      ("\u{FEFF}a = 1\r\n\tb = 2\r\n", "a = 1\nb = 2"),
    ] as [(String, String?)]
  )
  func shortStatementsHaveOneForm(_ text: String, _ expected: String?) {
    let formatted = Self.format(SourceFile(name: "test.ppl", text: text))
    #expect(formatted == expected.map { $0.isEmpty ? "" : $0 + "\n" })
  }

  @Test(arguments: [
    // Above, behind and between statements, at both ends of the file and of a block.
    "#first\n\n# second\na = 1 # behind\n\n# above\nb = 2\n# last",
    "# alone",
    "model m {  # behind the brace\n  # first\n  a = 1\n\n  # last\n}  # behind the block",
    "guide g {\n  # alone\n}",
  ])
  func commentsStayWhereTheyAre(_ text: String) {
    let formatted = Self.format(SourceFile(name: "test.ppl", text: text))
    #expect(formatted == text.replacing("1 #", with: "1  #") + "\n")
  }

  @Test func commentsInsideOfAStatementBreakIt() {
    let text = """
      infer p = nuts(draws: 10, # few
        # for speed
        chains: 2 # cores
        )
      x = a + # first
        b
      show a, # one
        b
      y = f(a # odd
        , b) with c = 1, # local
        d = 2
      """
    let expected = """
      infer p = nuts(
        draws: 10,  # few
        # for speed
        chains: 2  # cores
      )
      x =
        a +  # first
        b
      show a,  # one
        b
      y = f(
        a  # odd
        ,
        b
      )
        with c = 1,  # local
             d = 2

      """
    #expect(Self.format(SourceFile(name: "test.ppl", text: text)) == expected)
  }

  /// How long statements are broken, read as prose in `Golden/long_statements.txt`.
  @Test func longStatementsAreBrokenFromTheOutsideIn() throws {
    let text = """
      net cnn(x: real[row, col]) -> real[digit] = x |> Conv2d(16, kernel: 3, relu) |> MaxPool2d(2) |> Flatten |> Dense(digit)
      data height[person], weight[person], age[person], income_of_household[person], education[person]: real from "survey.csv"
      y[i: obs] ~ Normal(intercept + slope_of_the_first_covariate * x1[i] + slope_of_the_second_covariate * x2[i], sigma)
      eta[i: obs] = intercept + slope_of_the_first_covariate * x1[i] + slope_of_the_second_covariate * x2[i] + offset[i]
      z[i: obs] = if condition_that_is_long[i] > threshold then first_alternative[i] else if other[i] then second[i] else third[i]
      total[i: group] = sum(weight_of_the_member[j] * value_of_the_member[j] for j: member where group_of_the_member[j] == i)
      fn features[d](x: int[d]) = [log(1 + sum(x)), log(1 + max(x)), centre] with total = 1 + sum(x), centre = sum(t * x[t] for t: d) / total
      predict guess = label given fit, (raw: "mnist_5k/test_images.npy", label: "mnist_5k/test_labels.npy", other: "a.npy")
      infer fit = map(batch: (image: 64), epochs: 10, optimizer: adamw(1e-3, weight_decay: 1e-4), augment: (raw: [crop(2)]))
      dim garment = ["T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"]
      p = (a_condition_of_some_length or another_condition_of_some_length) and not a_third_condition_of_some_length == 0
      show summary_of_the_first_quantity, summary_of_the_second_quantity, summary_of_the_third_quantity, P(a > 0.5)
      """
    let formatted = try #require(Self.format(SourceFile(name: "test.ppl", text: text)))
    let golden = Fixtures.testFolder.appendingPathComponent("Golden/long_statements.txt")
    if ProcessInfo.processInfo.environment["PPL_RECORD_GOLDEN"] == "1" {
      try formatted.write(to: golden, atomically: true, encoding: .utf8)
    }
    #expect(try String(contentsOf: golden, encoding: .utf8) == formatted)
    for line in formatted.split(separator: "\n") { #expect(line.count <= 100, "\(line)") }
  }

  @Test func textWithMistakesOfSyntaxIsNotFormatted() {
    #expect(Self.format(SourceFile(name: "test.ppl", text: "a ~ Normal(0, 1")) == nil)
  }

  // MARK: What stays

  /// The comments of a text, in order.
  private func comments(_ file: SourceFile) -> [String] {
    var result: [String] = []
    var end = 0
    for token in Lexer.tokenize(file).tokens where token.kind != .newline {
      let gap = String(decoding: file.bytes[end..<max(end, token.start)], as: UTF8.self)
      for line in gap.split(separator: "\n") {
        guard let start = line.firstIndex(of: "#") else { continue }
        result.append(line[start...].trimmingCharacters(in: .whitespaces))
      }
      end = token.end
    }
    return result
  }

  /// The layout has the tree and the comments of the text, and is its own layout.
  private func expectKept(_ file: SourceFile, _ comment: @autoclosure () -> String) throws {
    let parsed = Parser.read(file)
    guard parsed.diagnostics.isEmpty else { return }
    let text = try #require(SourceFormatter.format(file, parsed), "\(comment())")
    let formatted = SourceFile(name: "formatted", text: text)
    let again = Parser.read(formatted)
    try #require(again.diagnostics.isEmpty, "\(comment())\n\(text)")
    try #require(outline(again.program) == outline(parsed.program), "\(comment())\n\(text)")
    try #require(comments(formatted) == comments(file), "\(comment())\n\(text)")
    try #require(SourceFormatter.format(formatted, again) == text, "\(comment())\n\(text)")
  }

  /// The models of the examples.
  private static func examples() throws -> [SourceFile] {
    let folder = Fixtures.packageFolder.appendingPathComponent("Examples")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    return names.compactMap { name in
      let url = folder.appendingPathComponent("\(name)/model.ppl")
      guard let data = try? Data(contentsOf: url) else { return nil }
      return SourceFile(name: name, bytes: [UInt8](data))
    }
  }

  @Test func modelsKeepMeaningAndComments() throws {
    let examples = try Self.examples()
    #expect(examples.count > 40)
    for file in try Fixtures.modelNames.map(Fixtures.model) + examples {
      #expect(Parser.parse(file).diagnostics.isEmpty)
      try expectKept(file, file.name)
      let text = try #require(Self.format(file))
      for line in text.split(separator: "\n") where !line.contains("#") {
        #expect(line.count <= SourceFormatter.lineLength, "\(file.name): \(line)")
      }
    }
  }

  /// Models with comments and line ends at random places where they do not end the statement.
  @Test func commentsAtAnyPlaceAreKept() throws {
    var random = SeededGenerator(seed: 11)
    let files = try Fixtures.modelNames.map(Fixtures.model) + Self.examples()
    var changed = 0
    for round in 0..<3_000 {
      let file = files[round % files.count]
      let tokens = Lexer.tokenize(file).tokens
      var bytes = file.bytes
      let outline = outline(Parser.parse(file).program)
      for place in 0..<Int.random(in: 1...4, using: &random) {
        let token = tokens[Int.random(in: 0..<tokens.count, using: &random)]
        guard token.end < bytes.count else { continue }
        let inserts = [
          " # c\(place)\n", "\n# own \(place)\n", "\n", "\n\n\n# é\n\n", ";", "\n;# c\n",
        ]
        let insert = inserts[Int.random(in: 0..<inserts.count, using: &random)]
        bytes.insert(contentsOf: Array(insert.utf8), at: token.end)
      }
      let mutant = SourceFile(name: file.name, bytes: bytes)
      let parsed = Parser.parse(mutant)
      guard parsed.diagnostics.isEmpty else { continue }
      if PPLSyntaxTests.outline(parsed.program) == outline { changed += 1 }
      try expectKept(mutant, String(decoding: bytes, as: UTF8.self))
    }
    #expect(changed > 500, "most places end a statement")
  }

  @Test func programsMadeFromTheGrammarAreKept() throws {
    let grammar = try EBNF(Fixtures.text(atPackagePath: "grammar/ppl.ebnf"))
    var generator = ProgramGenerator(grammar, seed: 20_260_101)
    for index in 0..<3_000 {
      let text = generator.program(depth: 12 + index % 12)
      try expectKept(SourceFile(name: "test.ppl", text: text), text)
    }
  }
}
