package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// The multivariate normal distribution of vectors of n elements.
///
///     log p(x | μ, Σ) = −½ |L⁻¹ (x − μ)|² − Σ log Lᵢᵢ − ½ n log 2π,    Σ = L Lᵀ
///
/// Other forms: the factor L; the precision matrix Σ⁻¹; standard deviations σ and the correlation matrix
/// diag(σ)⁻¹ Σ diag(σ)⁻¹.
package struct MultiNormal: Distribution {
  package let signature = DistributionSignature(
    "MultiNormal",
    EllipticalScale.parameterisations([ParameterSignature("mean", rank: 1, .real)]),
    support: .realVector,
    summary: "Normal vectors by mean and cov, cholesky, precision, or sd and corr.",
    formula: "log p(x | μ, Σ) = −½ |L⁻¹ (x − μ)|² − Σ log Lᵢᵢ − ½ n log 2π, Σ = L Lᵀ"
  )

  package init() {}

  package func locationScale(_ arguments: DistributionArguments) -> LocationScale? {
    let scale = EllipticalScale(
      arguments.parameterisation,
      arguments.values[1...],
      size: arguments[0].eventSize
    )
    return .vector(location: arguments[0], scale: scale)
  }

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    let values = checked(arguments)
    let size = x.eventSize
    let constant = x.scalar(-Double(size) * logSqrtTwoPi).addend(rank: x.shape.rank - 1)
    let scale = EllipticalScale(arguments.parameterisation, values[1...], size: size)
    let squaredLength = scale.squaredLength(of: x - values[0])
    return [-0.5 * squaredLength] + scale.logDensityAddends + [constant]
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
    let normal = random.normal(shape)
    let scale = EllipticalScale(arguments.parameterisation, values[1...], size: normal.eventSize)
    return values[0] + scale.transform(normal)
  }
}
