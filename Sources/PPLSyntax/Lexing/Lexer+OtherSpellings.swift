import PPLSourceText

/// What other languages and word processors write: reported, and read as what it means if that is plain.
extension Lexer {
  // MARK: ASCII

  /// Takes an operator or comment of another language at the position; false if there is none.
  mutating func scanForeignSign(_ byte: UInt8) -> Bool {
    let next = peek(1)
    switch (byte, next) {
    case (UInt8(ascii: "/"), UInt8(ascii: "/")), (UInt8(ascii: "/"), UInt8(ascii: "*")):
      skipForeignComment(isBlock: next == UInt8(ascii: "*"))
    case (UInt8(ascii: "."), _) where next.isDigit:
      scanLeadingPoint()
    case (UInt8(ascii: "."), UInt8(ascii: ".")) where peek(2) == UInt8(ascii: "."):
      replace(3, by: .dotDot, "a range is written with two dots", help: "write `..`")
    case (UInt8(ascii: "."), _) where isForeignPointOperator(next):
      let kind: Token.Kind =
        next == UInt8(ascii: "*") ? .star : next == UInt8(ascii: "/") ? .slash : .caret
      let sign = kind.spelling ?? ""
      replace(
        2,
        by: kind,
        "`.\(sign)` is no operator",
        help: "`\(sign)` works element by element already"
      )
    case (UInt8(ascii: "*"), UInt8(ascii: "*")):
      replace(2, by: .caret, "`**` is no operator", help: "a power is written `^`")
    case (UInt8(ascii: "&"), _):
      let sign = next == byte ? "&&" : "&"
      replace(sign.utf8.count, by: .and, "`\(sign)` is no operator", help: "write `and`")
    case (UInt8(ascii: "|"), UInt8(ascii: "|")):
      replace(2, by: .or, "`||` is no operator", help: "write `or`")
    case (UInt8(ascii: "|"), _) where next != UInt8(ascii: ">"):
      replace(1, by: .invalid, "`|` is no operator", help: "write `or`, or `|>` to pass a value on")
    case (UInt8(ascii: "!"), _) where next != UInt8(ascii: "="):
      replace(1, by: .not, "`!` is no operator", help: "write `not`")
    case (UInt8(ascii: "%"), _):
      scanPercent()
    case (UInt8(ascii: "="), UInt8(ascii: "=")) where peek(2) == UInt8(ascii: "="):
      replace(3, by: .equalEqual, "`===` is no operator", help: "write `==`")
    case (UInt8(ascii: "="), UInt8(ascii: ">")):
      replace(
        2,
        by: .invalid,
        "`=>` is no operator",
        help: "write `>=` to compare, `->` before a type"
      )
    case (UInt8(ascii: "<"), UInt8(ascii: ">")):
      replace(2, by: .notEqual, "`<>` is no operator", help: "write `!=`")
    case (UInt8(ascii: "$"), _):
      replace(1, by: .dot, "`$` is no operator", help: "a member is read with a dot: `post.mu`")
    case (UInt8(ascii: "'"), _):
      return scanForeignString()
    default:
      return false
    }
    return true
  }

  func isForeignPointOperator(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "*") || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "^")
  }

  /// `%`, and R's `%%`, `%/%`, `%*%`.
  private mutating func scanPercent() {
    let isClosed = peek(2) == UInt8(ascii: "%")
    if peek(1) == UInt8(ascii: "*"), isClosed {
      replace(3, by: .at, "`%*%` is no operator", help: "a matrix product is written `@`")
    } else if peek(1) == UInt8(ascii: "/"), isClosed {
      replace(3, by: .div, "`%/%` is no operator", help: "write `div`")
    } else {
      let sign = peek(1) == UInt8(ascii: "%") ? "%%" : "%"
      replace(
        sign.utf8.count,
        by: .mod,
        "`\(sign)` is no operator",
        help: "the remainder is written `mod`"
      )
    }
  }

  /// `'text'`; false for the prime of a derivative, `x'`.
  private mutating func scanForeignString() -> Bool {
    if let last = tokens.last, last.end == position,
      last.kind.isName || last.kind == .rightParenthesis || last.kind == .rightBracket
    {
      return false
    }
    var close = position + 1
    while close < bytes.count, bytes[close] != UInt8(ascii: "'") {
      guard bytes[close] != UInt8(ascii: "\n") else { return false }
      close += 1
    }
    guard close < bytes.count else { return false }
    log.report(
      .foreignQuotes,
      "a string stands between double quotes",
      at: SourceSpan(start: position, end: close + 1),
      help: "write `\"\(text(position + 1, close))\"`"
    )
    scanString(closedBy: UInt8(ascii: "'"))
    return true
  }

  private mutating func replace(
    _ length: Int,
    by kind: Token.Kind,
    _ message: String,
    help: String
  ) {
    let start = position
    position += length
    log.report(
      .foreignOperator,
      message,
      at: SourceSpan(start: start, end: position),
      help: help
    )
    emit(kind, from: start)
  }

  /// Skips a comment of another language: `//` to the line's end, `/*` to `*/` or the end of the file.
  private mutating func skipForeignComment(isBlock: Bool) {
    let start = position
    let help =
      isBlock
      ? "comments run from `#` to the end of the line"
      : "comments start with `#`; a division without remainder is written `div`"
    if isBlock {
      position += 2
      while position < bytes.count,
        !(peek() == UInt8(ascii: "*") && peek(1) == UInt8(ascii: "/"))
      {
        if bytes[position] >= 0x80 { skipVisibleScalar() } else { position += 1 }
      }
      position = min(position + 2, bytes.count)
    } else {
      skipComment()
    }
    log.report(
      .foreignComment,
      "`\(isBlock ? "/*" : "//")` does not start a comment",
      at: SourceSpan(start: start, end: start + 2),
      help: help
    )
  }

  /// An ASCII character that stands for nothing.
  mutating func reportUnknown(at start: Int) {
    let byte = bytes[start]
    let span = SourceSpan(start: start, end: start + 1)
    guard byte > 0x20, byte < 0x7F else {
      log.report(
        .unknownCharacter,
        "there is a control character (\(hexadecimal(UInt32(byte)))) here",
        at: span,
        help: "remove it; a program is plain text"
      )
      return
    }
    let help: String? =
      switch byte {
      case UInt8(ascii: "\\"):
        "a line that ends in an operator or a comma goes on in the next; no sign is needed"
      case UInt8(ascii: "?"): "a choice is written `if c then a else b`"
      default: nil
      }
    log.report(
      .unknownCharacter,
      "the language has no `\(text(start, start + 1))`",
      at: span,
      help: help
    )
  }

  // MARK: Beyond ASCII

  /// The code point at the position if the bytes there are valid UTF-8.
  func scalar() -> (value: UInt32, length: Int)? {
    let first = peek()
    let length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
    guard first < 0x80 || (first >= 0xC2 && first < 0xF5) else { return nil }
    guard length > 1 else { return (UInt32(first), 1) }
    var value = UInt32(first) & (0x7F >> UInt32(length))
    for offset in 1..<length {
      let byte = peek(offset)
      guard byte & 0xC0 == 0x80 else { return nil }
      value = value << 6 | UInt32(byte & 0x3F)
    }
    let least: UInt32 = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000
    guard value >= least, Unicode.Scalar(value) != nil else { return nil }
    return (value, length)
  }

  /// Passes bytes that are not UTF-8, with one report for all that follow each other.
  private mutating func skipInvalidBytes() {
    let start = position
    while position < bytes.count, bytes[position] >= 0x80, scalar() == nil { position += 1 }
    log.report(
      .invalidUTF8,
      position - start == 1 ? "this byte is not UTF-8" : "these bytes are not UTF-8",
      at: SourceSpan(start: start, end: position),
      help: "save the file in the encoding UTF-8"
    )
  }

  /// Passes one code point of a string or comment; reports those that would make the text look like
  /// another one than it is (Boucher & Anderson 2021, arXiv:2111.00169).
  mutating func skipVisibleScalar() {
    guard let (value, length) = scalar() else { return skipInvalidBytes() }
    let start = position
    position += length
    switch value {
    case 0x80..<0xA0, 0x202A...0x202E, 0x2066...0x2069:
      log.report(
        .unknownCharacter,
        "there is an invisible character (\(hexadecimal(value))) here",
        at: SourceSpan(start: start, end: position),
        help: "remove it; it can make the text look like another one than it is"
      )
    default: break
    }
  }

  /// A character beyond ASCII outside of strings and comments.
  mutating func scanForeignCharacter() {
    let start = position
    guard let (value, length) = scalar(), let character = Unicode.Scalar(value) else {
      skipInvalidBytes()
      return emit(.invalid, from: start)
    }
    if ["“", "”", "„", "«", "‘", "’"].contains(character) { return scanTypographicString() }
    if character.properties.isAlphabetic {
      _ = continueForeignWord(from: start)
      return
    }
    position += length
    if character.properties.isWhitespace || value == 0x200B || value == 0xFEFF {
      log.report(
        .unknownCharacter,
        "this looks like a space but is \(hexadecimal(value))",
        at: SourceSpan(start: start, end: position),
        help: "replace it by a space"
      )
      return
    }
    let (kind, help) = Self.meaning(of: character)
    let shown = character.properties.generalCategory == .format ? "character" : "`\(character)`"
    log.report(
      .unknownCharacter,
      "the language has no \(shown) (\(hexadecimal(value)))",
      at: SourceSpan(start: start, end: position),
      help: help
    )
    emit(kind, from: start)
  }

  /// A word with letters beyond ASCII; false if what stands at the position does not continue a word.
  mutating func continueForeignWord(from start: Int) -> Bool {
    var spelled = text(start, position)
    var isForeign = false
    while position < bytes.count {
      if peek().isNamePart {
        spelled.unicodeScalars.append(Unicode.Scalar(peek()))
        position += 1
        continue
      }
      guard peek() >= 0x80, let (value, length) = scalar(), let letter = Unicode.Scalar(value),
        letter.properties.isAlphabetic || letter.properties.numericType != nil
          || letter.properties.generalCategory == .nonspacingMark
      else { break }
      isForeign = true
      spelled += Self.latinNames[letter] ?? ""
      position += length
    }
    guard isForeign else { return false }
    let word = text(start, position)
    let isSpelled = spelled.utf8.first?.isLetter == true
    log.report(
      .unknownCharacter,
      "the name `\(word)` has letters other than a to z",
      at: SourceSpan(start: start, end: position),
      help: isSpelled
        ? "call it `\(spelled)`" : "a name is a letter of a to z, then such letters, digits and `_`"
    )
    emit(.invalid, from: start)
    return true
  }

  private mutating func scanTypographicString() {
    let start = position
    position += scalar()?.length ?? 1
    var isClosed = false
    while position < bytes.count, bytes[position] != UInt8(ascii: "\n"), !isClosed {
      guard bytes[position] >= 0x80, let (value, length) = scalar() else {
        isClosed = bytes[position] == UInt8(ascii: "\"")
        position += 1
        continue
      }
      position += length
      isClosed = [0x201C, 0x201D, 0xBB, 0x2019].contains(value)
    }
    log.report(
      .foreignQuotes,
      "a string stands between straight double quotes",
      at: SourceSpan(start: start, end: position),
      help: "replace the curly quotes by `\"`; a word processor may have put them in"
    )
    emit(.invalid, from: start)
  }

  /// What a sign beyond ASCII is read as, and what to write for it.
  private static func meaning(of character: Unicode.Scalar) -> (Token.Kind, String?) {
    let kind: Token.Kind =
      switch character {
      case "×", "·", "⋅", "∗": .star
      case "÷": .slash
      case "−", "–", "—": .minus
      case "≤", "⩽": .lessOrEqual
      case "≥", "⩾": .greaterOrEqual
      case "≠": .notEqual
      case "∼", "～": .tilde
      case "→": .arrow
      case "…": .dotDot
      case "∧": .and
      case "∨": .or
      case "¬": .not
      default: .invalid
      }
    if let spelling = kind.spelling { return (kind, "write `\(spelling)`") }
    let help: String? =
      switch character {
      case "±": "`a ± b` is two values: write `a - b` and `a + b`"
      case "←": "write `=` to define a value and `~` to give it a distribution"
      case "∞": "write `inf`"
      case "√": "write `sqrt(x)`"
      case "∑": "write `sum(x[i] for i: d)`"
      case "∏": "write `prod(x[i] for i: d)`"
      case "∈": "write `in`"
      case "²": "write `^2`"
      case "³": "write `^3`"
      default: nil
      }
    return (kind, help)
  }

  /// Names for the letters that formulas use most.
  private static let latinNames: [Unicode.Scalar: String] = [
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta",
    "η": "eta", "θ": "theta", "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "µ": "mu",
    "ν": "nu", "ξ": "xi", "ο": "omicron", "π": "pi", "ρ": "rho", "σ": "sigma", "ς": "sigma",
    "τ": "tau", "υ": "upsilon", "φ": "phi", "ϕ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega",
    "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda", "Ξ": "Xi", "Π": "Pi", "Σ": "Sigma",
    "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega", "ℓ": "l", "ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss",
    "é": "e", "è": "e", "ê": "e", "á": "a", "à": "a", "â": "a", "ç": "c", "ñ": "n", "ó": "o",
    "ô": "o", "í": "i", "ú": "u", "å": "a", "ø": "o", "²": "2", "³": "3", "¹": "1", "₀": "0",
    "₁": "1", "₂": "2", "₃": "3", "₄": "4", "₅": "5", "₆": "6", "₇": "7", "₈": "8", "₉": "9",
  ]
}
