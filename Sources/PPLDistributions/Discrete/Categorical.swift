package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// A position in a vector of probabilities, counted from 0.
///
///     log p(k | p) = log pₖ
///
/// Second form: logits η, with log p(k) = ηₖ − log Σ exp(η).
package struct Categorical: Distribution {
  package let signature = DistributionSignature(
    "Categorical",
    [
      [ParameterSignature("probabilities", rank: 1, .simplex)],
      [ParameterSignature("logit", rank: 1, .real, needsLabel: true)],
    ],
    support: .categories(parameter: 0),
    summary: "One of several categories, by their probabilities or logits.",
    formula: "log p(k | p) = log pₖ"
  )

  package init() {}

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    let parameter = checked(arguments)[0]
    let size = Double(parameter.eventSize)
    let outside = x.isLess(than: 0).or(x.isGreaterOrEqual(to: size)).or(x.isInteger.not())
    let (x, penalty) = x.restricted(outside: outside, inner: 0)
    let table = PlateTable(parameter, indexRank: x.shape.rank)
    if arguments.parameterisation == 1 {
      let logSum = parameter.logSumExp(axes: [parameter.lastAxis]).droppingEvent()
      return penalty + [table.elements(at: x), -logSum]
    }
    return penalty + [table.logarithms(at: x)]
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
    guard parameter.eventSize > 0 else { return random.builder.constant(.nan).broadcast(to: shape) }
    let axis = parameter.lastAxis
    let weights =
      arguments.parameterisation == 1
      ? (parameter - parameter.max(axes: [axis])).exp() : parameter
    let cumulative = weights.cumulativeSum(axis: axis)
    let count = cumulative.eventSize
    let total = cumulative.eventSlice(count - 1, 1)
    let threshold = random.uniform(shape).addingEventAxis() * total
    let position = cumulative.isLessOrEqual(to: threshold).sum(axes: [axis]).droppingEvent()
    // Rounding may put the threshold at the total itself.
    let last = Tensor(scalar: Double(count - 1), kind: .integer)
    return position.min(random.builder.constant(last)).where(total.isNaN().not().droppingEvent())
  }
}
