package import PPLSourceText

/// Cuts the bytes of a program into tokens.
///
/// Takes any bytes: what is no token is reported and becomes `.invalid`, and the lexer goes on behind
/// it. Spellings of other languages (`**`, `&&`, `×`) are reported and read as what they mean, so that
/// the parser finds no second error in them. The last token is always `.endOfFile`.
///
///     NAME   = LETTER { LETTER | DIGIT | "_" } ;
///     LETTER = ? a to z or A to Z ? ;
///     DIGIT  = ? 0 to 9 ? ;
///
/// A `NEWLINE` token stands only where a line end can end a statement (rule 2): none is made behind a
/// token that `joinsNextLine`, before one that `joinsPreviousLine`, or in a blank line. Line ends in
/// brackets are made, and the parser skips them, because only it knows which braces are a set's.
///
/// - Complexity: O(bytes).
package struct Lexer {
  /// The largest file that is read, in bytes.
  package static let largestFile = 1 << 30

  let bytes: [UInt8]
  var position = 0
  var tokens: [Token] = []
  var log = DiagnosticLog()
  /// Offset of the first line end since the last token.
  private var lineEnd: Int?

  private init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// The tokens of a file, and what is wrong with its characters.
  package static func tokenize(_ file: SourceFile) -> (tokens: [Token], diagnostics: [Diagnostic]) {
    let (tokens, log) = run(file)
    return (tokens, DiagnosticLog.merged(log, DiagnosticLog()))
  }

  static func run(_ file: SourceFile) -> (tokens: [Token], log: DiagnosticLog) {
    guard file.bytes.count <= largestFile else {
      var log = DiagnosticLog()
      log.report(
        .fileTooLarge,
        "the file has more than \(largestFile) bytes",
        at: SourceSpan(start: 0, end: 0),
        help: "a program is text; data are bound from files of their own"
      )
      return ([Token(.endOfFile, start: 0, end: 0)], log)
    }
    var lexer = Lexer(file.bytes)
    lexer.scan()
    return (lexer.tokens, lexer.log)
  }

  // MARK: Bytes

  /// The byte `distance` behind the position; 0 outside the file.
  func peek(_ distance: Int = 0) -> UInt8 {
    let offset = position + distance
    return offset < bytes.count ? bytes[offset] : 0
  }

  func text(_ start: Int, _ end: Int) -> String {
    String(decoding: bytes[start..<end], as: UTF8.self)
  }

  /// Appends the token from `start` to the position.
  mutating func emit(_ kind: Token.Kind, from start: Int) {
    endLine(before: kind)
    tokens.append(Token(kind, start: start, end: position))
  }

  /// Makes the `NEWLINE` token for line ends passed since the last token, if they may end a statement.
  private mutating func endLine(before next: Token.Kind) {
    guard let offset = lineEnd else { return }
    lineEnd = nil
    guard let last = tokens.last, !last.kind.joinsNextLine, !next.joinsPreviousLine else { return }
    tokens.append(Token(.newline, start: offset, end: offset + 1))
  }

  // MARK: Scanning

  private mutating func scan() {
    tokens.reserveCapacity(bytes.count / 4 + 16)
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    while position < bytes.count {
      let byte = bytes[position]
      switch byte {
      case UInt8(ascii: "\n"):
        if lineEnd == nil { lineEnd = position }
        position += 1
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"):
        position += 1
      case UInt8(ascii: "#"):
        skipComment()
      default:
        scanToken(byte)
      }
    }
    emit(.endOfFile, from: position)
  }

  private mutating func scanToken(_ byte: UInt8) {
    if byte.isLetter {
      scanWord()
    } else if byte.isDigit {
      scanNumber()
    } else if byte == UInt8(ascii: "\"") {
      scanString(closedBy: byte)
    } else if byte == UInt8(ascii: "_") {
      scanUnderscore()
    } else if byte >= 0x80 {
      scanForeignCharacter()
    } else {
      scanSign(byte)
    }
  }

  private mutating func scanWord() {
    let start = position
    position += 1
    while peek().isNamePart { position += 1 }
    if peek() >= 0x80, continueForeignWord(from: start) { return }
    emit(Self.kind(ofWord: bytes[start..<position]), from: start)
  }

  private mutating func scanUnderscore() {
    let start = position
    position += 1
    guard peek().isNamePart else { return emit(.underscore, from: start) }
    while peek().isNamePart { position += 1 }
    let word = text(start, position)
    let plain = String(word.drop { $0 == "_" })
    log.report(
      .unknownCharacter,
      "the name `\(word)` does not start with a letter",
      at: SourceSpan(start: start, end: position),
      help: plain.isEmpty || plain.utf8.first?.isDigit == true
        ? "a name is a letter followed by letters, digits and `_`" : "call it `\(plain)`"
    )
    emit(.invalid, from: start)
  }

  private mutating func scanSign(_ byte: UInt8) {
    let start = position
    if scanForeignSign(byte) { return }
    let next = peek(1)
    let (kind, length): (Token.Kind, Int) =
      switch (byte, next) {
      case (UInt8(ascii: "="), UInt8(ascii: "=")): (.equalEqual, 2)
      case (UInt8(ascii: "!"), UInt8(ascii: "=")): (.notEqual, 2)
      case (UInt8(ascii: "<"), UInt8(ascii: "=")): (.lessOrEqual, 2)
      case (UInt8(ascii: ">"), UInt8(ascii: "=")): (.greaterOrEqual, 2)
      case (UInt8(ascii: "-"), UInt8(ascii: ">")): (.arrow, 2)
      case (UInt8(ascii: "|"), UInt8(ascii: ">")): (.pipe, 2)
      case (UInt8(ascii: "."), UInt8(ascii: ".")): (.dotDot, 2)
      default: (Self.kind(ofSign: byte), 1)
      }
    position += length
    if kind == .invalid { reportUnknown(at: start) }
    emit(kind, from: start)
  }

  private static func kind(ofSign byte: UInt8) -> Token.Kind {
    switch byte {
    case UInt8(ascii: "("): .leftParenthesis
    case UInt8(ascii: ")"): .rightParenthesis
    case UInt8(ascii: "["): .leftBracket
    case UInt8(ascii: "]"): .rightBracket
    case UInt8(ascii: "{"): .leftBrace
    case UInt8(ascii: "}"): .rightBrace
    case UInt8(ascii: ","): .comma
    case UInt8(ascii: ":"): .colon
    case UInt8(ascii: ";"): .semicolon
    case UInt8(ascii: "."): .dot
    case UInt8(ascii: "="): .equal
    case UInt8(ascii: "~"): .tilde
    case UInt8(ascii: "'"): .prime
    case UInt8(ascii: "+"): .plus
    case UInt8(ascii: "-"): .minus
    case UInt8(ascii: "*"): .star
    case UInt8(ascii: "/"): .slash
    case UInt8(ascii: "@"): .at
    case UInt8(ascii: "^"): .caret
    case UInt8(ascii: "<"): .less
    case UInt8(ascii: ">"): .greater
    default: .invalid
    }
  }

  /// The kind of a word: a reserved word, `div`, `mod`, or a name.
  private static func kind(ofWord word: ArraySlice<UInt8>) -> Token.Kind {
    guard word.count <= 5, let first = word.first else { return .name }
    switch first {
    case UInt8(ascii: "a"): return word.elementsEqual("and".utf8) ? .and : .name
    case UInt8(ascii: "d"): return word.elementsEqual("div".utf8) ? .div : .name
    case UInt8(ascii: "e"): return word.elementsEqual("else".utf8) ? .else : .name
    case UInt8(ascii: "f"): return word.elementsEqual("for".utf8) ? .for : .name
    case UInt8(ascii: "i"): return word.elementsEqual("if".utf8) ? .if : .name
    case UInt8(ascii: "m"): return word.elementsEqual("mod".utf8) ? .mod : .name
    case UInt8(ascii: "n"): return word.elementsEqual("not".utf8) ? .not : .name
    case UInt8(ascii: "o"): return word.elementsEqual("or".utf8) ? .or : .name
    case UInt8(ascii: "t"): return word.elementsEqual("then".utf8) ? .then : .name
    case UInt8(ascii: "w"):
      if word.elementsEqual("with".utf8) { return .with }
      return word.elementsEqual("where".utf8) ? .where : .name
    default: return .name
    }
  }
}

extension UInt8 {
  /// Whether it is a letter of ASCII.
  var isLetter: Bool { (self | 0x20) >= UInt8(ascii: "a") && (self | 0x20) <= UInt8(ascii: "z") }
  /// Whether it is a digit of ASCII.
  var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }
  /// Whether it may stand in a name.
  var isNamePart: Bool { isLetter || isDigit || self == UInt8(ascii: "_") }
}
