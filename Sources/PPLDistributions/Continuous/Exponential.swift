package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// The exponential distribution.
///
///     log p(x | λ) = log λ − λ x,    x ≥ 0
///
/// Second form: scale 1 / λ.
package struct Exponential: Distribution {
  package let signature = DistributionSignature(
    "Exponential",
    [
      [ParameterSignature("rate", .positive)],
      [ParameterSignature("scale", .positive, needsLabel: true)],
    ],
    support: .positive,
    hasCDF: true,
    drawsWithinBounds: true,
    summary: "Exponential with a rate, or with scale: its mean.",
    formula: "log p(x | λ) = log λ − λ x, x ≥ 0"
  )

  package init() {}

  package func locationScale(_ arguments: DistributionArguments) -> LocationScale? {
    let value = arguments[0]
    return .stretched(by: arguments.parameterisation == 1 ? value : value.reciprocal())
  }

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    let (x, penalty) = x.restricted(outside: x.isLess(than: 0), inner: 1)
    let parameter = checked(arguments)[0]
    if arguments.parameterisation == 1 { return penalty + [-(x / parameter), -parameter.log()] }
    return penalty + [-(parameter * x), parameter.log()]
  }

  package func logProbability(
    above lower: GraphValue?,
    upTo upper: GraphValue?,
    _ arguments: DistributionArguments
  ) -> GraphValue? {
    let rate = rate(arguments)
    let bounds = TruncationBounds(lower, upper, supportLower: 0)
    return HazardFamily.logProbability(
      lower: bounds.lower.map { rate * $0 },
      upper: bounds.upper.map { rate * $0 }
    ) ?? rate.constantAddend(0)
  }

  package func quantile(of p: GraphValue, _ arguments: DistributionArguments) -> GraphValue? {
    HazardFamily.hazard(ofProbability: p) / rate(arguments)
  }

  package func sample(
    shape: Shape,
    _ arguments: DistributionArguments,
    lower: GraphValue?,
    upper: GraphValue?,
    random: RandomSource
  ) -> GraphValue? {
    let rate = rate(arguments)
    let bounds = TruncationBounds(lower, upper, supportLower: 0)
    let hazard = HazardFamily.sample(
      random.uniform(shape),
      lower: bounds.lower.map { rate * $0 },
      upper: bounds.upper.map { rate * $0 }
    )
    return bounds.clamp(hazard / rate)
  }

  private func rate(_ arguments: DistributionArguments) -> GraphValue {
    let parameter = checked(arguments)[0]
    return arguments.parameterisation == 1 ? parameter.reciprocal() : parameter
  }
}
