import PPLDistributions
import PPLGraphIR
import PPLSemantics
import PPLSourceText
import PPLTensorCore

/// A distribution of which some values are known only to lie beyond a bound.
///
/// Where it is known from data which these are, each element has one of the two terms alone.
struct LoweredCensoring: LoweredDistribution {
  let inner: CheckedDistribution
  let censoring: Censoring
  let place: DistributionPlace

  private typealias Part = (DistributionPlace) throws(LoweringError) -> LoweredValue

  func logDensity(of x: GraphValue) throws(LoweringError) -> [GraphValue] {
    func value(_ here: DistributionPlace) -> GraphValue { place.lift(x, to: here.plate) }
    let density: Part = { (here) throws(LoweringError) in
      let lowered = try here.lower(inner)
      return here.value(
        try lowered.totalLogDensity(of: value(here), here.builder, rank: here.rank)
      )
    }
    switch censoring {
    case .bounds(let lower, let upper):
      let inside = choosing(
        upper,
        test: { (here, bound) throws(LoweringError) in
          here.value(value(here).isGreaterOrEqual(to: try here.scalar(bound)))
        },
        then: { (here, bound) throws(LoweringError) in
          let end = try here.scalar(bound)
          let above = inner.support.isDiscrete ? end.ceiling() - 1 : end
          return try probability(above: above, upTo: nil, here)
        },
        otherwise: density
      )
      let whole = choosing(
        lower,
        test: { (here, bound) throws(LoweringError) in
          here.value(value(here).isLessOrEqual(to: try here.scalar(bound)))
        },
        then: { (here, bound) throws(LoweringError) in
          try probability(above: nil, upTo: try here.scalar(bound), here)
        },
        otherwise: inside
      )
      return [try whole(place).node]
    case .flags(let left, let right):
      let flagged = { (here: DistributionPlace, flag: CheckedExpression) throws(LoweringError) in
        try here.lowering.lower(flag, here.plate)
      }
      let inside = choosing(
        right,
        test: flagged,
        then: { (here, _) throws(LoweringError) in
          try probability(above: value(here), upTo: nil, here)
        },
        otherwise: density
      )
      let whole = choosing(
        left,
        test: flagged,
        then: { (here, _) throws(LoweringError) in
          try probability(above: nil, upTo: value(here), here)
        },
        otherwise: inside
      )
      return [try whole(place).node]
    case .interval(let end):
      let whole = choosing(
        end,
        test: { (here, end) throws(LoweringError) in
          here.value(value(here).isLess(than: try here.scalar(end)))
        },
        then: { (here, end) throws(LoweringError) in
          try probability(above: value(here), upTo: try here.scalar(end), here)
        },
        otherwise: density
      )
      return [try whole(place).node]
    }
  }

  /// What one part is where a test of an expression holds, and another part is elsewhere; without the expression the
  /// other one.
  private func choosing(
    _ expression: CheckedExpression?,
    test: @escaping (DistributionPlace, CheckedExpression) throws(LoweringError) -> LoweredValue,
    then: @escaping (DistributionPlace, CheckedExpression) throws(LoweringError) -> LoweredValue,
    otherwise: @escaping Part
  ) -> Part {
    guard let expression else { return otherwise }
    return { (here) throws(LoweringError) in
      try here.lowering.choose(
        by: try test(here, expression),
        here.plate,
        expression.span,
        then: { (plate) throws(LoweringError) in try then(here.under(plate), expression) },
        otherwise: { (plate) throws(LoweringError) in try otherwise(here.under(plate)) }
      )
    }
  }

  private func probability(
    above lower: GraphValue?,
    upTo upper: GraphValue?,
    _ here: DistributionPlace
  ) throws(LoweringError) -> LoweredValue {
    guard let value = try here.lower(inner).logProbability(above: lower, upTo: upper) else {
      throw here.lowering.noProbability(inner)
    }
    return here.value(value)
  }

  func logProbability(above lower: GraphValue?, upTo upper: GraphValue?) -> GraphValue? { nil }

  func quantile(of p: GraphValue) throws(LoweringError) -> GraphValue? {
    guard let value = try place.lower(inner).quantile(of: p) else { return nil }
    return try clamped(value)
  }

  private func clamped(_ value: GraphValue) throws(LoweringError) -> GraphValue {
    guard case .bounds(let lower, let upper) = censoring else { return value }
    var value = value
    if let lower { value = value.max(try place.scalar(lower)) }
    if let upper { value = value.min(try place.scalar(upper)) }
    return value
  }

  /// Draws are clamped to bounds; a flag says how one value was observed and leaves draws as they are.
  func sample(shape: Shape, lower: GraphValue?, upper: GraphValue?, random: RandomSource)
    throws(LoweringError) -> GraphValue?
  {
    guard lower == nil, upper == nil,
      let draw = try place.lower(inner).sample(shape: shape, lower: nil, upper: nil, random: random)
    else { return nil }
    return try clamped(draw).broadcast(to: shape)
  }
}
