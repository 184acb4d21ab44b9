package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// Counts with a mean μ and a variance μ + μ² / φ: a Poisson whose rate is gamma distributed.
///
///     log p(k | μ, φ) = −k log(1 + φ/μ) − φ log(1 + μ/φ) − log(k + φ) − log B(k + 1, φ)
///
/// where k = 0 has no first term. Second form: log μ.
package struct NegativeBinomial: Distribution {
  package let signature = DistributionSignature(
    "NegativeBinomial",
    [
      [ParameterSignature("mean", .nonNegative), ParameterSignature("concentration", .positive)],
      [
        ParameterSignature("log", .real, needsLabel: true),
        ParameterSignature("concentration", .positive),
      ],
    ],
    support: .naturals,
    hasCDF: true,
    summary: "Overdispersed counts with a mean (or its logarithm) and a concentration."
  )

  package init() {}

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    let (x, penalty) = x.restrictedToNaturals()
    let values = checked(arguments)
    let concentration = values[1]
    let logChoose = -(x + concentration).log() - (x + 1).logBeta(concentration)
    if arguments.parameterisation == 1 {
      let logRatio = values[0] - concentration.log()
      return penalty + [
        (-(-logRatio).softplus()).times(x), -(concentration * logRatio.softplus()), logChoose,
      ]
    }
    let mean = values[0]
    let usedMean = mean.used(where: x).select(mean, 1)
    return penalty + [
      (-(concentration / usedMean).log1p()).times(x),
      -(concentration * (mean / concentration).log1p()),
      logChoose,
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
    let mean = arguments.parameterisation == 1 ? values[0].exp() : values[0]
    let gamma = random.gamma(shapeParameter: values[1], shape)
    return random.poisson(rate: gamma * (mean / values[1]), shape)
  }
}
