package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// The distribution of Kumaraswamy, much like the beta distribution.
///
///     log p(x | a, b) = log a + log b + (a − 1) log x + (b − 1) log(1 − xᵃ),    0 < x < 1
///
/// Source: Kumaraswamy 1980, doi:10.1016/0022-1694(80)90036-0.
package struct Kumaraswamy: Distribution {
  package let signature = DistributionSignature(
    "Kumaraswamy",
    [
      [ParameterSignature("alpha", .positive), ParameterSignature("beta", .positive)]
    ],
    support: .unitInterval,
    hasCDF: true,
    drawsWithinBounds: true,
    summary: "Kumaraswamy with two shapes, much like the beta.",
    formula: "log p(x | a, b) = log a + log b + (a − 1) log x + (b − 1) log(1 − xᵃ), 0 < x < 1"
  )

  package init() {}

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    let outside = x.isLessOrEqual(to: 0).or(x.isGreaterOrEqual(to: 1))
    let (x, penalty) = x.restricted(outside: outside, inner: 0.5)
    let values = checked(arguments)
    let (alpha, beta) = (values[0], values[1])
    let logX = x.log()
    return penalty + [
      (alpha - 1) * logX, (beta - 1) * (alpha * logX).log1mExp(), alpha.log() + beta.log(),
    ]
  }

  package func logProbability(
    above lower: GraphValue?,
    upTo upper: GraphValue?,
    _ arguments: DistributionArguments
  ) -> GraphValue? {
    let values = checked(arguments)
    let bounds = TruncationBounds(lower, upper, supportLower: 0)
    return HazardFamily.logProbability(
      lower: bounds.lower.map { hazard($0, values) },
      upper: bounds.upper.map { hazard($0, values) }
    ) ?? values[0].constantAddend(0)
  }

  package func quantile(of p: GraphValue, _ arguments: DistributionArguments) -> GraphValue? {
    let values = checked(arguments)
    let hazard = HazardFamily.hazard(ofProbability: p)
    return ((-(hazard / values[1])).log1mExp() / values[0]).exp()
  }

  package func sample(
    shape: Shape,
    _ arguments: DistributionArguments,
    lower: GraphValue?,
    upper: GraphValue?,
    random: RandomSource
  ) -> GraphValue? {
    let values = checked(arguments)
    let bounds = TruncationBounds(lower, upper, supportLower: 0)
    let draw = HazardFamily.sample(
      random.uniform(shape),
      lower: bounds.lower.map { hazard($0, values) },
      upper: bounds.upper.map { hazard($0, values) }
    )
    return bounds.clamp(((-(draw / values[1])).log1mExp() / values[0]).exp())
  }

  /// −b log(1 − xᵃ); 0 below the support, and above it so large that nothing is left.
  private func hazard(_ bound: GraphValue, _ values: [GraphValue]) -> GraphValue {
    let (isAbove, isBelow) = (bound.isGreaterOrEqual(to: 1), bound.isLessOrEqual(to: 0))
    let inside = isAbove.or(isBelow).select(0.5, bound)
    let hazard = -(values[1] * (values[0] * inside.log()).log1mExp())
    return isAbove.select(1e100, isBelow.select(0, hazard))
  }
}
