package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// The uniform distribution on the integers from lower to upper.
///
///     log p(k | a, b) = −log(b − a + 1),    k = a, a + 1, …, b
///
/// The density is NaN unless both are integers and a ≤ b.
package struct DiscreteUniform: Distribution {
  package let signature = DistributionSignature(
    "DiscreteUniform",
    [
      [ParameterSignature("lower", .real), ParameterSignature("upper", .real)]
    ],
    support: .integers(lower: .parameter(0), upper: .parameter(1)),
    hasCDF: true,
    drawsWithinBounds: true,
    summary: "Uniform on the integers from lower to upper.",
    formula: "log p(k | a, b) = −log(b − a + 1), k = a, a + 1, …, b"
  )

  package init() {}

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    let (lower, upper) = (arguments[0], arguments[1])
    let outside = x.isLess(than: lower).or(upper.isLess(than: x)).or(x.isInteger.not())
    let (_, penalty) = x.restricted(outside: outside, inner: 0)
    return penalty + [-count(from: lower, to: upper).log()]
  }

  package func logProbability(
    above lower: GraphValue?,
    upTo upper: GraphValue?,
    _ arguments: DistributionArguments
  ) -> GraphValue? {
    let bounds = TruncationBounds(lower, upper)
    let all = count(from: arguments[0], to: arguments[1])
    if bounds.areAbsent { return all.constantAddend(0) }
    let (first, last) = overlap(bounds, arguments)
    return (last - first + 1).max(0).log() - all.log()
  }

  package func sample(
    shape: Shape,
    _ arguments: DistributionArguments,
    lower: GraphValue?,
    upper: GraphValue?,
    random: RandomSource
  ) -> GraphValue? {
    let (first, last) = overlap(TruncationBounds(lower, upper), arguments)
    let draw = first + (random.uniform(shape) * count(from: first, to: last)).floor()
    return draw.min(last)
  }

  private func count(from lower: GraphValue, to upper: GraphValue) -> GraphValue {
    let count = upper - lower + 1
    return count.where(lower.isInteger.and(upper.isInteger).and(count.isGreaterOrEqual(to: 1)))
  }

  /// First and last of the integers that lie within bounds, the lower one not included.
  private func overlap(
    _ bounds: TruncationBounds,
    _ arguments: DistributionArguments
  ) -> (first: GraphValue, last: GraphValue) {
    (
      bounds.lower.map { ($0.floor() + 1).max(arguments[0]) } ?? arguments[0],
      bounds.upper.map { $0.floor().min(arguments[1]) } ?? arguments[1]
    )
  }
}
