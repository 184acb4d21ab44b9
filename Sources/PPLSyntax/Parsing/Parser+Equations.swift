import PPLSourceText

/// Equations, factors and differential equations.
extension Parser {
  /// Parses an equation.
  ///
  ///     equation = target { "," target } [ ":" type ] ( "~" | "=" ) expr [ with ] ;
  mutating func parseEquation() throws(SyntaxFailure) -> Equation {
    guard kind.isName else { throw notAStatement() }
    let first = index
    var targets: [Equation.Target] = []
    repeat { targets.append(try parseTarget()) } while accept(.comma)
    var type: TypeExpression?
    if kind == .colon, !isForeignAssignment {
      advance()
      type = try parseType()
    }
    let relation = try parseRelation(first: first, targets)
    let value = parseValue()
    return Equation(
      targets: targets,
      type: type,
      relation: relation,
      value: value,
      locals: parseLocals(allowingRandom: false)
    )
  }

  private mutating func parseRelation(
    first: Int,
    _ targets: [Equation.Target]
  ) throws(SyntaxFailure) -> Equation.Relation {
    if accept(.tilde) { return .distributed }
    if accept(.equal) { return .defined }
    if isForeignAssignment {
      try passForeignAssignment()
      return .defined
    }
    throw noRelation(first: first, targets)
  }

  /// Parses what an equation is about.
  ///
  ///     target = NAME { "." NAME } [ brackets ] ;
  private mutating func parseTarget() throws(SyntaxFailure) -> Equation.Target {
    let start = token.start
    let name = try expectName("a target")
    var members: [Name] = []
    while accept(.dot) { members.append(try expectName("a member")) }
    let brackets = try parseBracketsIfAny()
    return Equation.Target(
      name: name,
      members: members,
      brackets: brackets,
      span: span(from: start)
    )
  }

  /// Parses the brackets of a left side, if there are any.
  ///
  ///     brackets = "[" index { "," index } [ "where" expr ] "]" ;
  ///     index    = NAME ":" range | "_" | range ;
  mutating func parseBracketsIfAny() throws(SyntaxFailure) -> Brackets? {
    guard kind == .leftBracket else { return nil }
    let start = token.start
    try open()
    var items: [AxisExpression] = []
    repeat {
      if kind == .underscore {
        items.append(.keep(token.span))
        advance()
      } else if kind.isName, nextKind == .colon {
        items.append(.binder(try parseBinder()))
      } else {
        switch try parseRange() {
        case .expression(let expression): items.append(.expression(expression))
        case .range(let range): items.append(.range(range))
        }
      }
    } while accept(.comma)
    let condition = accept(.where) ? try parseExpression() : nil
    try close(
      .rightBracket,
      expected: condition == nil ? "`,`, `where` or `]`" : "an operator or `]`"
    )
    return Brackets(items: items, condition: condition, span: span(from: start))
  }

  /// Parses the names that hold for one statement, if there are any.
  ///
  ///     with  = "with" local { "," local } ;
  ///     local = NAME "=" expr ;
  ///     draw  = NAME ( "=" | "~" ) expr ;
  ///
  /// If `allowingRandom`, `~` may stand for `=`, as in a distribution's `draw`.
  mutating func parseLocals(allowingRandom: Bool) -> [LocalDefinition] {
    var locals: [LocalDefinition] = []
    guard !isBroken, accept(.with) else { return locals }
    repeat {
      guard
        keep(
          parse: { (parser) throws(SyntaxFailure) in
            try parser.parseLocal(allowingRandom: allowingRandom)
          },
          in: &locals
        )
      else { break }
    } while !isBroken && accept(.comma)
    return locals
  }

  private mutating func parseLocal(
    allowingRandom: Bool
  ) throws(SyntaxFailure) -> LocalDefinition {
    let name = try expectName("a local name")
    let isRandom = kind == .tilde
    if isRandom, !allowingRandom { throw randomLocal(name) }
    guard accept(.equal) || accept(.tilde) else {
      throw unexpected("`=`", help: "a local name is defined by `\(name.text) = …`")
    }
    return LocalDefinition(name: name, isRandom: isRandom, value: parseValue())
  }

  /// Parses a density term.
  ///
  ///     factor = "factor" NAME [ brackets ] "=" expr [ with ] ;
  mutating func parseFactor() throws(SyntaxFailure) -> Item.Kind {
    advance()
    let name = try expectName("a factor")
    let brackets = try parseBracketsIfAny()
    try expect(.equal, "`=`", help: "a factor adds the value behind `=` to the log density")
    let value = parseValue()
    return .factor(
      FactorStatement(
        name: name,
        brackets: brackets,
        value: value,
        locals: parseLocals(allowingRandom: false)
      )
    )
  }

  // MARK: Differential equations

  /// Parses a system of differential equations.
  ///
  ///     ode = "ode" NAME "from" expr "at" NAME brackets [ arguments ]
  ///           "{" { sep } [ odeLine { sep { sep } odeLine } { sep } ] "}" ;
  mutating func parseODE() throws(SyntaxFailure) -> Item.Kind {
    let form = "a system starts with `ode t from a at ts[d] {`"
    advance()
    let time = try expectName("the time")
    try expectWord("from", form)
    let start = try parseExpression()
    try expectWord("at", form)
    let grid = try expectName("the array of times")
    guard let brackets = try parseBracketsIfAny() else {
      throw unexpected("`[` and the dimension of the times", help: form)
    }
    let options = kind == .leftParenthesis ? try parseArguments() : nil
    var lines: [ODEDeclaration.Line] = []
    try parseBlock(of: "the system") { (parser) throws(SyntaxFailure) in
      lines.append(try parser.parseODELine())
    }
    return .ode(
      ODEDeclaration(
        time: time,
        start: start,
        grid: grid,
        brackets: brackets,
        options: options,
        lines: lines
      )
    )
  }

  /// Parses a line of a system.
  ///
  ///     odeLine = NAME "'" [ brackets ] "=" expr
  ///             | NAME "(" expr ")" [ brackets ] ( "=" | "+" "=" ) expr
  ///             | NAME "=" expr ;
  private mutating func parseODELine() throws(SyntaxFailure) -> ODEDeclaration.Line {
    let form =
      "a line is `x' = e`, `x(a) = e` with the start time a, `x(time[d])[d: dose] += e`, or `y = e`"
    let name = try expectName("a quantity of the system")
    if accept(.prime) {
      let brackets = try parseBracketsIfAny()
      try expect(.equal, help: form)
      return .derivative(name, brackets, parseValue())
    }
    guard kind == .leftParenthesis else {
      try expect(.equal, "`'`, `(` or `=`", help: form)
      return .local(name, parseValue())
    }
    try open()
    let time = try parseExpression()
    try close(.rightParenthesis, expected: "an operator or `)`")
    let brackets = try parseBracketsIfAny()
    let isJump = accept(.plus)
    try expect(.equal, help: form)
    return isJump
      ? .jump(name, at: time, brackets, parseValue())
      : .initial(name, at: time, brackets, parseValue())
  }
}
