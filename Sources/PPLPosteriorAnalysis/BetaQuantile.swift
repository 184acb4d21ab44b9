/// Quantile function of the beta distribution with both shapes at least 1.
///
/// Bisection safeguards Newton steps on the regularised incomplete beta function. Its normaliser
/// is a difference of log-gamma values, so the relative error is about 1e-16 (a + b) log(a + b).
///
/// - Parameters:
///   - probability: p in [0, 1].
///   - a: first shape, at least 1.
///   - b: second shape, at least 1.
/// - Returns: x with I_x(a, b) = p, or NaN where an argument is not a number.
package func betaQuantile(_ probability: Double, a: Double, b: Double) -> Double {
  guard probability >= 0, probability <= 1, a >= 1, b >= 1, a.isFinite, b.isFinite else {
    return .nan
  }
  if probability == 0 || probability == 1 { return probability }
  let logNormalizer =
    LibraryMath.logGamma(a + b) - LibraryMath.logGamma(a) - LibraryMath.logGamma(b)
  var low = 0.0
  var high = 1.0
  var x = a / (a + b)
  for _ in 0..<200 {
    let excess = regularizedBeta(x, a: a, b: b, logNormalizer: logNormalizer) - probability
    if excess > 0 { high = x } else { low = x }
    let density = LibraryMath.exp(
      logNormalizer + (a - 1) * LibraryMath.log(x) + (b - 1) * LibraryMath.log1p(-x)
    )
    var next = x - excess / density
    if !(next > low && next < high) { next = (low + high) / 2 }
    if abs(next - x) <= 1e-15 * x { return next }
    x = next
  }
  return x
}

/// Regularised incomplete beta function I_x(a, b) by its continued fraction (DLMF 8.17.22), in
/// the modified Lentz form.
private func regularizedBeta(_ x: Double, a: Double, b: Double, logNormalizer: Double) -> Double {
  if x <= 0 { return 0 }
  if x >= 1 { return 1 }
  let front = LibraryMath.exp(
    logNormalizer + a * LibraryMath.log(x) + b * LibraryMath.log1p(-x)
  )
  return x < (a + 1) / (a + b + 2)
    ? front * betaFraction(x, a: a, b: b) / a
    : 1 - front * betaFraction(1 - x, a: b, b: a) / b
}

private func betaFraction(_ x: Double, a: Double, b: Double) -> Double {
  let tiny = 1e-300
  func awayFromZero(_ value: Double) -> Double { abs(value) < tiny ? tiny : value }
  var c = 1.0
  var d = 1 / awayFromZero(1 - (a + b) * x / (a + 1))
  var fraction = d
  for step in 1...10_000 {
    let m = Double(step)
    let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / awayFromZero(1 + even * d)
    c = awayFromZero(1 + even / c)
    fraction *= d * c
    let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / awayFromZero(1 + odd * d)
    c = awayFromZero(1 + odd / c)
    fraction *= d * c
    if abs(d * c - 1) < 1e-16 { break }
  }
  return fraction
}
