import PPLGraphIR
import PPLTensorCore

extension ReverseSweep {
  /// The contribution, zero for matrices whose adjoint is zero throughout if a branch may not have been taken.
  func guarded(_ contribution: GraphValue, _ adjoint: Adjoint) -> Adjoint {
    guard adjoint.isMasked else { return Adjoint(value: contribution, isMasked: false) }
    let rank = adjoint.value.shape.rank
    let largest = adjoint.value.absolute().max(axes: [rank - 2, rank - 1])
    return Adjoint(value: largest.isEqual(to: 0).select(0, contribution), isMasked: true)
  }

  /// The contribution to a factor, zero for its rows (of the right factor: its columns) whose products have an adjoint of
  /// zero throughout if a branch may not have been taken.
  ///
  /// Row i of Ā is row i of C̄ times op(B)ᵀ, so that rows are told apart; they may be the steps of a loop.
  func guardedProduct(
    _ contribution: GraphValue,
    _ adjoint: Adjoint,
    isTransposed: Bool,
    _ position: Int
  ) -> Adjoint {
    guard adjoint.isMasked else { return Adjoint(value: contribution, isMasked: false) }
    let rank = adjoint.value.shape.rank
    let largest = adjoint.value.absolute().max(axes: [position == 0 ? rank - 1 : rank - 2])
    let isZero = (isTransposed ? largest.matrixTranspose() : largest).isEqual(to: 0)
    return Adjoint(value: isZero.select(0, contribution), isMasked: true)
  }

  /// For C = op(A) op(B): Ā = C̄ op(B)ᵀ and B̄ = op(A)ᵀ C̄, transposed as the operand is.
  func matrixMultiplyContribution(
    _ adjoint: GraphValue,
    _ transposeLeft: Bool,
    _ transposeRight: Bool,
    to position: Int,
    _ left: GraphValue,
    _ right: GraphValue
  ) -> GraphValue {
    if position == 0 {
      return transposeLeft
        ? right.matrixMultiply(
          adjoint,
          transposeLeft: transposeRight,
          transposeRight: true
        )
        : adjoint.matrixMultiply(right, transposeRight: !transposeRight)
    }
    return transposeRight
      ? adjoint.matrixMultiply(left, transposeLeft: true, transposeRight: transposeLeft)
      : left.matrixMultiply(adjoint, transposeLeft: !transposeLeft)
  }

  /// For X = L⁻¹ B: B̄ = L⁻ᵀ X̄ and L̄ = -tril(B̄ Xᵀ); for X = L⁻ᵀ B: B̄ = L⁻¹ X̄ and L̄ = -tril(X B̄ᵀ).
  ///
  /// Source: Giles 2008, "Collected matrix derivative results", section 2.3.1.
  func triangularSolveContribution(
    _ adjoint: GraphValue,
    factor: GraphValue,
    solution: GraphValue,
    transposed: Bool,
    to position: Int
  ) -> GraphValue {
    let right = factor.triangularSolve(adjoint, transposed: !transposed)
    if position == 1 { return right }
    let product =
      transposed
      ? solution.matrixMultiply(right, transposeRight: true)
      : right.matrixMultiply(solution, transposeRight: true)
    return -product.lowerTriangle()
  }
}

extension GraphValue {
  /// Φ: the lower triangle with half the diagonal.
  func lowerTriangleWithHalfDiagonal() -> GraphValue {
    0.5 * (lowerTriangle() + lowerTriangle(strict: true))
  }

  /// The adjoint of a symmetric matrix by its lower triangle, for this adjoint of its factor L.
  ///
  ///     S = L⁻ᵀ Φ(Lᵀ L̄) L⁻¹,  Ā = Φ(S + Sᵀ)
  ///
  /// Source: Murray 2016, arXiv:1602.07527, equation 10. Φ instead of a half of the sum, as only the lower triangle
  /// is read.
  func choleskyAdjoint(factor: GraphValue) -> GraphValue {
    let inner = factor.matrixMultiply(lowerTriangle(), transposeLeft: true)
      .lowerTriangleWithHalfDiagonal()
    let left = factor.triangularSolve(inner, transposed: true)
    let transposedS = factor.triangularSolve(left.matrixTranspose(), transposed: true)
    return (transposedS + transposedS.matrixTranspose()).lowerTriangleWithHalfDiagonal()
  }

  /// The tangent of the factor L for this tangent of the matrix, whose lower triangle is read.
  ///
  ///     dL = L Φ(L⁻¹ dA L⁻ᵀ)
  ///
  /// Source: Murray 2016, arXiv:1602.07527, equation 8.
  func choleskyTangent(factor: GraphValue) -> GraphValue {
    let symmetric = lowerTriangle() + lowerTriangle(strict: true).matrixTranspose()
    let left = factor.triangularSolve(symmetric)
    let inner = factor.triangularSolve(left.matrixTranspose()).lowerTriangleWithHalfDiagonal()
    return factor.matrixMultiply(inner)
  }
}
