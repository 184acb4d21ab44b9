import PPLSourceText

/// Values that bind tightest: literals, names, calls, lists, records, subscripts and members.
extension Parser {
  /// Parses a value with its subscripts and members.
  ///
  ///     postfix = primary { subscripts | "." NAME } ;
  mutating func parsePostfix() throws(SyntaxFailure) -> Expression {
    let start = token.start
    var base = try parsePrimary()
    while true {
      let depth = treeDepth
      switch kind {
      case .leftBracket:
        let subscripts = try parseSubscripts()
        base = try node(.subscripted(base, subscripts), from: start, over: max(depth, treeDepth))
      case .dot:
        advance()
        let member = try expectName("a member")
        base = try node(.member(base, member), from: start, over: depth)
      case .leftParenthesis:
        throw notCallable(base)
      case .prime:
        throw transpose(base)
      default:
        return base
      }
    }
  }

  /// Parses a value without subscripts.
  ///
  ///     primary = NUMBER | STRING | NAME | NAME arguments | "(" expr ")" | record | list ;
  private mutating func parsePrimary() throws(SyntaxFailure) -> Expression {
    let start = token.start
    switch kind {
    case .number:
      let value = numberValue(of: token)
      advance()
      return try node(value, from: start, over: 0)
    case .string:
      let value = stringValue(of: token)
      advance()
      return try node(.string(value), from: start, over: 0)
    case .name, .div, .mod:
      let name = Name(tokenText, span: token.span)
      advance()
      guard kind == .leftParenthesis else {
        return try node(.name(name.text), from: start, over: 0)
      }
      let arguments = try parseArguments()
      return try node(.call(name, arguments), from: start, over: treeDepth)
    case .leftParenthesis:
      return try parseParenthesized()
    case .leftBracket:
      return try parseList()
    default:
      throw notAValue()
    }
  }

  /// Parses what stands in parentheses that are no call's.
  ///
  ///     record = "(" NAME ":" expr { "," NAME ":" expr } ")" ;
  private mutating func parseParenthesized() throws(SyntaxFailure) -> Expression {
    let start = token.start
    try open()
    if kind.isName, nextKind == .colon { return try parseRecord(from: start) }
    var inner = try parseExpression()
    let depth = treeDepth
    if kind == .comma { throw tuple() }
    try close(.rightParenthesis, expected: "an operator or `)`")
    inner.span = span(from: start)
    treeDepth = depth
    return inner
  }

  private mutating func parseRecord(from start: Int) throws(SyntaxFailure) -> Expression {
    var fields: [RecordField] = []
    var deepest = 0
    repeat {
      let name = try expectName("a field")
      try expect(.colon, "`:` and the value of `\(name.text)`")
      fields.append(RecordField(name: name, value: try parseExpression()))
      deepest = max(deepest, treeDepth)
    } while accept(.comma)
    try close(.rightParenthesis, expected: "`,` or `)`")
    return try node(.record(fields), from: start, over: deepest)
  }

  /// Parses a list or an array comprehension.
  ///
  ///     list = "[" [ comprehension | expr { "," expr } ] "]" ;
  private mutating func parseList() throws(SyntaxFailure) -> Expression {
    let start = token.start
    try open()
    var elements: [Expression] = []
    var deepest = 0
    if kind != .rightBracket {
      repeat {
        let element = try parseExpression()
        deepest = max(deepest, treeDepth)
        if kind == .for {
          guard elements.isEmpty else { throw forAmongOthers("list") }
          let comprehension = try parseComprehension(of: element)
          deepest = max(deepest, treeDepth)
          try close(.rightBracket, expected: "`,`, `where` or `]`")
          return try node(.comprehension(comprehension), from: start, over: deepest)
        }
        elements.append(element)
      } while accept(.comma)
    }
    try close(.rightBracket, expected: "`,` or `]`")
    return try node(.list(elements), from: start, over: deepest)
  }

  /// Parses what stands in the parentheses of a call, with them.
  ///
  ///     arguments = "(" [ comprehension | argument { "," argument } ] ")" ;
  ///     argument  = [ NAME ":" ] expr ;
  mutating func parseArguments() throws(SyntaxFailure) -> Arguments {
    try open()
    var list: [Argument] = []
    var deepest = 0
    if kind != .rightParenthesis {
      repeat {
        var label: Name?
        if kind.isName, nextKind == .colon {
          label = Name(tokenText, span: token.span)
          advance()
          advance()
        }
        let value = try parseExpression()
        deepest = max(deepest, treeDepth)
        if kind == .for {
          guard list.isEmpty, label == nil else { throw forAmongOthers("call") }
          let comprehension = try parseComprehension(of: value)
          deepest = max(deepest, treeDepth)
          try close(.rightParenthesis, expected: "`,`, `where` or `)`")
          treeDepth = deepest
          return .comprehension(comprehension)
        }
        list.append(Argument(label: label, value: value))
      } while accept(.comma)
    }
    try close(.rightParenthesis, expected: "`,` or `)`")
    treeDepth = deepest
    return .list(list)
  }

  /// Parses the part of a comprehension behind its element.
  ///
  ///     comprehension = expr "for" binder { "," binder } [ "where" expr ] ;
  private mutating func parseComprehension(
    of element: Expression
  ) throws(SyntaxFailure) -> Comprehension {
    advance()
    var binders: [Binder] = []
    var deepest = 0
    repeat {
      binders.append(try parseBinder())
      deepest = max(deepest, treeDepth)
    } while accept(.comma)
    var condition: Expression?
    if accept(.where) {
      condition = try parseExpression()
      deepest = max(deepest, treeDepth)
    }
    treeDepth = deepest
    return Comprehension(element: element, binders: binders, condition: condition)
  }

  /// Parses a name that runs over a range.
  ///
  ///     binder = NAME ":" range ;
  mutating func parseBinder() throws(SyntaxFailure) -> Binder {
    let name = try expectName("an index")
    guard accept(.colon) else { throw badBinder(name) }
    return Binder(name: name, range: try parseRange())
  }

  /// Parses what a name runs over or a subscript selects.
  ///
  ///     range = expr [ ".." [ expr ] ] | ".." expr ;
  mutating func parseRange() throws(SyntaxFailure) -> BinderRange {
    let start = token.start
    if accept(.dotDot) {
      let upper = try parseExpression()
      return .range(RangeExpression(lower: nil, upper: upper, span: span(from: start)))
    }
    let lower = try parseExpression()
    guard accept(.dotDot) else { return .expression(lower) }
    var deepest = treeDepth
    var upper: Expression?
    if Self.startsExpression(kind) {
      upper = try parseExpression()
      deepest = max(deepest, treeDepth)
    }
    treeDepth = deepest
    return .range(RangeExpression(lower: lower, upper: upper, span: span(from: start)))
  }

  /// Whether an expression can start with this token.
  static func startsExpression(_ kind: Token.Kind) -> Bool {
    switch kind {
    case .name, .div, .mod, .number, .string, .if, .not, .minus, .leftParenthesis, .leftBracket:
      true
    default: false
    }
  }

  /// Parses what stands in the brackets behind a value, with them.
  ///
  ///     subscripts = "[" subscript { "," subscript } "]" ;
  ///     subscript  = "_" | range ;
  private mutating func parseSubscripts() throws(SyntaxFailure) -> [Subscript] {
    try open()
    var subscripts: [Subscript] = []
    var deepest = 0
    repeat {
      if kind == .underscore {
        subscripts.append(.keep(token.span))
        advance()
      } else {
        switch try parseRange() {
        case .expression(let expression): subscripts.append(.index(expression))
        case .range(let range): subscripts.append(.range(range))
        }
        deepest = max(deepest, treeDepth)
      }
    } while accept(.comma)
    if kind == .where { throw misplacedWhere() }
    try close(.rightBracket, expected: "`,` or `]`")
    treeDepth = deepest
    return subscripts
  }
}
