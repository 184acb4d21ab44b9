package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// The exponential of a logistic variable.
///
///     log p(x | s, β) = log β − log x − |y| − 2 log(1 + exp(−|y|)),    y = β (log x − log s),  x > 0
package struct LogLogistic: Distribution {
  package let signature = DistributionSignature(
    "LogLogistic",
    [
      [ParameterSignature("scale", .positive), ParameterSignature("shape", .positive)]
    ],
    support: .positive,
    hasCDF: true,
    drawsWithinBounds: true,
    summary: "Exponential of a logistic; scale is the median, then a shape.",
    formula:
      "log p(x | s, β) = log β − log x − |y| − 2 log(1 + exp(−|y|)), y = β (log x − log s), x > 0"
  )

  package init() {}

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    let (x, penalty) = x.restrictedToPositive(orZero: false)
    let values = checked(arguments)
    let (scale, shape) = (values[0], values[1])
    let logX = x.log()
    let size = (shape * (logX - scale.log())).absolute()
    return penalty + [-(size + 2 * (-size).softplus()), -logX, shape.log()]
  }

  package func logProbability(
    above lower: GraphValue?,
    upTo upper: GraphValue?,
    _ arguments: DistributionArguments
  ) -> GraphValue? {
    let values = checked(arguments)
    let bounds = TruncationBounds(lower, upper, supportLower: 0)
    return SymmetricTails.logistic.logProbability(
      above: bounds.lower.map { $0.logOfBound() },
      upTo: bounds.upper.map { $0.logOfBound() },
      location: values[0].log(),
      scale: values[1].reciprocal()
    )
  }

  package func quantile(of p: GraphValue, _ arguments: DistributionArguments) -> GraphValue? {
    let values = checked(arguments)
    return values[0] * (SymmetricFamily.logistic.quantile(p) / values[1]).exp()
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
    let draws = SymmetricFamily.logistic.sample(
      shape: shape,
      location: values[0].log(),
      scale: values[1].reciprocal(),
      lower: bounds.lower.map { $0.logOfBound() },
      upper: bounds.upper.map { $0.logOfBound() },
      random: random
    )
    return bounds.clamp(draws.exp())
  }
}
