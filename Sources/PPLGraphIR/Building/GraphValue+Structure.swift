package import PPLTensorCore

// Shape, indexing, reductions and linear algebra.

extension GraphValue {
  /// The same elements in row-major order in another shape.
  package func reshape(_ shape: Shape) -> Self { builder.apply(.reshape(shape), [self]) }

  /// Axes of size 1 repeated to the sizes of a shape; a scalar goes to any shape.
  package func broadcast(to shape: Shape) -> Self {
    let operand = self.shape.rank == 0 ? reshape(.ones(rank: shape.rank)) : self
    return builder.apply(.broadcast(shape), [operand])
  }

  /// Axis k of the result is axis `permutation[k]` of this value.
  package func transpose(_ permutation: [Int]) -> Self {
    builder.apply(.transpose(permutation), [self])
  }

  /// The last two axes exchanged.
  package func matrixTranspose() -> Self {
    var permutation = Array(shape.sizes.indices)
    permutation.swapAt(permutation.count - 1, permutation.count - 2)
    return transpose(permutation)
  }

  /// Elements `start ..< start + count` along an axis.
  package func slice(axis: Int, start: Int, count: Int) -> Self {
    builder.apply(.slice(axis: axis, start: start, count: count), [self])
  }

  /// Zeros before and after along an axis.
  package func pad(axis: Int, before: Int, after: Int) -> Self {
    builder.apply(.pad(axis: axis, before: before, after: after), [self])
  }

  /// One value behind the other along an axis; at least one.
  package static func concatenate(_ values: [Self], axis: Int) -> Self {
    guard let first = values.first else { preconditionFailure("There is a value.") }
    return first.builder.apply(.concatenate(axis: axis), values)
  }

  /// Rows of this value `[M, R…]` at positions (from 0) `[S…]`, as `[S…, R…]`; NaN outside.
  package func gather(_ index: Self) -> Self { builder.apply(.gather, [self, index]) }

  /// Adds each row of this value `[S…, R…]` to its row of `[rows, R…]`.
  package func scatterAdd(_ index: Self, rows: Int) -> Self {
    builder.apply(.scatterAdd(rows: rows), [self, index])
  }
}

extension GraphValue {
  /// Reduction over axes, which stay with size 1.
  package func reduce(_ reduction: Reduction, axes: [Int]) -> Self {
    builder.apply(.reduce(reduction, axes: axes.sorted()), [self])
  }

  /// Sum over axes, which stay with size 1.
  package func sum(axes: [Int]) -> Self { reduce(.sum, axes: axes) }
  /// Product over axes, which stay with size 1.
  package func product(axes: [Int]) -> Self { reduce(.product, axes: axes) }
  /// Maximum over axes, which stay with size 1.
  package func max(axes: [Int]) -> Self { reduce(.maximum, axes: axes) }
  /// Minimum over axes, which stay with size 1.
  package func min(axes: [Int]) -> Self { reduce(.minimum, axes: axes) }

  /// Sum of all elements, shape `[]`.
  package func sum() -> Self { sum(axes: Array(shape.sizes.indices)).reshape([]) }

  /// Running sum along an axis, from the other end when `reversed`.
  package func cumulativeSum(axis: Int, reversed: Bool = false) -> Self {
    builder.apply(.cumulativeSum(axis: axis, reversed: reversed), [self])
  }

  /// Ascending order along an axis; NaN last.
  package func sort(axis: Int) -> Self { builder.apply(.sort(axis: axis), [self]) }

  /// Positions (from 0) from which `sort` takes its elements.
  package func argsort(axis: Int) -> Self { builder.apply(.argsort(axis: axis), [self]) }

  /// log Σ exp over axes, which stay with size 1; without overflow, -inf where all elements are.
  ///
  /// The derivative is softmax, and 0 where all elements are -inf: elements are shifted by their rounded maximum,
  /// which has no derivative.
  package func logSumExp(axes: [Int]) -> Self {
    let maximum = max(axes: axes).round()
    // An infinite maximum would give inf - inf.
    let isFinite = maximum.absolute().isLess(than: .infinity)
    let shift = isFinite.select(maximum, 0)
    let sum = (self - shift).exp().sum(axes: axes)
    // Where all elements are -inf, log(0 + 1) + -inf: no division by zero in the derivative.
    return (sum + isFinite.select(scalar(0), scalar(1))).log() + maximum
  }
}

extension GraphValue {
  /// Matrix product over the last two axes, `[…, n, k]` by `[…, k, m]`; transposed operands are read so.
  package func matrixMultiply(
    _ right: Self,
    transposeLeft: Bool = false,
    transposeRight: Bool = false
  ) -> Self {
    builder.apply(
      .matrixMultiply(transposeLeft: transposeLeft, transposeRight: transposeRight),
      [self, right]
    )
  }

  /// Lower Cholesky factor of a symmetric matrix.
  package func cholesky() -> Self { builder.apply(.cholesky, [self]) }

  /// L⁻¹ B, or L⁻ᵀ B when `transposed`, for this lower triangular L.
  package func triangularSolve(_ right: Self, transposed: Bool = false) -> Self {
    builder.apply(.triangularSolve(transposed: transposed), [self, right])
  }

  /// A⁻¹ B for this A; leading axes of size 1 repeat.
  package func solve(_ right: Self) -> Self {
    let batch = zip(shape.batch.sizes, right.shape.batch.sizes).map { $0 == 1 ? $1 : $0 }
    return builder.apply(
      .solve,
      [
        broadcast(to: Shape(batch + shape.sizes.suffix(2))),
        right.broadcast(to: Shape(batch + right.shape.sizes.suffix(2))),
      ]
    )
  }

  /// The determinant, or the logarithm of its size.
  package func determinant(logarithm: Bool) -> Self {
    builder.apply(.determinant(logarithm: logarithm), [self])
  }

  /// The eigenvalues of a symmetric matrix as a first row, then its eigenvectors as columns.
  package func symmetricEigen() -> Self { builder.apply(.symmetricEigen, [self]) }

  /// This value, as a constant for derivatives.
  package func detached() -> Self { builder.apply(.unary(.detached), [self]) }

  /// `[…, n, n]` → `[…, n]`.
  package func diagonal() -> Self { builder.apply(.diagonal, [self]) }

  /// `[…, n]` → `[…, n, n]`, zero off the diagonal.
  package func diagonalMatrix() -> Self { builder.apply(.diagonalMatrix, [self]) }

  /// The lower triangle, with the diagonal or without it when `strict`; zeros elsewhere.
  package func lowerTriangle(strict: Bool = false) -> Self {
    builder.apply(.lowerTriangle(strict: strict), [self])
  }
}
