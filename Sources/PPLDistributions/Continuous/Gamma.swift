package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// The gamma distribution.
///
///     log p(x | a, b) = (a − 1) log x − b x + a log b − log Γ(a),    x ≥ 0
///
/// Second form: scale 1 / b.
package struct Gamma: Distribution {
  package let signature = DistributionSignature(
    "Gamma",
    [
      [ParameterSignature("shape", .positive), ParameterSignature("rate", .positive)],
      [
        ParameterSignature("shape", .positive),
        ParameterSignature("scale", .positive, needsLabel: true),
      ],
    ],
    support: .positive,
    hasCDF: true,
    summary: "Gamma with a shape and a rate, or with scale: 1 / rate.",
    formula: "log p(x | a, b) = (a − 1) log x − b x + a log b − log Γ(a), x ≥ 0"
  )

  package init() {}

  package func locationScale(_ arguments: DistributionArguments) -> LocationScale? {
    let value = arguments[1]
    return .stretched(by: arguments.parameterisation == 1 ? value : value.reciprocal())
  }

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    let (x, penalty) = x.restrictedToPositive(orZero: true)
    let (shape, rate) = shapeAndRate(arguments)
    return penalty + [
      x.logTimes(shape - 1), -(rate * x), shape * rate.log() - shape.logGamma(),
    ]
  }

  package func logProbability(
    above lower: GraphValue?,
    upTo upper: GraphValue?,
    _ arguments: DistributionArguments
  ) -> GraphValue? {
    let (shape, rate) = shapeAndRate(arguments)
    let bounds = TruncationBounds(lower, upper, supportLower: 0)
    return GammaProbability(shape: shape).logProbability(
      lower: bounds.lower.map { rate * $0 },
      upper: bounds.upper.map { rate * $0 }
    ) ?? rate.constantAddend(0)
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
    let (shapeParameter, rate) = shapeAndRate(arguments)
    return random.gamma(shapeParameter: shapeParameter, shape) / rate
  }

  private func shapeAndRate(
    _ arguments: DistributionArguments
  ) -> (shape: GraphValue, rate: GraphValue) {
    let values = checked(arguments)
    let isScale = arguments.parameterisation == 1
    return (values[0], isScale ? values[1].reciprocal() : values[1])
  }
}
