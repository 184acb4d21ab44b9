import PPLSourceText

/// The tokens of a program as the layout needs them: without line ends, with the comments behind them.
struct LayoutText {
  /// A comment between two tokens.
  struct Comment {
    /// From `#` on, without blanks at its end.
    var text: String
    /// Whether no token stands before it on its line.
    var isOnOwnLine: Bool
    /// Whether a blank line stands before it.
    var isAfterBlankLine: Bool
  }

  /// What stands between a token and the next one.
  struct Gap {
    var comments: [Comment] = []
    /// Whether a blank line stands before the next token, behind the comments.
    var endsInBlankLine = false
  }

  struct Token {
    var kind: PPLSyntax.Token.Kind
    var text: String
    /// Characters of the text.
    var width: Int
    /// Whether it is a word of the language, such as `from`, that could be a name elsewhere.
    var isWord: Bool
    /// Whether it is the `{` of a block.
    var isBlock: Bool
    /// Whether a separator of statements stands behind it.
    var endsStatement = false
    /// Whether it is an operator between two operands, or `=`, `~`, `->`.
    var isInfix = false
    /// Whether one space stands before it if it does not start a line.
    var hasSpaceBefore = false
    var gap = Gap()
  }

  private(set) var tokens: [Token] = []
  /// What stands before the first token.
  private(set) var leading = Gap()

  init(_ file: SourceFile, _ parsed: ParsedText) {
    var end = file.bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    for (index, token) in parsed.tokens.enumerated() {
      switch token.kind {
      case .newline, .semicolon:
        if !tokens.isEmpty { tokens[tokens.count - 1].endsStatement = true }
      case .endOfFile:
        addGap(file.bytes[end...])
      default:
        addGap(file.bytes[end..<token.start])
        let text = file.text(of: token.span)
        tokens.append(
          Token(
            kind: token.kind,
            text: text,
            width: text.unicodeScalars.count,
            isWord: parsed.words.contains(index),
            isBlock: parsed.blocks.contains(index)
          )
        )
        end = token.end
      }
    }
    setOperators()
    setSpaces()
    tightenSubscripts()
  }

  /// Keeps what stands between the last token and the next: blanks, comments and semicolons.
  private mutating func addGap(_ bytes: ArraySlice<UInt8>) {
    var gap = Gap()
    var lineEnds = tokens.isEmpty ? 1 : 0
    var isFirst = true
    var place = bytes.startIndex
    while place < bytes.endIndex {
      let byte = bytes[place]
      guard byte == UInt8(ascii: "#") else {
        if byte == UInt8(ascii: "\n") { lineEnds += 1 }
        place += 1
        continue
      }
      let end = bytes[place...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.endIndex
      var text = bytes[place..<end]
      while let last = text.last, [0x20, 0x09, 0x0D].contains(last) { text.removeLast() }
      gap.comments.append(
        Comment(
          text: String(decoding: text, as: UTF8.self),
          isOnOwnLine: lineEnds > 0 || !isFirst,
          isAfterBlankLine: lineEnds > 1
        )
      )
      isFirst = false
      lineEnds = 0
      place = end
    }
    gap.endsInBlankLine = lineEnds > 1
    if tokens.isEmpty { leading = gap } else { tokens[tokens.count - 1].gap = gap }
  }

  // MARK: Statements

  /// The index behind the last token of the statement that starts here; that of its `{` if it has a
  /// block.
  func endOfStatement(from start: Int) -> Int {
    var depth = 0
    for index in start..<tokens.count {
      let token = tokens[index]
      if token.isBlock || depth == 0 && token.kind == .rightBrace { return index }
      if token.kind.isOpening { depth += 1 }
      if token.kind.isClosing { depth -= 1 }
      guard depth == 0, token.endsStatement else { continue }
      // `div` and `mod` may be names, so that the lexer does not know that they join lines.
      if token.isInfix { continue }
      if isPath(at: index + 1) { continue }
      return index + 1
    }
    return tokens.count
  }

  /// Whether `from "path"` of a `data` statement starts here, which may stand on a line of its own.
  func isPath(at index: Int) -> Bool {
    index < tokens.count && tokens[index].isWord && tokens[index].text == "from"
      && index + 1 < tokens.count && tokens[index + 1].kind == .string
  }

  // MARK: Spaces

  /// Whether an operand may end with this token.
  private func endsOperand(_ token: Token) -> Bool {
    switch token.kind {
    case .name: !token.isWord
    case .div, .mod: !token.isInfix
    case .number, .string, .underscore, .prime: true
    case .rightParenthesis, .rightBracket, .rightBrace: true
    default: false
    }
  }

  private mutating func setOperators() {
    for index in tokens.indices {
      let follows = index > 0 && endsOperand(tokens[index - 1])
      switch tokens[index].kind {
      case .div, .mod, .minus: tokens[index].isInfix = follows
      case .plus, .star, .slash, .at, .caret, .equal, .tilde, .arrow, .pipe: fallthrough
      case .equalEqual, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .and, .or:
        tokens[index].isInfix = true
      default: break
      }
    }
  }

  private mutating func setSpaces() {
    var isSystemHeader = false
    for index in tokens.indices.dropFirst() {
      let (last, next) = (tokens[index - 1], tokens[index])
      if last.isWord, last.text == "ode" { isSystemHeader = true }
      if next.isBlock { isSystemHeader = false }
      tokens[index].hasSpaceBefore = needsSpace(last, next, isSystemHeader: isSystemHeader)
    }
  }

  private func needsSpace(_ last: Token, _ next: Token, isSystemHeader: Bool) -> Bool {
    let isPrefix = last.kind == .minus && !last.isInfix
    if isPrefix || last.kind == .caret || next.kind == .caret { return false }
    switch last.kind {
    case .leftParenthesis, .leftBracket, .dot, .dotDot: return false
    case .leftBrace: return last.isBlock && next.kind != .rightBrace
    case .plus where next.kind == .equal: return false
    default: break
    }
    switch next.kind {
    case .comma, .colon, .prime, .rightParenthesis, .rightBracket: return false
    case .rightBrace: return false
    // A point directly behind digits would be a decimal point.
    case .dot: return last.kind == .number
    case .dotDot, .leftBracket: return !endsOperand(last)
    case .leftParenthesis:
      return !endsOperand(last) || isSystemHeader && last.kind == .rightBracket
    default: return true
    }
  }

  /// Takes the spaces out of subscripts such as `[t-1]` and `[k-2..k]`.
  private mutating func tightenSubscripts() {
    var open: [Int] = []
    for index in tokens.indices {
      if tokens[index].kind.isOpening { open.append(index) }
      guard tokens[index].kind.isClosing, let start = open.popLast() else { continue }
      guard tokens[start].kind == .leftBracket, start > 0, endsOperand(tokens[start - 1]) else {
        continue
      }
      for entry in tokens[(start + 1)..<index].indices.split(whereSeparator: { place in
        tokens[place].kind == .comma
      }) {
        let counts = entry.allSatisfy { place in
          switch tokens[place].kind {
          case .name: !tokens[place].isWord
          case .number, .dotDot: true
          case .plus, .minus: tokens[place].isInfix
          default: false
          }
        }
        guard counts else { continue }
        for place in entry.dropFirst() { tokens[place].hasSpaceBefore = false }
      }
    }
  }
}
