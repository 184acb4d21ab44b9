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
    [
      [
        ParameterSignature("mean", rank: 1, .real), ParameterSignature("cov", rank: 2, .covariance),
      ],
      [
        ParameterSignature("mean", rank: 1, .real),
        ParameterSignature("cholesky", rank: 2, .choleskyFactor, needsLabel: true),
      ],
      [
        ParameterSignature("mean", rank: 1, .real),
        ParameterSignature("precision", rank: 2, .covariance, needsLabel: true),
      ],
      [
        ParameterSignature("mean", rank: 1, .real),
        ParameterSignature("sd", rank: 1, .positive, needsLabel: true),
        ParameterSignature("corr", rank: 2, .correlation, needsLabel: true),
      ],
    ],
    support: .realVector,
    summary: "Normal vectors by mean and cov, cholesky, precision, or sd and corr."
  )

  package init() {}

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    let values = checked(arguments)
    let size = x.eventSize
    let constant = x.scalar(-Double(size) * logSqrtTwoPi).addend(rank: x.shape.rank - 1)
    let deviation = x - values[0]
    let scale = scale(arguments.parameterisation, values, size: size)
    let z = scale.sd.map { deviation / $0 } ?? deviation
    let squaredLength: GraphValue
    let logDeterminant = scale.factor.diagonal().log().sumOverEvent()
    switch arguments.parameterisation {
    case 2:
      squaredLength = FactorProduct(scale.factor).multiply(z, transposed: false)
        .square().sumOverEvent()
      return [-0.5 * squaredLength, logDeterminant, constant]
    default:
      squaredLength = FactorProduct(scale.factor).solveSquaredLength(z)
      let logScales = scale.sd.map { [-$0.log().sumOverEvent()] } ?? []
      return [-0.5 * squaredLength, -logDeterminant, constant] + logScales
    }
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
    let scale = scale(arguments.parameterisation, values, size: normal.eventSize)
    let product = FactorProduct(scale.factor)
    let z =
      arguments.parameterisation == 2
      ? product.solve(normal, transposed: true) : product.multiply(normal, transposed: true)
    return values[0] + (scale.sd.map { $0 * z } ?? z)
  }

  /// A Cholesky factor, of the precision matrix in its form, and standard deviations to multiply it with.
  private func scale(
    _ parameterisation: Int,
    _ values: [GraphValue],
    size: Int
  ) -> (factor: GraphValue, sd: GraphValue?) {
    switch parameterisation {
    case 1: (values[1], nil)
    case 3: (values[2].cholesky(), values[1].repeatingEvent(to: [size]))
    default: (values[1].cholesky(), nil)
    }
  }
}
