import PPLDistributions
import PPLGraphIR
import PPLSemantics
import PPLSourceText
import PPLTensorCore

/// One of two distributions, by a condition: where that is known from data, each is evaluated only where it counts.
struct LoweredConditional: LoweredDistribution {
  let condition: CheckedExpression
  let then: CheckedDistribution
  let otherwise: CheckedDistribution
  let span: SourceSpan
  let place: DistributionPlace

  /// What `part` gives of the one and of the other; the values have `eventRank` axes of an event.
  private func choose(
    eventRank: Int = 0,
    _ part: (any LoweredDistribution, DistributionPlace) throws(LoweringError) -> GraphValue
  ) throws(LoweringError) -> GraphValue {
    let lowering = place.lowering
    var test = try lowering.lower(condition, place.plate)
    if test.ownRank > 0, eventRank > 0 {
      let event = Array(place.eventSizes.suffix(eventRank))
      let ones = [Int](repeating: 1, count: eventRank)
      test = LoweredValue(
        test.node.reshape(Shape(test.node.shape.sizes + ones))
          .broadcast(to: Shape(test.node.shape.sizes + event)),
        ownRank: test.ownRank + eventRank
      )
    }
    func branch(_ distribution: CheckedDistribution, _ plate: Plate) throws(LoweringError)
      -> LoweredValue
    {
      let here = place.under(plate)
      let value = try part(try here.lower(distribution), here)
      return eventRank > 0
        ? LoweredValue(value, ownRank: here.eventSizes.count) : here.value(value)
    }
    let result = try lowering.choose(
      by: test,
      place.plate,
      span,
      then: { (plate) throws(LoweringError) in try branch(then, plate) },
      otherwise: { (plate) throws(LoweringError) in try branch(otherwise, plate) }
    )
    return result.node
  }

  func logDensity(of x: GraphValue) throws(LoweringError) -> [GraphValue] {
    let total = try choose { (distribution, here) throws(LoweringError) in
      try distribution.totalLogDensity(
        of: place.lift(x, to: here.plate),
        here.builder,
        rank: here.rank
      )
    }
    return [total]
  }

  func logProbability(above lower: GraphValue?, upTo upper: GraphValue?) throws(LoweringError)
    -> GraphValue?
  {
    var isKnown = true
    let total = try choose { (distribution, here) throws(LoweringError) in
      let value = try distribution.logProbability(
        above: lower.map { place.lift($0, to: here.plate) },
        upTo: upper.map { place.lift($0, to: here.plate) }
      )
      if value == nil { isKnown = false }
      return value ?? here.builder.constant(.nan).reshape(.ones(rank: here.rank))
    }
    return isKnown ? total : nil
  }

  func quantile(of p: GraphValue) throws(LoweringError) -> GraphValue? {
    var isKnown = true
    let value = try choose { (distribution, here) throws(LoweringError) in
      let value = try distribution.quantile(of: place.lift(p, to: here.plate))
      if value == nil { isKnown = false }
      return value ?? here.builder.constant(.nan).reshape(.ones(rank: here.rank))
    }
    return isKnown ? value : nil
  }

  func sample(shape: Shape, lower: GraphValue?, upper: GraphValue?, random: RandomSource)
    throws(LoweringError) -> GraphValue?
  {
    var isKnown = true
    let draw = try choose(eventRank: place.eventRank) {
      (distribution, here) throws(LoweringError) in
      let shape = Shape(here.plate.shape + here.eventSizes)
      let value = try distribution.sample(
        shape: shape,
        lower: lower.map { place.lift($0, to: here.plate) },
        upper: upper.map { place.lift($0, to: here.plate) },
        random: random
      )
      if value == nil { isKnown = false }
      return value ?? here.builder.constant(.nan).broadcast(to: shape)
    }
    return isKnown ? draw.broadcast(to: shape) : nil
  }
}
