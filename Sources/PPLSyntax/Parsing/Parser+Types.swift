import PPLSourceText

/// Types and bounds.
extension Parser {
  /// Parses a type.
  ///
  ///     type = "(" field { "," field } ")" | NAME [ axes ] [ bound ] ;
  mutating func parseType() throws(SyntaxFailure) -> TypeExpression {
    let start = token.start
    if kind == .leftParenthesis {
      try open()
      var fields: [TypeField] = []
      repeat { fields.append(try parseField("a field")) } while accept(.comma)
      try close(.rightParenthesis, expected: "`,` or `)`")
      return TypeExpression(.record(fields), bound: nil, span: span(from: start))
    }
    guard kind.isName else { throw notAType() }
    let name = Name(tokenText, span: token.span)
    advance()
    let axes = try parseAxes()
    let bound = try parseBound()
    return TypeExpression(.named(name, axes: axes), bound: bound, span: span(from: start))
  }

  /// Parses a name with its type.
  ///
  ///     field = NAME ":" type ;
  mutating func parseField(_ role: String) throws(SyntaxFailure) -> TypeField {
    if isTypeBeforeName { throw typeBeforeName() }
    let name = try expectName(role)
    try expect(
      .colon,
      "`:` and the type of `\(name.text)`",
      help: "write `\(name.text): real`, for instance"
    )
    return TypeField(name: name, type: try parseType())
  }

  /// Parses the axes of a type, if there are any.
  ///
  ///     axes = "[" range { "," range } "]" ;
  private mutating func parseAxes() throws(SyntaxFailure) -> [AxisExpression] {
    guard kind == .leftBracket else { return [] }
    try open()
    var axes: [AxisExpression] = []
    repeat {
      switch try parseRange() {
      case .expression(let expression): axes.append(.expression(expression))
      case .range(let range): axes.append(.range(range))
      }
    } while accept(.comma)
    try close(.rightBracket, expected: "`,` or `]`")
    return axes
  }

  /// Parses the bound of a type, if there is one.
  ///
  ///     bound = ( ">" | ">=" | "<" | "<=" ) sum | "in" set ;
  private mutating func parseBound() throws(SyntaxFailure) -> Bound? {
    let comparison: BinaryOperator
    switch kind {
    case .greater: comparison = .greater
    case .greaterOrEqual: comparison = .greaterOrEqual
    case .less: comparison = .less
    case .lessOrEqual: comparison = .lessOrEqual
    default: return acceptWord("in") ? try parseSet() : nil
    }
    if isForeignAssignment { return nil }
    if isForeignBound { throw foreignBound() }
    advance()
    let limit = try parseOperators(from: .sum)
    if isComparison || isWord("in") { throw secondBound() }
    return .comparison(comparison, limit)
  }

  private var isComparison: Bool {
    kind == .less || kind == .lessOrEqual || kind == .greater || kind == .greaterOrEqual
  }

  /// Parses the set behind `in`.
  ///
  ///     set = ( "(" | "[" ) expr "," expr ( ")" | "]" )
  ///         | "{" expr { "," expr } "}"
  ///         | ? no "(" or "[" ahead ? sum ".." sum ;
  private mutating func parseSet() throws(SyntaxFailure) -> Bound {
    switch kind {
    case .leftParenthesis, .leftBracket: return try parseInterval()
    case .leftBrace:
      try open()
      var values: [Expression] = []
      repeat { values.append(try parseExpression()) } while accept(.comma)
      try close(.rightBrace, expected: "`,` or `}`")
      return .set(values)
    default:
      let start = token.start
      let lower = try parseOperators(from: .sum)
      guard accept(.dotDot) else { throw incompleteSet() }
      let upper = try parseOperators(from: .sum)
      return .range(RangeExpression(lower: lower, upper: upper, span: span(from: start)))
    }
  }

  private mutating func parseInterval() throws(SyntaxFailure) -> Bound {
    let includesLower = kind == .leftBracket
    try open()
    let lower = try parseExpression()
    guard accept(.comma) else { throw incompleteInterval() }
    let upper = try parseExpression()
    let includesUpper = kind == .rightBracket
    try close(.rightParenthesis, .rightBracket, expected: "`)` or `]`")
    return .interval(
      lower: lower,
      upper: upper,
      includesLower: includesLower,
      includesUpper: includesUpper
    )
  }
}
