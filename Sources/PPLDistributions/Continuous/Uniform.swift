package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// The uniform distribution on an interval.
///
///     log p(x | a, b) = −log(b − a),    a ≤ x ≤ b
///
/// The density is NaN unless a < b.
package struct Uniform: Distribution {
  package let signature = DistributionSignature(
    "Uniform",
    [
      [ParameterSignature("lower", .real), ParameterSignature("upper", .real)]
    ],
    support: .interval(lower: .parameter(0), upper: .parameter(1)),
    hasCDF: true,
    drawsWithinBounds: true,
    summary: "Uniform between two bounds.",
    formula: "log p(x | a, b) = −log(b − a), a ≤ x ≤ b"
  )

  package init() {}

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    let (lower, upper) = (arguments[0], arguments[1])
    let outside = x.isLess(than: lower).or(upper.isLess(than: x))
    let (_, penalty) = x.restricted(outside: outside, inner: 0)
    return penalty + [-width(arguments).log()]
  }

  package func logProbability(
    above lower: GraphValue?,
    upTo upper: GraphValue?,
    _ arguments: DistributionArguments
  ) -> GraphValue? {
    let bounds = TruncationBounds(lower, upper)
    if bounds.areAbsent { return width(arguments).constantAddend(0) }
    let (low, high) = overlap(bounds, arguments)
    return (high - low).max(0).log() - width(arguments).log()
  }

  package func quantile(of p: GraphValue, _ arguments: DistributionArguments) -> GraphValue? {
    arguments[0] + width(arguments) * p
  }

  package func sample(
    shape: Shape,
    _ arguments: DistributionArguments,
    lower: GraphValue?,
    upper: GraphValue?,
    random: RandomSource
  ) -> GraphValue? {
    let bounds = TruncationBounds(lower, upper)
    let (low, high) = overlap(bounds, arguments)
    let width = bounds.areAbsent ? width(arguments) : ParameterDomain.positive.checked(high - low)
    return TruncationBounds(low, high).clamp(low + width * random.uniform(shape))
  }

  private func width(_ arguments: DistributionArguments) -> GraphValue {
    ParameterDomain.positive.checked(arguments[1] - arguments[0])
  }

  /// The part of the interval that lies within bounds.
  private func overlap(
    _ bounds: TruncationBounds,
    _ arguments: DistributionArguments
  ) -> (low: GraphValue, high: GraphValue) {
    (
      bounds.lower.map { $0.max(arguments[0]) } ?? arguments[0],
      bounds.upper.map { $0.min(arguments[1]) } ?? arguments[1]
    )
  }
}
