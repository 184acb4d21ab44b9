import PPLSourceText

/// Statements that run something.
extension Parser {
  /// Parses a statement of the script.
  ///
  ///     script = "infer" NAME "=" expr
  ///            | "predict" NAME "=" expr "given" expr { "," argument }
  ///            | ( "show" | "plot" | "check" ) expr { "," expr }
  ///            | "save" expr "to" STRING ;
  mutating func parseScript(_ keyword: Keyword) throws(SyntaxFailure) -> Item.Kind {
    advance()
    switch keyword {
    case .infer: return try parseInfer()
    case .predict: return try parsePredict()
    case .plot: return .plot(parseValues())
    case .check: return .check(parseValues())
    case .save: return try parseSave()
    default: return .show(parseValues())
    }
  }

  private mutating func parseInfer() throws(SyntaxFailure) -> Item.Kind {
    let name = try expectName("a fit")
    try expect(
      .equal,
      "`=` and an engine",
      help: "write `infer \(name.text) = nuts()`, for instance"
    )
    return .infer(name, parseValue())
  }

  private mutating func parsePredict() throws(SyntaxFailure) -> Item.Kind {
    let form =
      "a prediction is `predict name = quantity given fit`, then `, \"data\"` if it is other data"
    let name = try expectName("a prediction")
    try expect(.equal, help: form)
    let quantity = try parseExpression()
    try expectWord("given", form)
    let fit = parseValue()
    var arguments: [Argument] = []
    while !isBroken, accept(.comma) {
      var label: Name?
      if kind.isName, nextKind == .colon {
        label = Name(tokenText, span: token.span)
        advance()
        advance()
      }
      arguments.append(Argument(label: label, value: parseValue()))
    }
    return .predict(
      PredictStatement(name: name, quantity: quantity, fit: fit, arguments: arguments)
    )
  }

  private mutating func parseValues() -> [Expression] {
    var values: [Expression] = []
    repeat { values.append(parseValue()) } while !isBroken && accept(.comma)
    return values
  }

  private mutating func parseSave() throws(SyntaxFailure) -> Item.Kind {
    let value = try parseExpression()
    try expectWord("to", "a fit is saved by `save fit to \"path\"`")
    let (path, span) = try expectString("the path to save to")
    return .save(value, path: path, pathSpan: span)
  }
}
