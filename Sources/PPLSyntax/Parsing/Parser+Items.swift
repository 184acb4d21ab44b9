import PPLSourceText

/// Files, blocks and the choice of a statement.
extension Parser {
  /// Parses a whole file.
  ///
  ///     program = statements ;
  mutating func parseFile() -> [Item] {
    var items: [Item] = []
    while true {
      parseStatements(into: &items)
      guard kind == .rightBrace else { return items }
      passUnmatchedBrace()
    }
  }

  /// Parses statements up to a `}` or the end of the text.
  ///
  ///     statements = { sep } [ item { sep { sep } item } { sep } ] ;
  ///     sep        = NEWLINE | ";" ;
  private mutating func parseStatements(into items: inout [Item]) {
    while true {
      while accept(.newline) || accept(.semicolon) {}
      if kind == .rightBrace, foreignBraces > 0 {
        foreignBraces -= 1
        advance()
        continue
      }
      guard kind != .endOfFile, kind != .rightBrace else { return }
      if let item = parseItem() { items.append(item) }
    }
  }

  /// Parses one statement up to its separator; nil if nothing of it could be kept.
  private mutating func parseItem() -> Item? {
    recovering { (parser) throws(SyntaxFailure) in
      let start = parser.token.start
      let kind = try parser.parseItemKind()
      return Item(kind, span: parser.span(from: start))
    }
  }

  /// Parses a statement or line of a block, checks that it ends there, and if either fails skips to
  /// where the next one may start.
  mutating func recovering<Parsed>(
    _ parse: (inout Parser) throws(SyntaxFailure) -> Parsed
  ) -> Parsed? {
    let first = index
    let openBefore = openBrackets.count
    statementStart = first
    isBroken = false
    descent = 0
    var result: Parsed?
    do throws(SyntaxFailure) {
      result = try parse(&self)
      statementStart = first
      if !isBroken, !isAtSeparator { throw textAfterStatement() }
    } catch {
      isBroken = true
    }
    if isBroken { skipStatement(from: first, keepingBrackets: openBefore) }
    isBroken = false
    return result
  }

  /// Whether a statement may end before the token looked at.
  private var isAtSeparator: Bool {
    switch kind {
    case .newline, .semicolon, .endOfFile, .rightBrace: true
    default: false
    }
  }

  /// The words that start a statement; each is an ordinary name elsewhere.
  package enum Keyword: String, CaseIterable {
    case dim, data, param, fn, net, causal, dist, extern, ode, factor, guide, model
    case infer, predict, show, plot, check, save
  }

  /// The words that start a statement.
  package static var statementWords: [String] { Keyword.allCases.map(\.rawValue) }

  /// The keyword looked at, unless what is behind it shows that it names an equation's target.
  var keyword: Keyword? {
    guard kind == .name, token.end - token.start <= 7 else { return nil }
    switch nextKind {
    case .equal, .tilde, .comma, .colon, .dot: return nil
    case .leftBracket:
      guard let keyword = Keyword(rawValue: tokenText) else { return nil }
      return [.show, .plot, .check].contains(keyword) && !definesSomething ? keyword : nil
    default: return Keyword(rawValue: tokenText)
    }
  }

  /// Whether the statement looked at has `=`, `~` or `:` outside of all brackets: `show [1, 2]` has none, `show[i: d] = 1` has.
  private var definesSomething: Bool {
    var depth = 0
    for token in tokens[index...] {
      switch token.kind {
      case .leftBracket, .leftParenthesis, .leftBrace: depth += 1
      case .rightBracket, .rightParenthesis, .rightBrace: depth -= 1
      case .equal, .tilde, .colon: if depth <= 0 { return true }
      case .newline, .semicolon, .endOfFile: if depth <= 0 { return false }
      default: break
      }
    }
    return false
  }

  /// Parses one statement.
  ///
  ///     item       = ? keyword ahead ? ( definition | script ) | ? no keyword ahead ? equation ;
  ///     definition = dims | data | param | fn | net | dist | extern | ode | factor | guide | model ;
  private mutating func parseItemKind() throws(SyntaxFailure) -> Item.Kind {
    guard let keyword else { return .equation(try parseEquation()) }
    words.insert(index)
    switch keyword {
    case .dim: return try parseDimensions()
    case .data: return try parseData()
    case .param: return try parseParameter()
    case .fn: return try parseFunction()
    case .net, .causal: return try parseNet()
    case .dist: return try parseDistribution()
    case .extern: return try parseExternal()
    case .ode: return try parseODE()
    case .factor: return try parseFactor()
    case .guide: return try parseGuide()
    case .model: return try parseModel()
    case .infer, .predict, .show, .plot, .check, .save: return try parseScript(keyword)
    }
  }

  /// Parses a guide.
  ///
  ///     guide = "guide" NAME "{" statements "}" ;
  private mutating func parseGuide() throws(SyntaxFailure) -> Item.Kind {
    advance()
    let name = try expectName("a guide")
    return .guide(name, try parseItemBlock(of: "the guide `\(name.text)`"))
  }

  /// Parses a model.
  ///
  ///     model = "model" NAME "{" statements "}" ;
  private mutating func parseModel() throws(SyntaxFailure) -> Item.Kind {
    if nextKind == .leftBrace { throw foreignBlock() }
    advance()
    let name = try expectName("a model")
    return .model(name, try parseItemBlock(of: "the model `\(name.text)`"))
  }

  private mutating func parseItemBlock(of owner: String) throws(SyntaxFailure) -> [Item] {
    try openBlock(of: owner)
    var items: [Item] = []
    parseStatements(into: &items)
    closeBlock()
    return items
  }

  /// Parses the lines of a block with its braces; each line recovers by itself.
  mutating func parseBlock(
    of owner: String,
    line: (inout Parser) throws(SyntaxFailure) -> Void
  ) throws(SyntaxFailure) {
    try openBlock(of: owner)
    while true {
      while accept(.newline) || accept(.semicolon) {}
      guard kind != .endOfFile, kind != .rightBrace else { break }
      recovering(line)
    }
    closeBlock()
  }

  private mutating func openBlock(of owner: String) throws(SyntaxFailure) {
    guard kind == .leftBrace else {
      throw unexpected(
        "`{`",
        help: "the block of \(owner) starts with `{` on the same line"
      )
    }
    blocks.insert(index)
    try open(isBlock: true)
  }

  /// Takes the `}` of a block; a missing one is reported, and what was read of the block is kept.
  private mutating func closeBlock() {
    do throws(SyntaxFailure) {
      try close(.rightBrace, isBlock: true, expected: "`}`")
    } catch {
      openBrackets.removeLast()
    }
  }
}
