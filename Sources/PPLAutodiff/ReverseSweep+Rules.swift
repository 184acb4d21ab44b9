import PPLGraphIR
import PPLTensorCore

extension ReverseSweep {
  /// What the adjoint of a node contributes to that of an operand, before repeated axes are summed.
  ///
  /// Nil if the primitive has no derivative in it.
  func contribution(of adjoint: Adjoint, to position: Int, of use: NodeUse) -> Adjoint? {
    let value = adjoint.value
    let first = operand(0, of: use)
    func unmasked(_ value: GraphValue) -> Adjoint {
      Adjoint(value: value, isMasked: adjoint.isMasked)
    }
    func masked(_ value: GraphValue) -> Adjoint { Adjoint(value: value, isMasked: true) }

    switch use.node.op {
    case .constant, .input, .argsort, .random:
      return nil
    case .slice, .concatenate, .scan:
      preconditionFailure("Their contributions are parts, which the sweep adds.")
    case .unary(let op):
      return op.partial(at: first, result: values[use.id.index])
        .flatMap { product(of: adjoint, and: $0) } ?? zero(like: first)
    case .binary(let op):
      let partial = op.partial(
        inOperand: position,
        first,
        operand(1, of: use),
        result: values[use.id.index]
      )
      guard let partial else { return zero(like: operand(position, of: use)) }
      return product(of: adjoint, and: partial)
    case .betaP:
      return product(
        of: adjoint,
        and: betaPartial(inOperand: position, first, operand(1, of: use), operand(2, of: use))
      )
    case .select:
      return product(of: adjoint, and: .whether(first, position == 1))
    case .reshape:
      return unmasked(value.reshape(first.shape))
    case .transpose(let permutation):
      return unmasked(value.transpose(permutation.inverted))
    case .broadcast:
      return unmasked(value)
    case .pad(let axis, let before, _):
      return unmasked(value.slice(axis: axis, start: before, count: first.shape[axis]))
    case .gather:
      return unmasked(value.scatterAdd(operand(1, of: use), rows: first.shape[0]))
    case .scatterAdd(let rows):
      return unmasked(value.gatherOrZero(operand(1, of: use), rows: rows))
    case .reduce(let reduction, let axes):
      switch reduction {
      case .sum: return unmasked(value.broadcast(to: first.shape))
      case .product: return unmasked(first.productAdjoint(axes: axes, adjoint: value))
      case .maximum, .minimum:
        let chosen = first.firstEqual(to: values[use.id.index], axes: axes)
        return masked(chosen.select(value, 0))
      }
    case .solveODE(let body, _):
      return unmasked(body.adjoint(of: position, value, result: values[use.id.index]))
    case .callout(let body, let form):
      return body.adjoint(
        of: position,
        value,
        form,
        operands: use.node.operands.map { values[$0.index] },
        result: values[use.id.index]
      ).map(unmasked)
    case .cumulativeSum(let axis, let reversed):
      return unmasked(value.cumulativeSum(axis: axis, reversed: !reversed))
    case .sort(let axis):
      return unmasked(first.sortAdjoint(axis: axis, adjoint: value))
    case .matrixMultiply(let transposeLeft, let transposeRight):
      let contribution = matrixMultiplyContribution(
        value,
        transposeLeft,
        transposeRight,
        to: position,
        first,
        operand(1, of: use)
      )
      return guardedProduct(
        contribution,
        adjoint,
        isTransposed: position == 0 ? transposeLeft : transposeRight,
        position
      )
    case .convolve(let convolution, let form):
      return unmasked(
        convolution.adjoint(of: form, in: position, value, first, operand(1, of: use))
      )
    case .cholesky:
      return guarded(value.choleskyAdjoint(factor: values[use.id.index]), adjoint)
    case .triangularSolve(let transposed):
      let contribution = triangularSolveContribution(
        value,
        factor: first,
        solution: values[use.id.index],
        transposed: transposed,
        to: position
      )
      return guarded(contribution, adjoint)
    case .solve:
      return guarded(
        solveContribution(
          value,
          matrix: first,
          solution: values[use.id.index],
          to: position
        ),
        adjoint
      )
    case .determinant(let isLogarithm):
      return unmasked(
        determinantContribution(
          value,
          matrix: first,
          determinant: values[use.id.index],
          isLogarithm: isLogarithm
        )
      )
    case .symmetricEigen:
      return guarded(
        value.eigenAdjoint(decomposition: values[use.id.index]),
        adjoint
      )
    case .diagonal:
      return unmasked(value.diagonalMatrix())
    case .diagonalMatrix:
      return unmasked(value.diagonal())
    case .lowerTriangle(let strict):
      return unmasked(value.lowerTriangle(strict: strict))
    }
  }

  private func product(of adjoint: Adjoint, and partial: Partial) -> Adjoint? {
    partial.applied(to: adjoint.value, isMasked: adjoint.isMasked).map {
      Adjoint(value: $0, isMasked: adjoint.isMasked || partial.masks)
    }
  }

  private func zero(like value: GraphValue) -> Adjoint {
    Adjoint(value: value.scalar(0).broadcast(to: value.shape), isMasked: false)
  }
}

extension [Int] {
  /// The permutation that undoes this one.
  var inverted: [Int] {
    var inverse = self
    for (position, axis) in enumerated() { inverse[axis] = position }
    return inverse
  }
}
