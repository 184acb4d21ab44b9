import PPLSourceText

/// Numbers, strings and comments.
extension Lexer {
  /// Scans a number.
  ///
  ///     NUMBER = DIGITS [ "." DIGITS ] [ ( "e" | "E" ) [ "+" | "-" ] DIGITS ] ;
  ///     DIGITS = DIGIT { [ "_" ] DIGIT } ;
  ///
  /// A decimal point has a digit on both sides, so `1..2` and `2..` are ranges.
  mutating func scanNumber() {
    let start = position
    scanDigits()
    if peek() == UInt8(ascii: "."), peek(1).isDigit {
      position += 1
      scanDigits()
    }
    if peek() | 0x20 == UInt8(ascii: "e") {
      let hasSign = peek(1) == UInt8(ascii: "+") || peek(1) == UInt8(ascii: "-")
      if peek(hasSign ? 2 : 1).isDigit {
        position += hasSign ? 2 : 1
        scanDigits()
      }
    }
    if peek().isNamePart || (peek() == UInt8(ascii: ".") && peek(1).isDigit) {
      return scanMalformedNumber(from: start)
    }
    if peek() == UInt8(ascii: "."), peek(1) != UInt8(ascii: "."), !isForeignPointOperator(peek(1)) {
      return scanTrailingPoint(from: start)
    }
    emit(.number, from: start)
  }

  private mutating func scanDigits() {
    while peek().isDigit || (peek() == UInt8(ascii: "_") && peek(1).isDigit) { position += 1 }
  }

  /// `3x`, `1__0`, `0xFF`, `1.2.3`: takes the whole word.
  private mutating func scanMalformedNumber(from start: Int) {
    while peek().isNamePart || (peek() == UInt8(ascii: ".") && peek(1).isDigit) { position += 1 }
    let word = text(start, position)
    let suffix = word.drop { $0.isNumber }
    let help: String
    if suffix.utf8.contains(UInt8(ascii: ".")) {
      help = "a number has one decimal point"
    } else if suffix.hasPrefix("_") {
      help = "a `_` in a number stands between two digits, as in 1_000"
    } else if suffix.first?.isLetter == true, suffix.count < word.count, word.first != "0" {
      let digits = word.prefix(word.count - suffix.count)
      help = "a product needs its sign, `\(digits) * \(suffix)`, and a name starts with a letter"
    } else {
      help = "numbers are decimal: 3, 1_000, 2.5e-3"
    }
    log.report(
      .malformedNumber,
      "`\(word)` is neither a number nor a name",
      at: SourceSpan(start: start, end: position),
      help: help
    )
    emit(.invalid, from: start)
  }

  /// `5.` and `5.e3`: reported, and read as the number before the point.
  private mutating func scanTrailingPoint(from start: Int) {
    let digits = text(start, position)
    let end = position
    position += 1
    while peek().isNamePart { position += 1 }
    let isPoint = position == end + 1
    log.report(
      .malformedNumber,
      "a decimal point has a digit on both sides",
      at: SourceSpan(start: start, end: position),
      help: isPoint
        ? "write `\(digits).0` or `\(digits)`, and `\(digits)..` for a range"
        : "write `\(digits).0`"
    )
    position = isPoint ? end : position
    emit(isPoint ? .number : .invalid, from: start)
    position = max(position, end + 1)
  }

  /// `.5`: reported, and read as `0.5` unless it is glued to what stands before it.
  mutating func scanLeadingPoint() {
    let start = position
    position += 1
    scanDigits()
    while peek().isNamePart { position += 1 }
    log.report(
      .malformedNumber,
      "a decimal point has a digit on both sides",
      at: SourceSpan(start: start, end: position),
      help: "write `0\(text(start, position))`"
    )
    let isGlued = tokens.last.map { $0.end == start && !$0.kind.isOpening } ?? false
    emit(isGlued ? .invalid : .number, from: start)
  }

  /// Scans a string from its quote; the closing quote stands on the same line.
  ///
  ///     STRING    = '"' { CHARACTER | "\" ESCAPE } '"' ;
  ///     CHARACTER = ? any but a quote, a backslash and control characters other than tab ? ;
  ///     ESCAPE    = '"' | "\" | "n" | "t" ;
  mutating func scanString(closedBy quote: UInt8) {
    let start = position
    position += 1
    while position < bytes.count {
      let byte = bytes[position]
      if byte == quote {
        position += 1
        return emit(.string, from: start)
      }
      if byte == UInt8(ascii: "\n") { break }
      scanStringCharacter(byte, in: start)
    }
    log.report(
      .unterminatedString,
      "the string is not closed on its line",
      at: SourceSpan(start: start, end: position),
      "a `\"` is missing",
      help: "close it with `\"`; a line break inside of a string is written `\\n`"
    )
    emit(.invalid, from: start)
  }

  private mutating func scanStringCharacter(_ byte: UInt8, in start: Int) {
    switch byte {
    case UInt8(ascii: "\\"):
      let escaped = peek(1)
      if escaped == UInt8(ascii: "\n") || position + 1 >= bytes.count {
        position += 1
      } else if escaped >= 0x80 {
        reportEscape(at: position, length: 1)
        position += 1
      } else {
        let isKnown = [
          UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "n"), UInt8(ascii: "t"),
        ]
        .contains(escaped)
        if !isKnown { reportEscape(at: position, length: 2) }
        position += 2
      }
    case 0x80...:
      skipVisibleScalar()
    case 0..<0x20, 0x7F:
      let isLineEnd = byte == UInt8(ascii: "\r") && peek(1) == UInt8(ascii: "\n")
      if byte != UInt8(ascii: "\t"), !isLineEnd {
        log.report(
          .invalidEscape,
          "the string holds a control character (\(hexadecimal(UInt32(byte))))",
          at: SourceSpan(start: position, end: position + 1),
          help: "remove it; a line break is written `\\n` and a tab `\\t`"
        )
      }
      position += 1
    default:
      position += 1
    }
  }

  private mutating func reportEscape(at offset: Int, length: Int) {
    let written = length == 2 ? "`\(text(offset, offset + 2))`" : "`\\` before this character"
    log.report(
      .invalidEscape,
      "\(written) is no escape",
      at: SourceSpan(start: offset, end: offset + length),
      help: "the escapes are `\\\"`, `\\\\`, `\\n` and `\\t`; a backslash itself is written `\\\\`"
    )
  }

  /// Skips a comment: from `#` to the end of the line.
  mutating func skipComment() {
    while position < bytes.count, bytes[position] != UInt8(ascii: "\n") {
      if bytes[position] >= 0x80 { skipVisibleScalar() } else { position += 1 }
    }
  }
}

/// A code point as `U+0041`.
func hexadecimal(_ value: UInt32) -> String {
  let digits = String(value, radix: 16, uppercase: true)
  return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
}
