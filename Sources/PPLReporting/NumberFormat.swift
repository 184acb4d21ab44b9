import PPLPosteriorAnalysis

/// Writes numbers with the digits that their Monte Carlo error justifies.
///
/// The last digit that is shown is the first one that the error touches: with an error of 0.034 a
/// mean reads 4.41, with one of 2.5 it reads 147, with one of 250 it reads 14700.
struct NumberFormat {
  /// Power of ten of the last digit that is shown; `nil` if the error says nothing.
  private let place: Int?

  /// A format for figures whose Monte Carlo error is `error`.
  init(error: Double) {
    place = error > 0 && error.isFinite ? decimalExponent(error) : nil
  }

  /// The number as text; numbers that are very small or very large in scientific notation.
  func text(_ value: Double) -> String {
    guard value.isFinite else { return value.fixed(0) }
    guard let place else { return significant(value, 6) }
    if value == 0 { return place < -9 || place > 0 ? "0" : 0.0.fixed(-place) }
    let exponent = decimalExponent(value)
    // An error of rounding size is none: the quantity is constant.
    if exponent - place > 11 { return significant(value, 6) }
    if place < -6 || exponent > 8 {
      return value.scientific(min(max(exponent - place + 1, 1), 17))
    }
    if place <= 0 { return value.fixed(-place) }
    var unit = 1.0
    for _ in 0..<place { unit *= 10 }
    return ((value / unit).rounded() * unit).fixed(0)
  }
}

/// A number with at most so many significant digits, trailing zeros left out.
func significant(_ value: Double, _ digits: Int) -> String {
  guard value.isFinite, value != 0 else { return value.fixed(0) }
  let exponent = decimalExponent(value)
  guard exponent >= -5, exponent <= 8 else { return value.scientific(digits) }
  var text = value.fixed(max(digits - 1 - exponent, 0))
  guard text.contains(".") else { return text }
  while text.hasSuffix("0") { text.removeLast() }
  if text.hasSuffix(".") { text.removeLast() }
  return text
}

/// Power of ten of the first significant digit of a number that is finite and not zero.
func decimalExponent(_ value: Double) -> Int {
  let text = value.scientific(17)
  guard let mark = text.lastIndex(of: "e") else { return 0 }
  return Int(text[text.index(after: mark)...]) ?? 0
}
