package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// The Poisson distribution.
///
///     log p(k | λ) = k log λ − λ − log Γ(k + 1)
///
/// with 0 log 0 = 0. Second form: log λ.
package struct Poisson: Distribution {
  package let signature = DistributionSignature(
    "Poisson",
    [
      [ParameterSignature("rate", .nonNegative)],
      [ParameterSignature("log", .real, needsLabel: true)],
    ],
    support: .naturals,
    hasCDF: true,
    summary: "Counts with a rate, or with the logarithm of the rate.",
    formula: "log p(k | λ) = k log λ − λ − log Γ(k + 1)"
  )

  package init() {}

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    let (x, penalty) = x.restrictedToNaturals()
    let parameter = checked(arguments)[0]
    let logFactorial = (x + 1).logGamma()
    if arguments.parameterisation == 1 {
      return penalty + [parameter.times(x), -parameter.exp(), -logFactorial]
    }
    return penalty + [parameter.logTimes(counts: x), -parameter, -logFactorial]
  }

  package func logProbability(
    above lower: GraphValue?,
    upTo upper: GraphValue?,
    _ arguments: DistributionArguments
  ) -> GraphValue? {
    let bounds = TruncationBounds(lower, upper, supportLower: -1)
    guard let lower = bounds.lower, bounds.upper == nil, lower.constantValue != nil else {
      return logProbabilityBySummation(above: lower, upTo: upper, arguments)
    }
    let parameter = checked(arguments)[0]
    let rate = arguments.parameterisation == 1 ? parameter.exp() : parameter
    // P(X > l) is that of a gamma variable of shape l + 1 being at most the rate: 1 for l = -1.
    let shape = lower.floor() + 1
    let isCertain = shape.isEqual(to: 0)
    let tail = rate.gammaP(shape: isCertain.select(1, shape)).log()
    return isCertain.isKnown(0) ? tail : isCertain.select(0, tail)
  }

  package func sample(
    shape: Shape,
    _ arguments: DistributionArguments,
    lower: GraphValue?,
    upper: GraphValue?,
    random: RandomSource
  ) -> GraphValue? {
    guard TruncationBounds(lower, upper, supportLower: -1).areAbsent else { return nil }
    let parameter = checked(arguments)[0]
    return random.poisson(
      rate: arguments.parameterisation == 1 ? parameter.exp() : parameter,
      shape
    )
  }
}
