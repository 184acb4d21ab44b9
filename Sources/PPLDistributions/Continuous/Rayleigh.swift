package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// The length of a vector of two normal variables with mean 0 and deviation σ.
///
///     log p(x | σ) = log x − 2 log σ − ½ (x / σ)²,    x > 0
package struct Rayleigh: Distribution {
  package let signature = DistributionSignature(
    "Rayleigh",
    [
      [ParameterSignature("scale", .positive)]
    ],
    support: .positive,
    hasCDF: true,
    drawsWithinBounds: true,
    summary: "Length of a vector of two normals with mean 0 and scale as their sd.",
    formula: "log p(x | σ) = log x − 2 log σ − ½ (x / σ)², x > 0"
  )

  package init() {}

  package func locationScale(_ arguments: DistributionArguments) -> LocationScale? {
    .stretched(by: arguments[0])
  }

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    let (x, penalty) = x.restrictedToPositive(orZero: false)
    // A scale outside of its domain gives NaN, as with `Normal`.
    let scale = arguments[0]
    return penalty + [x.log(), -0.5 * (x / scale).square(), -2 * scale.log()]
  }

  package func logProbability(
    above lower: GraphValue?,
    upTo upper: GraphValue?,
    _ arguments: DistributionArguments
  ) -> GraphValue? {
    let scale = checked(arguments)[0]
    let bounds = TruncationBounds(lower, upper, supportLower: 0)
    return HazardFamily.logProbability(
      lower: bounds.lower.map { hazard($0, scale) },
      upper: bounds.upper.map { hazard($0, scale) }
    ) ?? scale.constantAddend(0)
  }

  package func quantile(of p: GraphValue, _ arguments: DistributionArguments) -> GraphValue? {
    checked(arguments)[0] * (2 * HazardFamily.hazard(ofProbability: p)).squareRoot()
  }

  package func sample(
    shape: Shape,
    _ arguments: DistributionArguments,
    lower: GraphValue?,
    upper: GraphValue?,
    random: RandomSource
  ) -> GraphValue? {
    let scale = checked(arguments)[0]
    let bounds = TruncationBounds(lower, upper, supportLower: 0)
    let draw = HazardFamily.sample(
      random.uniform(shape),
      lower: bounds.lower.map { hazard($0, scale) },
      upper: bounds.upper.map { hazard($0, scale) }
    )
    return bounds.clamp(scale * (2 * draw).squareRoot())
  }

  private func hazard(_ bound: GraphValue, _ scale: GraphValue) -> GraphValue {
    0.5 * (bound / scale).square()
  }
}
