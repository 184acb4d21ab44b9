package import PPLSourceText

/// One word, number, string or sign of a program, with its place in the text.
///
/// Twelve bytes, so that a file of ten megabytes needs some forty for its tokens; offsets fit because
/// the lexer refuses larger files (`Lexer.largestFile`).
package struct Token: Sendable, Hashable {
  /// What it is.
  package enum Kind: UInt8, Sendable, Hashable, CaseIterable {
    // Words and literals.
    case name, number, string
    /// `div` and `mod`: operators between two operands, names elsewhere.
    case div, mod
    // Reserved words.
    case `if`, then, `else`, and, or, not, with, `where`, `for`
    // Brackets.
    case leftParenthesis, rightParenthesis, leftBracket, rightBracket, leftBrace, rightBrace
    // Signs.
    case comma, colon, semicolon, dot, dotDot, equal, tilde, arrow, pipe, prime, underscore
    // Operators.
    case plus, minus, star, slash, at, caret
    case equalEqual, notEqual, less, lessOrEqual, greater, greaterOrEqual
    /// The end of a line that may end a statement; line ends that cannot are left out.
    case newline
    case endOfFile
    /// Text that the lexer has reported; the parser stays silent about it.
    case invalid
  }

  /// What it is.
  package let kind: Kind
  private let startOffset: Int32
  private let endOffset: Int32

  /// Makes a token of the bytes `start ..< end`; both at most `Lexer.largestFile`.
  package init(_ kind: Kind, start: Int, end: Int) {
    self.kind = kind
    startOffset = Int32(start)
    endOffset = Int32(end)
  }

  /// Offset of the first byte.
  package var start: Int { Int(startOffset) }
  /// Offset behind the last byte.
  package var end: Int { Int(endOffset) }
  /// Its bytes in the file.
  package var span: SourceSpan { SourceSpan(start: start, end: end) }
}

extension Token.Kind {
  /// Whether the token may stand for a name.
  package var isName: Bool { self == .name || self == .div || self == .mod }

  /// Whether it is one of the words that are never names.
  package var isReserved: Bool {
    switch self {
    case .if, .then, .else, .and, .or, .not, .with, .where, .for: true
    default: false
    }
  }

  /// Whether a statement goes on in the next line when this token ends a line (rule 2).
  ///
  /// `div` and `mod` are missing because they may be names; the parser joins lines behind them.
  package var joinsNextLine: Bool {
    switch self {
    case .comma, .colon, .equal, .tilde, .arrow, .pipe: true
    case .plus, .minus, .star, .slash, .at, .caret: true
    case .equalEqual, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: true
    default: isReserved
    }
  }

  /// Whether a line that starts with this token belongs to the line before (rule 2).
  package var joinsPreviousLine: Bool {
    switch self {
    case .pipe, .with, .then, .else, .where, .for: true
    default: false
    }
  }

  /// Whether it opens a bracket.
  package var isOpening: Bool {
    self == .leftParenthesis || self == .leftBracket || self == .leftBrace
  }

  /// Whether it closes a bracket.
  package var isClosing: Bool {
    self == .rightParenthesis || self == .rightBracket || self == .rightBrace
  }

  /// The spelling of words and signs that have only one; nil for names, literals and the like.
  package var spelling: String? {
    switch self {
    case .name, .number, .string, .newline, .endOfFile, .invalid: nil
    case .div: "div"
    case .mod: "mod"
    case .if: "if"
    case .then: "then"
    case .else: "else"
    case .and: "and"
    case .or: "or"
    case .not: "not"
    case .with: "with"
    case .where: "where"
    case .for: "for"
    case .leftParenthesis: "("
    case .rightParenthesis: ")"
    case .leftBracket: "["
    case .rightBracket: "]"
    case .leftBrace: "{"
    case .rightBrace: "}"
    case .comma: ","
    case .colon: ":"
    case .semicolon: ";"
    case .dot: "."
    case .dotDot: ".."
    case .equal: "="
    case .tilde: "~"
    case .arrow: "->"
    case .pipe: "|>"
    case .prime: "'"
    case .underscore: "_"
    case .plus: "+"
    case .minus: "-"
    case .star: "*"
    case .slash: "/"
    case .at: "@"
    case .caret: "^"
    case .equalEqual: "=="
    case .notEqual: "!="
    case .less: "<"
    case .lessOrEqual: "<="
    case .greater: ">"
    case .greaterOrEqual: ">="
    }
  }
}
