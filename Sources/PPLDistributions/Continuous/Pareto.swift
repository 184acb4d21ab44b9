package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// The Pareto distribution of the first kind.
///
///     log p(x | m, α) = log α − log x − α (log x − log m),    x ≥ m
package struct Pareto: Distribution {
  package let signature = DistributionSignature(
    "Pareto",
    [
      [ParameterSignature("scale", .positive), ParameterSignature("shape", .positive)]
    ],
    support: .interval(lower: .parameter(0), upper: .none),
    hasCDF: true,
    drawsWithinBounds: true,
    summary: "Pareto above scale, its least value, with a shape.",
    formula: "log p(x | m, α) = log α − log x − α (log x − log m), x ≥ m"
  )

  package init() {}

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    let values = checked(arguments)
    let (scale, shape) = (values[0], values[1])
    let outside = x.isLess(than: scale).or(x.isEqual(to: .infinity))
    let (inner, penalty) = x.restricted(outside: outside, inner: 1)
    let logX = inner.log()
    return penalty + [-(shape * (logX - scale.log())), -logX, shape.log()]
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
    return values[0] * (HazardFamily.hazard(ofProbability: p) / values[1]).exp()
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
    return bounds.clamp(values[0] * (draw / values[1]).exp())
  }

  /// α log(x / m), 0 below m.
  private func hazard(_ bound: GraphValue, _ values: [GraphValue]) -> GraphValue {
    values[1] * (bound.max(values[0]) / values[0]).log()
  }
}
