import PPLGraphIR
import PPLTensorCore

// Derivatives of solutions, determinants and eigenvectors: Giles 2008, "Collected matrix derivative results for forward
// and reverse mode algorithmic differentiation", sections 2.2.2, 2.3.1 and 3.1.

extension ReverseSweep {
  /// For X = A⁻¹ B: B̄ = A⁻ᵀ X̄ and Ā = -B̄ Xᵀ.
  func solveContribution(
    _ adjoint: GraphValue,
    matrix: GraphValue,
    solution: GraphValue,
    to position: Int
  ) -> GraphValue {
    let right = matrix.matrixTranspose().solve(adjoint)
    return position == 1 ? right : -right.matrixMultiply(solution, transposeRight: true)
  }

  /// For d = det A: Ā = d̄ d A⁻ᵀ, and without the factor d for log |det A|.
  func determinantContribution(
    _ adjoint: GraphValue,
    matrix: GraphValue,
    determinant: GraphValue,
    isLogarithm: Bool
  ) -> GraphValue {
    let factor = isLogarithm ? adjoint : adjoint * determinant
    return factor.reshape(Shape(factor.shape.sizes + [1, 1]))
      * matrix.inverse().matrixTranspose()
  }
}

extension GraphValue {
  /// A⁻¹.
  func inverse() -> GraphValue { solve(identity(like: self)) }

  private func identity(like matrix: GraphValue) -> GraphValue {
    let ones = matrix.scalar(1).broadcast(to: Shape(matrix.shape.sizes.dropLast()))
    return ones.diagonalMatrix()
  }

  private var matrixSize: Int { shape.sizes[shape.rank - 1] }

  /// The eigenvalues `[…, 1, n]` and eigenvectors `[…, n, n]` of a decomposition.
  private var eigenParts: (values: GraphValue, vectors: GraphValue) {
    let axis = shape.rank - 2
    return (
      slice(axis: axis, start: 0, count: 1), slice(axis: axis, start: 1, count: shape[axis] - 1)
    )
  }

  /// 1 / (λ(j) - λ(i)), zero on the diagonal.
  private func eigenGaps(_ values: GraphValue) -> GraphValue {
    let column = values.matrixTranspose()
    let gaps = values - column
    let one = identity(like: gaps)
    return (gaps + one).reciprocal() - one
  }

  /// The adjoint of a symmetric matrix from that of its eigenvalues and eigenvectors: V (diag λ̄ + F ∘ VᵀV̄) Vᵀ, made
  /// symmetric and folded into the lower triangle, which alone is read.
  func eigenAdjoint(decomposition: GraphValue) -> GraphValue {
    let (values, vectors) = decomposition.eigenParts
    let (valueAdjoint, vectorAdjoint) = eigenParts
    var inner = valueAdjoint.reshape(
      Shape(Array(valueAdjoint.shape.sizes.dropLast(2)) + [vectors.matrixSize])
    )
    .diagonalMatrix()
    if vectorAdjoint.constantValue?.uniformValue != 0 {
      inner =
        inner + eigenGaps(values)
        * vectors.matrixMultiply(vectorAdjoint, transposeLeft: true)
    }
    let full = vectors.matrixMultiply(inner).matrixMultiply(vectors, transposeRight: true)
    let both = full + full.matrixTranspose()
    return both.lowerTriangleWithHalfDiagonal()
  }

  /// The change of a decomposition from that of the matrix.
  func eigenTangent(decomposition: GraphValue) -> GraphValue {
    let (values, vectors) = decomposition.eigenParts
    let lower = lowerTriangle()
    let symmetric = lower + lowerTriangle(strict: true).matrixTranspose()
    let inner = vectors.matrixMultiply(symmetric, transposeLeft: true).matrixMultiply(vectors)
    let changes = inner.diagonal()
    let row = changes.reshape(
      Shape(Array(changes.shape.sizes.dropLast()) + [1, vectors.matrixSize])
    )
    let turned = vectors.matrixMultiply(eigenGaps(values) * inner)
    return .concatenate([row, turned], axis: shape.rank - 2)
  }
}
