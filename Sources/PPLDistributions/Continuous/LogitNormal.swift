package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// The inverse logit of a normal variable.
///
///     log p(x | μ, σ) = −½ ((logit x − μ) / σ)² − log σ − log x − log(1 − x) − ½ log 2π,    0 < x < 1
package struct LogitNormal: Distribution {
  package let signature = DistributionSignature(
    "LogitNormal",
    [
      [ParameterSignature("mean", .real), ParameterSignature("sd", .positive)]
    ],
    support: .unitInterval,
    hasCDF: true,
    drawsWithinBounds: true,
    summary: "Inverse logit of a normal; mean and sd are those of the logit.",
    formula:
      "log p(x | μ, σ) = −½ ((logit x − μ) / σ)² − log σ − log x − log(1 − x) − ½ log 2π, 0 < x < 1"
  )

  package init() {}

  package func locationScale(_ arguments: DistributionArguments) -> LocationScale? {
    .scalar(location: arguments[0], scale: arguments[1])
  }

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    let outside = x.isLessOrEqual(to: 0).or(x.isGreaterOrEqual(to: 1))
    let (x, penalty) = x.restricted(outside: outside, inner: 0.5)
    // A deviation outside of its domain gives NaN, as with `Normal`.
    let sd = arguments[1]
    let (logX, logOther) = (x.log(), (-x).log1p())
    let z = (logX - logOther - arguments[0]) / sd
    return penalty + [
      -0.5 * z.square(), -(logX + logOther), -sd.log(), x.constantAddend(-logSqrtTwoPi),
    ]
  }

  package func logProbability(
    above lower: GraphValue?,
    upTo upper: GraphValue?,
    _ arguments: DistributionArguments
  ) -> GraphValue? {
    let values = checked(arguments)
    return SymmetricTails.normal.logProbability(
      above: lower.map(logit),
      upTo: upper.map(logit),
      location: values[0],
      scale: values[1]
    )
  }

  package func quantile(of p: GraphValue, _ arguments: DistributionArguments) -> GraphValue? {
    let values = checked(arguments)
    return (values[0] + values[1] * SymmetricFamily.normal.quantile(p)).logistic()
  }

  package func sample(
    shape: Shape,
    _ arguments: DistributionArguments,
    lower: GraphValue?,
    upper: GraphValue?,
    random: RandomSource
  ) -> GraphValue? {
    let values = checked(arguments)
    let draws = SymmetricFamily.normal.sample(
      shape: shape,
      location: values[0],
      scale: values[1],
      lower: lower.map(logit),
      upper: upper.map(logit),
      random: random
    )
    return TruncationBounds(lower, upper).clamp(draws.logistic())
  }

  /// The logit of a bound; infinite outside of (0, 1).
  private func logit(_ bound: GraphValue) -> GraphValue {
    let inside = bound.max(0).min(1)
    return inside.log() - (-inside).log1p()
  }
}
