import PPLGraphIR
import PPLTensorCore

// Products c log x that are 0 where c = 0, also for x = 0, with gradients that stay finite there.

extension GraphValue {
  /// This value, the logarithm of something, times a coefficient: 0 where the coefficient is 0.
  func times(_ coefficient: GraphValue) -> GraphValue {
    if coefficient.hasNoZero { return coefficient * self }
    return coefficient.isEqual(to: 0).select(0, coefficient * self)
  }

  /// c log x for x ≥ 0 that seldom is 0: c is a parameter, x a value.
  ///
  /// The derivative in c is log x, taken as 0 where c = 0 and x = 0.
  func logTimes(_ coefficient: GraphValue) -> GraphValue {
    if coefficient.isKnown(0) { return coefficient }
    return coefficient * awayFromZero(coefficient).log()
  }

  /// c log(1 − x) for x ≤ 1 that seldom is 1.
  func log1mTimes(_ coefficient: GraphValue) -> GraphValue {
    if coefficient.isKnown(0) { return coefficient }
    if coefficient.hasNoZero || hasNo(1) { return coefficient * (-self).log1p() }
    let isSafe = isEqual(to: 1).and(coefficient.isEqual(to: 0))
    return coefficient * (-isSafe.select(0, self)).log1p()
  }

  /// This value, or 1 where both it and the coefficient are 0.
  private func awayFromZero(_ coefficient: GraphValue) -> GraphValue {
    if coefficient.hasNoZero || hasNo(0) { return self }
    return isEqual(to: 0).and(coefficient.isEqual(to: 0)).select(1, self)
  }

  /// c log x for a parameter x ≥ 0 and counts c, 0 where c = 0.
  ///
  /// The logarithm is taken of as few elements as x has; where all counts that share one are 0, it is not taken of x.
  func logTimes(counts: GraphValue) -> GraphValue {
    used(where: counts).select(self, 1).log().times(counts)
  }

  /// c log(1 − x) for a parameter x ≤ 1 and counts c, 0 where c = 0.
  func log1mTimes(counts: GraphValue) -> GraphValue {
    (-used(where: counts).select(self, 0)).log1p().times(counts)
  }

  /// log C(n, k) for counts: this value n, k and n − k.
  func logChoose(_ count: GraphValue, others: GraphValue) -> GraphValue {
    -(count + 1).logBeta(others + 1) - (self + 1).log()
  }

  /// Whether some coefficient other than 0 goes with each element of this value; where coefficients are not known, one by one, so
  /// that no element of a plate comes to depend on the others'.
  func used(where coefficients: GraphValue) -> GraphValue {
    let isUsed = coefficients.isNotEqual(to: 0)
    let shared = coefficients.shape.sizes.indices.filter {
      shape.rank == coefficients.shape.rank && shape[$0] == 1 && coefficients.shape[$0] != 1
    }
    let isEach = shared.isEmpty || coefficients.constantValue == nil
    return isEach ? isUsed : isUsed.max(axes: shared)
  }

  /// Whether this is a constant without zeros.
  var hasNoZero: Bool { hasNo(0) }

  private func hasNo(_ value: Double) -> Bool {
    guard let constant = constantValue else { return false }
    return !constant.values.contains(value)
  }
}
