package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// The logistic distribution.
///
///     log p(x | μ, s) = −|z| − 2 log(1 + exp(−|z|)) − log s,    z = (x − μ) / s
package struct Logistic: Distribution {
  package let signature = DistributionSignature(
    "Logistic",
    [
      [ParameterSignature("location", .real), ParameterSignature("scale", .positive)]
    ],
    support: .real,
    hasCDF: true,
    drawsWithinBounds: true,
    summary: "Logistic with a location and a scale.",
    formula: "log p(x | μ, s) = −|z| − 2 log(1 + exp(−|z|)) − log s, z = (x − μ) / s"
  )

  package init() {}

  package func locationScale(_ arguments: DistributionArguments) -> LocationScale? {
    .scalar(location: arguments[0], scale: arguments[1])
  }

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    // A scale outside of its domain gives NaN, as with `Normal`.
    let scale = arguments[1]
    let size = ((x - arguments[0]) / scale).absolute()
    return [-(size + 2 * (-size).softplus()), -scale.log()]
  }

  package func logProbability(
    above lower: GraphValue?,
    upTo upper: GraphValue?,
    _ arguments: DistributionArguments
  ) -> GraphValue? {
    let values = checked(arguments)
    return SymmetricTails.logistic.logProbability(
      above: lower,
      upTo: upper,
      location: values[0],
      scale: values[1]
    )
  }

  package func quantile(of p: GraphValue, _ arguments: DistributionArguments) -> GraphValue? {
    let values = checked(arguments)
    return values[0] + values[1] * SymmetricFamily.logistic.quantile(p)
  }

  package func sample(
    shape: Shape,
    _ arguments: DistributionArguments,
    lower: GraphValue?,
    upper: GraphValue?,
    random: RandomSource
  ) -> GraphValue? {
    let values = checked(arguments)
    return SymmetricFamily.logistic.sample(
      shape: shape,
      location: values[0],
      scale: values[1],
      lower: lower,
      upper: upper,
      random: random
    )
  }
}
