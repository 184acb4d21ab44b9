package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// Successes among n draws without replacement from a successes and b failures.
///
///     log p(k | n, a, b) = log C(a, k) + log C(b, n − k) − log C(a + b, n),    max(0, n − b) ≤ k ≤ min(n, a)
///
/// The density is NaN unless n ≤ a + b.
package struct Hypergeometric: Distribution {
  package let signature = DistributionSignature(
    "Hypergeometric",
    [
      [
        ParameterSignature("count", .count), ParameterSignature("successes", .count),
        ParameterSignature("failures", .count),
      ]
    ],
    support: .integers(lower: .value(0), upper: .parameter(0)),
    hasCDF: true,
    summary: "Successes in count draws without replacement from successes and failures.",
    formula:
      "log p(k | n, a, b) = log C(a, k) + log C(b, n − k) − log C(a + b, n), max(0, n − b) ≤ k ≤ min(n, a)"
  )

  package init() {}

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    let (count, successes, failures) = parameters(arguments)
    let others = count - x
    let outside = x.isLess(than: 0).or(x.isInteger.not()).or(others.isLess(than: 0))
      .or(successes.isLess(than: x)).or(failures.isLess(than: others))
    // A point inside that depends on the parameters.
    let inner = (count - failures).max(0)
    let inside = outside.isKnown(0) ? x : outside.select(inner, x)
    let penalty = outside.isKnown(0) ? [] : [outside.select(x.scalar(-.infinity), 0)]
    let (total, rest) = (successes + failures, count - inside)
    return penalty + [
      successes.logChoose(inside, others: successes - inside)
        + failures.logChoose(rest, others: failures - rest),
      -total.logChoose(count, others: total - count),
    ]
  }

  package func logProbability(
    above lower: GraphValue?,
    upTo upper: GraphValue?,
    _ arguments: DistributionArguments
  ) -> GraphValue? {
    logProbabilityBySummation(above: lower, upTo: upper, lastMass: arguments[0], arguments)
  }

  package func isLogProbabilityDifferentiable(inParameter position: Int) -> Bool { false }

  /// The draws are the n least of a + b uniform variates, of which successes are counted by bisection.
  ///
  /// The middle one of the successes, the m-th, is Beta(m, a − m + 1); the number of failures below it is binomial.
  /// If all of these are drawn, the rest come from what lies above it, otherwise from what lies below.
  package func sample(
    shape: Shape,
    _ arguments: DistributionArguments,
    lower: GraphValue?,
    upper: GraphValue?,
    random: RandomSource
  ) -> GraphValue? {
    guard TruncationBounds(lower, upper, supportLower: -1).areAbsent else { return nil }
    var (count, successes, failures) = parameters(arguments)
    let isValid = (count + successes + failures).isNaN().not()
    var drawn = count.scalar(0).broadcast(to: shape)
    for _ in 0..<steps(for: successes) {
      // With none left, any middle one lies above what is drawn.
      let middle = (successes * 0.5).ceiling().max(1)
      let logBelow = random.logGamma(shapeParameter: middle, shape)
      let logAbove = random.logGamma(
        shapeParameter: (successes - middle + 1).max(1),
        shape
      )
      let failuresBelow = random.binomial(
        count: failures,
        probability: (logBelow - logAbove).logistic(),
        shape
      )
      let below = middle + failuresBelow
      let isDrawn = below.isLessOrEqual(to: count).and(successes.isGreater(than: 0))
      drawn = isDrawn.select(drawn + middle, drawn)
      count = isDrawn.select(count - below, count)
      failures = isDrawn.select(
        failures - failuresBelow,
        successes.isGreater(than: 0).select(failuresBelow, failures)
      )
      successes = isDrawn.select(successes - middle, (middle - 1).min(successes))
    }
    return drawn.where(isValid)
  }

  /// How often the successes can be halved before none are left; up to 2³² where they are not known.
  private func steps(for successes: GraphValue) -> Int {
    guard let most = successes.constantValue?.values.max(), most < 4_294_967_296 else { return 32 }
    return Int(exactly: most.rounded()).map { Int.bitWidth - $0.leadingZeroBitCount } ?? 0
  }

  /// The parameters, NaN where more are drawn than there are.
  private func parameters(
    _ arguments: DistributionArguments
  ) -> (count: GraphValue, successes: GraphValue, failures: GraphValue) {
    let values = checked(arguments)
    let isPossible = values[0].isLessOrEqual(to: values[1] + values[2])
    return (values[0].where(isPossible), values[1], values[2])
  }
}
