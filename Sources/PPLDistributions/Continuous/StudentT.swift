package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// Student's t distribution with a location and a scale.
///
///     log p(x | ν, μ, s) = −½ (ν + 1) log(1 + z² / ν) − log B(ν/2, ½) − ½ log ν − log s,    z = (x − μ) / s
///
/// The scale is not the standard deviation, which is s √(ν / (ν − 2)) for ν > 2.
package struct StudentT: Distribution {
  package let signature = DistributionSignature(
    "StudentT",
    [
      [
        ParameterSignature("df", .positive), ParameterSignature("mean", .real),
        ParameterSignature("scale", .positive),
      ]
    ],
    support: .real,
    hasCDF: true,
    summary: "Student's t with degrees of freedom, a location and a scale.",
    formula:
      "log p(x | ν, μ, s) = −½ (ν + 1) log(1 + z² / ν) − log B(ν/2, ½) − ½ log ν − log s, z = (x − μ) / s"
  )

  package init() {}

  package func locationScale(_ arguments: DistributionArguments) -> LocationScale? {
    .scalar(location: arguments[1], scale: arguments[2])
  }

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    let df = checked(arguments)[0]
    // A scale outside of its domain gives NaN, as with `Normal`.
    let scale = arguments[2]
    let z = (x - arguments[1]) / scale
    return [
      -0.5 * ((df + 1) * (z.square() / df).log1p()),
      -(0.5 * df).logBeta(df.scalar(0.5)) - 0.5 * df.log(),
      -scale.log(),
    ]
  }

  package func logProbability(
    above lower: GraphValue?,
    upTo upper: GraphValue?,
    _ arguments: DistributionArguments
  ) -> GraphValue? {
    let values = checked(arguments)
    return SymmetricTails.studentT(df: values[0]).logProbability(
      above: lower,
      upTo: upper,
      location: values[1],
      scale: values[2]
    )
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
    guard TruncationBounds(lower, upper).areAbsent else { return nil }
    let values = checked(arguments)
    let halfDF = 0.5 * values[0]
    // √(ν / χ²_ν), on the log scale as the χ² variate may underflow.
    let logRatio = halfDF.log() - random.logGamma(shapeParameter: halfDF, shape)
    return values[1] + values[2] * random.normal(shape) * (0.5 * logRatio).exp()
  }
}
