/// Elementary functions arranged so that logarithms and tails keep their digits.
package enum LogScale {
  /// 1 / (1 + exp(-x)).
  @inlinable package static func logistic(_ x: Double) -> Double {
    // The exponential of a negative number: no overflow, full accuracy in both tails.
    let small = LibM.exp(-x.magnitude)
    return (x >= 0 ? 1 : small) / (1 + small)
  }

  /// log(1 + exp(x)).
  @inlinable package static func softplus(_ x: Double) -> Double {
    (x > 0 ? x : 0) + LibM.log1p(LibM.exp(-x.magnitude))
  }

  /// log(1 - exp(x)) for x ≤ 0; NaN above.
  ///
  /// Source: Mächler 2012, "Accurately computing log(1 - exp(-|a|))", equation 7.
  @inlinable package static func log1mExp(_ x: Double) -> Double {
    x > -0.693_147_180_559_945_3 ? LibM.log(-LibM.expm1(x)) : LibM.log1p(-LibM.exp(x))
  }

  /// log(exp(a) + exp(b)).
  @inlinable package static func logAddExp(_ a: Double, _ b: Double) -> Double {
    // Infinities of one sign would give inf - inf.
    if a == b { return a + 0.693_147_180_559_945_3 }
    let larger = a > b ? a : b
    return larger + LibM.log1p(LibM.exp(-(a - b).magnitude))
  }

  /// Standard normal distribution function Φ.
  @inlinable package static func normalCDF(_ x: Double) -> Double {
    let z = -x * 0.5.squareRoot()
    let value = 0.5 * LibM.erfc(z)
    guard z > 1, z < 30 else { return value }
    // In the tail a relative error of z counts z² times. Add what rounding took off x / √2:
    // erfc(z + δ) ≈ erfc(z) (1 - 2 z δ). The constant is 1/√2 less its double.
    let rounding = (-z).addingProduct(-x, 0.5.squareRoot()) - x * -4.833646656726457e-17
    return value - value * (2 * z * rounding)
  }

  /// log Φ(x), accurate in both tails.
  ///
  /// For x < -37, where Φ leaves the normal numbers, the asymptotic series of Mills' ratio (DLMF 7.12.1):
  ///
  ///     Φ(x) = φ(x) / |x| · (1 - 1/x² + 3/x⁴ - 15/x⁶ + 105/x⁸ - …)
  @inlinable package static func normalLogCDF(_ x: Double) -> Double {
    if x > 0 { return LibM.log1p(-normalCDF(-x)) }
    if x > -37 { return LibM.log(normalCDF(x)) }
    if x == -.infinity { return x }
    let r = 1 / (x * x)
    let series = -r * (1 - r * (3 - r * (15 - r * (105 - r * 945))))
    return -0.5 * x * x - LibM.log(-x) - 0.918_938_533_204_672_8 + LibM.log1p(series)
  }
}

/// Quotient and remainder of real numbers, floored.
package enum FloorDivision {
  /// What remains of a after taking b off it ⌊a/b⌋ times.
  ///
  /// Has b's sign; NaN for b = 0.
  @inlinable package static func modulo(_ a: Double, _ b: Double) -> Double {
    let remainder = LibM.fmod(a, b)
    return remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder
  }

  /// ⌊a/b⌋; NaN for b = 0.
  @inlinable package static func quotient(_ a: Double, _ b: Double) -> Double {
    if b == 0 { return .nan }
    // Exact where a/b would round up to the next integer.
    return ((a - modulo(a, b)) / b).rounded()
  }
}
