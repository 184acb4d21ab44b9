import PPLSourceText

/// Where to go on after an error.
extension Parser {
  /// How many tokens of a line are looked at to tell whether it starts a statement.
  private static let lookahead = 64

  /// Leaves a broken statement for the place where the next one may start.
  ///
  /// That is the line with the error if it is a later line that looks like a statement (a bracket
  /// was left open before), else the end of the statement's lines, or a line that looks like one.
  ///
  /// - Parameters:
  ///   - first: the statement's first token.
  ///   - openCount: how many brackets were open before it.
  mutating func skipStatement(from first: Int, keepingBrackets openCount: Int) {
    var brackets = joiningBrackets
    var braces = 0
    openBrackets.removeLast(openBrackets.count - openCount)
    joiningBrackets = 0
    let line = firstTokenOfLine(with: index, notBefore: first)
    if line > first, looksLikeStatement(line) { return jump(to: line) }
    let ownsBlock = isWord("dist", at: first) || isWord("ode", at: first)
    var next = index
    while tokens[next].kind != .endOfFile {
      if next > first, startsLine(next), looksLikeStatement(next),
        !ownsBlock || braces == 0 || isKeywordLine(next)
      {
        break
      }
      switch tokens[next].kind {
      case .leftParenthesis, .leftBracket: brackets += 1
      case .rightParenthesis, .rightBracket: brackets = max(0, brackets - 1)
      case .leftBrace: braces += 1
      case .rightBrace:
        if braces == 0 { return jump(to: next) }
        braces -= 1
      case .newline, .semicolon:
        if brackets == 0, !ownsBlock || braces == 0 {
          foreignBraces += braces
          return jump(to: next)
        }
      default: break
      }
      next += 1
    }
    foreignBraces += braces
    jump(to: next)
  }

  /// The first token on the line of the token with this index, or `limit` if that comes later.
  func firstTokenOfLine(with index: Int, notBefore limit: Int) -> Int {
    var first = index
    while first > limit, !startsLine(first) { first -= 1 }
    return first
  }

  /// Whether a line end stands between the token and the one before; a `NEWLINE` itself starts none.
  func startsLine(_ index: Int) -> Bool {
    guard index > 0, tokens[index].kind != .newline else { return index == 0 }
    guard tokens[index - 1].kind != .newline else { return true }
    return file.bytes[tokens[index - 1].end..<tokens[index].start].contains(UInt8(ascii: "\n"))
  }

  /// Whether the line that starts with this token is plainly a statement: a keyword and a name, or a
  /// name and on the same line, outside of brackets, a `~` or `=`.
  func looksLikeStatement(_ first: Int) -> Bool {
    guard tokens[first].kind.isName else { return false }
    if isKeywordLine(first) { return true }
    var depth = 0
    var hasRelation = false
    for index in first..<min(first + Self.lookahead, tokens.count) {
      if index > first, startsLine(index) { break }
      let kind = tokens[index].kind
      if kind == .newline || kind == .semicolon || kind == .endOfFile { break }
      if kind.isOpening { depth += 1 }
      if kind.isClosing { depth -= 1 }
      if depth < 0 { return false }
      if depth == 0, kind == .tilde || kind == .equal { hasRelation = true }
    }
    return hasRelation
  }

  private func isKeywordLine(_ first: Int) -> Bool {
    tokens[first].kind == .name && token(at: first + 1).kind == .name
      && Keyword(rawValue: text(of: tokens[first])) != nil
  }

  /// Passes a `}` that closes nothing.
  mutating func passUnmatchedBrace() {
    noteFailure()
    log.report(
      .unmatchedBracket,
      "`}` closes nothing",
      at: token.span,
      "no block is open here",
      help: "remove it, or look for a `{` that is missing above"
    )
    advance()
  }
}
