package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// The sum of squares of ν standard normal variables: a gamma variable with shape ν / 2 and rate ½.
///
///     log p(x | ν) = (½ ν − 1) log x − ½ x − ½ ν log 2 − log Γ(½ ν),    x ≥ 0
package struct ChiSquared: Distribution {
  package let signature = DistributionSignature(
    "ChiSquared",
    [
      [ParameterSignature("df", .positive)]
    ],
    support: .positive,
    hasCDF: true,
    summary: "Sum of squares of standard normals, as many as the degrees of freedom.",
    formula: "log p(x | ν) = (½ ν − 1) log x − ½ x − ½ ν log 2 − log Γ(½ ν), x ≥ 0"
  )

  package init() {}

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    Gamma().logDensity(of: x, gamma(arguments))
  }

  package func logProbability(
    above lower: GraphValue?,
    upTo upper: GraphValue?,
    _ arguments: DistributionArguments
  ) -> GraphValue? {
    Gamma().logProbability(above: lower, upTo: upper, gamma(arguments))
  }

  package func isLogProbabilityDifferentiable(inParameter position: Int) -> Bool { false }

  package func sample(
    shape: Shape,
    _ arguments: DistributionArguments,
    lower: GraphValue?,
    upper: GraphValue?,
    random: RandomSource
  ) -> GraphValue? {
    Gamma().sample(shape: shape, gamma(arguments), lower: lower, upper: upper, random: random)
  }

  private func gamma(_ arguments: DistributionArguments) -> DistributionArguments {
    let df = arguments[0]
    return DistributionArguments([0.5 * df, df.constantAddend(0.5)])
  }
}
