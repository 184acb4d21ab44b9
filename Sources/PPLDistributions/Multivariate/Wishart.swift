package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// The Wishart distribution of n × n covariance matrices: ν times that of ν normal vectors with covariance S.
///
///     log p(X | ν, S) = ½ (ν − n − 1) log det X − ½ tr(S⁻¹ X) − ½ ν log det S − ½ ν n log 2 − log Γ_n(½ ν)
///
/// with respect to the lower triangle. Second form: the factor L of S = L Lᵀ. The density is NaN unless ν > n − 1.
package struct Wishart: Distribution {
  package let signature = DistributionSignature(
    "Wishart",
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
    summary: "Covariance matrices with mean df times scale; or by cholesky, the scale's factor.",
    formula:
      "log p(X | ν, S) = ½ (ν − n − 1) log det X − ½ tr(S⁻¹ X) − ½ ν log det S − ½ ν n log 2 − log Γ_n(½ ν)"
  )

  package init() {}

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    let values = checked(arguments)
    let df = values[0]
    let size = x.eventSize
    let scale = arguments.parameterisation == 1 ? values[1] : values[1].cholesky()
    let (factor, penalty) = x.restrictedCovarianceFactor()
    let trace = scale.triangularSolve(factor).square().sumOverEvent(rank: 2)
    return [
      penalty, -0.5 * trace,
      (df - Double(size + 1)) * factor.diagonal().log().sumOverEvent(),
      -(df * (scale.diagonal().log().sumOverEvent() + 0.5 * Double(size) * logTwo)),
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
    let factor = scale.matrixMultiply(
      values[0].bartlettFactor(
        plate: Shape(shape.sizes.dropLast(2).map { $0 }),
        size: shape[shape.rank - 1],
        random: random
      )
    )
    return factor.matrixMultiply(factor, transposeRight: true)
  }
}
