import PPLTensorCore

// Loops over steps come in two forms. In the *batched* form a value has all steps along one axis; in the *step* form
// that axis has size 1 and a loop runs over it. A primitive that treats the positions of the axis alike, one by one,
// can be brought from one form to the other by changing that size. The axis of an operand may also be n · k long, with
// the step as the slower part.

extension Op {
  /// The axis of the result along which its positions depend on the same positions of the operands only.
  ///
  /// - Parameters:
  ///   - shapes: the operands' shapes.
  ///   - axes: for each operand the axis of its steps; nil for those without steps.
  ///   - result: shape of the result.
  ///   - size: number of steps along the axis, in all of these shapes.
  /// - Returns: nil where steps are mixed.
  func stepAxis(operands shapes: [Shape], axes: [Int?], result: Shape, size: Int) -> Int? {
    func common() -> Int? {
      let known = Set(axes.compactMap { $0 })
      guard known.count == 1, let axis = known.first, axis < result.rank else { return nil }
      for (shape, own) in zip(shapes, axes) where own != nil {
        guard shape.rank == result.rank, shape[axis] == result[axis] else { return nil }
      }
      return axis
    }
    guard let first = axes.firstIndex(where: { $0 != nil }), let axis = axes[first] else {
      return nil
    }
    switch self {
    case .constant, .input, .scan, .solveODE, .callout: return nil
    case .unary: return axis
    case .binary, .select, .betaP, .random: return common()
    case .broadcast: return result[axis] == shapes[0][axis] ? axis : nil
    case .transpose(let permutation): return permutation.firstIndex(of: axis)
    case .reshape: return reshapedAxis(from: shapes[0], axis, to: result, size)
    case .slice(let along, _, _), .pad(let along, _, _), .cumulativeSum(let along, _),
      .sort(let along), .argsort(let along):
      return along == axis ? nil : axis
    case .concatenate(let along):
      guard let axis = common(), axis != along else { return nil }
      return axis
    case .reduce(_, let reduced): return reduced.contains(axis) ? nil : axis
    case .gather:
      if axes[0] != nil, axes[1] != nil { return nil }
      if first == 1 { return axis }
      return axis == 0 ? nil : shapes[1].rank + axis - 1
    case .scatterAdd:
      guard axes[1] == nil, axis >= shapes[1].rank else { return nil }
      return axis - shapes[1].rank + 1
    case .matrixMultiply(let transposeLeft, let transposeRight):
      let rank = result.rank
      if axis < rank - 2 { return common() }
      // Rows of the left, or columns of the right, where the other has no steps.
      guard axes[1 - first] == nil else { return nil }
      if first == 0 { return (axis == rank - 2) != transposeLeft ? rank - 2 : nil }
      return (axis == rank - 1) != transposeRight ? rank - 1 : nil
    case .triangularSolve:
      if axis < result.rank - 2 { return common() }
      return axes[0] == nil && axis == result.rank - 1 ? axis : nil
    case .solve: return axis < result.rank - 2 ? common() : nil
    // Images, one by one.
    case .convolve(_, let form): return form != .toWeights && axes[1] == nil && axis == 0 ? 0 : nil
    case .cholesky, .lowerTriangle, .diagonal, .determinant, .symmetricEigen:
      return axis < shapes[0].rank - 2 ? axis : nil
    case .diagonalMatrix:
      return axis < shapes[0].rank - 1 ? axis : nil
    }
  }

  /// Along which axis an operand without own steps may still differ from step to step; nil if it must not.
  func sharedStepAxis(result: Shape, axis: Int) -> Int? {
    switch self {
    case .binary, .select, .betaP, .random, .concatenate: axis
    case .matrixMultiply, .triangularSolve, .solve: axis < result.rank - 2 ? axis : nil
    default: nil
    }
  }

  /// The primitive whose result has another number of steps.
  func resized(axis: Int, from size: Int, to newSize: Int) -> Op {
    switch self {
    case .reshape(let shape): .reshape(shape.resized(axis: axis, from: size, to: newSize))
    case .broadcast(let shape): .broadcast(shape.resized(axis: axis, from: size, to: newSize))
    case .random(let kind, let shape, let stream):
      .random(kind, shape: shape.resized(axis: axis, from: size, to: newSize), stream: stream)
    default: self
    }
  }

  /// The axis that begins where the operand's begins; of several the one that holds nothing but the steps.
  private func reshapedAxis(from old: Shape, _ axis: Int, to new: Shape, _ size: Int) -> Int? {
    let before = old.sizes[..<axis].reduce(1, *)
    var leading = 1
    var found: Int?
    for (candidate, length) in new.sizes.enumerated() {
      if leading == before, length % size == 0 {
        if length == size { return candidate }
        found = found ?? candidate
      }
      leading *= length
    }
    return found
  }
}

extension Shape {
  /// This shape with another number of steps along an axis.
  func resized(axis: Int, from size: Int, to newSize: Int) -> Shape {
    size == newSize ? self : replacing(axis: axis, with: self[axis] / size * newSize)
  }
}
