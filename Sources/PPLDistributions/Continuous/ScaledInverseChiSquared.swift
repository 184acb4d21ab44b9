package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// ν s² divided by a χ² variable: an inverse gamma variable with shape ν / 2 and scale ½ ν s².
///
///     log p(x | ν, s) = ½ ν log(½ ν s²) − log Γ(½ ν) − (½ ν + 1) log x − ½ ν s² / x,    x > 0
///
/// The scale s is that of a standard deviation: x is a variance near s².
package struct ScaledInverseChiSquared: Distribution {
  package let signature = DistributionSignature(
    "ScaledInverseChiSquared",
    [
      [ParameterSignature("df", .positive), ParameterSignature("scale", .positive)]
    ],
    support: .positive,
    hasCDF: true,
    summary: "Variances near the square of scale, with degrees of freedom.",
    formula: "log p(x | ν, s) = ½ ν log(½ ν s²) − log Γ(½ ν) − (½ ν + 1) log x − ½ ν s² / x, x > 0"
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
    InverseGamma().sample(
      shape: shape,
      inverseGamma(arguments),
      lower: lower,
      upper: upper,
      random: random
    )
  }

  private func inverseGamma(_ arguments: DistributionArguments) -> DistributionArguments {
    let values = checked(arguments)
    let shape = 0.5 * values[0]
    return DistributionArguments([shape, shape * values[1].square()])
  }
}
