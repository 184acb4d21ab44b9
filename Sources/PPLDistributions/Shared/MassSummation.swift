import PPLGraphIR
import PPLTensorCore

extension Distribution {
  /// log P(lower < X ≤ upper) of a distribution on 0, 1, 2, … by summation of its masses.
  ///
  /// Up to an upper bound the masses are summed; above a lower bound alone, the complement is taken: its error
  /// is absolute, 1e-16 of probability.
  ///
  /// - Parameters:
  ///   - lower: the bound that values are above.
  ///   - upper: the bound that values are at most.
  ///   - lastMass: the last value with a mass, if there is one: where it is known it bounds the sum, so that the
  ///     right tail is as accurate as the left one.
  ///   - arguments: values of the parameters.
  /// - Returns: nil unless bounds are constant with at most 100,000 masses between them.
  func logProbabilityBySummation(
    above lower: GraphValue?,
    upTo upper: GraphValue?,
    lastMass: GraphValue? = nil,
    _ arguments: DistributionArguments
  ) -> GraphValue? {
    guard let anyArgument = arguments.values.first else { return nil }
    let isLastUsed = lower != nil && lastMass?.constantValue != nil
    let upper = upper ?? (isLastUsed ? lastMass : nil)
    let bounds = TruncationBounds(lower, upper, supportLower: -1)
    if bounds.areAbsent { return anyArgument.constantAddend(0) }
    guard let upper = bounds.upper else {
      guard let lower = bounds.lower,
        let below = logMass(above: nil, upTo: lower, arguments)
      else { return nil }
      return below.log1mExp()
    }
    return logMass(above: bounds.lower, upTo: upper, arguments)
  }

  private func logMass(
    above lower: GraphValue?,
    upTo upper: GraphValue,
    _ arguments: DistributionArguments
  ) -> GraphValue? {
    let rank = upper.shape.rank
    let lowest = lower.map { $0.constantValue?.values.min() } ?? -1
    guard let lowest, let highest = upper.constantValue?.values.max(),
      let first = Int(exactly: lowest.rounded(.down) + 1),
      let last = Int(exactly: highest.rounded(.down)), last - first < 100_000
    else { return nil }
    let count = max(last - first + 1, 0)
    let events = upper.eventConstant(rank: rank + 1, count: count) { Double(first + $0) }
    let expanded = DistributionArguments(
      parameterisation: arguments.parameterisation,
      arguments.values.map { $0.addingEventAxis() }
    )
    let masses = logDensity(of: events, expanded)
    guard var mass = masses.first else { return nil }
    for addend in masses.dropFirst() { mass += addend }
    var outside = upper.addingEventAxis().isLess(than: events)
    if let lower { outside = outside.or(events.isLessOrEqual(to: lower.addingEventAxis())) }
    if !outside.isKnown(0) { mass = outside.select(-.infinity, mass) }
    return mass.logSumExp(axes: [rank]).droppingEvent()
  }
}
