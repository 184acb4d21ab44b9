package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// The Gumbel distribution, of largest values.
///
///     log p(x | μ, β) = −z − exp(−z) − log β,    z = (x − μ) / β
package struct Gumbel: Distribution {
  package let signature = DistributionSignature(
    "Gumbel",
    [
      [ParameterSignature("location", .real), ParameterSignature("scale", .positive)]
    ],
    support: .real,
    hasCDF: true,
    drawsWithinBounds: true,
    summary: "Gumbel (of largest values) with a location and a scale.",
    formula: "log p(x | μ, β) = −z − exp(−z) − log β, z = (x − μ) / β"
  )

  package init() {}

  package func locationScale(_ arguments: DistributionArguments) -> LocationScale? {
    .scalar(location: arguments[0], scale: arguments[1])
  }

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    // A scale outside of its domain gives NaN, as with `Normal`.
    let scale = arguments[1]
    let z = (x - arguments[0]) / scale
    return [-(z + (-z).exp()), -scale.log()]
  }

  package func logProbability(
    above lower: GraphValue?,
    upTo upper: GraphValue?,
    _ arguments: DistributionArguments
  ) -> GraphValue? {
    let values = checked(arguments)
    let bounds = TruncationBounds(lower, upper)
    return HazardFamily.logProbability(
      lower: bounds.upper.map { hazard($0, values) },
      upper: bounds.lower.map { hazard($0, values) }
    ) ?? values[1].constantAddend(0)
  }

  package func quantile(of p: GraphValue, _ arguments: DistributionArguments) -> GraphValue? {
    let values = checked(arguments)
    return values[0] - values[1] * (-p.log()).log()
  }

  package func sample(
    shape: Shape,
    _ arguments: DistributionArguments,
    lower: GraphValue?,
    upper: GraphValue?,
    random: RandomSource
  ) -> GraphValue? {
    let values = checked(arguments)
    let bounds = TruncationBounds(lower, upper)
    let draw = HazardFamily.sample(
      random.uniform(shape),
      lower: bounds.upper.map { hazard($0, values) },
      upper: bounds.lower.map { hazard($0, values) }
    )
    return bounds.clamp(values[0] - values[1] * draw.log())
  }

  /// exp(−z), which is exponentially distributed and falls with x; limited to exp(700) as `Weibull` does.
  private func hazard(_ bound: GraphValue, _ values: [GraphValue]) -> GraphValue {
    ((values[0] - bound) / values[1]).min(700).exp()
  }
}
