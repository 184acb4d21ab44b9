package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// The number of failures before the first success.
///
///     log p(k | p) = log p + k log(1 − p),    k = 0, 1, 2, …
///
/// Second form: log-odds η = log(p / (1 − p)).
package struct Geometric: Distribution {
  package let signature = DistributionSignature(
    "Geometric",
    [
      [ParameterSignature("probability", .probability)],
      [ParameterSignature("logit", .real, needsLabel: true)],
    ],
    support: .naturals,
    hasCDF: true,
    drawsWithinBounds: true,
    summary: "Failures before the first success, by a probability or log-odds.",
    formula: "log p(k | p) = log p + k log(1 − p), k = 0, 1, 2, …"
  )

  package init() {}

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    let (x, penalty) = x.restrictedToNaturals()
    let parameter = checked(arguments)[0]
    if arguments.parameterisation == 1 {
      return penalty + [-(-parameter).softplus(), -(x * parameter.softplus())]
    }
    return penalty + [parameter.log(), parameter.log1mTimes(counts: x)]
  }

  package func logProbability(
    above lower: GraphValue?,
    upTo upper: GraphValue?,
    _ arguments: DistributionArguments
  ) -> GraphValue? {
    let rate = rate(arguments)
    let bounds = TruncationBounds(lower, upper, supportLower: -1)
    return HazardFamily.logProbability(
      lower: bounds.lower.map { ($0.floor() + 1) * rate },
      upper: bounds.upper.map { ($0.floor() + 1) * rate }
    ) ?? rate.constantAddend(0)
  }

  package func sample(
    shape: Shape,
    _ arguments: DistributionArguments,
    lower: GraphValue?,
    upper: GraphValue?,
    random: RandomSource
  ) -> GraphValue? {
    let rate = rate(arguments)
    let bounds = TruncationBounds(lower, upper, supportLower: -1)
    let draw = HazardFamily.sample(
      random.uniform(shape),
      lower: bounds.lower.map { ($0.floor() + 1) * rate },
      upper: bounds.upper.map { ($0.floor() + 1) * rate }
    )
    let draws = (draw / rate).floor()
    // Bounds are where the distribution function jumps: rounding may put a draw at either side.
    return TruncationBounds(
      bounds.lower.map { $0.floor() + 1 },
      bounds.upper.map { $0.floor() }
    ).clamp(draws)
  }

  /// −log(1 − p), the cumulative hazard of one trial.
  private func rate(_ arguments: DistributionArguments) -> GraphValue {
    let parameter = checked(arguments)[0]
    return arguments.parameterisation == 1 ? parameter.softplus() : -(-parameter).log1p()
  }
}
