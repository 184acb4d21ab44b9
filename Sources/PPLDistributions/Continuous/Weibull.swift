package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// The Weibull distribution.
///
///     log p(x | k, λ) = log(k / λ) + (k − 1) log(x / λ) − (x / λ)ᵏ,    x ≥ 0
package struct Weibull: Distribution {
  package let signature = DistributionSignature(
    "Weibull",
    [
      [ParameterSignature("shape", .positive), ParameterSignature("scale", .positive)]
    ],
    support: .positive,
    hasCDF: true,
    drawsWithinBounds: true,
    summary: "Weibull with a shape and a scale.",
    formula: "log p(x | k, λ) = log(k / λ) + (k − 1) log(x / λ) − (x / λ)ᵏ, x ≥ 0"
  )

  package init() {}

  package func locationScale(_ arguments: DistributionArguments) -> LocationScale? {
    .stretched(by: arguments[1])
  }

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    let (x, penalty) = x.restrictedToPositive(orZero: true)
    let values = checked(arguments)
    let (shape, scale) = (values[0], values[1])
    let z = x / scale
    return penalty + [z.logTimes(shape - 1), -z.pow(shape), shape.log() - scale.log()]
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
    return values[1] * HazardFamily.hazard(ofProbability: p).pow(values[0].reciprocal())
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
    return bounds.clamp(values[1] * draw.pow(values[0].reciprocal()))
  }

  /// (x / λ)ᵏ, limited to exp(700) so that gradients stay finite at very distant bounds.
  private func hazard(_ bound: GraphValue, _ values: [GraphValue]) -> GraphValue {
    (bound / values[1]).logTimes(values[0]).min(700).exp()
  }
}
