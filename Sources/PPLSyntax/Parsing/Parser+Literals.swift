import PPLSourceText

/// The values of number and string tokens.
extension Parser {
  /// Integers up to here are exact as `Double`: 2^53.
  static let largestInteger = 9_007_199_254_740_992.0
  /// Longest number, in characters; the values of longer ones would be rounded anyway.
  static let longestNumber = 400

  /// The value of a number token; reports one that cannot be held and gives `.invalid` for it.
  mutating func numberValue(of token: Token) -> Expression.Kind {
    let bytes = file.bytes[token.start..<token.end]
    let isInteger = bytes.allSatisfy { $0.isDigit || $0 == UInt8(ascii: "_") }
    if isInteger, bytes.count <= 15 {
      var value = 0
      for byte in bytes where byte != UInt8(ascii: "_") {
        value = value &* 10 &+ Int(byte &- UInt8(ascii: "0"))
      }
      return .number(Double(value), isInteger: true)
    }
    guard bytes.count <= Self.longestNumber else {
      log.report(
        .numberOutOfRange,
        "a number has at most \(Self.longestNumber) characters",
        at: token.span,
        help: "write it with an exponent, as in 2.5e-3; about 16 digits count"
      )
      return .invalid
    }
    let digits = String(
      decoding: bytes.filter { $0 != UInt8(ascii: "_") },
      as: UTF8.self
    )
    let value = Double(digits.hasPrefix(".") ? "0" + digits : digits) ?? .nan
    let isZero = digits.prefix { $0 != "e" && $0 != "E" }.allSatisfy { $0 == "0" || $0 == "." }
    if isInteger, !(value <= Self.largestInteger) || isBeyondLargest(digits) {
      log.report(
        .numberOutOfRange,
        "the integer \(shortened(digits)) is larger than 2^53",
        at: token.span,
        help: "integers are exact up to 9_007_199_254_740_992; a real number has a point or an "
          + "exponent, as in 1e18"
      )
      return .invalid
    }
    guard value.isFinite else {
      log.report(
        .numberOutOfRange,
        "the number is too large",
        at: token.span,
        "more than 1.7976931348623157e308",
        help: "infinity is written `inf`"
      )
      return .invalid
    }
    guard isZero || value != 0 else {
      log.report(
        .numberOutOfRange,
        "the number is too small to be told from 0",
        at: token.span,
        "less than 5e-324",
        help: "write `0.0`, or work with its logarithm"
      )
      return .invalid
    }
    return .number(value, isInteger: isInteger)
  }

  /// Whether the digits stand for more than 2^53, also where rounding to `Double` hides it.
  private func isBeyondLargest(_ digits: String) -> Bool {
    guard let value = UInt64(digits) else { return digits.contains { $0 != "0" } }
    return value > UInt64(Self.largestInteger)
  }

  private func shortened(_ digits: String) -> String {
    digits.utf8.count <= 24 ? digits : digits.prefix(20) + "…"
  }

  /// The text that a string token stands for; its escapes were checked by the lexer.
  func stringValue(of token: Token) -> String {
    let inner = file.bytes[token.start..<token.end].dropFirst().dropLast()
    guard inner.contains(UInt8(ascii: "\\")) else { return String(decoding: inner, as: UTF8.self) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(inner.count)
    var isEscaped = false
    for byte in inner {
      if isEscaped {
        switch byte {
        case UInt8(ascii: "n"): bytes.append(UInt8(ascii: "\n"))
        case UInt8(ascii: "t"): bytes.append(UInt8(ascii: "\t"))
        default: bytes.append(byte)
        }
        isEscaped = false
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
