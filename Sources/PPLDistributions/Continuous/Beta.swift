package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// The beta distribution.
///
///     log p(x | α, β) = (α − 1) log x + (β − 1) log(1 − x) − log B(α, β),    0 ≤ x ≤ 1
package struct Beta: Distribution {
  package let signature = DistributionSignature(
    "Beta",
    [
      [ParameterSignature("alpha", .positive), ParameterSignature("beta", .positive)]
    ],
    support: .unitInterval,
    hasCDF: true,
    summary: "Beta with two shapes; mean alpha / (alpha + beta).",
    formula: "log p(x | α, β) = (α − 1) log x + (β − 1) log(1 − x) − log B(α, β), 0 ≤ x ≤ 1"
  )

  package init() {}

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    let outside = x.isLess(than: 0).or(x.isGreater(than: 1))
    let (x, penalty) = x.restricted(outside: outside, inner: 0.5)
    let values = checked(arguments)
    let (alpha, beta) = (values[0], values[1])
    return penalty + [
      x.logTimes(alpha - 1), x.log1mTimes(beta - 1), -alpha.logBeta(beta),
    ]
  }

  package func logProbability(
    above lower: GraphValue?,
    upTo upper: GraphValue?,
    _ arguments: DistributionArguments
  ) -> GraphValue? {
    let values = checked(arguments)
    let bounds = TruncationBounds(lower, upper, supportLower: 0)
    let tails = DistributionTails(
      logCDF: { logCDF($0, values[0], values[1]) },
      logSurvival: { logCDF(1 - $0, values[1], values[0]) }
    )
    return tails.logProbability(lower: bounds.lower, upper: bounds.upper)
      ?? values[0].constantAddend(0)
  }

  package func isLogProbabilityDifferentiable(inParameter position: Int) -> Bool { false }

  package func sample(
    shape: Shape,
    _ arguments: DistributionArguments,
    lower: GraphValue?,
    upper: GraphValue?,
    random: RandomSource
  ) -> GraphValue? {
    guard TruncationBounds(lower, upper).areAbsent else { return nil }
    let values = checked(arguments)
    // On the log scale, as both gamma variates may underflow.
    let logNumerator = random.logGamma(shapeParameter: values[0], shape)
    let logOther = random.logGamma(shapeParameter: values[1], shape)
    return (logNumerator - logOther).logistic()
  }

  /// log Iₓ(a, b); beyond the interval 0 or so little that nothing is left.
  private func logCDF(_ x: GraphValue, _ a: GraphValue, _ b: GraphValue) -> GraphValue {
    let (isBelow, isAbove) = (x.isLessOrEqual(to: 0), x.isGreaterOrEqual(to: 1))
    let inside = isBelow.or(isAbove).select(0.5, x).betaP(a, b).max(1e-300).log()
    return isBelow.select(-1e100, isAbove.select(0, inside))
  }
}
