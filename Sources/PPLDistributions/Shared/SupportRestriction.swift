import PPLGraphIR
import PPLTensorCore

extension GraphValue {
  /// This value with elements outside of a support replaced by a point inside, and the addend of the log density
  /// that is -inf there; none when data are known to lie inside.
  ///
  /// The other addends see inner points only, so their sum stays finite or NaN, and gradients finite.
  func restricted(
    outside: GraphValue,
    inner: Double
  ) -> (inside: GraphValue, penalty: [GraphValue]) {
    if outside.isKnown(0) { return (self, []) }
    return (outside.select(inner, self), [outside.select(scalar(-.infinity), 0)])
  }

  /// `restricted` to values of at least 0, and below infinity.
  func restrictedToPositive(orZero isZeroInside: Bool) -> (
    inside: GraphValue, penalty: [GraphValue]
  ) {
    let below = isZeroInside ? isLess(than: 0) : isLessOrEqual(to: 0)
    return restricted(outside: below.or(isEqual(to: .infinity)), inner: 1)
  }

  /// `restricted` to the integers 0, 1, 2, …, up to `last` where given.
  func restrictedToNaturals(upTo last: GraphValue? = nil) -> (
    inside: GraphValue, penalty: [GraphValue]
  ) {
    var outside = isLess(than: 0).or(isInteger.not())
    if let last {
      outside = outside.or(last.isLess(than: self))
    } else {
      outside = outside.or(isEqual(to: .infinity))
    }
    return restricted(outside: outside, inner: 0)
  }
}
