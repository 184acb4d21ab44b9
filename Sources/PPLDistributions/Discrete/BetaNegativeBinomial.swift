package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// Failures before the r-th success, the probability of success being beta distributed.
///
///     log p(k | r, α, β) = log B(k + r, α + β) − log B(r, α) − log(k + β) − log B(k + 1, β)
package struct BetaNegativeBinomial: Distribution {
  package let signature = DistributionSignature(
    "BetaNegativeBinomial",
    [
      [
        ParameterSignature("concentration", .positive), ParameterSignature("alpha", .positive),
        ParameterSignature("beta", .positive),
      ]
    ],
    support: .naturals,
    hasCDF: true,
    summary:
      "Failures before as many successes as concentration, of probability Beta(alpha, beta).",
    formula: "log p(k | r, α, β) = log B(k + r, α + β) − log B(r, α) − log(k + β) − log B(k + 1, β)"
  )

  package init() {}

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    let (x, penalty) = x.restrictedToNaturals()
    let values = checked(arguments)
    let (concentration, alpha, beta) = (values[0], values[1], values[2])
    return penalty + [
      (x + concentration).logBeta(alpha + beta), -concentration.logBeta(alpha),
      -(x + beta).log() - (x + 1).logBeta(beta),
    ]
  }

  package func logProbability(
    above lower: GraphValue?,
    upTo upper: GraphValue?,
    _ arguments: DistributionArguments
  ) -> GraphValue? {
    logProbabilityBySummation(above: lower, upTo: upper, arguments)
  }

  package func sample(
    shape: Shape,
    _ arguments: DistributionArguments,
    lower: GraphValue?,
    upper: GraphValue?,
    random: RandomSource
  ) -> GraphValue? {
    guard TruncationBounds(lower, upper, supportLower: -1).areAbsent else { return nil }
    let values = checked(arguments)
    // A Poisson whose rate is a gamma variate times the odds (1 − p) / p, on the log scale.
    let logOdds =
      random.logGamma(shapeParameter: values[2], shape)
      - random.logGamma(shapeParameter: values[1], shape)
    let logGamma = random.logGamma(shapeParameter: values[0], shape)
    return random.poisson(rate: (logGamma + logOdds).exp(), shape)
  }
}
