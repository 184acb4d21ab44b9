package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// One trial.
///
///     log p(1 | p) = log p,    log p(0 | p) = log(1 − p)
///
/// Second form: log-odds η = log(p / (1 − p)), with log p(x) = −log(1 + exp(∓η)).
package struct Bernoulli: Distribution {
  package let signature = DistributionSignature(
    "Bernoulli",
    [
      [ParameterSignature("probability", .probability)],
      [ParameterSignature("logit", .real, needsLabel: true)],
    ],
    support: .boolean,
    summary: "One trial: 1 with a probability, or with log-odds logit.",
    formula: "log p(1 | p) = log p, log p(0 | p) = log(1 − p)"
  )

  package init() {}

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    let outside = x.isNotEqual(to: 0).and(x.isNotEqual(to: 1))
    let (x, penalty) = x.kind == .boolean ? (x, []) : x.restricted(outside: outside, inner: 0)
    let isOne = x.kind == .boolean ? x : x.isEqual(to: 1)
    let parameter = checked(arguments)[0]
    if arguments.parameterisation == 1 { return penalty + [logDensity(isOne, logit: parameter)] }
    // Each logarithm is taken only where some trial has that outcome: log 0 would spoil the gradient.
    let one = parameter.used(where: isOne).select(parameter, 1).log()
    let zero = (-parameter.used(where: isOne.not()).select(parameter, 0)).log1p()
    return penalty + [isOne.select(one, zero)]
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
    let probability = arguments.parameterisation == 1 ? parameter.logistic() : parameter
    return random.binomial(count: probability.scalar(1), probability: probability, shape)
  }

  /// By as few evaluations of log(1 + exp) as there are log-odds or trials.
  private func logDensity(_ isOne: GraphValue, logit: GraphValue) -> GraphValue {
    if logit.shape.count < isOne.shape.count {
      return isOne.select(-(-logit).softplus(), -logit.softplus())
    }
    return -((1 - 2 * isOne) * logit).softplus()
  }
}
