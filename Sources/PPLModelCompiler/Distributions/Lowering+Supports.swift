import PPLGraphIR
import PPLSemantics
import PPLSourceText
import PPLTensorCore
import PPLTypeSystem

extension Lowering {
  /// The ends of the values of a distribution, which belong to them, over the plate and the lifted axes; nil for none.
  ///
  /// Elements of a choice that have no end are infinite.
  func supportEnds(_ support: CheckedSupport, lifted: [Int], _ plate: Plate)
    throws(LoweringError) -> (lower: GraphValue?, upper: GraphValue?)
  {
    switch support {
    case .interval(let low, let high), .integers(let low, let high):
      let isDiscrete = support.isDiscrete
      return (
        try end(low, isLower: true, isDiscrete, lifted, plate),
        try end(high, isLower: false, isDiscrete, lifted, plate)
      )
    case .categories, .vector, .realVector, .naturalVector, .matrix, .declared, .simulated:
      return (nil, nil)
    }
  }

  private func end(
    _ end: SupportEnd,
    isLower: Bool,
    _ isDiscrete: Bool,
    _ lifted: [Int],
    _ plate: Plate
  ) throws(LoweringError) -> GraphValue? {
    func inner(_ end: SupportEnd, _ plate: Plate) throws(LoweringError) -> GraphValue? {
      try self.end(end, isLower: isLower, isDiscrete, lifted, plate)
    }
    func number(_ value: Double, _ plate: Plate) -> GraphValue {
      builder.constant(value).reshape(.ones(rank: plate.rank + lifted.count))
    }
    func value(_ end: SupportEnd, _ plate: Plate) throws(LoweringError) -> LoweredValue {
      let open = number(isLower ? -.infinity : .infinity, plate)
      let node = try inner(end, plate) ?? open
      let sizes = Array(node.shape.sizes.prefix(plate.rank)) + lifted
      return LoweredValue(node.broadcast(to: Shape(sizes)), ownRank: lifted.count)
    }
    switch end {
    case .none: return nil
    case .value(let value): return number(value, plate)
    case .argument(let expression):
      let node = padded(try lower(expression, plate), plate, to: lifted.count)
      return isDiscrete ? (isLower ? node.ceiling() : node.floor()) : node
    case .greater(let a, let b):
      return tighter(try inner(a, plate), try inner(b, plate)) { $0.max($1) }
    case .smaller(let a, let b):
      return tighter(try inner(a, plate), try inner(b, plate)) { $0.min($1) }
    case .chosen(let condition, let a, let b):
      let chosen = try choose(
        by: try lower(condition, plate),
        plate,
        condition.span,
        then: { (plate) throws(LoweringError) in try value(a, plate) },
        otherwise: { (plate) throws(LoweringError) in try value(b, plate) }
      )
      return chosen.node
    }
  }

  /// The number of categories that a support has; nil for other supports.
  func categoryCount(_ support: CheckedSupport, _ plate: Plate) throws(LoweringError) -> Int? {
    switch support {
    case .categories(.axis(let argument, let more)):
      return (try lower(argument, plate).ownSizes.last ?? 1) + more
    case .categories(.dimension(let dimension)): return try dimensions(dimension).count
    default: return nil
    }
  }

  /// The sizes of the own axes of a target of a distribution.
  func eventSizes(
    _ axes: [Axis],
    _ distribution: CheckedDistribution?,
    _ plate: Plate,
    _ span: SourceSpan
  ) throws(LoweringError) -> [Int] {
    var sizes: [Int] = []
    for axis in axes {
      switch axis {
      case .dimension(let dimension): sizes.append(try dimensions(dimension).count)
      case .anonymous(let size?), .literal(let size): sizes.append(size)
      case .part, .anonymous(nil):
        guard let distribution, let known = try argumentWidth(distribution, plate) else {
          throw LoweringError("E0205", "nothing says how long this axis is", at: span)
        }
        sizes.append(known)
      }
    }
    return sizes
  }

  /// The length of an array argument of a distribution of arrays.
  private func argumentWidth(_ distribution: CheckedDistribution, _ plate: Plate)
    throws(LoweringError) -> Int?
  {
    for leaf in distribution.leaves {
      switch leaf.form {
      case .family(let family):
        for (argument, parameter) in zip(family.arguments, family.parameters)
        where parameter.rank > 0 && argument.type.rank >= parameter.rank {
          if let width = try lower(argument, plate).ownSizes.last { return width }
        }
      case .user(let user):
        for argument in user.arguments where argument.type.axes.last == user.eventAxes.last {
          if let width = try lower(argument, plate).ownSizes.last { return width }
        }
      default: break
      }
    }
    return nil
  }
}
