/// A number found in text.
package struct ScannedDecimal: Sendable {
  /// The nearest double.
  package var value: Double
  /// The number itself if it was written without point and exponent and fits.
  package var integer: Int?
  /// Offset of the first byte after the number.
  package var end: Int
}

/// Reads a decimal number: sign, digits, point, exponent, correctly rounded.
///
/// Most numbers of real files have up to 19 significant digits and a small exponent; these are
/// converted by one exact division or multiplication in integers. Others take the library's way.
///
/// - Parameters:
///   - bytes: text in UTF-8.
///   - start: where the number begins.
///   - end: where the text ends.
///   - isStrict: whether only numbers of JSON's grammar are taken; otherwise `+1`, `.5`, `5.` and
///     `007` are numbers too.
/// - Returns: the longest number at `start`, or `nil` if none begins there.
package func scanDecimal(
  _ bytes: [UInt8],
  from start: Int,
  to end: Int,
  isStrict: Bool
) -> ScannedDecimal? {
  scanDecimal(bytes.span, from: start, to: end, isStrict: isStrict)
}

func scanDecimal(
  _ bytes: Span<UInt8>,
  from start: Int,
  to end: Int,
  isStrict: Bool
) -> ScannedDecimal? {
  var position = start
  var isNegative = false
  if position < end {
    if bytes[position] == UInt8(ascii: "-") {
      isNegative = true
      position += 1
    } else if bytes[position] == UInt8(ascii: "+") && !isStrict {
      position += 1
    }
  }
  var digits = DecimalDigits()
  let whole = position
  position = digits.read(bytes, from: position, to: end, isFraction: false)
  let wholeCount = position - whole
  if isStrict && (wholeCount == 0 || (wholeCount > 1 && bytes[whole] == UInt8(ascii: "0"))) {
    return nil
  }
  var isInteger = true
  if position < end && bytes[position] == UInt8(ascii: ".") {
    let fraction = position + 1
    let next = digits.read(bytes, from: fraction, to: end, isFraction: true)
    if next > fraction || (!isStrict && wholeCount > 0) {
      position = next
      isInteger = false
    } else if isStrict {
      return nil
    }
  }
  guard position > whole && (wholeCount > 0 || !isInteger) else { return nil }

  var exponent = 0
  if position < end && bytes[position] | 0x20 == UInt8(ascii: "e") {
    var next = position + 1
    var isNegativeExponent = false
    if next < end && (bytes[next] == UInt8(ascii: "-") || bytes[next] == UInt8(ascii: "+")) {
      isNegativeExponent = bytes[next] == UInt8(ascii: "-")
      next += 1
    }
    let first = next
    while next < end, case let digit = bytes[next] &- UInt8(ascii: "0"), digit < 10 {
      if exponent < 100_000 { exponent = exponent * 10 + Int(digit) }
      next += 1
    }
    if next > first {
      if isNegativeExponent { exponent = -exponent }
      position = next
      isInteger = false
    } else if isStrict {
      return nil
    }
  }
  let magnitude =
    digits.value(exponent: exponent)
    ?? libraryValue(bytes, from: whole, to: position)
  var integer: Int?
  if isInteger && digits.dropped == 0 && !(isNegative && digits.mantissa == 0) {
    integer = Int(exactly: digits.mantissa).map { isNegative ? -$0 : $0 }
  }
  return ScannedDecimal(
    value: isNegative ? -magnitude : magnitude,
    integer: integer,
    end: position
  )
}

/// The unsigned number in a range of bytes that is known to be one, by the standard library.
private func libraryValue(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> Double {
  // The library wants a digit on both sides of the point.
  var text = bytes[start] == UInt8(ascii: ".") ? "0" : ""
  for index in start..<end {
    text.unicodeScalars.append(Unicode.Scalar(bytes[index]))
    guard bytes[index] == UInt8(ascii: ".") else { continue }
    if index + 1 == end || bytes[index + 1] &- UInt8(ascii: "0") > 9 { text += "0" }
  }
  return Double(text) ?? .nan
}

/// Up to 19 significant digits of a number.
private struct DecimalDigits {
  /// The digits as an integer.
  var mantissa: UInt64 = 0
  /// Digits in the mantissa, without leading zeros.
  var count = 0
  /// Digits after the point that are in the mantissa.
  var fractionCount = 0
  /// Digits that found no room.
  var dropped = 0

  mutating func read(
    _ bytes: Span<UInt8>,
    from start: Int,
    to end: Int,
    isFraction: Bool
  ) -> Int {
    var position = start
    while position < end, case let digit = bytes[position] &- UInt8(ascii: "0"), digit < 10 {
      position += 1
      if count < 19 {
        mantissa = mantissa &* 10 &+ UInt64(digit)
        if mantissa != 0 { count += 1 }
        if isFraction { fractionCount += 1 }
      } else {
        dropped += 1
      }
    }
    return position
  }

  /// mantissa * 10^(exponent - fractionCount), correctly rounded, if exact integers reach.
  func value(exponent: Int) -> Double? {
    guard dropped == 0 else { return nil }
    if mantissa == 0 { return 0 }
    let power = exponent - fractionCount
    if power == 0 { return Double(mantissa) }
    guard power >= -19 && power <= 22 else { return nil }
    if power > 0 {
      return mantissa <= 1 << 53 ? Double(mantissa) * exactPowers[power] : nil
    }
    if mantissa <= 1 << 53 { return Double(mantissa) / exactPowers[-power] }
    return divided(by: integerPowers[-power])
  }

  /// mantissa / divisor by a 64-bit quotient and its remainder, rounded half to even.
  private func divided(by divisor: UInt64) -> Double {
    let shift = mantissa.leadingZeroBitCount
    let divisorShift = divisor.leadingZeroBitCount
    let dividend = mantissa << UInt64(shift)
    let normalized = divisor << UInt64(divisorShift)
    let (whole, remainder) = normalized.dividingFullWidth((dividend >> 1, dividend << 63))
    // The quotient has 63 or 64 bits; what was cut off is kept as a sticky last bit.
    let rounded = Double(remainder == 0 ? whole : whole | 1)
    return Double(sign: .plus, exponent: divisorShift - shift - 63, significand: rounded)
  }
}

private let exactPowers: [Double] = [
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
  1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
]

private let integerPowers: [UInt64] = (0...19).map { power in
  (0..<power).reduce(1 as UInt64) { value, _ in value * 10 }
}
