import PPLSourceText

/// Functions, nets, distributions and what is called outside of the program.
extension Parser {
  /// Parses parameters and result of a callable.
  ///
  ///     signature = [ brackets ] "(" [ field { "," field } ] ")" [ "->" type ] ;
  private mutating func parseSignature() throws(SyntaxFailure) -> SignatureExpression {
    let brackets = try parseBracketsIfAny()
    guard kind == .leftParenthesis else { throw unexpected("`(` and the parameters") }
    try open()
    var parameters: [TypeField] = []
    if kind != .rightParenthesis {
      repeat { parameters.append(try parseField("a parameter")) } while accept(.comma)
    }
    try close(.rightParenthesis, expected: "`,` or `)`")
    let result = accept(.arrow) ? try parseType() : nil
    return SignatureExpression(brackets: brackets, parameters: parameters, result: result)
  }

  /// Parses a function.
  ///
  ///     fn = "fn" NAME signature "=" expr [ with ] ;
  mutating func parseFunction() throws(SyntaxFailure) -> Item.Kind {
    advance()
    return .function(try parseFunctionParts("a function"))
  }

  /// Parses a net.
  ///
  ///     net = [ "causal" ] "net" NAME signature "=" expr [ with ] ;
  mutating func parseNet() throws(SyntaxFailure) -> Item.Kind {
    let isCausal = acceptWord("causal")
    try expectWord("net", "`causal` stands before `net`")
    return .net(NetDeclaration(isCausal: isCausal, function: try parseFunctionParts("a net")))
  }

  private mutating func parseFunctionParts(
    _ role: String
  ) throws(SyntaxFailure) -> FunctionDeclaration {
    let name = try expectName(role)
    let signature = try parseSignature()
    try expect(.equal, "`=` and the value", help: "\(role) is one expression behind `=`")
    let body = parseValue()
    return FunctionDeclaration(
      name: name,
      signature: signature,
      body: body,
      locals: parseLocals(allowingRandom: false)
    )
  }

  /// Parses a distribution.
  ///
  ///     dist = "dist" NAME signature "{" { sep } [ clause { sep { sep } clause } { sep } ] "}" ;
  mutating func parseDistribution() throws(SyntaxFailure) -> Item.Kind {
    advance()
    let name = try expectName("a distribution")
    let signature = try parseSignature()
    var clauses: [DistributionDeclaration.Clause] = []
    try parseBlock(of: "the distribution `\(name.text)`") { (parser) throws(SyntaxFailure) in
      clauses.append(try parser.parseClause())
    }
    return .distribution(
      DistributionDeclaration(name: name, signature: signature, clauses: clauses)
    )
  }

  /// Parses a line of a distribution.
  ///
  ///     clause = NAME [ "(" NAME ")" ] "=" expr [ "with" draw { "," draw } ] ;
  private mutating func parseClause() throws(SyntaxFailure) -> DistributionDeclaration.Clause {
    let name = try expectName("`logp`, `draw` or another clause")
    var parameter: Name?
    if kind == .leftParenthesis {
      try open()
      parameter = try expectName("the value")
      try close(.rightParenthesis, expected: "`)`")
    }
    try expect(
      .equal,
      "`=`",
      help: "a clause is `logp(x) = e` or `draw = e`, with or without a `with`"
    )
    let body = parseValue()
    return DistributionDeclaration.Clause(
      name: name,
      parameter: parameter,
      body: body,
      locals: parseLocals(allowingRandom: true)
    )
  }

  /// Parses a function or distribution that something outside of the program computes.
  ///
  ///     extern = "extern" ( "fn" | "dist" ) NAME signature "=" expr ;
  mutating func parseExternal() throws(SyntaxFailure) -> Item.Kind {
    advance()
    let isDistribution = isWord("dist")
    guard isDistribution || isWord("fn") else { throw unexpected("`fn` or `dist`") }
    words.insert(index)
    advance()
    let name = try expectName(isDistribution ? "a distribution" : "a function")
    let signature = try parseSignature()
    try expect(
      .equal,
      "`=`",
      help: "say where it runs: `= process(\"command\")`, `= library(…)` or `= host(…)`"
    )
    return .external(
      ExternalDeclaration(
        isDistribution: isDistribution,
        name: name,
        signature: signature,
        implementation: parseValue()
      )
    )
  }
}
