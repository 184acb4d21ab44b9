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

  /// `restricted` to vectors of naturals with a sum, which has the plate's rank; outside they are 0.
  func restrictedToCounts(withSum total: GraphValue) -> (
    inside: GraphValue, penalty: [GraphValue]
  ) {
    let isNatural = isGreaterOrEqual(to: 0).and(isInteger)
    // A sum that is NaN is not unequal: the density is NaN, not 0.
    let isOff = sumOverEvent().isLess(than: total).or(total.isLess(than: sumOverEvent()))
    let outside = isNatural.min(axes: [lastAxis]).isEqual(to: 0).droppingEvent().or(isOff)
    if outside.isKnown(0) { return (self, []) }
    let penalty = outside.select(scalar(-.infinity), 0)
    return (outside.addingEventAxis().select(0, self), [penalty])
  }
}
