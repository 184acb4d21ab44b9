import PPLDistributions
import PPLGraphIR
import PPLSemantics
import PPLSourceText
import PPLSyntax
import PPLTensorCore
import PPLTypeSystem

/// A distribution that the program defines.
///
/// Its body speaks of one event, so that the axes over which it is lifted become axes of the plate.
struct LoweredUserDistribution: LoweredDistribution {
  private let instance: DistributionInstance
  private let arguments: [LoweredValue]
  /// Ends of its values, if it has any.
  private let lower: GraphValue?
  private let upper: GraphValue?
  /// The plate of one event.
  private let plate: Plate
  private let place: DistributionPlace

  init(_ user: UserDistribution, _ support: CheckedSupport, _ place: DistributionPlace)
    throws(LoweringError)
  {
    let lowering = place.lowering
    instance = lowering.model.distributions[user.instance.index]
    let ends = try lowering.supportEnds(support, lifted: place.lifted, place.plate)
    (lower, upper) = (ends.lower, ends.upper)
    var values: [LoweredValue] = []
    for (argument, rank) in zip(user.arguments, instance.parameterRanks) {
      let value = try lowering.lower(argument, place.plate)
      let lead = Array(value.ownSizes.dropLast(rank))
      if !lead.isEmpty, lead != place.lifted {
        throw lowering.sizeMismatch(lead, place.lifted, argument.span)
      }
      let ones = [Int](repeating: 1, count: place.lifted.count)
      let own = Array(value.ownSizes.suffix(rank))
      let sizes = value.plateSizes + (lead.isEmpty ? ones : lead) + own
      values.append(
        LoweredValue(
          value.node.reshape(Shape(sizes)),
          ownRank: rank,
          identityAxis: value.identityAxis,
          origins: Array(value.origins.suffix(rank))
        )
      )
    }
    arguments = values
    plate = place.lifted.reduce(place.plate) { $0.extended(by: $1) }
    self.place = place
  }

  /// Evaluates something with the parameters in reach.
  private func withParameters<Result>(
    _ body: (Lowering) throws(LoweringError) -> Result
  ) throws(LoweringError) -> Result {
    let lowering = place.lowering
    for (parameter, value) in zip(instance.parameters, arguments) {
      lowering.locals[parameter] = (value, plate)
    }
    defer { for parameter in instance.parameters { lowering.locals[parameter] = nil } }
    return try lowering.calling { () throws(LoweringError) in try body(lowering) }
  }

  func logDensity(of x: GraphValue) throws(LoweringError) -> [GraphValue] {
    let value = try withParameters { (lowering) throws(LoweringError) in
      lowering.locals[instance.value] = (LoweredValue(x, ownRank: place.eventRank), plate)
      defer { lowering.locals[instance.value] = nil }
      try lowering.lowerLocals(instance.locals, plate)
      defer { for local in instance.locals { lowering.locals[local.id] = nil } }
      return try lowering.lower(instance.logDensity, plate)
    }
    var outside = place.builder.constant(0).reshape(.ones(rank: place.rank))
    if let lower { outside = outside.or(x.isLess(than: lower)) }
    if let upper { outside = outside.or(x.isGreater(than: upper)) }
    if outside.constantValue?.uniformValue == 0 { return [value.node] }
    return [outside.select(place.builder.constant(-.infinity), value.node)]
  }

  func logProbability(above lower: GraphValue?, upTo upper: GraphValue?) -> GraphValue? { nil }

  func quantile(of p: GraphValue) -> GraphValue? { nil }

  func sample(shape: Shape, lower: GraphValue?, upper: GraphValue?, random: RandomSource)
    throws(LoweringError) -> GraphValue?
  {
    guard lower == nil, upper == nil, let draw = instance.draw else { return nil }
    let value = try withParameters { (lowering) throws(LoweringError) in
      defer { for local in draw.locals { lowering.locals[local.id] = nil } }
      for local in draw.locals {
        lowering.locals[local.id] = (try self.value(of: local, lowering, random), plate)
      }
      return try lowering.lower(draw.value, plate)
    }
    let node = place.lowering.padded(value, plate, to: place.eventRank)
    return node.broadcast(to: shape)
  }

  private func value(of local: CheckedDraw.Local, _ lowering: Lowering, _ random: RandomSource)
    throws(LoweringError) -> LoweredValue
  {
    switch local.source {
    case .value(let expression): return try lowering.lower(expression, plate)
    case .distribution(let distribution, let axes):
      let sizes = try lowering.eventSizes(axes, distribution, plate, local.name.span)
      let lowered = try lowering.lowerDistribution(distribution, eventSizes: sizes, plate)
      let draw = try lowered.sample(
        shape: Shape(plate.shape + sizes),
        lower: nil,
        upper: nil,
        random: random
      )
      guard let draw else {
        throw LoweringError(
          "E0306",
          "`\(distribution.name)` cannot be drawn from",
          at: distribution.span,
          "the `draw` of `\(instance.name.text)` needs it"
        )
      }
      return LoweredValue(draw, ownRank: sizes.count)
    }
  }
}
