import PPLGraphIR
import PPLSemantics
import PPLSourceText
import PPLSyntax
import PPLTensorCore
import PPLTypeSystem

// Conditions that are known from data, and those that are not.

extension Lowering {
  /// What an expression or a part of one is under a plate.
  typealias Branch = (Plate) throws(LoweringError) -> LoweredValue

  func lowerConditional(
    _ condition: CheckedExpression,
    _ then: CheckedExpression,
    _ otherwise: CheckedExpression,
    _ plate: Plate,
    _ span: SourceSpan
  ) throws(LoweringError) -> LoweredValue {
    try choose(
      by: try lower(condition, plate),
      plate,
      span,
      then: { (plate) throws(LoweringError) in try lower(then, plate) },
      otherwise: { (plate) throws(LoweringError) in try lower(otherwise, plate) }
    )
  }

  /// One of two values, by a condition: where that is known from data, each is evaluated only where it is taken.
  func choose(
    by test: LoweredValue,
    _ plate: Plate,
    _ span: SourceSpan,
    then: Branch,
    otherwise: Branch
  ) throws(LoweringError) -> LoweredValue {
    try checkBudget(span)
    if let tensor = test.node.constantValue {
      if let value = tensor.uniformValue, test.ownRank == 0 || !tensor.values.isEmpty {
        let branch = try value != 0 ? then(plate) : otherwise(plate)
        guard branch.ownRank < test.ownRank else { return branch }
        let sizes = branch.plateSizes + test.ownSizes
        return LoweredValue(
          padded(branch, plate, to: test.ownRank).broadcast(to: Shape(sizes)),
          ownRank: test.ownRank
        )
      }
      if test.ownRank == 0, recursion?.varies(test) != true {
        if let choice = try choice(by: test, plate, then, otherwise) { return choice }
        let splitsOnly = splitsConditions
        splitsConditions = true
        defer { splitsConditions = splitsOnly }
        return try split(by: test, plate, span, then, otherwise)
      }
    }
    let a = try then(plate)
    let b = try otherwise(plate)
    let rank = max(test.ownRank, max(a.ownRank, b.ownRank))
    for value in [a, b, test] where value.ownRank == rank {
      for other in [a, b, test] where other.ownRank == rank && other.ownSizes != value.ownSizes {
        throw sizeMismatch(value.ownSizes, other.ownSizes, span)
      }
    }
    let node = padded(test, plate, to: rank).select(
      padded(a, plate, to: rank),
      padded(b, plate, to: rank)
    )
    return LoweredValue(node, ownRank: rank)
  }

  /// A choice between two small values, by a condition known from data that differs over the plate.
  ///
  /// Nil where the branches vary over more than few of its axes, or are not defined for all of the plate.
  private func choice(
    by test: LoweredValue,
    _ plate: Plate,
    _ then: Branch,
    _ otherwise: Branch
  ) throws(LoweringError) -> LoweredValue? {
    let count = plate.shape.reduce(1, *)
    guard !splitsConditions, recursion == nil, count >= 64 else { return nil }
    do throws(LoweringError) {
      let (a, b) = (try then(plate), try otherwise(plate))
      guard a.ownRank == 0, b.ownRank == 0, a.node.kind == b.node.kind,
        a.node.shape.count + b.node.shape.count <= count / 4
      else { return nil }
      return LoweredValue(test.node.select(a.node, b.node), ownRank: 0)
    } catch {
      if Enumeration.isRetry(error) || Enumeration.isOutOfReach(error) { throw error }
      return nil
    }
  }

  /// A condition known from data that differs over the plate: each branch is evaluated only where it
  /// is taken, so that the other may be undefined there.
  private func split(
    by test: LoweredValue,
    _ plate: Plate,
    _ span: SourceSpan,
    _ then: Branch,
    _ otherwise: Branch
  ) throws(LoweringError) -> LoweredValue {
    let varying = test.plateSizes.indices.filter { test.plateSizes[$0] > 1 }
    if varying.count == 1, plate.rank > 1 {
      return try split(by: test, along: varying[0], plate, span, then, otherwise)
    }
    let truth = try constantTensor(test, plate, "a condition", span)
    let yes = truth.indices.filter { truth[$0] != 0 }
    let no = truth.indices.filter { truth[$0] == 0 }
    let yesPlate = plate.selected(kept: 0, positions: yes)
    let noPlate = plate.selected(kept: 0, positions: no)
    let a = try then(yesPlate)
    let b = try otherwise(noPlate)
    let (rank, own) = try commonOwnSizes(a, b, span)
    let parts = GraphValue.concatenate(
      [
        padded(a, yesPlate, to: rank).broadcast(to: Shape([yes.count] + own)),
        padded(b, noPlate, to: rank).broadcast(to: Shape([no.count] + own)),
      ],
      axis: 0
    )
    var places = [Double](repeating: 0, count: truth.count)
    for (place, position) in (yes + no).enumerated() { places[position] = Double(place) }
    let index = builder.constant(
      Tensor(shape: Shape([truth.count]), kind: .integer, values: places)
    )
    let node = parts.gather(index).reshape(Shape(plate.shape + own))
    return LoweredValue(node, ownRank: rank)
  }

  /// The same where the condition differs along one of several axes.
  private func split(
    by test: LoweredValue,
    along axis: Int,
    _ plate: Plate,
    _ span: SourceSpan,
    _ then: Branch,
    _ otherwise: Branch
  ) throws(LoweringError) -> LoweredValue {
    guard let truth = test.node.constantValue?.values else {
      preconditionFailure("the condition is known")
    }
    let yes = truth.indices.filter { truth[$0] != 0 }
    let no = truth.indices.filter { truth[$0] == 0 }
    let yesPlate = plate.sliced(axis: axis, positions: yes)
    let noPlate = plate.sliced(axis: axis, positions: no)
    let a = try then(yesPlate)
    let b = try otherwise(noPlate)
    let (rank, own) = try commonOwnSizes(a, b, span)
    let nodes = [padded(a, yesPlate, to: rank), padded(b, noPlate, to: rank)]
    // Axes along which neither varies stay of size 1.
    var sizes = (0..<plate.rank).map { max(nodes[0].shape[$0], nodes[1].shape[$0]) } + own
    let parts = zip(nodes, [yes, no]).map { node, positions -> GraphValue in
      sizes[axis] = positions.count
      return node.broadcast(to: Shape(sizes))
    }
    // In ascending order the parts stand in their places already.
    let isSwapped = (no.first ?? 0) < (yes.first ?? 0)
    let joined = GraphValue.concatenate(isSwapped ? parts.reversed() : parts, axis: axis)
    let order = isSwapped ? no + yes : yes + no
    var places = [Int](repeating: 0, count: order.count)
    for (place, position) in order.enumerated() { places[position] = place }
    return LoweredValue(elements(of: joined, axis: axis, at: places), ownRank: rank)
  }

  /// The own sizes of two values together; a scalar meets every element of an array.
  private func commonOwnSizes(_ a: LoweredValue, _ b: LoweredValue, _ span: SourceSpan)
    throws(LoweringError) -> (rank: Int, sizes: [Int])
  {
    guard a.ownRank == b.ownRank else {
      return a.ownRank > b.ownRank ? (a.ownRank, a.ownSizes) : (b.ownRank, b.ownSizes)
    }
    guard a.ownSizes == b.ownSizes else { throw sizeMismatch(a.ownSizes, b.ownSizes, span) }
    return (a.ownRank, a.ownSizes)
  }
}
