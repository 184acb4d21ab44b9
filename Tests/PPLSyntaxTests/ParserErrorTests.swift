import PPLSourceText
import PPLSyntax
import Testing

/// Errors found at the right place: « and » mark the span that the first diagnostic points at.
struct ParserErrorTests {
  struct Example: Sendable, CustomTestStringConvertible {
    var code: SyntaxErrorCode
    var marked: String
    /// How many diagnostics the text gives in all.
    var count: Int

    init(_ code: SyntaxErrorCode, _ marked: String, count: Int = 1) {
      self.code = code
      self.marked = marked
      self.count = count
    }

    var testDescription: String { "\(code.rawValue) \(marked)" }

    /// The text without marks, and the span between them.
    var source: (text: String, span: SourceSpan)? {
      let parts = marked.split(separator: "«", omittingEmptySubsequences: false)
      guard parts.count == 2 else { return nil }
      let rest = parts[1].split(separator: "»", omittingEmptySubsequences: false)
      guard rest.count == 2 else { return nil }
      let start = parts[0].utf8.count
      return (
        String(parts[0] + rest[0] + rest[1]),
        SourceSpan(start: start, end: start + rest[0].utf8.count)
      )
    }
  }

  static let lexical: [Example] = [
    .init(.unknownCharacter, "«μ» ~ Normal(0, 1)"),
    .init(.unknownCharacter, "«σ_y2» ~ HalfNormal(1)"),
    .init(.unknownCharacter, "caf = «café» + 1"),
    .init(.unknownCharacter, "«_x» = 3"),
    .init(.unknownCharacter, "x = a «?» b"),
    .init(.unknownCharacter, "x = a «≤» b"),
    .init(.unknownCharacter, "x = a «±» b"),
    .init(.unknownCharacter, "x = «\u{7}»3"),
    .init(.unknownCharacter, "x =«\u{A0}»3"),
    .init(.unknownCharacter, "x = 3 # a «\u{202E}»comment"),
    .init(.malformedNumber, "x = «.5»"),
    .init(.malformedNumber, "x = «5.» + 1"),
    .init(.malformedNumber, "x = «5.e3»"),
    .init(.malformedNumber, "x = «3x»"),
    .init(.malformedNumber, "x = «1__000»"),
    .init(.malformedNumber, "x = «0xFF»"),
    .init(.malformedNumber, "x = «1.2.3»"),
    .init(.numberOutOfRange, "x = «9007199254740993»"),
    .init(.numberOutOfRange, "x = «123456789012345678901234567890»"),
    .init(.numberOutOfRange, "x = «1e999»"),
    .init(.numberOutOfRange, "x = «1e-999»"),
    .init(.unterminatedString, "data x: real from «\"a.csv»"),
    .init(.unterminatedString, "show «\"abc\\\"»\ny ~ N"),
    .init(.invalidEscape, "show \"a«\\q»b\""),
    .init(.invalidEscape, "show \"a«\u{1}»b\""),
    .init(.foreignOperator, "x = a «**» 2"),
    .init(.foreignOperator, "x = a «&&» b"),
    .init(.foreignOperator, "x = a «||» b"),
    .init(.foreignOperator, "x = «!»a"),
    .init(.foreignOperator, "x = a «%» b"),
    .init(.foreignOperator, "x = a «%*%» b"),
    .init(.foreignOperator, "x = a «.*» b"),
    .init(.foreignOperator, "x = a[1«...»3]"),
    .init(.foreignOperator, "x = post«$»mu"),
    .init(.foreignComment, "x = 3 «//» three"),
    .init(.foreignComment, "«/*» a comment\nover lines */ x = 3"),
    .init(.foreignQuotes, "x = b[«'AITKIN'»]"),
    .init(.foreignQuotes, "x = b[«“AITKIN”»]"),
  ]

  static let statements: [Example] = [
    .init(.unknownKeyword, "«dta» x: real"),
    .init(.unknownKeyword, "«prnt» x"),
    .init(.unknownKeyword, "«shw» \"a\""),
    .init(.unknownKeyword, "«let» x = 3"),
    .init(.unknownKeyword, "«function» f(x: real) = x"),
    .init(.noRelation, "mu«»\nx = 3"),
    .init(.noRelation, "«print»(mu)"),
    .init(.noRelation, "«mu» + 1"),
    .init(.noRelation, "«infer» [a, b]"),
    .init(.noRelation, "x«'» = a"),
    .init(.foreignAssignment, "mu «<-» 3"),
    .init(.foreignAssignment, "mu «:=» 3"),
    .init(.foreignAssignment, "mu «==» 3"),
    .init(.foreignAssignment, "target «+=» f(x)"),
    .init(.relationInExpression, "x = y «=» 3"),
    .init(.relationInExpression, "y ~ Normal(0, 1) «~» z"),
    .init(.relationInExpression, "infer p = nuts(chains «=» 4)"),
    .init(.relationInExpression, "x = f(a «~» b)"),
    .init(.chainedComparison, "x = a < b «<» c"),
    .init(.reservedName, "data «with»: real"),
    .init(.reservedName, "x = p.«for»"),
    .init(.textAfterStatement, "x = 2 «y»"),
    .init(.textAfterStatement, "x = 3«,» y = 4"),
    .init(.textAfterStatement, "x ~ Normal(0, 1) «T»[0, ]"),
    .init(.loop, "«for» (i in 1:N) {\n  y[i] ~ Normal(0, 1)\n}"),
    .init(.loop, "x = 3\n«for» (i in 1:N)\n  y[i] ~ Normal(0, 1)"),
    .init(.loop, "«while» x"),
    .init(.foreignBlock, "«parameters» {\n  mu ~ Normal(0, 1)\n}"),
    .init(.foreignBlock, "«model» {\n  mu ~ Normal(0, 1)\n}"),
    .init(.foreignBlock, "«generated quantities» {\n  x = 3\n}"),
    .init(.typeBeforeName, "«real» mu"),
    .init(.typeBeforeName, "data «int» N"),
    .init(.typeBeforeName, "«vector»[N] y"),
    .init(.typeBeforeName, "«real»<lower=0> sigma"),
    .init(.typeBeforeName, "fn f(«real» x) = x"),
    .init(.notAStatement, "x = a\n«-» b"),
    .init(.notAStatement, "«3» + x"),
    .init(.notAStatement, "«if» a then b else c"),
    .init(.dataWithoutType, "data «x»[obs]"),
    .init(.dataWithoutType, "data «x», y = 3"),
    .init(.unexpectedToken, "data y «~» Normal(0, 1)"),
    .init(.unexpectedToken, "dim «3»"),
    .init(.unexpectedToken, "model m«»\n{ x = 1 }", count: 2),
    .init(.unexpectedToken, "predict x = y «from» p"),
  ]

  static let expressions: [Example] = [
    .init(.unexpectedToken, "show«»\ny = 3"),
    .init(.unexpectedToken, "x =«»\ny = 3"),
    .init(.unexpectedToken, "x = a +«»\ndata y: real"),
    .init(.unexpectedToken, "x = a div«»\ny[i: d] ~ Normal(0, 1)"),
    .init(.unexpectedToken, "x = f(a «b»)"),
    .init(.unexpectedToken, "x = a + «*» b"),
    .init(.unexpectedToken, "x = «+»3"),
    .init(.unexpectedToken, "x = (a«,» b)"),
    .init(.unexpectedToken, "x = «{»1, 2}"),
    .init(.unexpectedToken, "x = a + «_»"),
    .init(.unclosedBracket, "y ~ Normal(mu, tau«»\nx = 3"),
    .init(.unclosedBracket, "y ~ Normal(mu,«»\nb ~ Normal(0, 1)"),
    .init(.unclosedBracket, "x = [1, 2«»"),
    .init(.unclosedBracket, "model m { y ~ Normal(0, 1«» }"),
    .init(.unclosedBracket, "model m {\n  y ~ Normal(0, 1)«»\n"),
    .init(.unmatchedBracket, "x = f(a«]»"),
    .init(.unmatchedBracket, "x = a«)»"),
    .init(.unmatchedBracket, "x = 3\n«}»\ny = 4"),
    .init(.misplacedFor, "x = [1, i «for» i: d]"),
    .init(.misplacedFor, "x = f(i for i: d, «j»)"),
    .init(.misplacedFor, "x = a «for» i: d"),
    .init(.colonRange, "x = y[1«:»3]"),
    .init(.colonRange, "mu[1«:»K] ~ Normal(0, 1)"),
    .init(.colonRange, "x = y[«:», 1]"),
    .init(.colonRange, "x = 1«:»10"),
    .init(.missingElement, "x = y[i,«]»"),
    .init(.missingElement, "x = f(a,«)»"),
    .init(.missingElement, "x = f(«,»a)"),
    .init(.missingElement, "x = («)»"),
    .init(.misplacedBinder, "x = y[i«:» obs]"),
    .init(.notCallable, "x = y[1]«(»2)"),
    .init(.notCallable, "x = a |> «(»b)"),
    .init(.malformedConditional, "x = if a then b«»\ny = 3"),
    .init(.malformedConditional, "x = if a «b» else c"),
    .init(.malformedConditional, "x = 1 + «if» a then b else c"),
    .init(.malformedConditional, "x = a == «not» b"),
    .init(.malformedConditional, "x = a «else» b"),
    .init(.malformedBound, "x: real«<»lower=0> ~ Normal(0, 1)"),
    .init(.malformedBound, "x: real > 0 «<» 1 ~ Normal(0, 1)"),
    .init(.malformedBound, "x: real in (0«)» ~ Normal(0, 1)"),
    .init(.malformedBound, "x: real in 0 «~» Normal(0, 1)"),
    .init(.misplacedClause, "x = f(a «with» b = 3)"),
    .init(.misplacedClause, "infer p = nuts() «with» a = 3"),
    .init(.misplacedClause, "x = z with z «~» Normal(0, 1)"),
    .init(.misplacedClause, "x = y[i «where» i > 1]"),
    .init(.misplacedClause, "x = y «where» i > 1"),
    .init(.foreignOperator, "x = a«'» @ b"),
  ]

  @Test(arguments: lexical + statements + expressions)
  func pointsAtTheError(_ example: Example) throws {
    let (text, span) = try #require(example.source)
    let (_, diagnostics, file) = parse(text)
    let shown = summary(diagnostics, in: file)
    let first = try #require(diagnostics.first, "no diagnostic")
    #expect(first.code == example.code.rawValue, "\(shown)")
    #expect(first.primary?.span == span, "\(shown)")
    #expect(diagnostics.count == example.count, "\(shown)")
    #expect(diagnostics.allSatisfy { !$0.message.isEmpty }, "\(shown)")
  }

  /// Every code but the three that need large or broken files stands in a table above.
  @Test func everyCodeIsTested() {
    let tested = Set((Self.lexical + Self.statements + Self.expressions).map(\.code))
    let elsewhere: Set<SyntaxErrorCode> = [
      .invalidUTF8, .fileTooLarge, .nestingTooDeep, .treeTooDeep, .tooManyErrors,
    ]
    #expect(Set(SyntaxErrorCode.allCases).subtracting(tested) == elsewhere)
  }
}
