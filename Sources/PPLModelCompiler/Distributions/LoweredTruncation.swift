import PPLDistributions
import PPLGraphIR
import PPLSemantics
import PPLTensorCore

/// A distribution renormalised between bounds that belong to it.
///
///     log p(x) = log p₀(x) − log P₀(a ≤ X ≤ b)
struct LoweredTruncation: LoweredDistribution {
  private let inner: any LoweredDistribution
  private let source: CheckedDistribution
  /// Values are above `lower` and at most `upper`.
  private let lower: GraphValue?
  private let upper: GraphValue?
  private let place: DistributionPlace

  init(
    _ source: CheckedDistribution,
    _ lower: CheckedExpression?,
    _ upper: CheckedExpression?,
    _ place: DistributionPlace
  ) throws(LoweringError) {
    inner = try place.lower(source)
    self.source = source
    let isDiscrete = source.support.isDiscrete
    var low: GraphValue?
    var high: GraphValue?
    if let lower {
      let end = try place.scalar(lower)
      low = isDiscrete ? end.ceiling() - 1 : end
    }
    if let upper {
      let end = try place.scalar(upper)
      high = isDiscrete ? end.floor() : end
    }
    self.lower = low
    self.upper = high
    self.place = place
  }

  private func normaliser() throws(LoweringError) -> GraphValue {
    guard let value = try inner.logProbability(above: lower, upTo: upper) else {
      throw place.lowering.noProbability(source)
    }
    return value
  }

  func logDensity(of x: GraphValue) throws(LoweringError) -> [GraphValue] {
    var outside = place.builder.constant(0).reshape(.ones(rank: place.rank))
    if let lower {
      outside = outside.or(
        source.support.isDiscrete ? x.isLessOrEqual(to: lower) : x.isLess(than: lower)
      )
    }
    if let upper { outside = outside.or(x.isGreater(than: upper)) }
    let addends = try inner.logDensity(of: x) + [-(try normaliser())]
    if outside.constantValue?.uniformValue == 0 { return addends }
    return addends + [outside.select(place.builder.constant(-.infinity), 0)]
  }

  func logProbability(above low: GraphValue?, upTo high: GraphValue?) throws(LoweringError)
    -> GraphValue?
  {
    let top = tighter(upper, high) { $0.min($1) }
    var bottom = tighter(lower, low) { $0.max($1) }
    if let top { bottom = bottom.map { $0.min(top) } }
    guard let part = try inner.logProbability(above: bottom, upTo: top) else { return nil }
    return part - (try normaliser())
  }

  /// By that of the distribution itself: F₀⁻¹(F₀(a) + p (F₀(b) − F₀(a))).
  func quantile(of p: GraphValue) throws(LoweringError) -> GraphValue? {
    var level = p * (try normaliser()).exp()
    if let lower {
      guard let below = try inner.logProbability(above: nil, upTo: lower) else {
        throw place.lowering.noProbability(source)
      }
      level = below.exp() + level
    }
    return try inner.quantile(of: level.min(1))
  }

  func sample(shape: Shape, lower low: GraphValue?, upper high: GraphValue?, random: RandomSource)
    throws(LoweringError) -> GraphValue?
  {
    let bottom = tighter(lower, low) { $0.max($1) }
    let top = tighter(upper, high) { $0.min($1) }
    if let sample = try inner.sample(shape: shape, lower: bottom, upper: top, random: random) {
      return sample
    }
    // Of several draws of each element the first within the bounds; draws that have none are made again as a whole.
    guard
      var node = try inner.sample(shape: shape, lower: nil, upper: nil, random: random)
    else { return nil }
    func isInside(_ x: GraphValue) -> GraphValue {
      var inside = x.isEqual(to: x)
      if let bottom {
        inside = inside.and(
          source.support.isDiscrete ? bottom.isLess(than: x) : bottom.isLessOrEqual(to: x)
        )
      }
      if let top { inside = inside.and(x.isLessOrEqual(to: top)) }
      return inside
    }
    for _ in 1..<Self.candidates {
      guard let next = try inner.sample(shape: shape, lower: nil, upper: nil, random: random)
      else { break }
      node = isInside(node).select(node, next)
    }
    place.lowering.rejections.append(
      isInside(node).select(place.builder.constant(0), 1).broadcast(to: shape).sum()
    )
    return node
  }

  /// Draws of which one is kept.
  private static let candidates = 64
}

/// The one of two bounds that cuts off more, by `choose`; nil for none.
func tighter(
  _ a: GraphValue?,
  _ b: GraphValue?,
  _ choose: (GraphValue, GraphValue) -> GraphValue
) -> GraphValue? {
  guard let a else { return b }
  guard let b else { return a }
  return choose(a, b)
}
