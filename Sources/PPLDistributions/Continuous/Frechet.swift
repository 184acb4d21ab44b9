package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// The Fréchet distribution, of largest values: the reciprocal of a Weibull variable.
///
///     log p(x | α, s) = log(α / s) − (α + 1) log(x / s) − (x / s)^(−α),    x > 0
package struct Frechet: Distribution {
  package let signature = DistributionSignature(
    "Frechet",
    [
      [ParameterSignature("shape", .positive), ParameterSignature("scale", .positive)]
    ],
    support: .positive,
    hasCDF: true,
    drawsWithinBounds: true,
    summary: "Frechet (of largest values) with a shape and a scale.",
    formula: "log p(x | α, s) = log(α / s) − (α + 1) log(x / s) − (x / s)^(−α), x > 0"
  )

  package init() {}

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    let (x, penalty) = x.restrictedToPositive(orZero: false)
    let values = checked(arguments)
    let (shape, scale) = (values[0], values[1])
    let logX = x.log()
    let y = shape * (logX - scale.log())
    return penalty + [-(y + (-y).exp()), -logX, shape.log()]
  }

  package func logProbability(
    above lower: GraphValue?,
    upTo upper: GraphValue?,
    _ arguments: DistributionArguments
  ) -> GraphValue? {
    let values = checked(arguments)
    let bounds = TruncationBounds(lower, upper, supportLower: 0)
    return HazardFamily.logProbability(
      lower: bounds.upper.map { hazard($0, values) },
      upper: bounds.lower.map { hazard($0, values) }
    ) ?? values[0].constantAddend(0)
  }

  package func quantile(of p: GraphValue, _ arguments: DistributionArguments) -> GraphValue? {
    let values = checked(arguments)
    return values[1] * (-((-p.log()).log() / values[0])).exp()
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
      lower: bounds.upper.map { hazard($0, values) },
      upper: bounds.lower.map { hazard($0, values) }
    )
    return bounds.clamp(values[1] * (-(draw.log() / values[0])).exp())
  }

  /// (x / s)^(−α), which is exponentially distributed and falls with x; limited to exp(700) as `Weibull` does.
  ///
  /// A bound of 0 has no logarithm: 1e-300 is as good.
  private func hazard(_ bound: GraphValue, _ values: [GraphValue]) -> GraphValue {
    (-(values[0] * (bound.max(1e-300).log() - values[1].log()))).min(700).exp()
  }
}
