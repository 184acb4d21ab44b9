package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// The distribution of n × n covariance matrices whose inverse is Wishart with ν degrees of freedom and scale S⁻¹.
///
///     log p(X | ν, S) = ½ ν log det S − ½ (ν + n + 1) log det X − ½ tr(S X⁻¹) − ½ ν n log 2 − log Γ_n(½ ν)
///
/// with respect to the lower triangle. Second form: the factor L of S = L Lᵀ. The density is NaN unless ν > n − 1.
package struct InverseWishart: Distribution {
  package let signature = DistributionSignature(
    "InverseWishart",
    [
      [
        ParameterSignature("df", .positive), ParameterSignature("scale", rank: 2, .covariance),
      ],
      [
        ParameterSignature("df", .positive),
        ParameterSignature("cholesky", rank: 2, .choleskyFactor, needsLabel: true),
      ],
    ],
    support: .matrix(.cov),
    summary: "Inverses of Wishart matrices; by scale, or cholesky: its factor.",
    formula:
      "log p(X | ν, S) = ½ ν log det S − ½ (ν + n + 1) log det X − ½ tr(S X⁻¹) − ½ ν n log 2 − log Γ_n(½ ν)"
  )

  package init() {}

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    let values = checked(arguments)
    let df = values[0]
    let size = x.eventSize
    let scale = arguments.parameterisation == 1 ? values[1] : values[1].cholesky()
    let (factor, penalty) = x.restrictedCovarianceFactor()
    let trace = factor.triangularSolve(scale).square().sumOverEvent(rank: 2)
    return [
      penalty, -0.5 * trace,
      -((df + Double(size + 1)) * factor.diagonal().log().sumOverEvent()),
      df * (scale.diagonal().log().sumOverEvent() - 0.5 * Double(size) * logTwo),
      -df.logMultivariateGammaOfHalf(size: size),
    ]
  }

  package func sample(
    shape: Shape,
    _ arguments: DistributionArguments,
    lower: GraphValue?,
    upper: GraphValue?,
    random: RandomSource
  ) -> GraphValue? {
    guard lower == nil, upper == nil else { return nil }
    let values = checked(arguments)
    let scale = arguments.parameterisation == 1 ? values[1] : values[1].cholesky()
    // (L⁻ᵀ A Aᵀ L⁻¹)⁻¹ = (A⁻¹ Lᵀ)ᵀ (A⁻¹ Lᵀ).
    let factor = values[0].bartlettFactor(
      plate: Shape(shape.sizes.dropLast(2).map { $0 }),
      size: shape[shape.rank - 1],
      random: random
    ).triangularSolve(scale.matrixTranspose())
    return factor.matrixMultiply(factor, transposeLeft: true)
  }
}
