import PPLDistributions
import PPLGraphIR
import PPLSemantics
import PPLSourceText
import PPLTensorCore
import PPLTypeSystem

/// One of several distributions, with probabilities.
///
///     log p(x) = log Σₖ wₖ pₖ(x)
struct LoweredMixture: LoweredDistribution {
  private let components: [any LoweredDistribution]
  /// Probabilities along the last axis.
  private let weights: GraphValue
  private let logWeights: [GraphValue]
  private let place: DistributionPlace

  init(
    _ weights: CheckedExpression,
    _ components: [CheckedDistribution],
    _ place: DistributionPlace
  ) throws(LoweringError) {
    let count = components.count
    // One number for each component has nothing to do with the axes of an event.
    var scalars = place
    scalars.eventSizes = place.lifted
    scalars.eventRank = 0
    let node = try scalars.argument(weights, ParameterSignature("weights", rank: 1, .simplex))
    guard node.shape.sizes.last == count else {
      throw LoweringError(
        "E0203",
        "there are \(count) components, and \(node.shape.sizes.last ?? 1) weights",
        at: weights.span,
        "one number for each component",
        help: "`Mixture` takes the weights first, then as many distributions"
      )
    }
    try Self.checkKnown(node, count, weights, place.lowering)
    let axis = node.shape.rank - 1
    let checked = ParameterDomain.simplex.checked(node)
    self.weights = checked
    logWeights = (0..<count).map { component in
      checked.slice(axis: axis, start: component, count: 1)
        .reshape(Shape(Array(node.shape.sizes.dropLast()))).log()
    }
    var lowered: [any LoweredDistribution] = []
    for component in components { lowered.append(try place.lower(component)) }
    self.components = lowered
    self.place = place
  }

  /// Reports known weights that are no probabilities.
  private static func checkKnown(
    _ node: GraphValue,
    _ count: Int,
    _ weights: CheckedExpression,
    _ lowering: Lowering
  ) throws(LoweringError) {
    guard let values = node.constantValue?.values, count > 0 else { return }
    for start in stride(from: 0, to: values.count, by: count) {
      let row = values[start..<(start + count)]
      let sum = row.reduce(0, +)
      guard row.contains(where: { !($0 >= 0) }) || !(abs(sum - 1) <= 1e-8) else { continue }
      throw LoweringError(
        lowering.isLiteral(weights) ? "E0308" : "E0805",
        "the weights of a mixture are no probabilities",
        at: weights.span,
        row.allSatisfy { $0 >= 0 }
          ? "they sum to \(lowering.shortNumber(sum))" : "one of them is negative",
        help: "divide by their sum: `w / sum(w)`"
      )
    }
  }

  /// log Σₖ wₖ exp(partₖ).
  private func mix(_ parts: [GraphValue]) -> GraphValue {
    let terms = zip(logWeights, parts).map { $0 + $1 }
    if terms.count == 2 { return terms[0].logAddExp(terms[1]) }
    var sizes = [Int](repeating: 1, count: place.rank)
    for term in terms {
      for (axis, size) in term.shape.sizes.enumerated() where size > 1 { sizes[axis] = size }
    }
    let rows = terms.map { $0.broadcast(to: Shape(sizes)).reshape(Shape([1] + sizes)) }
    return GraphValue.concatenate(rows, axis: 0).logSumExp(axes: [0]).reshape(Shape(sizes))
  }

  func logDensity(of x: GraphValue) throws(LoweringError) -> [GraphValue] {
    var parts: [GraphValue] = []
    for component in components {
      parts.append(try component.totalLogDensity(of: x, place.builder, rank: place.rank))
    }
    return [mix(parts)]
  }

  func logProbability(above lower: GraphValue?, upTo upper: GraphValue?) throws(LoweringError)
    -> GraphValue?
  {
    var parts: [GraphValue] = []
    for component in components {
      guard let part = try component.logProbability(above: lower, upTo: upper) else { return nil }
      parts.append(part)
    }
    return mix(parts)
  }

  func quantile(of p: GraphValue) -> GraphValue? { nil }

  func sample(shape: Shape, lower: GraphValue?, upper: GraphValue?, random: RandomSource)
    throws(LoweringError) -> GraphValue?
  {
    let outer = Shape(Array(shape.sizes.dropLast(place.eventRank)))
    guard lower == nil, upper == nil,
      let number = Categorical().sample(
        shape: outer,
        DistributionArguments([weights]),
        lower: nil,
        upper: nil,
        random: random
      )
    else { return nil }
    let ones = [Int](repeating: 1, count: place.eventRank)
    let which = number.reshape(Shape(outer.sizes + ones))
    var result: GraphValue?
    for (position, component) in components.enumerated() {
      guard
        let draw = try component.sample(shape: shape, lower: nil, upper: nil, random: random)
      else { return nil }
      let whole = draw.broadcast(to: shape)
      result = result.map { which.isEqual(to: Double(position)).select(whole, $0) } ?? whole
    }
    return result
  }
}
