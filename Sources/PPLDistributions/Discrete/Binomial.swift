package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// The number of successes in n trials.
///
///     log p(k | n, p) = k log p + (n − k) log(1 − p) − log(n + 1) − log B(k + 1, n − k + 1)
///
/// with 0 log 0 = 0. Second form: log-odds η = log(p / (1 − p)).
package struct Binomial: Distribution {
  package let signature = DistributionSignature(
    "Binomial",
    [
      [ParameterSignature("count", .count), ParameterSignature("probability", .probability)],
      [ParameterSignature("count", .count), ParameterSignature("logit", .real, needsLabel: true)],
    ],
    support: .integers(lower: .value(0), upper: .parameter(0)),
    hasCDF: true,
    summary: "Successes in count trials, each with a probability or log-odds.",
    formula: "log p(k | n, p) = k log p + (n − k) log(1 − p) − log(n + 1) − log B(k + 1, n − k + 1)"
  )

  package init() {}

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    let values = checked(arguments)
    let (count, parameter) = (values[0], values[1])
    let (x, penalty) = x.restrictedToNaturals(upTo: count)
    let failures = count - x
    let logChoose = count.logChoose(x, others: failures)
    if arguments.parameterisation == 1 {
      return penalty + [
        (-(-parameter).softplus()).times(x), (-parameter.softplus()).times(failures), logChoose,
      ]
    }
    return penalty + [
      parameter.logTimes(counts: x), parameter.log1mTimes(counts: failures), logChoose,
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
    let isLogit = arguments.parameterisation == 1
    return random.binomial(
      count: values[0],
      probability: isLogit ? values[1].logistic() : values[1],
      shape
    )
  }
}
