package import PPLTensorCore

/// Why operands do not fit a primitive.
package struct ShapeError: Error, CustomStringConvertible {
  /// The primitive's name.
  package let op: String
  /// The operands' shapes.
  package let operands: [Shape]
  /// The rule that they break, as a sentence.
  package let rule: String

  package var description: String {
    "\(op)(\(operands.map { $0.description }.joined(separator: ", "))): \(rule)"
  }
}

extension Op {
  /// The shape of the result for operands of these shapes.
  ///
  /// - Throws: `ShapeError` if the operands do not fit, and for sources, whose shape the graph holds.
  package func resultShape(of operands: [Shape]) throws(ShapeError) -> Shape {
    func require(_ condition: Bool, _ rule: String) throws(ShapeError) {
      if !condition { throw ShapeError(op: name, operands: operands, rule: rule) }
    }
    func requireCount(_ count: Int) throws(ShapeError) {
      try require(operands.count == count, "It takes \(count) operands.")
    }
    func requireAxis(_ axis: Int) throws(ShapeError) {
      try requireCount(1)
      try require(operands[0].sizes.indices.contains(axis), "The axis exists.")
    }
    func repeated(_ shapes: [Shape]) throws(ShapeError) -> Shape {
      guard let shape = Shape.repeating(shapes) else {
        throw ShapeError(op: name, operands: operands, rule: "Axes agree or have size 1.")
      }
      return shape
    }

    switch self {
    case .constant, .input:
      throw ShapeError(op: name, operands: operands, rule: "A source has no shape rule.")
    case .random(let kind, let shape, _):
      try requireCount(kind.parameterCount)
      try require(try repeated(operands + [shape]) == shape, "Parameters repeat to the shape.")
      return shape
    case .unary:
      try requireCount(1)
      return operands[0]
    case .binary:
      try requireCount(2)
      return try repeated(operands)
    case .select, .betaP:
      try requireCount(3)
      return try repeated(operands)
    case .reshape(let shape):
      try requireCount(1)
      try require(operands[0].count == shape.count, "The element count stays the same.")
      return shape
    case .transpose(let permutation):
      try requireCount(1)
      try require(
        permutation.sorted() == Array(operands[0].sizes.indices),
        "It permutes all axes."
      )
      return Shape(permutation.map { operands[0][$0] })
    case .broadcast(let shape):
      try requireCount(1)
      try require(
        try repeated(operands + [shape]) == shape,
        "Axes of size 1 repeat to the shape."
      )
      return shape
    case .slice(let axis, let start, let count):
      try requireAxis(axis)
      try require(
        start >= 0 && count >= 0 && start <= operands[0][axis]
          && count <= operands[0][axis] - start,
        "The range lies within the axis."
      )
      return operands[0].replacing(axis: axis, with: count)
    case .pad(let axis, let before, let after):
      try requireAxis(axis)
      try require(before >= 0 && after >= 0, "The margins are not negative.")
      return operands[0].replacing(
        axis: axis,
        with: saturatingSum([before, operands[0][axis], after])
      )
    case .concatenate(let axis):
      try require(!operands.isEmpty, "It takes at least one operand.")
      try require(operands[0].sizes.indices.contains(axis), "The axis exists.")
      let joined = operands[0].replacing(
        axis: axis,
        with: saturatingSum(operands.map { $0.sizes.dropFirst(axis).first ?? 0 })
      )
      for operand in operands {
        try require(
          operand.rank == joined.rank
            && operand.replacing(axis: axis, with: joined[axis]) == joined,
          "Other axes agree."
        )
      }
      return joined
    case .gather:
      try requireCount(2)
      try require(operands[0].rank >= 1, "There are rows.")
      return Shape(operands[1].sizes + operands[0].sizes.dropFirst())
    case .scatterAdd(let rows):
      try requireCount(2)
      let indexRank = operands[1].rank
      try require(
        rows >= 0 && operands[0].sizes.starts(with: operands[1].sizes),
        "The index has the leading axes of the rows."
      )
      return Shape([rows] + operands[0].sizes.dropFirst(indexRank))
    case .reduce(_, let axes):
      try requireCount(1)
      try require(
        Set(axes).count == axes.count && axes.allSatisfy(operands[0].sizes.indices.contains),
        "The axes exist and differ."
      )
      return Shape(operands[0].sizes.enumerated().map { axes.contains($0.offset) ? 1 : $0.element })
    case .cumulativeSum(let axis, _), .sort(let axis), .argsort(let axis):
      try requireAxis(axis)
      return operands[0]
    case .matrixMultiply(let transposeLeft, let transposeRight):
      try requireCount(2)
      try require(
        operands[0].rank >= 2 && operands[0].rank == operands[1].rank,
        "Both have the same rank, at least 2."
      )
      let left = operands[0].matrixSizes(transposed: transposeLeft)
      let right = operands[1].matrixSizes(transposed: transposeRight)
      try require(left.columns == right.rows, "Columns of the left are rows of the right.")
      return Shape(
        try repeated(operands.map { $0.batch }).sizes + [left.rows, right.columns]
      )
    case .convolve(let convolution, let form):
      try requireCount(2)
      try require(
        convolution.fits(form, operands[0], operands[1]),
        "Images, filters and results have the sizes of the convolution."
      )
      return convolution.resultShape(form, operands[0], operands[1])
    case .cholesky:
      try requireCount(1)
      try require(operands[0].isSquare, "The last two axes agree.")
      return operands[0]
    case .triangularSolve:
      try requireCount(2)
      try require(
        operands[0].isSquare && operands[1].rank == operands[0].rank
          && operands[0].sizes.last == operands[1].sizes.dropLast().last,
        "The factor is square and has as many rows as the right side."
      )
      return Shape(
        try repeated(operands.map { $0.batch }).sizes + operands[1].sizes.suffix(2)
      )
    case .solve:
      try requireCount(2)
      try require(
        operands[0].isSquare && operands[1].rank == operands[0].rank
          && operands[0].batch == operands[1].batch
          && operands[0].sizes.last == operands[1].sizes.dropLast().last,
        "The matrix is square and has as many rows as the right side."
      )
      return operands[1]
    case .determinant:
      try requireCount(1)
      try require(operands[0].isSquare, "The last two axes agree.")
      return operands[0].batch
    case .symmetricEigen:
      try requireCount(1)
      try require(operands[0].isSquare, "The last two axes agree.")
      let n = operands[0].sizes[operands[0].rank - 1]
      return Shape(operands[0].batch.sizes + [n + 1, n])
    case .diagonal:
      try requireCount(1)
      try require(operands[0].isSquare, "The last two axes agree.")
      return Shape(operands[0].sizes.dropLast())
    case .diagonalMatrix:
      try requireCount(1)
      try require(operands[0].rank >= 1, "There is an axis.")
      return Shape(operands[0].sizes + operands[0].sizes.suffix(1))
    case .lowerTriangle:
      try requireCount(1)
      try require(operands[0].rank >= 2, "There are two axes.")
      return operands[0]
    case .scan(let body, let length, _):
      let inputs = body.graph.inputs
      try requireCount(inputs.count)
      try require(
        operands[0] == [1, body.carryCount] && inputs[0] == operands[0]
          && body.rowCount >= body.carryCount,
        "The carry is one row, as the body's."
      )
      for position in inputs.indices.dropFirst() {
        let expected =
          position <= body.sequenceCount
          ? inputs[position].replacing(axis: 0, with: length) : inputs[position]
        try require(
          operands[position] == expected,
          "Sequences have an element for each step, invariants are as the body's."
        )
      }
      return Shape([length, body.rowCount])
    case .solveODE(let body, let isDifferentiated):
      try requireCount(body.operandShapes.count)
      try require(
        operands == body.operandShapes,
        "States and amounts are rows, sequences have an element for each solution."
      )
      return Shape([
        body.solutionCount, body.timeCount, body.stateCount,
        isDifferentiated ? 1 + body.columnCount : 1,
      ])
    case .callout(let body, let form):
      try requireCount(body.widths.count + (form == .pullback ? 1 : 0))
      let widths = body.widths + (form == .pullback ? [body.resultWidth] : [])
      try require(
        operands == widths.map { [body.callCount, $0] },
        "Arguments are rows, one for each call."
      )
      switch form {
      case .value, .draw: return [body.callCount, body.resultWidth]
      case .columns: return [body.callCount, body.resultWidth, 1 + body.columnCount]
      case .pullback: return [body.callCount, body.columnCount]
      }
    }
  }
}

extension Shape {
  /// The shape to which shapes of equal rank repeat along axes of size 1; nil if they disagree.
  package static func repeating(_ shapes: [Shape]) -> Shape? {
    guard var sizes = shapes.first?.sizes else { return nil }
    for shape in shapes.dropFirst() {
      guard shape.rank == sizes.count else { return nil }
      for (axis, size) in shape.sizes.enumerated() where size != sizes[axis] {
        if sizes[axis] == 1 {
          sizes[axis] = size
        } else if size != 1 {
          return nil
        }
      }
    }
    return Shape(sizes)
  }

  /// The axes before the last two.
  package var batch: Shape { Shape(sizes.dropLast(2)) }

  /// Whether there are at least two axes, the last two equal.
  package var isSquare: Bool { rank >= 2 && sizes[rank - 1] == sizes[rank - 2] }

  /// Rows and columns of the last two axes, exchanged when `transposed`.
  package func matrixSizes(transposed: Bool) -> (rows: Int, columns: Int) {
    let rows = sizes[rank - 2]
    let columns = sizes[rank - 1]
    return transposed ? (columns, rows) : (rows, columns)
  }

  private init(_ sizes: ArraySlice<Int>) { self.init(Array(sizes)) }
}

extension RandomKind {
  /// Number of parameters.
  package var parameterCount: Int {
    switch self {
    case .uniform, .normal: 0
    case .gamma, .logGamma, .poisson: 1
    case .binomial: 2
    }
  }
}

/// A sum of sizes, `Int.max` where it does not fit.
private func saturatingSum(_ sizes: [Int]) -> Int {
  sizes.reduce(0) { sum, size in
    let (next, overflow) = sum.addingReportingOverflow(size)
    return overflow ? Int.max : next
  }
}
