import PPLDistributions
import PPLGraphIR
import PPLSemantics
import PPLSourceText
import PPLTensorCore
import PPLTypeSystem

/// A distribution whose arguments are in the graph.
///
/// Values, bounds and densities have the axes of the plate, then those that a distribution of scalars is lifted over;
/// size 1 stands for "does not vary". Values have the axes of one event behind.
protocol LoweredDistribution {
  /// Addends of the log density at x.
  func logDensity(of x: GraphValue) throws(LoweringError) -> [GraphValue]

  /// log P(lower < X ≤ upper), nil where that has no form as a graph that can be differentiated.
  func logProbability(above lower: GraphValue?, upTo upper: GraphValue?) throws(LoweringError)
    -> GraphValue?

  /// The value below which the probability is p, nil where that has no form as a graph.
  func quantile(of p: GraphValue) throws(LoweringError) -> GraphValue?

  /// A draw above `lower` and up to `upper`, nil if there is none.
  ///
  /// `shape` has the sizes of the plate, then the target's own.
  func sample(shape: Shape, lower: GraphValue?, upper: GraphValue?, random: RandomSource)
    throws(LoweringError) -> GraphValue?
}

extension LoweredDistribution {
  /// The log density at x as one value.
  func totalLogDensity(of x: GraphValue, _ builder: GraphBuilder, rank: Int) throws(LoweringError)
    -> GraphValue
  {
    let addends = try logDensity(of: x)
    guard var total = addends.first else { return builder.constant(0).reshape(.ones(rank: rank)) }
    for addend in addends.dropFirst() { total = total + addend }
    return total
  }
}

extension Lowering {
  /// Lowers the arguments of a distribution.
  ///
  /// `eventSizes` are the sizes of the target's own axes; the last `eventRank` are the event's, a scalar
  /// distribution is lifted over the others.
  func lowerDistribution(
    _ distribution: CheckedDistribution,
    eventSizes: [Int],
    _ plate: Plate
  ) throws(LoweringError) -> any LoweredDistribution {
    let place = DistributionPlace(
      plate: plate,
      eventSizes: eventSizes,
      eventRank: distribution.support.eventRank,
      lowering: self
    )
    switch distribution.form {
    case .family(let family): return try LoweredFamily(family, place)
    case .user(let user): return try LoweredUserDistribution(user, distribution.support, place)
    case .external(let simulator):
      return LoweredSimulator(simulator: simulator, span: distribution.span, place: place)
    case .censored(let inner, let censoring):
      return LoweredCensoring(inner: inner, censoring: censoring, place: place)
    case .truncated(let inner, let lower, let upper):
      return try LoweredTruncation(inner, lower, upper, place)
    case .rounded(let inner, let width): return try LoweredRounding(inner, width, place)
    case .mixture(let weights, let components):
      return try LoweredMixture(weights, components, place)
    case .conditional(let condition, let then, let otherwise):
      return LoweredConditional(
        condition: condition,
        then: then,
        otherwise: otherwise,
        span: distribution.span,
        place: place
      )
    }
  }

  /// A value as a distribution wants it: categories as positions from 0.
  func observation(_ value: LoweredValue, _ distribution: CheckedDistribution, isIndex: Bool)
    -> LoweredValue
  {
    guard case .categories = distribution.support, !isIndex else { return value }
    var result = value
    result.node = value.node - constant(1)
    return result
  }

  func lower(
    _ function: DistributionFunction,
    of distribution: CheckedDistribution,
    at operand: CheckedExpression,
    _ plate: Plate
  ) throws(LoweringError) -> LoweredValue {
    let value = try lower(operand, plate)
    let isIndex = if case .index = operand.type.element { true } else { false }
    let x = function == .quantile ? value : observation(value, distribution, isIndex: isIndex)
    let lowered = try lowerDistribution(distribution, eventSizes: x.ownSizes, plate)
    let rank = x.ownRank - distribution.support.eventRank
    let result: GraphValue
    switch function {
    case .logDensity:
      result = try lowered.totalLogDensity(of: x.node, builder, rank: plate.rank + rank)
    case .cumulative:
      guard let logarithm = try lowered.logProbability(above: nil, upTo: x.node) else {
        throw noProbability(distribution)
      }
      result = logarithm.exp()
    case .quantile:
      guard let quantile = try lowered.quantile(of: ParameterDomain.probability.checked(x.node))
      else { throw noProbability(distribution) }
      result = quantile
    }
    let sizes = Array(result.shape.sizes.prefix(plate.rank)) + Array(x.ownSizes.prefix(rank))
    return LoweredValue(result.broadcast(to: Shape(sizes)), ownRank: rank)
  }

  /// Says why a distribution has no distribution function that can be used.
  func noProbability(_ distribution: CheckedDistribution) -> LoweringError {
    for leaf in distribution.leaves {
      guard case .family(let family) = leaf.form,
        let known = DistributionLibrary.standard[family.signature.name]
      else { continue }
      for (position, argument) in family.arguments.enumerated()
      where argument.stage == .random
        && !known.isLogProbabilityDifferentiable(inParameter: position)
      {
        return LoweringError(
          "E0305",
          "the distribution function of `\(leaf.name)` cannot be differentiated by"
            + " `\(family.parameters[position].name)`",
          at: argument.span,
          "depends on a latent quantity",
          help: "use a number or data for it, or another family"
        )
      }
    }
    return LoweringError(
      "E0309",
      "the distribution function of `\(distribution.name)` is not known at these bounds",
      at: distribution.span,
      "they are not known from data",
      help: "use bounds that are numbers or data, or another family"
    )
  }
}

/// The plate and the own axes of a distribution's target.
struct DistributionPlace {
  var plate: Plate
  var eventSizes: [Int]
  var eventRank: Int
  let lowering: Lowering

  var builder: GraphBuilder { lowering.builder }
  /// Sizes of the axes that a scalar distribution is lifted over.
  var lifted: [Int] { Array(eventSizes.dropLast(eventRank)) }
  /// Number of axes of densities and bounds.
  var rank: Int { plate.rank + lifted.count }

  /// The same under a plate further down.
  func under(_ plate: Plate) -> DistributionPlace {
    var result = self
    result.plate = plate
    return result
  }

  func lower(_ distribution: CheckedDistribution) throws(LoweringError) -> any LoweredDistribution {
    try lowering.lowerDistribution(distribution, eventSizes: eventSizes, plate)
  }

  /// The value of an expression over the plate and the lifted axes.
  func scalar(_ expression: CheckedExpression) throws(LoweringError) -> GraphValue {
    lowering.padded(try lowering.lower(expression, plate), plate, to: lifted.count)
  }

  /// A node of this place, brought to a plate further down.
  func lift(_ node: GraphValue, to plate: Plate) -> GraphValue {
    let value = LoweredValue(node, ownRank: node.shape.rank - self.plate.rank)
    return lowering.lift(value, from: self.plate, to: plate).node
  }

  /// A node of this place, which has no axes of an event, repeated over the lifted axes.
  func value(_ node: GraphValue) -> LoweredValue {
    let sizes = Array(node.shape.sizes.prefix(plate.rank)) + lifted
    return LoweredValue(node.broadcast(to: Shape(sizes)), ownRank: lifted.count)
  }
}
