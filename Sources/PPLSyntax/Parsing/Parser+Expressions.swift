import PPLSourceText

/// Expressions: conditionals, pipes and operators.
extension Parser {
  /// Parses an expression; on failure reports it, marks the statement as broken and gives `.invalid`.
  mutating func parseValue() -> Expression {
    let start = token.start
    do throws(SyntaxFailure) {
      return try parseExpression()
    } catch {
      isBroken = true
      return Expression(.invalid, span: span(from: start))
    }
  }

  /// Parses an expression.
  ///
  ///     expr = "if" expr "then" expr "else" expr | pipe ;
  mutating func parseExpression() throws(SyntaxFailure) -> Expression {
    guard kind == .if else { return try parsePipe() }
    let start = token.start
    try descend()
    defer { descent -= 1 }
    advance()
    let condition = try parseExpression()
    var deepest = treeDepth
    guard accept(.then) else { throw incompleteConditional("then") }
    let then = try parseExpression()
    deepest = max(deepest, treeDepth)
    guard accept(.else) else { throw incompleteConditional("else") }
    let otherwise = try parseExpression()
    return try node(
      .conditional(condition: condition, then: then, otherwise: otherwise),
      from: start,
      over: max(deepest, treeDepth)
    )
  }

  /// Parses a pipe.
  ///
  ///     pipe  = or { "|>" stage } ;
  ///     stage = NAME [ arguments ] ;
  private mutating func parsePipe() throws(SyntaxFailure) -> Expression {
    let start = token.start
    var left = try parseOperators(from: .or)
    while kind == .pipe {
      var deepest = treeDepth
      advance()
      let stageStart = token.start
      guard kind.isName else { throw badStage() }
      let name = Name(tokenText, span: token.span)
      advance()
      var stage = Expression.Kind.name(name.text)
      treeDepth = 0
      if kind == .leftParenthesis { stage = .call(name, try parseArguments()) }
      if kind == .leftBracket || kind == .dot { throw badStage() }
      let right = try node(stage, from: stageStart, over: treeDepth)
      deepest = max(deepest, treeDepth)
      left = try node(.pipe(left, right), from: start, over: deepest)
    }
    return left
  }

  /// How tightly an infix operator binds, loosest first.
  enum Level: Int {
    case or = 1, and, not, compare, sum, product
  }

  /// Parses operands and the operators between them that bind at least as tightly as `lowest`.
  ///
  ///     or      = and { "or" and } ;
  ///     and     = not { "and" not } ;
  ///     not     = "not" not | compare ;
  ///     compare = sum [ ( "==" | "!=" | "<" | "<=" | ">" | ">=" ) sum ] ;
  ///     sum     = product { ( "+" | "-" ) product } ;
  ///     product = unary { ( "*" | "/" | "@" | ( "div" | "mod" ) [ NEWLINE ] ) unary } ;
  mutating func parseOperators(from lowest: Level) throws(SyntaxFailure) -> Expression {
    let start = token.start
    var left = kind == .not ? try parseNot(under: lowest) : try parseUnary()
    while let (infix, level) = Self.infix(kind), level.rawValue >= lowest.rawValue {
      let deepest = treeDepth
      let isWordOfNames = kind.isName
      advance()
      if isWordOfNames, kind == .newline { advance() }
      let right: Expression =
        switch level {
        case .or: try parseOperators(from: .and)
        case .and: try parseOperators(from: .not)
        case .not, .compare: try parseOperators(from: .sum)
        case .sum: try parseOperators(from: .product)
        case .product: try parseUnary()
        }
      left = try node(.binary(infix, left, right), from: start, over: max(deepest, treeDepth))
      if level == .compare, let (second, next) = Self.infix(kind), next == .compare {
        throw chainedComparison(left, second)
      }
    }
    return left
  }

  private mutating func parseNot(under lowest: Level) throws(SyntaxFailure) -> Expression {
    guard lowest.rawValue <= Level.not.rawValue else { throw operandNeedsParentheses() }
    let start = token.start
    try descend()
    defer { descent -= 1 }
    advance()
    let operand = try parseOperators(from: .not)
    return try node(.unary(.not, operand), from: start, over: treeDepth)
  }

  private static func infix(_ kind: Token.Kind) -> (BinaryOperator, Level)? {
    switch kind {
    case .or: (.or, .or)
    case .and: (.and, .and)
    case .equalEqual: (.equal, .compare)
    case .notEqual: (.notEqual, .compare)
    case .less: (.less, .compare)
    case .lessOrEqual: (.lessOrEqual, .compare)
    case .greater: (.greater, .compare)
    case .greaterOrEqual: (.greaterOrEqual, .compare)
    case .plus: (.add, .sum)
    case .minus: (.subtract, .sum)
    case .star: (.multiply, .product)
    case .slash: (.divide, .product)
    case .at: (.matrixMultiply, .product)
    case .div: (.integerDivide, .product)
    case .mod: (.modulo, .product)
    default: nil
    }
  }

  /// Parses an operand of the infix operators.
  ///
  ///     unary = "-" unary | power ;
  ///     power = postfix [ "^" unary ] ;
  ///
  /// So `-2^2` is `-(2^2)`, and `2^-1` and `2^3^2 = 2^(3^2)` need no parentheses.
  mutating func parseUnary() throws(SyntaxFailure) -> Expression {
    let start = token.start
    if kind == .minus {
      try descend()
      defer { descent -= 1 }
      advance()
      let operand = try parseUnary()
      return try node(.unary(.negate, operand), from: start, over: treeDepth)
    }
    let base = try parsePostfix()
    guard kind == .caret else { return base }
    let deepest = treeDepth
    try descend()
    defer { descent -= 1 }
    advance()
    let exponent = try parseUnary()
    return try node(.binary(.power, base, exponent), from: start, over: max(deepest, treeDepth))
  }
}
