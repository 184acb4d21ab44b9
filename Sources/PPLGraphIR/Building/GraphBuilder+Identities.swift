import PPLTensorCore

extension GraphBuilder {
  /// A value that the application equals by a local identity, of the same shape and kind.
  ///
  /// Signed zeros may change (`-0 + 0`), nothing else: `x * 0` stays, as x may be NaN or infinite.
  func simplified(
    _ op: Op,
    _ operands: [GraphValue],
    shape: Shape,
    kind: ElementKind
  ) -> GraphValue? {
    let candidate: GraphValue? =
      switch op {
      case .constant, .input, .random, .pad, .scatterAdd, .sort, .argsort, .cholesky,
        .triangularSolve, .diagonalMatrix, .lowerTriangle, .solve, .determinant, .symmetricEigen,
        .scan,
        .solveODE, .callout:
        nil
      case .unary(let unary): simplifiedUnary(unary, operands[0])
      case .binary(let binary):
        simplifiedBinary(binary, operands[0], operands[1], shape: shape)
          ?? withoutRepetition(op, operands, shape: shape)
      case .select:
        simplifiedSelect(operands) ?? withoutRepetition(op, operands, shape: shape)
      case .betaP: withoutRepetition(op, operands, shape: shape)
      case .reshape(let shape): simplifiedReshape(operands[0], to: shape)
      case .transpose(let permutation): simplifiedTranspose(operands[0], permutation)
      case .broadcast(let shape): simplifiedBroadcast(operands[0], to: shape)
      case .slice(let axis, let start, let count):
        simplifiedSlice(operands[0], axis: axis, start: start, count: count)
      case .concatenate(let axis): simplifiedConcatenation(operands, axis: axis)
      case .gather: simplifiedGather(operands[0], index: operands[1])
      case .reduce(_, let axes): axes.allSatisfy { operands[0].shape[$0] == 1 } ? operands[0] : nil
      case .cumulativeSum(let axis, _): operands[0].shape[axis] == 1 ? operands[0] : nil
      case .matrixMultiply, .convolve: nil
      case .diagonal: operandOf(operands[0]) { $0 == .diagonalMatrix }
      }
    guard let candidate, candidate.shape == shape, candidate.kind == kind else { return nil }
    return candidate
  }

  // MARK: Elementwise

  private func simplifiedUnary(_ op: UnaryOp, _ operand: GraphValue) -> GraphValue? {
    switch op {
    case .negate, .not: operandOf(operand) { $0 == .unary(op) }
    case .floor, .ceiling, .round: operand.kind == .integer ? operand : nil
    default: nil
    }
  }

  private func simplifiedBinary(
    _ op: BinaryOp,
    _ left: GraphValue,
    _ right: GraphValue,
    shape: Shape
  ) -> GraphValue? {
    let leftValue = constantEntry(of: left)?.uniformValue
    let rightValue = constantEntry(of: right)?.uniformValue
    return switch op {
    case .add where leftValue == 0, .multiply where leftValue == 1: right
    case .add where rightValue == 0, .subtract where rightValue == 0: left
    case .multiply where rightValue == 1, .divide where rightValue == 1: left
    case .multiply where leftValue == -1 && right.shape == shape: -right
    case .multiply where rightValue == -1 && left.shape == shape: -left
    case .power where rightValue == 1: left
    case .power where rightValue == 2 && left.shape == shape: left.square()
    case .multiply:
      if let leftValue {
        scaled(right, by: leftValue, shape: shape)
      } else if let rightValue {
        scaled(left, by: rightValue, shape: shape)
      } else {
        nil
      }
    case .add: subtraction(of: left, from: right) ?? subtraction(of: right, from: left)
    case .subtract: operandOf(right) { $0 == .unary(.negate) }.map { left + $0 }
    default: nil
    }
  }

  /// `a + (-b)` as `a - b`.
  private func subtraction(of negated: GraphValue, from value: GraphValue) -> GraphValue? {
    operandOf(negated) { $0 == .unary(.negate) }.map { value - $0 }
  }

  /// `c (d x)` as `(c d) x` where a factor is a power of two, so that no rounding changes, and `c (-x)` as `-c x`.
  private func scaled(_ value: GraphValue, by factor: Double, shape: Shape) -> GraphValue? {
    if let operand = operandOf(value, madeBy: { $0 == .unary(.negate) }) {
      return constant(-factor) * operand
    }
    let node = nodes[value.id.index]
    guard case .binary(.multiply) = node.op else { return nil }
    for (position, id) in node.operands.enumerated() {
      guard let inner = constantEntry(of: GraphValue(builder: self, id: id))?.uniformValue,
        inner.isPowerOfTwo || factor.isPowerOfTwo, (inner * factor).isNormal
      else { continue }
      return constant(inner * factor) * GraphValue(builder: self, id: node.operands[1 - position])
    }
    return nil
  }

  private func simplifiedSelect(_ operands: [GraphValue]) -> GraphValue? {
    if operands[1].id == operands[2].id { return operands[1] }
    guard let condition = constantEntry(of: operands[0])?.uniformValue else { return nil }
    return condition != 0 ? operands[1] : operands[2]
  }

  /// The same application to operands that are not repeated beforehand, as the primitive repeats them itself.
  private func withoutRepetition(
    _ op: Op,
    _ operands: [GraphValue],
    shape: Shape
  ) -> GraphValue? {
    let small = operands.map(beforeRepetition)
    guard zip(small, operands).contains(where: { $0.id != $1.id }),
      let repeated = Shape.repeating(small.map { $0.shape }), repeated == shape
    else { return nil }
    return apply(op, small)
  }

  private func beforeRepetition(_ value: GraphValue) -> GraphValue {
    if let entry = constantEntry(of: value) {
      guard let uniform = entry.uniformValue, entry.tensor.values.count > 1 else { return value }
      return constant(
        Tensor(
          shape: .ones(rank: value.shape.rank),
          kind: value.kind,
          repeating: uniform
        )
      )
    }
    return operandOf(value) { if case .broadcast = $0 { true } else { false } } ?? value
  }

  // MARK: Shape

  private func simplifiedReshape(_ operand: GraphValue, to shape: Shape) -> GraphValue? {
    if operand.shape == shape { return operand }
    return operandOf(operand) { if case .reshape = $0 { true } else { false } }?.reshape(shape)
  }

  private func simplifiedTranspose(_ operand: GraphValue, _ permutation: [Int]) -> GraphValue? {
    if permutation == Array(permutation.indices) { return operand }
    if case .transpose(let inner) = nodes[operand.id.index].op {
      let source = GraphValue(builder: self, id: nodes[operand.id.index].operands[0])
      return source.transpose(permutation.map { inner[$0] })
    }
    // Only axes of size 1 change their places: the elements stay in order.
    let moving = permutation.filter { operand.shape[$0] != 1 }
    guard !keepsAxes, moving == moving.sorted() else { return nil }
    return operand.reshape(Shape(permutation.map { operand.shape[$0] }))
  }

  private func simplifiedBroadcast(_ operand: GraphValue, to shape: Shape) -> GraphValue? {
    if operand.shape == shape { return operand }
    return operandOf(operand) { if case .broadcast = $0 { true } else { false } }?
      .broadcast(to: shape)
  }

  private func simplifiedSlice(
    _ operand: GraphValue,
    axis: Int,
    start: Int,
    count: Int
  ) -> GraphValue? {
    if count == operand.shape[axis] { return operand }
    let node = nodes[operand.id.index]
    switch node.op {
    case .slice(axis, let outerStart, _):
      return GraphValue(builder: self, id: node.operands[0])
        .slice(axis: axis, start: outerStart + start, count: count)
    case .concatenate(axis) where node.operands.count <= 64:
      // Wholly inside one piece. (The bound keeps many slices of many pieces from taking quadratic time.)
      var pieceStart = 0
      for id in node.operands {
        let piece = GraphValue(builder: self, id: id)
        let size = piece.shape[axis]
        if start >= pieceStart, start + count <= pieceStart + size {
          return piece.slice(axis: axis, start: start - pieceStart, count: count)
        }
        pieceStart += size
        if pieceStart > start { return nil }
      }
      return nil
    default:
      return nil
    }
  }

  /// Neighbouring slices of one value are one slice.
  private func simplifiedConcatenation(_ operands: [GraphValue], axis: Int) -> GraphValue? {
    if operands.count == 1 { return operands[0] }
    var runs: [(value: GraphValue, start: Int, count: Int)] = []
    for operand in operands {
      let node = nodes[operand.id.index]
      var run = (value: operand, start: 0, count: -1)
      if case .slice(axis, let start, let count) = node.op {
        run = (GraphValue(builder: self, id: node.operands[0]), start, count)
      }
      if let last = runs.last, run.count >= 0, last.count >= 0, last.value.id == run.value.id,
        last.start + last.count == run.start
      {
        runs[runs.count - 1].count += run.count
      } else {
        runs.append(run)
      }
    }
    guard runs.count < operands.count else { return nil }
    let pieces = runs.map { run in
      run.count < 0 ? run.value : run.value.slice(axis: axis, start: run.start, count: run.count)
    }
    return .concatenate(pieces, axis: axis)
  }

  /// Rows `k, k + 1, …` are a slice.
  private func simplifiedGather(_ operand: GraphValue, index: GraphValue) -> GraphValue? {
    guard let rows = constantEntry(of: index)?.tensor.values, let first = rows.first,
      let start = Int(exactly: first), start >= 0, rows.count <= operand.shape[0],
      start <= operand.shape[0] - rows.count
    else { return nil }
    for (offset, row) in rows.enumerated() where row != Double(start + offset) { return nil }
    return operand.slice(axis: 0, start: start, count: rows.count)
      .reshape(Shape(index.shape.sizes + operand.shape.sizes.dropFirst()))
  }

  /// The operand of a value made by a primitive of one operand that passes the test.
  private func operandOf(_ value: GraphValue, madeBy test: (Op) -> Bool) -> GraphValue? {
    let node = nodes[value.id.index]
    guard node.operands.count == 1, test(node.op) else { return nil }
    return GraphValue(builder: self, id: node.operands[0])
  }
}

extension Double {
  /// Whether the magnitude is a power of two that is a normal number.
  fileprivate var isPowerOfTwo: Bool { isNormal && significand == 1 }
}
