import PPLSourceText

/// The messages for what is missing or follows where nothing can.
extension Parser {
  /// Remembers whether the first failure was the end of the text.
  mutating func noteFailure(mayGoOn: Bool = false) {
    if firstFailureAtEnd == nil { firstFailureAtEnd = kind == .endOfFile || mayGoOn }
  }

  /// Reports at a span and gives what to throw; silent where the lexer has reported already.
  mutating func failure(
    _ code: SyntaxErrorCode,
    _ message: String,
    at span: SourceSpan? = nil,
    _ label: String = "",
    secondary: [Diagnostic.Label] = [],
    help: String? = nil
  ) -> SyntaxFailure {
    noteFailure()
    if kind != .invalid {
      log.report(
        code,
        message,
        at: span ?? place,
        label,
        secondary: secondary,
        help: help
      )
    }
    return SyntaxFailure()
  }

  /// The span of the token looked at; where a line or the text ends, the place behind the last word.
  var place: SourceSpan {
    switch kind {
    case .newline, .endOfFile: SourceSpan(start: lastEnd, end: lastEnd)
    default: token.span
    }
  }

  /// What is looked at, for a sentence.
  var found: String { described(token) }

  func described(_ token: Token) -> String {
    switch token.kind {
    case .name, .div, .mod: "the name `\(shortText(token.span))`"
    case .number: "the number \(shortText(token.span))"
    case .string: "the string \(shortText(token.span))"
    case .newline: "the end of the line"
    case .endOfFile: "the end of the text"
    case let kind where kind.isReserved: "the word `\(kind.spelling ?? "")`"
    case let kind: "`\(kind.spelling ?? "")`"
    }
  }

  /// The text of a span, shortened to fit in a sentence.
  func shortText(_ span: SourceSpan) -> String {
    let text = file.text(of: SourceSpan(start: span.start, end: min(span.end, span.start + 200)))
    let isLong = span.end - span.start > 200 || text.count > 40
    let line = text.prefix(isLong ? 36 : 40).split(whereSeparator: \.isWhitespace)
    return line.joined(separator: " ") + (isLong ? "…" : "")
  }

  /// The token before the one looked at, line ends in brackets left out; nil at the start.
  var previous: Token? {
    let last = index - 1
    guard last >= 0 else { return nil }
    return tokens[last].kind == .newline && joiningBrackets > 0 && last > 0
      ? tokens[last - 1] : tokens[last]
  }

  // MARK: Expected something else

  /// Something else was expected: the general message, after the more telling ones.
  mutating func unexpected(_ expected: String, help: String? = nil) -> SyntaxFailure {
    if let special = joinedLine() ?? bracketFailure() ?? separatorFailure() { return special }
    var secondary: [Diagnostic.Label] = []
    var advice = help
    if joiningBrackets > 0, let opening = openBrackets.last {
      secondary.append(.init(tokens[opening].span, "inside of this bracket"))
      if advice == nil, Self.startsExpression(kind) {
        advice = "is an operator or a comma missing before \(found)?"
      }
    }
    return failure(
      .unexpectedToken,
      "expected \(expected), found \(found)",
      at: place,
      "expected \(expected)",
      secondary: secondary,
      help: advice
    )
  }

  // MARK: Names

  /// A name is needed.
  mutating func notAName(_ role: String, _ alternative: String) -> SyntaxFailure {
    if kind.isReserved {
      return failure(
        .reservedName,
        "\(found) cannot be a name",
        at: place,
        "expected the name of \(role)",
        help: "it is reserved; \(alternative)"
      )
    }
    if kind == .comma || kind == .newline || kind == .endOfFile || kind.isClosing,
      bracketFailureIsNear == false
    {
      return failure(
        .unexpectedToken,
        "the name of \(role) is missing",
        at: place,
        "expected a name"
      )
    }
    return unexpected("the name of \(role)")
  }

  private var bracketFailureIsNear: Bool { kind == .endOfFile && !openBrackets.isEmpty }

  /// A type is needed.
  mutating func notAType() -> SyntaxFailure {
    if kind == .newline || kind == .endOfFile || kind == .equal || kind == .tilde || kind == .comma,
      !bracketFailureIsNear
    {
      return failure(
        .unexpectedToken,
        "a type is missing",
        at: place,
        "expected a type before \(found)",
        help: "types are `real`, `int`, `bool`, the name of a dimension, `simplex[d]` and the like"
      )
    }
    return unexpected("a type")
  }

  // MARK: The end of a statement

  /// The statement is complete, but the line goes on.
  mutating func textAfterStatement() -> SyntaxFailure {
    if let joined = joinedLine() { return joined }
    switch kind {
    case .for: return looksLikeLoop ? loop() : forOutsideOfBrackets()
    case .with:
      return failure(
        .misplacedClause,
        "this statement takes no `with`",
        at: place,
        help: "one `with` ends an equation, factor, function or net: `with a = e, b = f`"
      )
    case .where:
      return failure(
        .misplacedClause,
        "`where` is out of place",
        at: place,
        help: "it stands in the brackets of the left side: `y[i: d where c] ~ …`"
      )
    case .equal, .tilde:
      return failure(
        .relationInExpression,
        "a statement has one `~` or `=`",
        at: place,
        "this is another one",
        help: "write two equations, or compare values with `==`"
      )
    case .then, .else:
      return failure(
        .malformedConditional,
        "\(found) belongs to no `if`",
        at: place,
        help: "a choice is written `if c then a else b`"
      )
    case .colon:
      return failure(
        .colonRange,
        "`:` cannot stand behind a value",
        at: place,
        help: "a range is `a..b` and stands in brackets or in `dim d = a..b`"
      )
    case .dotDot:
      return failure(
        .unexpectedToken,
        "a range is not a value",
        at: place,
        help: "a range stands in brackets, behind a binder, or in `dim d = a..b`"
      )
    case .comma:
      return failure(
        .textAfterStatement,
        "a `,` follows a complete statement",
        at: place,
        help: "start a new line, or separate statements with `;`"
      )
    case .leftBrace:
      return failure(
        .textAfterStatement,
        "a `{` follows a complete statement",
        at: place,
        help: "blocks belong to `model`, `guide`, `dist` and `ode` only"
      )
    default: break
    }
    if let special = bracketFailure() { return special }
    if isTruncation { return truncation() }
    return failure(
      .textAfterStatement,
      "\(found) follows a complete statement",
      at: place,
      "the statement ended before this",
      help: Self.startsExpression(kind) || kind == .pipe
        ? "put an operator between them, or start a new line" : "start a new line, or remove it"
    )
  }

  /// A statement that was taken for the rest of the line above, because that ends in an operator.
  private mutating func joinedLine() -> SyntaxFailure? {
    let line = firstTokenOfLine(with: index, notBefore: statementStart)
    guard line > statementStart, looksLikeStatement(line) else { return nil }
    let outermost = openBrackets.count - joiningBrackets
    guard joiningBrackets == 0 || openBrackets[outermost] >= line else { return nil }
    var last = tokens[line - 1]
    if last.kind == .newline, line > 1 {
      last = tokens[line - 2]
      guard last.kind == .div || last.kind == .mod else { return nil }
    } else if !last.kind.joinsNextLine {
      return nil
    }
    return failure(
      .unexpectedToken,
      "a value is missing behind \(described(last))",
      at: SourceSpan(start: last.end, end: last.end),
      "expected a value",
      secondary: [.init(tokens[line].span, "this line was read as the rest of the one above")]
    )
  }

  // MARK: Depth

  /// One more bracket than allowed.
  mutating func nestingTooDeep() -> SyntaxFailure {
    failure(
      .nestingTooDeep,
      "more than \(Self.deepestNesting) brackets are open",
      at: place,
      help: "name an inner part in an equation of its own"
    )
  }

  /// One more level of operators and calls than allowed.
  mutating func treeTooDeep(from start: Int) -> SyntaxFailure {
    let last = previous?.span ?? place
    return failure(
      .treeTooDeep,
      "the expression has more than \(Self.deepestTree) levels",
      at: last,
      "level \(Self.deepestTree) is reached here",
      secondary: start < last.start
        ? [.init(SourceSpan(start: start, end: start), "it starts here")] : [],
      help: "name a part of it in an equation of its own; a long sum is `sum([a, b, c])` or "
        + "`sum(x[i] for i: d)`"
    )
  }
}
