package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// The Cauchy distribution.
///
///     log p(x | μ, s) = −log π − log s − log(1 + ((x − μ) / s)²)
package struct Cauchy: Distribution {
  package let signature = DistributionSignature(
    "Cauchy",
    [
      [ParameterSignature("location", .real), ParameterSignature("scale", .positive)]
    ],
    support: .real,
    hasCDF: true,
    drawsWithinBounds: true,
    summary: "Cauchy with a location and a scale; has no mean.",
    formula: "log p(x | μ, s) = −log π − log s − log(1 + ((x − μ) / s)²)"
  )

  package init() {}

  package func locationScale(_ arguments: DistributionArguments) -> LocationScale? {
    .scalar(location: arguments[0], scale: arguments[1])
  }

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    // A scale outside of its domain gives NaN, as with `Normal`.
    let scale = arguments[1]
    let z = (x - arguments[0]) / scale
    return [-z.square().log1p(), -scale.log(), x.constantAddend(-logPi)]
  }

  package func logProbability(
    above lower: GraphValue?,
    upTo upper: GraphValue?,
    _ arguments: DistributionArguments
  ) -> GraphValue? {
    let values = checked(arguments)
    return SymmetricTails.cauchy.logProbability(
      above: lower,
      upTo: upper,
      location: values[0],
      scale: values[1]
    )
  }

  package func quantile(of p: GraphValue, _ arguments: DistributionArguments) -> GraphValue? {
    let values = checked(arguments)
    return values[0] + values[1] * SymmetricFamily.cauchy.quantile(p)
  }

  package func sample(
    shape: Shape,
    _ arguments: DistributionArguments,
    lower: GraphValue?,
    upper: GraphValue?,
    random: RandomSource
  ) -> GraphValue? {
    let values = checked(arguments)
    return SymmetricFamily.cauchy.sample(
      shape: shape,
      location: values[0],
      scale: values[1],
      lower: lower,
      upper: upper,
      random: random
    )
  }
}
