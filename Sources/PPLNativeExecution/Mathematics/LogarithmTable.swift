/// Reciprocals and logarithms of 128 points, for the scalar logarithm.
enum LogarithmTable {
  /// Bits of 11/16, where the first of the intervals begins; each takes seven bits after the exponent.
  static let firstBits = 0x3fe6_0000_0000_0000

  /// Rows of four: c, the upper and the lower part of -log c, and a zero.
  ///
  /// c is close to the reciprocal of the interval's middle and has at most ten bits; it is 1 for the two intervals
  /// at 1, so that log x keeps its relative accuracy there. The upper part is a multiple of 2⁻⁴², so that
  /// a multiple of log 2 (whose first 33 bits count) is added to it without rounding.
  static let rows: [Double] = (0..<128).flatMap { row in
    func bound(_ row: Int) -> Double {
      Double(bitPattern: UInt64(firstBits + row << 45))
    }
    let (lower, upper) = (bound(row), bound(row + 1))
    if lower == 1 || upper == 1 { return [1.0, 0, 0, 0] }
    let numerator = (512 / (0.5 * (lower + upper))).rounded()
    let logarithm = logarithm(512, over: numerator)
    let high = (logarithm.high + 1536) - 1536
    return [numerator / 512, high, (logarithm.high - high) + logarithm.low, 0]
  }

  /// log(a / b) for small whole numbers that are no more than 1.5 times each other, to twice the digits of a double.
  ///
  /// log(a/b) = 2 (s + s³/3 + s⁵/5 + …) with s = (a - b) / (a + b).
  private static func logarithm(_ a: Double, over b: Double) -> TwoDoubles {
    let s = TwoDoubles(a - b, over: a + b)
    let square = s * s
    var sum = TwoDoubles(1, over: 61)
    for odd in stride(from: 59.0, through: 1, by: -2) {
      sum = TwoDoubles(1, over: odd) + square * sum
    }
    let half = s * sum
    return TwoDoubles(high: 2 * half.high, low: 2 * half.low)
  }
}

/// An unevaluated sum of two doubles; the second is at most half a unit in the last place of the first.
private struct TwoDoubles {
  var high: Double
  var low: Double

  init(high: Double, low: Double) {
    self.high = high
    self.low = low
  }

  /// A quotient of doubles.
  init(_ a: Double, over b: Double) {
    high = a / b
    low = a.addingProduct(-high, b) / b
  }

  static func + (a: TwoDoubles, b: TwoDoubles) -> TwoDoubles {
    let sum = a.high + b.high
    let part = sum - a.high
    let error = (a.high - (sum - part)) + (b.high - part)
    let low = error + (a.low + b.low)
    let high = sum + low
    return TwoDoubles(high: high, low: low - (high - sum))
  }

  static func * (a: TwoDoubles, b: TwoDoubles) -> TwoDoubles {
    let product = a.high * b.high
    let error = (-product).addingProduct(a.high, b.high)
    let low = error + (a.high * b.low + a.low * b.high)
    let high = product + low
    return TwoDoubles(high: high, low: low - (high - product))
  }
}
