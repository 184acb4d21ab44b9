package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// The reciprocal of a χ² variable: an inverse gamma variable with shape ν / 2 and scale ½.
///
///     log p(x | ν) = −(½ ν + 1) log x − ½ / x − ½ ν log 2 − log Γ(½ ν),    x > 0
package struct InverseChiSquared: Distribution {
  package let signature = DistributionSignature(
    "InverseChiSquared",
    [
      [ParameterSignature("df", .positive)]
    ],
    support: .positive,
    hasCDF: true,
    summary: "Reciprocal of a chi-squared variable.",
    formula: "log p(x | ν) = −(½ ν + 1) log x − ½ / x − ½ ν log 2 − log Γ(½ ν), x > 0"
  )

  package init() {}

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    InverseGamma().logDensity(of: x, inverseGamma(arguments))
  }

  package func logProbability(
    above lower: GraphValue?,
    upTo upper: GraphValue?,
    _ arguments: DistributionArguments
  ) -> GraphValue? {
    InverseGamma().logProbability(above: lower, upTo: upper, inverseGamma(arguments))
  }

  package func isLogProbabilityDifferentiable(inParameter position: Int) -> Bool { false }

  package func sample(
    shape: Shape,
    _ arguments: DistributionArguments,
    lower: GraphValue?,
    upper: GraphValue?,
    random: RandomSource
  ) -> GraphValue? {
    InverseGamma().sample(
      shape: shape,
      inverseGamma(arguments),
      lower: lower,
      upper: upper,
      random: random
    )
  }

  private func inverseGamma(_ arguments: DistributionArguments) -> DistributionArguments {
    let df = arguments[0]
    return DistributionArguments([0.5 * df, df.constantAddend(0.5)])
  }
}
