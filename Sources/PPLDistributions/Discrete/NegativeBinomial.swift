package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// Counts with a mean μ and a variance μ + μ² / φ: a Poisson whose rate is gamma distributed.
///
///     log p(k | μ, φ) = −k log(1 + φ/μ) − φ log(1 + μ/φ) − log(k + φ) − log B(k + 1, φ)
///
/// where k = 0 has no first term. Other forms: log μ; the shape φ and the rate φ / μ of that gamma; φ and the
/// probability p = φ / (φ + μ) of a success, the count being that of failures before the φ-th success:
///
///     log p(k | φ, p) = k log(1 − p) + φ log p − log(k + φ) − log B(k + 1, φ)
package struct NegativeBinomial: Distribution {
  package let signature = DistributionSignature(
    "NegativeBinomial",
    [
      [ParameterSignature("mean", .nonNegative), ParameterSignature("concentration", .positive)],
      [
        ParameterSignature("log", .real, needsLabel: true),
        ParameterSignature("concentration", .positive),
      ],
      [
        ParameterSignature("shape", .positive, needsLabel: true),
        ParameterSignature("rate", .positive, needsLabel: true),
      ],
      [
        ParameterSignature("concentration", .positive),
        ParameterSignature("probability", .probability, needsLabel: true),
      ],
    ],
    support: .naturals,
    hasCDF: true,
    summary: "Overdispersed counts by mean or log, shape and rate, or probability; concentration.",
    formula: "log p(k | μ, φ) = −k log(1 + φ/μ) − φ log(1 + μ/φ) − log(k + φ) − log B(k + 1, φ)"
  )

  package init() {}

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    let (x, penalty) = x.restrictedToNaturals()
    let values = checked(arguments)
    let concentration = arguments.parameterisation < 2 ? values[1] : values[0]
    let logChoose = -(x + concentration).log() - (x + 1).logBeta(concentration)
    switch arguments.parameterisation {
    case 1:
      let logRatio = values[0] - concentration.log()
      return penalty + [
        (-(-logRatio).softplus()).times(x), -(concentration * logRatio.softplus()), logChoose,
      ]
    case 2:
      let rate = values[1]
      return penalty + [
        -(x * rate.log1p()), -(concentration * rate.reciprocal().log1p()), logChoose,
      ]
    case 3:
      let probability = values[1]
      return penalty + [
        probability.log1mTimes(counts: x), concentration * probability.log(), logChoose,
      ]
    default:
      let mean = values[0]
      let usedMean = mean.used(where: x).select(mean, 1)
      return penalty + [
        (-(concentration / usedMean).log1p()).times(x),
        -(concentration * (mean / concentration).log1p()),
        logChoose,
      ]
    }
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
    let isMeanForm = arguments.parameterisation < 2
    let gamma = random.gamma(shapeParameter: values[isMeanForm ? 1 : 0], shape)
    return random.poisson(
      rate: gamma * poissonScale(arguments.parameterisation, values),
      shape
    )
  }

  /// μ / φ, the scale of the rate.
  private func poissonScale(_ parameterisation: Int, _ values: [GraphValue]) -> GraphValue {
    switch parameterisation {
    case 1: values[0].exp() / values[1]
    case 2: values[1].reciprocal()
    case 3: (1 - values[1]) / values[1]
    default: values[0] / values[1]
    }
  }
}
