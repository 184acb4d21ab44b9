/// Quantile of sorted values by linear interpolation: type 7 of Hyndman and Fan (1996),
/// doi 10.2307/2684934, the default of R and NumPy.
///
/// Between two equal neighbours the quantile is exactly that value.
///
/// - Parameters:
///   - sorted: ascending values without NaN; infinite neighbours make the result infinite or NaN.
///   - probability: p in [0, 1].
/// - Returns: the quantile, or NaN of no values.
package func quantile(ofSorted sorted: [Double], _ probability: Double) -> Double {
  quantile(count: sorted.count, probability) { sorted[$0] }
}

/// The same over any ascending sequence of `count` values.
func quantile(count: Int, _ probability: Double, value: (Int) -> Double) -> Double {
  guard count > 0, probability >= 0, probability <= 1 else { return .nan }
  // The same order of operations as NumPy's, so that no rounding error moves a rank.
  let position = Double(count) * probability + (1 - probability)
  let below = min(max(Int(position.rounded(.down)), 1), count)
  let weight = min(max(position - Double(below), 0), 1)
  let lower = value(below - 1)
  guard weight > 0, below < count else { return lower }
  let upper = value(below)
  return lower == upper ? lower : (1 - weight) * lower + weight * upper
}
