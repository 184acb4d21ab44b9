import PPLGraphIR
import PPLSemantics
import PPLSourceText
import PPLSyntax
import PPLTensorCore
import PPLTypeSystem

// Arrays and lists reduced to one value for each index of the plate.

extension Lowering {
  func lowerReduction(
    _ function: BuiltinFunction,
    _ operand: CheckedExpression,
    _ plate: Plate,
    _ span: SourceSpan
  ) throws(LoweringError) -> LoweredValue {
    guard case .comprehension(let comprehension) = operand.kind else {
      return reduce(function, try lower(operand, plate), plate)
    }
    if enumeration != nil, let terms = try unrolled(comprehension, plate) {
      return reduce(function, terms, plate)
    }
    let inner = try bindAll(comprehension, plate)
    guard inner.kept == plate.rank else {
      return try reduceSegments(function, comprehension, inner.plate, plate, span)
    }
    let element = try lower(comprehension.element, inner.plate)
    let added = inner.plate.rank - plate.rank
    let addedSizes = Array(inner.plate.shape.dropFirst(plate.rank))
    let outer = Array(element.plateSizes.prefix(plate.rank))
    if function == .sum {
      // What does not vary along an axis is counted, not repeated.
      let axes = Array(plate.rank..<element.node.shape.rank)
      let repeats = zip(addedSizes, element.plateSizes.dropFirst(plate.rank))
        .map { $1 == 1 ? $0 : 1 }.reduce(1, *)
      var total = element.node.sum(axes: axes).reshape(Shape(outer))
      if repeats != 1 { total = total * constant(Double(repeats)) }
      return LoweredValue(total, ownRank: 0)
    }
    let sizes = outer + addedSizes + element.ownSizes
    let array = LoweredValue(
      element.node.broadcast(to: Shape(sizes)),
      ownRank: added + element.ownRank
    )
    return reduce(function, array, plate)
  }

  /// Most elements of a list that are evaluated one by one.
  private static let mostUnrolled = 32

  /// The elements of a list, each evaluated by itself, where they read discrete latents that are summed out.
  ///
  /// Each element of a latent has an axis of its own then. Nil where none is read, or where the list is long or has a
  /// condition.
  private func unrolled(_ comprehension: CheckedComprehension, _ plate: Plate)
    throws(LoweringError) -> LoweredValue?
  {
    var readsLatents = false
    comprehension.element.forEachPart { part in
      if case .variable(let id) = part.kind, enumeration?.replaces(id) == true {
        readsLatents = true
      }
    }
    guard readsLatents, comprehension.condition == nil else { return nil }
    let inner = try bindAll(comprehension, plate).plate
    let sizes = Array(inner.shape.dropFirst(plate.rank))
    let count = sizes.reduce(1, *)
    guard count > 0, count <= Self.mostUnrolled else { return nil }
    let known = comprehension.binders.map { binders[$0.id] }
    defer {
      for (binder, entry) in zip(comprehension.binders, known) { binders[binder.id] = entry }
    }
    let strides = Shape(sizes).strides
    var terms: [LoweredValue] = []
    for element in 0..<count {
      for (number, binder) in comprehension.binders.enumerated() {
        guard let values = known[number]?.value.node.constantValue?.values else { return nil }
        let value = values[element / strides[number] % sizes[number]]
        binders[binder.id] = (invariant(constant(value), plate), plate)
      }
      terms.append(try lower(comprehension.element, plate))
    }
    guard terms.allSatisfy({ $0.ownRank == 0 }) else { return nil }
    var plateSizes = [Int](repeating: 1, count: plate.rank)
    for term in terms {
      for (axis, size) in term.plateSizes.enumerated() where size > 1 { plateSizes[axis] = size }
    }
    let nodes = terms.map {
      $0.node.broadcast(to: Shape(plateSizes)).reshape(Shape(plateSizes + [1]))
    }
    return LoweredValue(GraphValue.concatenate(nodes, axis: plate.rank), ownRank: 1)
  }

  /// Reduces all own axes.
  func reduce(_ function: BuiltinFunction, _ value: LoweredValue, _ plate: Plate)
    -> LoweredValue
  {
    let axes = Array(plate.rank..<value.node.shape.rank)
    let count = Double(value.ownSizes.reduce(1, *))
    let node = value.node
    let reduced: GraphValue =
      switch function {
      case .sum: node.sum(axes: axes)
      case .mean: node.sum(axes: axes) / count
      case .product: node.product(axes: axes)
      case .min, .all: node.min(axes: axes)
      case .max, .any: node.max(axes: axes)
      case .logSumExp: node.logSumExp(axes: axes)
      case .variance: centredSquares(node, axes, count)
      case .standardDeviation: centredSquares(node, axes, count).squareRoot()
      default: preconditionFailure("not a reduction")
      }
    return LoweredValue(reduced.reshape(Shape(value.plateSizes)), ownRank: 0)
  }

  /// Sum of squares about the mean over n - 1.
  func centredSquares(_ node: GraphValue, _ axes: [Int], _ count: Double) -> GraphValue {
    let mean = node.sum(axes: axes) / count
    return (node - mean).square().sum(axes: axes) / (count - 1)
  }

  /// Reduces over tuples whose condition depends on the outer indices: one sum a segment.
  private func reduceSegments(
    _ function: BuiltinFunction,
    _ comprehension: CheckedComprehension,
    _ inner: Plate,
    _ plate: Plate,
    _ span: SourceSpan
  ) throws(LoweringError) -> LoweredValue {
    guard case .selected(_, let positions) = inner.step, let parent = inner.parent else {
      preconditionFailure("segments come from a selection")
    }
    let outerCount = plate.shape.reduce(1, *)
    let innerCount = parent.shape.dropFirst(plate.rank).reduce(1, *)
    let segments = positions.map { Double($0 / max(1, innerCount)) }
    let index = builder.constant(
      Tensor(shape: Shape([positions.count]), kind: .integer, values: segments)
    )
    let element = try lower(comprehension.element, inner)
    let ownAxes = Array(1..<element.node.shape.rank)
    let terms = element.node.sum(axes: ownAxes).reshape(Shape([element.plateSizes[0]]))
      .broadcast(to: Shape([positions.count]))
    let total = terms.scatterAdd(index, rows: outerCount).reshape(Shape(plate.shape))
    let width = element.ownSizes.reduce(1, *)
    func counts() -> GraphValue {
      let ones = builder.constant(
        Tensor(shape: Shape([positions.count]), kind: .integer, repeating: Double(width))
      )
      return ones.scatterAdd(index, rows: outerCount)
    }
    /// The elements as `[outer indices, elements of the longest]`, filled up with a value that changes nothing.
    func padded(with neutral: Double) -> GraphValue {
      var rows = [[Int]](repeating: [], count: outerCount)
      for (row, position) in positions.enumerated() {
        let first = row * width
        rows[position / max(1, innerCount)] += first..<(first + width)
      }
      let longest = max(1, rows.map(\.count).max() ?? 0)
      let count = positions.count * width
      let places = rows.flatMap { row in
        row.map(Double.init) + repeatElement(Double(count), count: longest - row.count)
      }
      let whole = element.node.broadcast(to: Shape([positions.count] + element.ownSizes))
        .reshape([count])
      let filler = builder.constant(
        Tensor(shape: [1], kind: whole.kind == .boolean ? .boolean : .real, values: [neutral])
      )
      return GraphValue.concatenate([whole, filler], axis: 0).gather(
        builder.constant(
          Tensor(shape: [outerCount, longest], kind: .integer, values: places)
        )
      )
    }
    let reduced: GraphValue
    switch function {
    case .sum: reduced = total
    case .mean: reduced = total / counts().reshape(Shape(plate.shape))
    case .any: reduced = total.isGreater(than: 0)
    case .all: reduced = padded(with: 1).min(axes: [1])
    case .product: reduced = padded(with: 1).product(axes: [1])
    case .min: reduced = padded(with: .infinity).min(axes: [1])
    case .max: reduced = padded(with: -.infinity).max(axes: [1])
    case .logSumExp: reduced = padded(with: -.infinity).logSumExp(axes: [1])
    case .variance, .standardDeviation:
      let number = counts()
      let mean = (total.reshape([outerCount]) / number).gather(index)
        .reshape(Shape([positions.count] + element.ownSizes.map { _ in 1 }))
      let squares = (element.node - mean).square()
      let spread = squares.sum(axes: Array(1..<squares.shape.rank)).reshape([positions.count])
        .scatterAdd(index, rows: outerCount)
      let variance = spread / (number - 1)
      reduced = function == .variance ? variance : variance.squareRoot()
    default: preconditionFailure("not a reduction")
    }
    return LoweredValue(reduced.reshape(Shape(plate.shape)), ownRank: 0)
  }
}
