import Glibc

extension Double {
  /// The number with `decimals` digits after the point, correctly rounded.
  ///
  /// Non-finite numbers print as `NaN`, `inf` and `-inf`; no result is a negative zero.
  package func fixed(_ decimals: Int) -> String {
    precondition(decimals >= 0, "a number of decimals is not negative")
    return printed("%.*f", decimals)
  }

  /// The number in scientific notation with `digits` significant digits, as `1.5e-07`.
  ///
  /// Non-finite numbers and zero as in `fixed`.
  package func scientific(_ digits: Int) -> String {
    precondition(digits >= 1, "a number has at least one digit")
    return printed("%.*e", digits - 1)
  }

  private func printed(_ format: String, _ precision: Int) -> String {
    if isNaN { return "NaN" }
    if isInfinite { return self < 0 ? "-inf" : "inf" }
    // 309 digits before the point, then the point and the decimals.
    let decimals = Int32(Swift.min(precision, 400))
    var buffer = [CChar](repeating: 0, count: 800)
    let length = unsafe withVaList([decimals, self]) { arguments in
      unsafe vsnprintf(&buffer, buffer.count, format, arguments)
    }
    let bytes = buffer.prefix(Int(length)).map { UInt8(bitPattern: $0) }
    let text = String(decoding: bytes, as: UTF8.self)
    let isZero = !text.prefix { $0 != "e" }.contains { $0 != "0" && $0 != "." && $0 != "-" }
    return isZero && text.hasPrefix("-") ? String(text.dropFirst()) : text
  }
}
