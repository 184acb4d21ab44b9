package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// How many of n independent draws fall into each of K categories.
///
///     log p(x | n, p) = log n! + Σ (xᵢ log pᵢ − log xᵢ!),    Σ xᵢ = n
///
/// with 0 log 0 = 0. Second form: logits η, with log pᵢ = ηᵢ − log Σ exp(η).
package struct Multinomial: Distribution {
  package let signature = DistributionSignature(
    "Multinomial",
    [
      [
        ParameterSignature("count", .count),
        ParameterSignature("probabilities", rank: 1, .simplex),
      ],
      [
        ParameterSignature("count", .count),
        ParameterSignature("logit", rank: 1, .real, needsLabel: true),
      ],
    ],
    support: .naturalVector,
    summary: "Counts of count draws by category, by probabilities or logits.",
    formula: "log p(x | n, p) = log n! + Σ (xᵢ log pᵢ − log xᵢ!), Σ xᵢ = n"
  )

  package init() {}

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    let values = checked(arguments)
    let (count, parameter) = (values[0], values[1])
    let (x, penalty) = x.restrictedToCounts(withSum: count)
    let logChoose = (count + 1).logGamma() - (x + 1).logGamma().sumOverEvent()
    if arguments.parameterisation == 1 {
      let logSum = parameter.logSumExp(axes: [parameter.lastAxis]).droppingEvent()
      return penalty + [parameter.times(x).sumOverEvent(), -(count * logSum), logChoose]
    }
    return penalty + [parameter.logTimes(counts: x).sumOverEvent(), logChoose]
  }

  package func sample(
    shape: Shape,
    _ arguments: DistributionArguments,
    lower: GraphValue?,
    upper: GraphValue?,
    random: RandomSource
  ) -> GraphValue? {
    guard lower == nil, upper == nil else { return nil }
    let values = checked(arguments)
    let isLogit = arguments.parameterisation == 1
    let logit = isLogit ? values[1] - values[1].max(axes: [values[1].lastAxis]) : values[1]
    return Multinomial.sample(
      shape: shape,
      count: values[0],
      weights: isLogit ? logit.exp() : values[1],
      random: random
    )
  }

  /// Counts for weights `[plate…, K]` of any sum: those of a half of the categories are binomial, then those of the
  /// halves of each half, and so on.
  static func sample(
    shape: Shape,
    count: GraphValue,
    weights: GraphValue,
    random: RandomSource
  ) -> GraphValue {
    let plate = shape.sizes.dropLast().map { $0 }
    let size = shape.sizes.last ?? 0
    guard size > 0 else { return random.builder.constant(0).broadcast(to: shape) }
    let depth = Int.bitWidth - (size - 1).leadingZeroBitCount
    var sums = [
      weights.repeatingEvent(to: [size])
        .pad(axis: weights.lastAxis, before: 0, after: (1 << depth) - size)
    ]
    while let last = sums.last, last.eventSize > 1 {
      let pairs = Shape(last.plateShape(eventRank: 1).sizes + [last.eventSize / 2, 2])
      sums.append(last.reshape(pairs).sumOverEvent())
    }
    // A sum that is not positive is that of categories without draws, or NaN.
    var counts = count.addingEventAxis().broadcast(to: Shape(plate + [1]))
    for level in 0..<depth {
      let (parents, children) = (sums[depth - level], sums[depth - level - 1])
      let pairs = Shape(children.plateShape(eventRank: 1).sizes + [parents.eventSize, 2])
      let left = children.reshape(pairs).eventSlice(0, 1).droppingEvent()
      let isEmpty = parents.isEqual(to: 0)
      let here = Shape(plate + [parents.eventSize])
      let leftCount = random.binomial(
        count: counts,
        probability: isEmpty.select(0, left / isEmpty.select(1, parents)),
        here
      )
      let both = [leftCount, counts - leftCount].map { $0.addingEventAxis() }
      counts = GraphValue.concatenate(both, axis: here.rank)
        .reshape(Shape(plate + [2 * parents.eventSize]))
    }
    return counts.eventSlice(0, size)
  }
}
