import PPLGraphIR
import PPLTensorCore

// Parts of derivative rules for reductions, sorting and indexing that both modes share.

extension GraphValue {
  /// True at the first element in row-major order along the axes that equals a reduction over them.
  func firstEqual(to reduced: GraphValue, axes: [Int]) -> GraphValue {
    let isEqual = isEqual(to: reduced)
    let lines = isEqual.lines(axes: axes)
    let last = lines.shape.rank - 1
    return lines.and(lines.cumulativeSum(axis: last).isEqual(to: 1))
      .fromLines(axes: axes, shape: shape)
  }

  /// The axes moved behind the others and merged into one: `[B, n]`.
  func lines(axes: [Int]) -> GraphValue {
    let count = axes.reduce(1) { $0 * shape[$1] }
    let others = shape.sizes.indices.filter { !axes.contains($0) }
    return transpose(others + axes.sorted())
      .reshape([others.reduce(1) { $0 * shape[$1] }, count])
  }

  /// Undoes `lines` for a value of the given shape.
  func fromLines(axes: [Int], shape: Shape) -> GraphValue {
    let others = shape.sizes.indices.filter { !axes.contains($0) }
    let permutation = others + axes.sorted()
    return reshape(Shape(permutation.map { shape[$0] })).transpose(permutation.inverted)
  }

  /// The adjoint of this value for the adjoint of its product over axes.
  ///
  /// The product is a tree of products of halves, whose depth is logarithmic. Unlike the quotient of product and
  /// element it is right to all orders where elements are 0.
  func productAdjoint(axes: [Int], adjoint: GraphValue) -> GraphValue {
    var levels = [lines(axes: axes)]
    while let last = levels.last, last.shape[1] > 1 { levels.append(last.pairProducts()) }
    guard shape.count > 0 else { return scalar(0).broadcast(to: shape) }
    var current = adjoint.reshape([levels[0].shape[0], 1])
    for level in levels.dropLast().reversed() {
      let (left, right, rest) = level.halves()
      let half = left.shape[1]
      let product = current.slice(axis: 1, start: 0, count: half)
      var pieces = [product * right, product * left]
      if rest != nil { pieces.append(current.slice(axis: 1, start: half, count: 1)) }
      current = .concatenate(pieces, axis: 1)
    }
    return current.fromLines(axes: axes, shape: shape)
  }

  /// The tangent of the product over axes for a tangent of this value.
  func productTangent(axes: [Int], tangent: GraphValue, shape resultShape: Shape) -> GraphValue {
    guard shape.count > 0 else { return scalar(0).broadcast(to: resultShape) }
    var value = lines(axes: axes)
    var change = tangent.lines(axes: axes)
    while value.shape[1] > 1 {
      let (left, right, _) = value.halves()
      let (leftChange, rightChange, restChange) = change.halves()
      let product = leftChange * right + left * rightChange
      change = .concatenate([product] + (restChange.map { [$0] } ?? []), axis: 1)
      value = value.pairProducts()
    }
    return change.reshape(resultShape)
  }

  /// Left half, right half and the last element if their number is odd, of lines.
  private func halves() -> (GraphValue, GraphValue, GraphValue?) {
    let half = shape[1] / 2
    return (
      slice(axis: 1, start: 0, count: half), slice(axis: 1, start: half, count: half),
      shape[1] % 2 == 1 ? slice(axis: 1, start: 2 * half, count: 1) : nil
    )
  }

  private func pairProducts() -> GraphValue {
    let (left, right, rest) = halves()
    return .concatenate([left * right] + (rest.map { [$0] } ?? []), axis: 1)
  }
}

extension GraphValue {
  /// The adjoint of this value for the adjoint of it sorted.
  func sortAdjoint(axis: Int, adjoint: GraphValue) -> GraphValue {
    let count = shape.count
    return adjoint.lines(axes: [axis]).reshape([count])
      .scatterAdd(flatSortPositions(axis: axis), rows: count)
      .fromLines(axes: [axis], shape: shape)
  }

  /// The tangent of this value sorted.
  func sortTangent(axis: Int, tangent: GraphValue) -> GraphValue {
    tangent.lines(axes: [axis]).reshape([shape.count])
      .gather(flatSortPositions(axis: axis))
      .fromLines(axes: [axis], shape: shape)
  }

  /// Where sorted elements come from, counted through all lines.
  private func flatSortPositions(axis: Int) -> GraphValue {
    let positions = argsort(axis: axis).lines(axes: [axis])
    let (lineCount, length) = (positions.shape[0], positions.shape[1])
    let starts = builder.constant(
      Tensor(
        shape: [lineCount, 1],
        kind: .integer,
        values: (0..<lineCount).map { Double($0 * length) }
      )
    )
    return (positions + starts).reshape([shape.count])
  }

  /// Rows of this value at positions; zero where a position is outside.
  func gatherOrZero(_ index: GraphValue, rows: Int) -> GraphValue {
    let gathered = gather(index)
    let isInside = index.isGreaterOrEqual(to: 0).and(index.isLess(than: Double(rows)))
      .and(index.isEqual(to: index.floor()))
    if let known = isInside.constantValue, known.values.allSatisfy({ $0 != 0 }) { return gathered }
    let ones = [Int](repeating: 1, count: gathered.shape.rank - index.shape.rank)
    return isInside.reshape(Shape(index.shape.sizes + ones)).select(gathered, 0)
  }
}
