import PPLGraphIR

/// Truncation of distributions on the positive numbers by their cumulative hazard H = −log(1 − F).
enum HazardFamily {
  /// log(F(upper) − F(lower)) = −H(lower) + log(1 − exp(H(lower) − H(upper))), accurate in both tails.
  ///
  /// - Parameters:
  ///   - lower: H at the lower bound, nil for 0.
  ///   - upper: H at the upper bound, nil for infinity.
  /// - Returns: nil if both are nil.
  static func logProbability(lower: GraphValue?, upper: GraphValue?) -> GraphValue? {
    guard let upper else { return lower.map { -$0 } }
    guard let lower else { return (-upper).log1mExp() }
    return (lower - upper).log1mExp() - lower
  }

  /// H where F is p.
  static func hazard(ofProbability p: GraphValue) -> GraphValue { -(-p).log1p() }

  /// H at a draw between bounds, by inversion of a uniform variate.
  static func sample(
    _ uniform: GraphValue,
    lower: GraphValue?,
    upper: GraphValue?
  ) -> GraphValue {
    let width = upper.map { upper in lower.map { upper - $0 } ?? upper }
    let above = width.map { -(uniform * (-$0).expm1()).log1p() } ?? -uniform.log()
    return lower.map { $0 + above } ?? above
  }
}
