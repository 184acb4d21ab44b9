package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// The normal distribution.
///
///     log p(x | μ, σ) = −½ ((x − μ) / σ)² − log σ − ½ log 2π
///
/// Second form: precision τ = 1 / σ².
package struct Normal: Distribution {
  package let signature = DistributionSignature(
    "Normal",
    [
      [ParameterSignature("mean", .real), ParameterSignature("sd", .positive)],
      [
        ParameterSignature("mean", .real),
        ParameterSignature("precision", .positive, needsLabel: true),
      ],
    ],
    support: .real,
    hasCDF: true,
    drawsWithinBounds: true,
    summary: "Normal with a mean and a standard deviation.",
    formula: "log p(x | μ, σ) = −½ ((x − μ) / σ)² − log σ − ½ log 2π"
  )

  package init() {}

  package func locationScale(_ arguments: DistributionArguments) -> LocationScale? {
    let (mean, sd) = meanAndDeviation(arguments)
    return .scalar(location: mean, scale: sd)
  }

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    let deviation = x - arguments[0]
    let constant = x.constantAddend(-logSqrtTwoPi)
    if arguments.parameterisation == 1 {
      let precision = checked(arguments)[1]
      return [-0.5 * (precision * deviation.square()), 0.5 * precision.log(), constant]
    }
    // A negative deviation has no logarithm; for 0 the addends are -inf (or NaN) and inf: NaN either way.
    let sd = arguments[1]
    return [-0.5 * (deviation / sd).square(), -sd.log(), constant]
  }

  package func logProbability(
    above lower: GraphValue?,
    upTo upper: GraphValue?,
    _ arguments: DistributionArguments
  ) -> GraphValue? {
    let (mean, sd) = meanAndDeviation(arguments)
    return SymmetricTails.normal.logProbability(
      above: lower,
      upTo: upper,
      location: mean,
      scale: sd
    )
  }

  package func quantile(of p: GraphValue, _ arguments: DistributionArguments) -> GraphValue? {
    let (mean, sd) = meanAndDeviation(arguments)
    return mean + sd * SymmetricFamily.normal.quantile(p)
  }

  package func sample(
    shape: Shape,
    _ arguments: DistributionArguments,
    lower: GraphValue?,
    upper: GraphValue?,
    random: RandomSource
  ) -> GraphValue? {
    let (mean, sd) = meanAndDeviation(arguments)
    return SymmetricFamily.normal.sample(
      shape: shape,
      location: mean,
      scale: sd,
      lower: lower,
      upper: upper,
      random: random
    )
  }

  private func meanAndDeviation(
    _ arguments: DistributionArguments
  ) -> (mean: GraphValue, sd: GraphValue) {
    let values = checked(arguments)
    let isPrecision = arguments.parameterisation == 1
    return (values[0], isPrecision ? values[1].squareRoot().reciprocal() : values[1])
  }
}
