import PPLSourceText

/// The messages for statements that are none, above all those of other languages.
extension Parser {
  // MARK: Assignment

  /// Whether an assignment of another language is looked at: `<-`, `:=`, `==`, `+=` and the like.
  var isForeignAssignment: Bool {
    if kind == .equalEqual { return true }
    let next = token(at: index + 1)
    guard next.start == token.end else { return false }
    switch kind {
    case .less: return next.kind == .minus
    case .colon, .plus, .minus, .star, .slash: return next.kind == .equal
    default: return false
    }
  }

  /// Reports an assignment of another language; passes it if it means `=`, else fails.
  mutating func passForeignAssignment() throws(SyntaxFailure) {
    let isPair = kind != .equalEqual
    let span = isPair ? token.span.union(token(at: index + 1).span) : token.span
    let sign = shortText(span)
    if kind != .equalEqual, kind != .less, kind != .colon {
      throw failure(
        .foreignAssignment,
        "`\(sign)` changes a value, and values do not change",
        at: span,
        help: "give the new value a name of its own; a term of the log density is `factor name = e`"
      )
    }
    let message =
      isPair ? "`\(sign)` is no assignment" : "`==` compares two values; it defines none"
    log.report(
      .foreignAssignment,
      message,
      at: span,
      help: "write `=` to define a value and `~` to give it a distribution"
    )
    advance()
    if isPair { advance() }
  }

  // MARK: Loops and blocks

  /// Whether `for` is looked at and starts a loop of another language.
  var looksLikeLoop: Bool {
    kind == .for
      && (startsLine(index) || nextKind == .leftParenthesis || isWord("in", at: index + 2))
  }

  /// `for (i in 1:N)`.
  mutating func loop() -> SyntaxFailure {
    failure(
      .loop,
      "the language has no loops",
      at: place,
      help: "an equation holds for each index: `y[i: obs] ~ Normal(mu[i], sigma)`"
    )
  }

  /// `parameters { … }`.
  mutating func foreignBlock() -> SyntaxFailure {
    let word = shortText(token.span)
    let help =
      switch word {
      case "data": "each array is declared by itself: `data y[obs]: real`"
      case "parameters": "what has a `~` and is no data is a parameter; it needs no declaration"
      case "model": "equations stand at the top level, or in a block with a name: `model m { … }`"
      default: "equations stand at the top level, in any order"
      }
    return failure(
      .foreignBlock,
      "the language has no block `\(word)`",
      at: place,
      help: help
    )
  }

  /// `Normal(0, 1) T[0, ]`.
  var isTruncation: Bool {
    isWord("T") && (nextKind == .leftBracket || nextKind == .leftParenthesis)
  }

  /// The truncation of Stan.
  mutating func truncation() -> SyntaxFailure {
    failure(
      .textAfterStatement,
      "a truncation is written as the bound of a type",
      at: place,
      help: "write `x: real > 0 ~ Normal(0, 1)`, or `real in (a, b)` for both sides"
    )
  }

  // MARK: First words

  /// Words of other languages for types.
  private static let typeWords: Set<String> = [
    "real", "int", "bool", "vector", "matrix", "array", "simplex", "ordered", "positive_ordered",
    "float", "double", "string", "row_vector", "cov_matrix", "corr_matrix", "complex",
    "cholesky_factor_corr", "cholesky_factor_cov", "unit_vector", "tuple", "void",
  ]

  /// Whether the word looked at is a type that stands before a name, as in other languages.
  var isTypeBeforeName: Bool {
    kind == .name && nextKind.isName && Self.typeWords.contains(tokenText)
  }

  /// `real mu`.
  mutating func typeBeforeName() -> SyntaxFailure {
    let type = shortText(token.span)
    let name = nextKind.isName ? shortText(token(at: index + 1).span) : "x"
    return failure(
      .typeBeforeName,
      "the type stands behind the name",
      at: place,
      help: "write `\(name): \(type)`, and for several elements `\(name)[d]: \(type)`"
    )
  }

  /// A statement that starts with something other than a name.
  mutating func notAStatement() -> SyntaxFailure {
    switch kind {
    case .for: return loop()
    case .rightParenthesis, .rightBracket: return unexpected("a statement")
    case .if:
      return failure(
        .notAStatement,
        "`if` is a value, not a statement",
        at: place,
        help: "give it a name, `x = if c then a else b`, or restrict indices: `y[i: d where c] ~ …`"
      )
    case .number, .string, .leftParenthesis, .leftBracket, .not:
      return failure(
        .notAStatement,
        "a value alone is no statement",
        at: place,
        help: "`show e` prints a value, `x = e` names it"
      )
    case .minus, .plus, .star, .slash, .at, .caret, .and, .or, .equal, .tilde, .equalEqual, .less,
      .lessOrEqual, .greater, .greaterOrEqual, .notEqual, .comma, .colon, .arrow:
      return failure(
        .notAStatement,
        "a statement cannot start with \(found)",
        at: place,
        help: "to go on from the line above, put \(found) at that line's end"
      )
    default:
      return failure(
        .notAStatement,
        "a statement cannot start with \(found)",
        at: place,
        help: "a statement starts with a name or a keyword such as `dim`, `data` or `show`"
      )
    }
  }

  /// A statement without `~` and `=`.
  ///
  /// `first` is the statement's first token, `targets` what was read of its left side.
  mutating func noRelation(first: Int, _ targets: [Equation.Target]) -> SyntaxFailure {
    let word = text(of: tokens[first])
    let isBare = index == first + 1
    if Keyword(rawValue: word) != nil, targets.first?.brackets != nil, kind != .invalid {
      return failure(
        .noRelation,
        "before a `[`, `\(word)` is a name",
        at: tokens[first].span,
        "taken for the target of an equation",
        help: "for a list write `\(word) ([…])`"
      )
    }
    switch kind {
    case .invalid: return failure(.noRelation, "")
    case .leftBrace where isBare || targets.count == 1:
      return foreignBlockHeader(first)
    case .name, .div, .mod, .string, .number:
      if isBare { return unknownKeyword(first) }
      if Self.typeWords.contains(word) { return typeOfOtherLanguage(first) }
    case .less where Self.typeWords.contains(word): return typeOfOtherLanguage(first)
    case .leftParenthesis where targets.count == 1: return callAlone(first)
    case .prime:
      return failure(
        .noRelation,
        "a derivative stands inside of an `ode` block",
        at: place,
        help: "write `ode t from a at ts[d] { \(shortText(tokens[first].span))' = … }`"
      )
    case .newline, .endOfFile, .semicolon, .rightBrace: return nameAlone(first, targets)
    case .rightParenthesis, .rightBracket: break
    case let sign where sign.spelling != nil && !sign.isReserved && sign.joinsNextLine:
      return failure(
        .noRelation,
        "a value alone is no statement",
        at: tokens[first].span,
        "this starts neither an equation nor a known statement",
        help: "`show …` prints a value, `x = …` names it"
      )
    default: break
    }
    return unexpected(
      "`~` or `=`",
      help: "an equation is `target ~ distribution` or `target = value`"
    )
  }

  private mutating func nameAlone(_ first: Int, _ targets: [Equation.Target]) -> SyntaxFailure {
    let name = shortText(targets.last?.span ?? tokens[first].span)
    return failure(
      .noRelation,
      "`\(name)` alone is no statement",
      at: place,
      "expected `~` or `=`",
      help: "`\(name) ~ D` gives it a distribution, `\(name) = e` defines it, "
        + "`show \(name)` prints it"
    )
  }

  private mutating func callAlone(_ first: Int) -> SyntaxFailure {
    let word = shortText(tokens[first].span)
    let help =
      ["print", "display", "cat", "message", "summary", "summarize"].contains(word)
      ? "`show` prints values: `show mu, sigma`"
      : "`show \(word)(…)` prints its value, `x = \(word)(…)` names it"
    return failure(
      .noRelation,
      "a call alone is no statement",
      at: tokens[first].span,
      help: help
    )
  }

  private mutating func foreignBlockHeader(_ first: Int) -> SyntaxFailure {
    let word = shortText(tokens[first].span)
    return failure(
      .foreignBlock,
      "the language has no block `\(word)`",
      at: tokens[first].span,
      help: word == "parameters"
        ? "what has a `~` and is no data is a parameter; it needs no declaration"
        : "equations stand at the top level, in any order; a named set of them is `model m { … }`"
    )
  }

  private mutating func typeOfOtherLanguage(_ first: Int) -> SyntaxFailure {
    failure(
      .typeBeforeName,
      "the type stands behind the name",
      at: tokens[first].span,
      help:
        "write `x: real > 0 ~ D`, `b[d] ~ D` for an array; data are declared by `data y[d]: real`"
    )
  }

  /// What to write for the first words of other languages.
  private static let advice: [String: String] = [
    "print": "`show` prints values", "display": "`show` prints values",
    "let": "an equation needs no word before it: `x = e`",
    "var": "an equation needs no word before it: `x = e`",
    "val": "an equation needs no word before it: `x = e`",
    "const": "an equation needs no word before it: `x = e`",
    "function": "a function is defined by `fn f(x: real) -> real = e`",
    "func": "a function is defined by `fn f(x: real) -> real = e`",
    "def": "a function is defined by `fn f(x: real) -> real = e`",
    "class": "a record type is `(a: real, b: int)`",
    "import": "everything is there already; data are bound by `data x[d]: real from \"file.csv\"`",
    "library": "everything is there already; data are bound by `data x[d]: real from \"file.csv\"`",
    "observe": "data with a `~` is observed: `y ~ D`",
    "sample": "a latent is written `x ~ D`", "latent": "a latent is written `x ~ D`",
    "random": "a latent is written `x ~ D`",
    "parameter": "a latent is written `x ~ D`; a fitted one is declared by `param x: real`",
    "parameters": "a latent is written `x ~ D`; a fitted one is declared by `param x: real`",
    "transformed": "equations stand at the top level, in any order",
    "generated": "equations stand at the top level, in any order",
    "dimension": "a dimension is declared by `dim d`",
    "plate": "a dimension is declared by `dim d`",
    "return": "the value of a function is the expression behind its `=`",
  ]

  private mutating func unknownKeyword(_ first: Int) -> SyntaxFailure {
    let word = text(of: tokens[first])
    let span = tokens[first].span
    if Self.typeWords.contains(word) {
      index = first
      kind = tokens[first].kind
      return typeBeforeName()
    }
    if word == "while" || word == "repeat" {
      return failure(
        .loop,
        "the language has no loops",
        at: span,
        help: "an equation holds for each index: `y[i: obs] ~ Normal(mu[i], sigma)`"
      )
    }
    let isHeader = ["transformed", "generated"].contains(word)
    if isHeader, nextKind == .leftBrace {
      return failure(
        .foreignBlock,
        "the language has no block `\(word) \(shortText(token.span))`",
        at: span.union(token.span),
        help: Self.advice[word]
      )
    }
    var help = Self.advice[word]
    if help == nil, let near = nearestName(to: word, among: Keyword.allCases.map(\.rawValue)) {
      help = "did you mean `\(near)`?"
    }
    return failure(
      .unknownKeyword,
      "no statement starts with `\(shortText(span)) \(shortText(token.span))`",
      at: span,
      "not a keyword",
      help: help ?? "an equation has a `~` or `=` behind its name; two names need an operator"
    )
  }
}
