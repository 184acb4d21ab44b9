import PPLSourceText

/// The messages for expressions, types and the parts of statements.
extension Parser {
  /// A value is needed.
  mutating func notAValue() -> SyntaxFailure {
    if kind == .endOfFile || looksLikeNextStatement { return unexpected("a value") }
    let behind = previous.map { "behind \(described($0))" } ?? "here"
    switch kind {
    case .if, .not: return operandNeedsParentheses()
    case .comma, .rightParenthesis, .rightBracket, .rightBrace:
      return missingElement()
    case .newline, .semicolon:
      return failure(
        .unexpectedToken,
        "a value is missing \(behind)",
        at: place,
        "expected a value",
        help: previous?.kind.joinsNextLine == true
          ? nil : "it starts on the same line, unless the line ends in an operator or a comma"
      )
    case .plus:
      return failure(
        .unexpectedToken,
        "`+` is no sign of a number",
        at: place,
        "expected a value",
        help: "leave it out"
      )
    case .colon where joiningBrackets > 0:
      return failure(
        .colonRange,
        "`:` is no subscript",
        at: place,
        help: "`_` keeps a whole axis, as in `x[_, 1]`; a range is `a..b`"
      )
    case .underscore:
      return failure(
        .unexpectedToken,
        "`_` is no value",
        at: place,
        help: "it keeps a whole axis and stands alone in brackets, as in `x[i, _]`"
      )
    case .leftBrace:
      return failure(
        .unexpectedToken,
        "`{` starts no value",
        at: place,
        "expected a value",
        help: "a list is `[a, b]`, a record `(a: x, b: y)`; braces hold a set behind `in`"
      )
    case .equal, .tilde:
      return failure(
        .relationInExpression,
        "a value is missing before \(found)",
        at: place,
        "expected a value",
        help: "a statement has one `~` or `=`"
      )
    case .dot:
      return failure(
        .unexpectedToken,
        "a value is missing before `.`",
        at: place,
        "expected a value"
      )
    case let sign where sign.spelling != nil && !sign.isReserved:
      return failure(
        .unexpectedToken,
        "a value is missing before \(found)",
        at: place,
        "expected a value",
        help: sign == previous?.kind ? "there may be one \(found) too many" : nil
      )
    default: return unexpected("a value")
    }
  }

  private var looksLikeNextStatement: Bool {
    guard joiningBrackets > 0, let opening = openBrackets.last else { return false }
    let line = firstTokenOfLine(with: index, notBefore: opening)
    return line > opening && looksLikeStatement(line)
  }

  private mutating func missingElement() -> SyntaxFailure {
    guard joiningBrackets > 0, let opening = openBrackets.last, let last = previous,
      last.kind == .comma || last.kind == tokens[opening].kind
    else {
      let behind = previous.map { "behind \(described($0))" } ?? "here"
      return failure(
        .unexpectedToken,
        "a value is missing \(behind)",
        at: place,
        "expected a value"
      )
    }
    let isSubscript =
      opening > 0 && tokens[opening].kind == .leftBracket
      && (tokens[opening - 1].kind.isName || tokens[opening - 1].kind.isClosing)
    let help =
      isSubscript
      ? "`_` keeps a whole axis, as in `x[i, _]`; or leave out the last axes and their commas"
      : last.kind == .comma ? "remove the `,` or add what is missing" : "put a value in"
    return failure(
      .missingElement,
      "a value is missing \(last.kind == .comma ? "behind `,`" : "before \(found)")",
      at: place,
      "expected a value",
      help: help
    )
  }

  /// `if` or `not` as an operand.
  mutating func operandNeedsParentheses() -> SyntaxFailure {
    let word = kind.spelling ?? ""
    let form = kind == .if ? "(if c then a else b)" : "(not c)"
    return failure(
      .malformedConditional,
      "`\(word)` needs parentheses behind an operator",
      at: place,
      help: "write `\(form)`"
    )
  }

  /// An `if` that lacks its `then` or `else`.
  mutating func incompleteConditional(_ word: String) -> SyntaxFailure {
    let isLastLine = kind == .newline && token(at: index + 1).kind == .endOfFile
    noteFailure(mayGoOn: isLastLine)
    if kind == .endOfFile || looksLikeNextStatement, !openBrackets.isEmpty {
      return unexpected("`\(word)`")
    }
    return failure(
      .malformedConditional,
      "this `if` has no `\(word)`",
      at: place,
      "expected `\(word)`, found \(found)",
      help: "each choice names both values: `if c then a else b`"
    )
  }

  /// `a < b < c`.
  mutating func chainedComparison(
    _ left: Expression,
    _ second: BinaryOperator
  ) -> SyntaxFailure {
    var help = "join two comparisons with `and`"
    if case .binary(_, _, let middle) = left.kind {
      help =
        "write `\(shortText(left.span)) and \(shortText(middle.span)) \(second.rawValue) …`"
    }
    return failure(
      .chainedComparison,
      "comparisons cannot be chained",
      at: place,
      "a second comparison",
      secondary: [.init(left.span, "this is true or false already")],
      help: help
    )
  }

  /// `(…)` behind something that is no name.
  mutating func notCallable(_ callee: Expression) -> SyntaxFailure {
    var help = "for a product write `*`; members and results of calls are not called"
    // Distributions and functions of other systems live in modules.
    if case .member(let owner, let member) = callee.kind, case .name(let module) = owner.kind,
      Self.foreignModules.contains(module)
    {
      help = "names stand alone here: `\(member.text)(…)` without `\(module).`"
    }
    return failure(
      .notCallable,
      "only a name can be called",
      at: place,
      "this looks like a call",
      secondary: [.init(callee.span, "this is a value")],
      help: help
    )
  }

  /// Modules that models of other systems take distributions and functions from.
  private static let foreignModules: Set<String> = [
    "pm", "pt", "np", "jnp", "dist", "distrax", "pyro", "numpyro", "tfd", "tfp", "stats", "torch",
    "math",
  ]

  /// Something other than a name or call behind `|>`.
  mutating func badStage() -> SyntaxFailure {
    if kind == .endOfFile { return unexpected("a name or a call behind `|>`") }
    return failure(
      .notCallable,
      "`|>` passes a value to a name or a call",
      at: place,
      "expected a name or a call",
      help: "`x |> f(a)` is `f(x, a)`"
    )
  }

  /// `x'`.
  mutating func transpose(_ base: Expression) -> SyntaxFailure {
    failure(
      .foreignOperator,
      "`'` is no operator",
      at: place,
      help:
        "a transposed matrix is `transpose(\(shortText(base.span)))`; `x'` is a derivative on the "
        + "left side of an `ode`"
    )
  }

  /// `(a, b)`.
  mutating func tuple() -> SyntaxFailure {
    failure(
      .unexpectedToken,
      "the parentheses hold more than one value",
      at: place,
      "expected `)`",
      help: "a list is `[a, b]`, and a record names its fields: `(a: x, b: y)`"
    )
  }

  /// `for` beside other elements.
  mutating func forAmongOthers(_ what: String) -> SyntaxFailure {
    failure(
      .misplacedFor,
      "`for` stands in the only element of a \(what)",
      at: place,
      "there are others",
      help: "put the part with `for` in brackets of its own: `[e for i: d]`"
    )
  }

  /// `for` at the end of a statement.
  mutating func forOutsideOfBrackets() -> SyntaxFailure {
    failure(
      .misplacedFor,
      "`for` stands inside of brackets only",
      at: place,
      help: "write `x[i: d] = e` for each element, or the array `[e for i: d]`"
    )
  }

  /// A binder without `:`.
  mutating func badBinder(_ name: Name) -> SyntaxFailure {
    if kind == .comma || kind.isClosing, tokens[max(0, index - 2)].kind == .comma {
      return failure(
        .misplacedFor,
        "`\(name.text)` is not bound to a dimension",
        at: name.span,
        "expected `\(name.text): d`",
        help: "behind `for` there are binders only; a list or call with `for` has no other element"
      )
    }
    return unexpected(
      "`:`",
      help: "what `\(name.text)` runs over stands behind a colon: `for \(name.text): d`"
    )
  }

  /// `where` in the subscripts of a value.
  mutating func misplacedWhere() -> SyntaxFailure {
    failure(
      .misplacedClause,
      "a value cannot be restricted by `where`",
      at: place,
      help: "it stands in the brackets of a left side, or behind `for i: d`"
    )
  }

  /// `with a ~ D` outside of a distribution.
  mutating func randomLocal(_ name: Name) -> SyntaxFailure {
    failure(
      .misplacedClause,
      "`with` gives values, not distributions",
      at: place,
      help:
        "write `\(name.text) ~ …` as an equation of its own; `~` behind `with` is for `draw` only"
    )
  }

  // MARK: Bounds

  /// Whether the bound looked at is written as in Stan, `<lower = 0>`.
  var isForeignBound: Bool {
    kind == .less && ["lower", "upper", "offset"].contains { isWord($0, at: index + 1) }
      && token(at: index + 2).kind == .equal
  }

  /// A bound as in Stan.
  mutating func foreignBound() -> SyntaxFailure {
    failure(
      .malformedBound,
      "a bound is written as a comparison",
      at: place,
      help: "write `real > 0`, `real < 1`, or `real in (0, 1)` for both sides"
    )
  }

  /// `real > 0 < 1`.
  mutating func secondBound() -> SyntaxFailure {
    failure(
      .malformedBound,
      "a type has one bound",
      at: place,
      "this is a second one",
      help: "both sides are written `in (a, b)`, or `in [a, b]` with the ends"
    )
  }

  /// `in a` without `..`.
  mutating func incompleteSet() -> SyntaxFailure {
    if kind == .endOfFile { return unexpected("`..`") }
    return failure(
      .malformedBound,
      "a set is missing behind `in`",
      at: place,
      "expected `..`",
      help: "write `in a..b`, `in (a, b)`, `in [a, b]` or `in {a, b, c}`"
    )
  }

  /// `in (a)` without a second end.
  mutating func incompleteInterval() -> SyntaxFailure {
    if kind == .endOfFile { return unexpected("`,`") }
    return failure(
      .malformedBound,
      "an interval has two ends",
      at: place,
      "expected `,`",
      help: "write `in (a, b)`; a single value is a set, `in {a}`, and integers are `in a..b`"
    )
  }

  // MARK: Data

  /// `data y ~ D`.
  mutating func dataWithDistribution(_ name: Name) -> SyntaxFailure {
    failure(
      .unexpectedToken,
      "a declaration gives no distribution",
      at: place,
      "expected `:` or `=`",
      help: "declare `data \(name.text): real`, and write `\(name.text) ~ …` as an equation"
    )
  }

  /// A declaration that has no type and takes none from the next.
  mutating func reportMissingType(_ name: Name, next: Name?) {
    noteFailure()
    let help =
      next.map { "`\(name.text)` takes the type of the next name, but `\($0.text)` has none" }
      ?? "write `\(name.text): real`, or the type of its elements in the data"
    log.report(
      .dataWithoutType,
      "the data `\(name.text)` have no type",
      at: name.span,
      "expected a type",
      help: help
    )
  }
}
