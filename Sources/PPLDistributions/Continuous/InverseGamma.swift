package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// The reciprocal of a gamma variable.
///
///     log p(x | a, b) = a log b − log Γ(a) − (a + 1) log x − b / x,    x > 0
package struct InverseGamma: Distribution {
  package let signature = DistributionSignature(
    "InverseGamma",
    [
      [ParameterSignature("shape", .positive), ParameterSignature("scale", .positive)]
    ],
    support: .positive,
    hasCDF: true,
    summary: "Reciprocal of a gamma with this shape, and scale as its rate.",
    formula: "log p(x | a, b) = a log b − log Γ(a) − (a + 1) log x − b / x, x > 0"
  )

  package init() {}

  package func locationScale(_ arguments: DistributionArguments) -> LocationScale? {
    .stretched(by: arguments[1])
  }

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    let (x, penalty) = x.restrictedToPositive(orZero: false)
    let values = checked(arguments)
    let (shape, scale) = (values[0], values[1])
    return penalty + [
      -((shape + 1) * x.log()), -(scale / x), shape * scale.log() - shape.logGamma(),
    ]
  }

  package func logProbability(
    above lower: GraphValue?,
    upTo upper: GraphValue?,
    _ arguments: DistributionArguments
  ) -> GraphValue? {
    let values = checked(arguments)
    let bounds = TruncationBounds(lower, upper, supportLower: 0)
    // X ≤ u is G ≥ scale / u for the gamma variable G. A bound of 0 divides to infinity: 1e-200 is as good.
    return GammaProbability(shape: values[0]).logProbability(
      lower: bounds.upper.map { values[1] / $0.max(1e-200) },
      upper: bounds.lower.map { values[1] / $0.max(1e-200) }
    ) ?? values[1].constantAddend(0)
  }

  package func isLogProbabilityDifferentiable(inParameter position: Int) -> Bool {
    position != 0
  }

  package func sample(
    shape: Shape,
    _ arguments: DistributionArguments,
    lower: GraphValue?,
    upper: GraphValue?,
    random: RandomSource
  ) -> GraphValue? {
    guard TruncationBounds(lower, upper, supportLower: 0).areAbsent else { return nil }
    let values = checked(arguments)
    return (values[1].log() - random.logGamma(shapeParameter: values[0], shape)).exp()
  }
}
