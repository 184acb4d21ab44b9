package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// Successes in n trials whose probability is beta distributed.
///
///     log p(k | n, α, β) = log B(k + α, n − k + β) − log B(α, β) − log(n + 1) − log B(k + 1, n − k + 1)
package struct BetaBinomial: Distribution {
  package let signature = DistributionSignature(
    "BetaBinomial",
    [
      [
        ParameterSignature("count", .count), ParameterSignature("alpha", .positive),
        ParameterSignature("beta", .positive),
      ]
    ],
    support: .integers(lower: .value(0), upper: .parameter(0)),
    hasCDF: true,
    summary: "Successes in count trials whose probability is Beta(alpha, beta).",
    formula:
      "log p(k | n, α, β) = log B(k + α, n − k + β) − log B(α, β) − log(n + 1) − log B(k + 1, n − k + 1)"
  )

  package init() {}

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    let values = checked(arguments)
    let (count, alpha, beta) = (values[0], values[1], values[2])
    let (x, penalty) = x.restrictedToNaturals(upTo: count)
    let failures = count - x
    return penalty + [
      (x + alpha).logBeta(failures + beta), -alpha.logBeta(beta),
      count.logChoose(x, others: failures),
    ]
  }

  package func logProbability(
    above lower: GraphValue?,
    upTo upper: GraphValue?,
    _ arguments: DistributionArguments
  ) -> GraphValue? {
    logProbabilityBySummation(above: lower, upTo: upper, lastMass: arguments[0], arguments)
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
    let probability = Beta().sample(
      shape: shape,
      DistributionArguments([values[1], values[2]]),
      lower: nil,
      upper: nil,
      random: random
    )
    return probability.map { random.binomial(count: values[0], probability: $0, shape) }
  }
}
