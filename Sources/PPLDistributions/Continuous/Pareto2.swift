package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// The Pareto distribution of the second kind; with location 0 that of Lomax.
///
///     log p(x | μ, λ, α) = log α − log λ − (α + 1) log(1 + (x − μ) / λ),    x ≥ μ
package struct Pareto2: Distribution {
  package let signature = DistributionSignature(
    "Pareto2",
    [
      [
        ParameterSignature("location", .real), ParameterSignature("scale", .positive),
        ParameterSignature("shape", .positive),
      ]
    ],
    support: .interval(lower: .parameter(0), upper: .none),
    hasCDF: true,
    drawsWithinBounds: true,
    summary: "Pareto of type 2 above location, with a scale and a shape; Lomax for location 0.",
    formula: "log p(x | μ, λ, α) = log α − log λ − (α + 1) log(1 + (x − μ) / λ), x ≥ μ"
  )

  package init() {}

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    let values = checked(arguments)
    let (scale, shape) = (values[1], values[2])
    let deviation = x - values[0]
    let outside = deviation.isLess(than: 0).or(deviation.isEqual(to: .infinity))
    let (inner, penalty) = deviation.restricted(outside: outside, inner: 1)
    return penalty + [-((shape + 1) * (inner / scale).log1p()), shape.log() - scale.log()]
  }

  package func logProbability(
    above lower: GraphValue?,
    upTo upper: GraphValue?,
    _ arguments: DistributionArguments
  ) -> GraphValue? {
    let values = checked(arguments)
    let bounds = TruncationBounds(lower, upper)
    return HazardFamily.logProbability(
      lower: bounds.lower.map { hazard($0, values) },
      upper: bounds.upper.map { hazard($0, values) }
    ) ?? values[1].constantAddend(0)
  }

  package func quantile(of p: GraphValue, _ arguments: DistributionArguments) -> GraphValue? {
    let values = checked(arguments)
    return values[0] + values[1] * (HazardFamily.hazard(ofProbability: p) / values[2]).expm1()
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
      lower: bounds.lower.map { hazard($0, values) },
      upper: bounds.upper.map { hazard($0, values) }
    )
    return bounds.clamp(values[0] + values[1] * (draw / values[2]).expm1())
  }

  /// α log(1 + (x − μ) / λ), 0 below μ.
  private func hazard(_ bound: GraphValue, _ values: [GraphValue]) -> GraphValue {
    values[2] * ((bound - values[0]).max(0) / values[1]).log1p()
  }
}
