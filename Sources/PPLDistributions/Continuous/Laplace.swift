package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// The Laplace (double exponential) distribution.
///
///     log p(x | μ, b) = −|x − μ| / b − log b − log 2
package struct Laplace: Distribution {
  package let signature = DistributionSignature(
    "Laplace",
    [
      [ParameterSignature("location", .real), ParameterSignature("scale", .positive)]
    ],
    support: .real,
    hasCDF: true,
    drawsWithinBounds: true,
    summary: "Laplace (double exponential) with a location and a scale.",
    formula: "log p(x | μ, b) = −|x − μ| / b − log b − log 2"
  )

  package init() {}

  package func locationScale(_ arguments: DistributionArguments) -> LocationScale? {
    .scalar(location: arguments[0], scale: arguments[1])
  }

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    // A scale outside of its domain gives NaN, as with `Normal`.
    let scale = arguments[1]
    return [
      -((x - arguments[0]).absolute() / scale), -scale.log(), x.constantAddend(-logTwo),
    ]
  }

  package func logProbability(
    above lower: GraphValue?,
    upTo upper: GraphValue?,
    _ arguments: DistributionArguments
  ) -> GraphValue? {
    let values = checked(arguments)
    return SymmetricTails.laplace.logProbability(
      above: lower,
      upTo: upper,
      location: values[0],
      scale: values[1]
    )
  }

  package func quantile(of p: GraphValue, _ arguments: DistributionArguments) -> GraphValue? {
    let values = checked(arguments)
    return values[0] + values[1] * SymmetricFamily.laplace.quantile(p)
  }

  package func sample(
    shape: Shape,
    _ arguments: DistributionArguments,
    lower: GraphValue?,
    upper: GraphValue?,
    random: RandomSource
  ) -> GraphValue? {
    let values = checked(arguments)
    return SymmetricFamily.laplace.sample(
      shape: shape,
      location: values[0],
      scale: values[1],
      lower: lower,
      upper: upper,
      random: random
    )
  }
}
