import PPLSourceText
import PPLSyntax
import Testing

/// What the parser makes of correct programs.
struct ParserTests {
  /// The outline of `x = text`, without its first two lines.
  private func value(_ text: String) throws -> String {
    let (program, diagnostics, file) = parse("x = \(text)")
    try #require(diagnostics.isEmpty, "\(summary(diagnostics, in: file))")
    guard case .equation(let equation) = try #require(program.items.first).kind else { return "" }
    return SyntaxDump.text(of: equation.value, in: nil)
  }

  @Test(arguments: Fixtures.modelNames)
  func modelParses(_ name: String) throws {
    let file = try Fixtures.model(name)
    let (program, diagnostics) = Parser.parse(file)
    #expect(diagnostics.isEmpty, "\(summary(diagnostics, in: file))")
    #expect(!program.items.isEmpty)
  }

  @Test func thereAreAllModels() {
    #expect(Fixtures.modelNames.count == 22)
  }

  @Test(arguments: [
    ("-2^2", "-(2^2)"), ("2^-1", "2^(-1)"), ("2^3^2", "2^(3^2)"), ("-a * b", "(-a) * b"),
    ("a - b - c", "(a - b) - c"), ("a / b * c", "(a / b) * c"), ("a + b * c", "a + (b * c)"),
    ("a div b mod c", "(a div b) mod c"), ("a @ b + c", "(a @ b) + c"), ("- -a", "-(-a)"),
    ("not a == b", "not (a == b)"), ("not a and b", "(not a) and b"), ("not not a", "not (not a)"),
    ("a or b and c", "a or (b and c)"), ("a + b < c + d", "(a + b) < (c + d)"),
    ("a or b |> f", "(a or b) |> f"), ("a |> f |> g(1)", "(a |> f) |> g(1)"),
    ("if a then b else c |> f", "if a then b else (c |> f)"),
    ("if a then b else if c then d else e", "if a then b else (if c then d else e)"),
    ("a.b[1].c^2", "((a.b)[1].c)^2"), ("x[i - 1]", "x[(i - 1)]"), ("-x[1]", "-(x[1])"),
    ("div div mod", "(div) div (mod)"),
  ])
  func bindsAs(_ text: String, _ explicit: String) throws {
    #expect(try value(text) == value(explicit))
  }

  @Test(arguments: [
    ("((a))", "a"), ("-(2^2)", "-2^2"), ("(-2)^2", "(-2)^2"), ("2^(-1)", "2^-1"),
    ("(2^3)^2", "(2^3)^2"), ("a - (b - c)", "a - (b - c)"), ("(a - b) - c", "a - b - c"),
    ("(a * b) + c", "a * b + c"), ("a * (b + c)", "a * (b + c)"), ("-(a + b)", "-(a + b)"),
    ("-(a * b)", "-(a * b)"), ("(not a) and b", "not a and b"), ("not (a and b)", "not (a and b)"),
    ("(a == b) == c", "(a == b) == c"), ("(if a then b else c) + 1", "(if a then b else c) + 1"),
    ("f((if a then b else c))", "f(if a then b else c)"), ("(a |> f)[1]", "(a |> f)[1]"),
    ("1_000", "1000"), ("2.50e-3", "0.0025"), ("1e3", "1000.0"), ("\"a\\tb\"", "\"a\\tb\""),
    ("(3) .a", "3 .a"), ("[i for i: 1..n where i>2]", "[i for i: 1..n where i > 2]"),
    ("x[_,2..,..3]", "x[_, 2.., ..3]"),
  ])
  func printsWithFewParentheses(_ text: String, _ printed: String) throws {
    let (program, diagnostics, _) = parse("x = \(text)")
    #expect(diagnostics.isEmpty)
    #expect(SyntaxPrinter.text(of: program) == "x = \(printed)\n")
  }

  @Test func printsDataOfOneTypeTogether() {
    let (program, _, _) = parse(
      """
      data a[o] key "A",
        b[o]: real missing -1, c = sum(b), d, e: int
          from "f.csv"
      show ([a]), b
      """
    )
    #expect(
      SyntaxPrinter.text(of: program) == """
        data a[o] key "A", b[o]: real missing -1, c = sum(b), d, e: int from "f.csv"
        show ([a]), b

        """
    )
  }

  @Test func copiesTypeAndPathToEachDeclaration() throws {
    let (program, diagnostics, _) = parse(
      "data a key \"A\", b: int missing 9 key \"B\", c: real from \"f\""
    )
    #expect(diagnostics.isEmpty)
    guard case .data(let declarations) = try #require(program.items.first).kind else {
      Issue.record("no data")
      return
    }
    var found: [String] = []
    for declaration in declarations {
      guard case .file(let type, let missing, let key, let path) = declaration.source else {
        continue
      }
      let parts = [
        type.map { SyntaxPrinter.text(of: $0) }, missing.map { SyntaxPrinter.text(of: $0) }, key,
        path,
      ]
      found.append(parts.map { $0 ?? "nil" }.joined(separator: " "))
    }
    #expect(found == ["int 9 A f", "int 9 B f", "real nil nil f"])
  }

  @Test(arguments: [
    "x = a +\n b", "x = a\n |> f", "x = f(a\n, b\n)", "x =\n\n # c\n 3",
    "x: real in {\n1,\n2\n} = 3", "x = if a\nthen b\nelse c",
    "x = if a then\n b else\n c", "x = a\nwith a = 3", "x = a mod\n b", "x = 1;;y = 2",
    "data x: real\n  from \"f\"", "x[i: d\nwhere c] = 3", "x = a and\n b", "x = not\n a",
    "\u{FEFF}x = 3\r\ny = 4\r\n", "x\t=\t3", "model m {x = 1}; y = 2", "model m { x = 1; }",
    "show = 3", "data[i: d] ~ N", "dim, param ~ N", "model: real = 3", "infer.weights ~ N",
    "fn = 2",
    "show data, show", "show -x", "show (a)", "from = 1\nto = 2\nin = from + to",
  ])
  func accepts(_ text: String) {
    let (program, diagnostics, file) = parse(text)
    #expect(diagnostics.isEmpty, "\(summary(diagnostics, in: file))")
    #expect(!program.items.isEmpty)
  }

  @Test func spansCoverTheText() throws {
    let text = "mu: real > 0 ~ Normal((a + b) * 2, x[1]) with a = 3\n"
    let (program, _, file) = parse(text)
    let item = try #require(program.items.first)
    #expect(file.text(of: item.span) == String(text.dropLast()))
    guard case .equation(let equation) = item.kind else { return }
    #expect(file.text(of: equation.value.span) == "Normal((a + b) * 2, x[1])")
    #expect(equation.type.map { file.text(of: $0.span) } == "real > 0")
    guard case .call(_, .list(let arguments)) = equation.value.kind else { return }
    #expect(arguments.map { file.text(of: $0.value.span) } == ["(a + b) * 2", "x[1]"])
    guard case .binary(_, let left, _) = arguments[0].value.kind else { return }
    #expect(file.text(of: left.span) == "(a + b)")
  }

  @Test func keepsWhatCouldBeRead() {
    let (program, diagnostics, _) = parse(
      """
      data a: real, b: int, c: <
      y[i: obs] ~ Normal(a[i] +, 1)
      show a, b +
      z = 3
      """
    )
    #expect(diagnostics.count == 3)
    #expect(
      SyntaxPrinter.text(of: program) == """
        data a: real, b: int, c
        y[i: obs] ~ ?
        show a, b + z
        z = 3

        """
    )
  }

  @Test func reportsTheErrorsOfAllStatements() {
    let (program, diagnostics, _) = parse(
      """
      x = = 3
      model m {
        y ~ Normal(0, 1
        z ~ Normal(0, 1)
        w = )
      }
      dist D() -> real {
        logp(x) = 3 +
      }
      q = 1 2
      r = 4
      """
    )
    #expect(
      diagnostics.map(\.code) == ["E0127", "E0121", "E0120", "E0120", "E0130"],
      "\(diagnostics.map(\.message))"
    )
    #expect(program.items.count == 5)
  }

  @Test(arguments: [
    ("x = 3", true), ("x = 3 +", false), ("x = f(a,", false), ("model m {", false),
    ("model m {\n x = 1\n}", true), ("x = if a", false), ("x = if a then b", false),
    ("x = if a then b else c", true), ("x", true), ("data x: real,", false), ("data x: real", true),
    ("y ~ Normal(0, 1)", true), ("x = \"abc", true), ("x = )", true), ("mu + 1", true),
    ("f(a", false), ("mu +", false), ("", true), ("# only a comment", true), ("x = a |>", false),
    ("x = 3\ny =", false), ("x = (a b", true), ("dist D() {\n logp(x) = x", false),
    ("x = y[", false),
  ])
  func completeness(_ text: String, _ isComplete: Bool) {
    #expect(Parser.isComplete(text) == isComplete)
  }

  @Test func parsesAnExpressionByItself() {
    let file = SourceFile(name: "query", text: "P(post.theta[1] > post.theta[2])\n")
    let (expression, diagnostics) = Parser.parseExpression(file)
    #expect(diagnostics.isEmpty)
    #expect(SyntaxPrinter.text(of: expression) == "P(post.theta[1] > post.theta[2])")
    #expect(
      Parser.parseExpression(SourceFile(name: "query", text: "a b")).diagnostics.map(\.code)
        == ["E0130"]
    )
    #expect(
      Parser.parseExpression(SourceFile(name: "query", text: "")).diagnostics.map(\.code)
        == ["E0120"]
    )
  }
}
