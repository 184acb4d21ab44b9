import PPLDistributions
import PPLGraphIR
import PPLSemantics
import PPLSourceText
import PPLTensorCore
import PPLTypeSystem

extension Lowering {
  /// A distribution of the library with its arguments in the form that it takes: scalars with the axes of
  /// the plate and of the lifting, vectors and matrices with their own axes behind.
  struct LoweredDistribution {
    var family: any Distribution
    var arguments: DistributionArguments
    /// The arguments depend on no latent quantity.
    var isConstant: Bool
  }

  /// Lowers the arguments of a distribution.
  ///
  /// `eventSizes` are the sizes of the target's own axes; the last `eventRank` are the event's, a scalar
  /// distribution is lifted over the others.
  func lowerDistribution(
    _ distribution: CheckedDistribution,
    eventSizes: [Int],
    _ plate: Plate
  ) throws(LoweringError) -> LoweredDistribution {
    guard let family = DistributionLibrary.standard[distribution.signature.name] else {
      preconditionFailure("a checked distribution is in the library")
    }
    let eventRank = distribution.signature.support.eventRank
    let lifted = Array(eventSizes.dropLast(eventRank))
    let width = eventSizes.last
    var nodes: [GraphValue] = []
    var isConstant = true
    for (argument, parameter) in zip(distribution.arguments, distribution.parameters) {
      let value = try lower(argument, plate)
      if argument.stage == .random { isConstant = false }
      let node = try argumentNode(
        value,
        parameter,
        lifted: lifted,
        width: eventRank > 0 ? width : nil,
        plate,
        argument.span
      )
      try checkKnownMatrix(node, argument, parameter, of: distribution)
      nodes.append(node)
    }
    return LoweredDistribution(
      family: family,
      arguments: DistributionArguments(
        parameterisation: distribution.parameterisation,
        nodes
      ),
      isConstant: isConstant
    )
  }

  private func argumentNode(
    _ value: LoweredValue,
    _ parameter: ParameterSignature,
    lifted: [Int],
    width: Int?,
    _ plate: Plate,
    _ span: SourceSpan
  ) throws(LoweringError) -> GraphValue {
    let ones = [Int](repeating: 1, count: lifted.count)
    if value.ownRank == 0 {
      guard parameter.rank == 1, let width else {
        return value.node.reshape(Shape(value.plateSizes + ones))
      }
      return value.node.reshape(Shape(value.plateSizes + ones + [1]))
        .broadcast(to: Shape(value.plateSizes + ones + [width]))
    }
    let own = Array(value.ownSizes.suffix(parameter.rank))
    let lead = Array(value.ownSizes.dropLast(parameter.rank))
    if !lead.isEmpty, lead != lifted { throw sizeMismatch(lead, lifted, span) }
    if let width, parameter.rank > 0, own.contains(where: { $0 != width }) {
      throw sizeMismatch(own, [width], span)
    }
    return value.node.reshape(
      Shape(value.plateSizes + (lead.isEmpty ? ones : lead) + own)
    )
  }

  /// A value as a distribution wants it: categories as positions from 0.
  func observation(_ value: LoweredValue, _ distribution: CheckedDistribution, isIndex: Bool)
    -> LoweredValue
  {
    guard case .categories = distribution.signature.support, !isIndex else { return value }
    var result = value
    result.node = value.node - constant(1)
    return result
  }

  func lowerLogDensity(
    _ distribution: CheckedDistribution,
    _ operand: CheckedExpression,
    _ plate: Plate,
    _ span: SourceSpan
  ) throws(LoweringError) -> LoweredValue {
    let isIndex = if case .index = operand.type.element { true } else { false }
    let x = observation(try lower(operand, plate), distribution, isIndex: isIndex)
    let lowered = try lowerDistribution(distribution, eventSizes: x.ownSizes, plate)
    let rank = x.ownRank - distribution.signature.support.eventRank
    let addends = lowered.family.logDensity(of: x.node, lowered.arguments)
    guard var total = addends.first else { return invariant(builder.constant(0), plate) }
    for addend in addends.dropFirst() { total = total + addend }
    let sizes = Array(total.shape.sizes.prefix(plate.rank)) + Array(x.ownSizes.prefix(rank))
    return LoweredValue(total.broadcast(to: Shape(sizes)), ownRank: rank)
  }
}
