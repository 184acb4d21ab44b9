package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// The multivariate Student's t distribution of vectors of n elements.
///
///     log p(x | ν, μ, Σ) = −½ (ν + n) log(1 + q / ν) − Σ log Lᵢᵢ − log B(½ ν, ½ n) + log Γ(½ n) − ½ n log(π ν)
///
/// where Σ = L Lᵀ and q = |L⁻¹ (x − μ)|². Σ is the scale matrix: the covariance is Σ ν / (ν − 2), for ν > 2. Its
/// forms are those of `MultiNormal`, to which this tends as ν grows.
package struct MultiStudentT: Distribution {
  package let signature = DistributionSignature(
    "MultiStudentT",
    EllipticalScale.parameterisations([
      ParameterSignature("df", .positive), ParameterSignature("mean", rank: 1, .real),
    ]),
    support: .realVector,
    summary: "Student's t vectors: the scale matrix as cov, cholesky, precision, or sd and corr.",
    formula:
      "log p(x | ν, μ, Σ) = −½ (ν + n) log(1 + q / ν) − Σ log Lᵢᵢ − log B(½ ν, ½ n) + log Γ(½ n) − ½ n log(π ν),\nq = |L⁻¹ (x − μ)|², Σ = L Lᵀ"
  )

  package init() {}

  package func locationScale(_ arguments: DistributionArguments) -> LocationScale? {
    let scale = EllipticalScale(
      arguments.parameterisation,
      arguments.values[2...],
      size: arguments[1].eventSize
    )
    return .vector(location: arguments[1], scale: scale)
  }

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    let values = checked(arguments)
    let df = values[0]
    let size = Double(x.eventSize)
    let scale = EllipticalScale(arguments.parameterisation, values[2...], size: x.eventSize)
    let squaredLength = scale.squaredLength(of: x - values[1])
    let half = df.scalar(0.5 * size)
    let constant = half.logGamma() - 0.5 * size * logPi
    // Vectors of no elements have density 1.
    let normaliser =
      size == 0 ? 0 * df : constant - (0.5 * df).logBeta(half) - 0.5 * size * df.log()
    return [-0.5 * ((df + size) * (squaredLength / df).log1p())] + scale.logDensityAddends
      + [normaliser]
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
    let scale = EllipticalScale(arguments.parameterisation, values[2...], size: normal.eventSize)
    let halfDF = 0.5 * values[0]
    // √(ν / χ²_ν), one for each vector.
    let logRatio =
      halfDF.log()
      - random.logGamma(shapeParameter: halfDF, normal.plateShape(eventRank: 1))
    return values[1] + (0.5 * logRatio).exp().addingEventAxis() * scale.transform(normal)
  }
}
