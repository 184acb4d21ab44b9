package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// The difference of two exponential variables, shifted: a Laplace distribution with tails of their own.
///
///     log p(x | μ, r, l) = −max(r d, −l d) + log(r l / (r + l)),    d = x − μ
///
/// With a scale s and an asymmetry κ, the rates of the right and the left tail are r = κ / s and l = 1 / (κ s);
/// κ > 1 leans to the left. Second form: the probability τ of lying below μ, with r = 2 τ / s and
/// l = 2 (1 − τ) / s, the skew double exponential distribution. κ = 1 and τ = ½ are `Laplace(location, scale)`.
///
/// Source: Kotz, Kozubowski and Podgórski 2001, "The Laplace Distribution and Generalizations", chapter 3.
package struct AsymmetricLaplace: Distribution {
  package let signature = DistributionSignature(
    "AsymmetricLaplace",
    [
      [
        ParameterSignature("location", .real), ParameterSignature("scale", .positive),
        ParameterSignature("asymmetry", .positive),
      ],
      [
        ParameterSignature("location", .real), ParameterSignature("scale", .positive),
        ParameterSignature("quantile", .probability, needsLabel: true),
      ],
    ],
    support: .real,
    hasCDF: true,
    summary: "Laplace with an asymmetry, or with quantile: the probability below location.",
    formula:
      "log p(x | μ, s, κ) = −max(r d, −l d) + log(r l / (r + l)), d = x − μ, r = κ / s, l = 1 / (κ s)"
  )

  package init() {}

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    let values = checked(arguments)
    let (right, left) = rates(values, arguments)
    let deviation = x - values[0]
    let size = (right * deviation).max(-(left * deviation))
    if arguments.parameterisation == 1 {
      return [-size, logTwo + values[2].log() + (-values[2]).log1p() - values[1].log()]
    }
    return [-size, -(values[1].log() + (values[2] + values[2].reciprocal()).log())]
  }

  package func logProbability(
    above lower: GraphValue?,
    upTo upper: GraphValue?,
    _ arguments: DistributionArguments
  ) -> GraphValue? {
    let values = checked(arguments)
    let (right, left) = rates(values, arguments)
    let bounds = TruncationBounds(lower, upper)
    let tails = DistributionTails(
      logCDF: { logCDF($0 - values[0], rate: left, other: right) },
      logSurvival: { logCDF(values[0] - $0, rate: right, other: left) }
    )
    return tails.logProbability(lower: bounds.lower, upper: bounds.upper)
      ?? values[1].constantAddend(0)
  }

  package func sample(
    shape: Shape,
    _ arguments: DistributionArguments,
    lower: GraphValue?,
    upper: GraphValue?,
    random: RandomSource
  ) -> GraphValue? {
    guard TruncationBounds(lower, upper).areAbsent else { return nil }
    let values = checked(arguments)
    let (right, left) = rates(values, arguments)
    return values[0] - random.uniform(shape).log() / right + random.uniform(shape).log() / left
  }

  /// Rates of the right and the left tail.
  private func rates(
    _ values: [GraphValue],
    _ arguments: DistributionArguments
  ) -> (right: GraphValue, left: GraphValue) {
    let (scale, shape) = (values[1], values[2])
    if arguments.parameterisation == 1 { return (2 * shape / scale, 2 * (1 - shape) / scale) }
    return (shape / scale, (shape * scale).reciprocal())
  }

  /// log F(d), by the rate l of this tail and r of the other one.
  ///
  /// F(d) = r / (r + l) exp(l d) for d < 0, 1 − l / (r + l) exp(−r d) else.
  private func logCDF(_ d: GraphValue, rate: GraphValue, other: GraphValue) -> GraphValue {
    let sum = rate + other
    let isBelow = d.isLess(than: 0)
    let size = isBelow.select(-(rate * d), other * d)
    return isBelow.select(
      (other / sum).log() - size,
      (-(rate / sum) * (-size).exp()).log1p()
    )
  }
}
