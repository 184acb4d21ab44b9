import PPLGraphIR
import PPLSemantics
import PPLSourceText
import PPLSyntax
import PPLTensorCore
import PPLTypeSystem

// Plates extended by what binders run over, and restricted by conditions.

extension Lowering {
  /// Extends a plate by some positions of a binder's dimension, or some integers from 1 on less one.
  func bind(_ binder: CheckedBinder, _ plate: Plate, positions: Range<Int>)
    throws(LoweringError) -> Plate
  {
    var first = positions.lowerBound
    var isWhole = false
    switch binder.domain {
    case .dimension(let id, _): isWhole = positions == 0..<(try dimensions(id).count)
    case .integers: first += 1
    }
    return bind(binder, plate, first: first, count: positions.count, isWhole: isWhole)
  }

  private func bind(
    _ binder: CheckedBinder,
    _ plate: Plate,
    first: Int,
    count: Int,
    isWhole: Bool
  ) -> Plate {
    let extended = plate.extended(by: count)
    let sizes = [Int](repeating: 1, count: plate.rank) + [count]
    let values = (0..<count).map { Double(first + $0) }
    var node = builder.constant(Tensor(shape: Shape(sizes), kind: .integer, values: values))
    if let rows = binder.axis.dimension.flatMap({ batch?.rows(of: $0) }) {
      node = rows.reshape(Shape(sizes))
    }
    binders[binder.id] = (
      LoweredValue(node, ownRank: 0, identityAxis: isWhole ? plate.rank : nil), extended
    )
    return extended
  }

  /// Extends a plate by a binder's range and gives the binder its values.
  func bind(_ binder: CheckedBinder, _ plate: Plate) throws(LoweringError) -> Plate {
    var first = 0
    let count: Int
    var isWhole = false
    switch binder.domain {
    case .dimension(let id, nil):
      count = try dimensions(id).count
      isWhole = true
    case .dimension(let id, let range?):
      if let batch, batch.counts[id] != nil {
        throw batch.refuse("this holds for a part of the rows", at: range.span)
      }
      let size = try dimensions(id).count
      let bounds = try partBounds(range, id, size, plate)
      first = bounds.lowerBound
      count = bounds.count
    case .integers(let lower, let upper):
      let low =
        try lower.map { (e) throws(LoweringError) in
          try constantScalar(e, plate, "the end of a range")
        } ?? 1
      let high = try constantScalar(upper, plate, "the end of a range")
      guard let a = Int(exactly: low), let b = Int(exactly: high), abs(low) < 1e15, abs(high) < 1e15
      else {
        throw LoweringError(
          "E0702",
          "the ends of a range must be integers",
          at: upper.span,
          "from \(shortNumber(low)) to \(shortNumber(high))"
        )
      }
      first = a
      count = max(0, b - a + 1)
    }
    let extended = plate.extended(by: count)
    guard let total = extended.count, max(total, count) <= builder.elementBudget else {
      throw LoweringError(
        "E0803",
        "this needs arrays that are too large",
        at: binder.name.span,
        "\(extended.shape.map(String.init).joined(separator: " x ")) elements"
      )
    }
    return bind(binder, plate, first: first, count: count, isWhole: isWhole)
  }

  /// The positions that a part of a dimension covers.
  private func partBounds(
    _ range: CheckedRange,
    _ id: DimensionID,
    _ size: Int,
    _ plate: Plate
  ) throws(LoweringError) -> Range<Int> {
    var low = 0
    var high = size - 1
    if let lower = range.lower { low = try partEnd(lower, id, beyond: size, plate) }
    if let upper = range.upper { high = try partEnd(upper, id, beyond: -1, plate) }
    // An empty part is sayable: nothing is defined there.
    return low..<max(low, high + 1)
  }

  /// The position of one end of a part, which may lie just beyond the dimension: the part is empty then.
  private func partEnd(
    _ end: CheckedExpression,
    _ id: DimensionID,
    beyond: Int,
    _ plate: Plate
  ) throws(LoweringError) -> Int {
    if case .index(_, let value) = end.kind, value.type.element != .string,
      case .integers(let first, _) = try dimensions(id).labels
    {
      let label = try constantScalar(value, plate, "the end of a range")
      if label - Double(first) == Double(beyond) { return beyond }
    }
    return Int(try constantScalar(end, plate, "the end of a range"))
  }

  /// Restricts a plate to where a condition holds.
  ///
  /// The first `kept` axes stay if the condition does not depend on them, else none does.
  func restrict(_ plate: Plate, where condition: CheckedExpression, kept: Int)
    throws(LoweringError) -> (plate: Plate, kept: Int)
  {
    let value = try lower(condition, plate)
    let dependsOnKept = value.plateSizes.prefix(kept).contains { $0 > 1 }
    let stay = dependsOnKept ? 0 : kept
    var node = value.node
    if stay > 0 { node = node.reshape(Shape(Array(value.plateSizes.dropFirst(stay)))) }
    let trailing = Array(plate.shape.dropFirst(stay))
    guard let total = checkedProduct(trailing), total <= builder.elementBudget else {
      throw LoweringError("E0803", "this needs arrays that are too large", at: condition.span)
    }
    node = node.broadcast(to: Shape(trailing))
    try checkBudget(condition.span)
    guard let tensor = node.constantValue else {
      if let batch { throw batch.refuse("this holds for a part of the rows", at: condition.span) }
      throw LoweringError(
        "E0304",
        "a condition after `where` must be computable from data",
        at: condition.span
      )
    }
    let positions = tensor.values.indices.filter { tensor.values[$0] != 0 }
    return (plate.selected(kept: stay, positions: positions), stay)
  }
}
