package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// The exponential of a normal variable.
///
///     log p(x | μ, σ) = −½ ((log x − μ) / σ)² − log σ − log x − ½ log 2π,    x > 0
package struct LogNormal: Distribution {
  package let signature = DistributionSignature(
    "LogNormal",
    [
      [ParameterSignature("mean", .real), ParameterSignature("sd", .positive)]
    ],
    support: .positive,
    hasCDF: true,
    drawsWithinBounds: true,
    summary: "Exponential of a normal; mean and sd are those of the logarithm.",
    formula: "log p(x | μ, σ) = −½ ((log x − μ) / σ)² − log σ − log x − ½ log 2π, x > 0"
  )

  package init() {}

  package func locationScale(_ arguments: DistributionArguments) -> LocationScale? {
    .scalar(location: arguments[0], scale: arguments[1])
  }

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    let (x, penalty) = x.restrictedToPositive(orZero: false)
    // A deviation outside of its domain gives NaN, as with `Normal`.
    let sd = arguments[1]
    let logX = x.log()
    let z = (logX - arguments[0]) / sd
    return penalty + [-0.5 * z.square(), -logX, -sd.log(), x.constantAddend(-logSqrtTwoPi)]
  }

  package func logProbability(
    above lower: GraphValue?,
    upTo upper: GraphValue?,
    _ arguments: DistributionArguments
  ) -> GraphValue? {
    let values = checked(arguments)
    let bounds = TruncationBounds(lower, upper, supportLower: 0)
    return SymmetricTails.normal.logProbability(
      above: bounds.lower.map { $0.logOfBound() },
      upTo: bounds.upper.map { $0.logOfBound() },
      location: values[0],
      scale: values[1]
    )
  }

  package func quantile(of p: GraphValue, _ arguments: DistributionArguments) -> GraphValue? {
    let values = checked(arguments)
    return (values[0] + values[1] * SymmetricFamily.normal.quantile(p)).exp()
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
    let draws = SymmetricFamily.normal.sample(
      shape: shape,
      location: values[0],
      scale: values[1],
      lower: bounds.lower.map { $0.logOfBound() },
      upper: bounds.upper.map { $0.logOfBound() },
      random: random
    )
    return bounds.clamp(draws.exp())
  }
}
