import PPLTensorCore

extension KernelCall {
  /// Sizes: (n, k, m); nest over the batch: (left, right, result).
  @inline(never)
  func runMatrixMultiply(
    _ transposeLeft: Bool,
    _ transposeRight: Bool,
    _ table: UnsafeMutablePointer<Int>
  ) {
    let (n, k, m) = sizes
    var offsets = LoopNest.Strides()
    for _ in 0..<nest.outerCount {
      for index in 0..<nest.innerCount {
        unsafe LinearAlgebra.multiply(
          first + offsets.first + index * nest.innerStrides.first,
          transposed: transposeLeft,
          second + offsets.second + index * nest.innerStrides.second,
          transposed: transposeRight,
          into: result + offsets.third + index * nest.innerStrides.third,
          n: n,
          k: k,
          m: m
        )
      }
      unsafe nest.advance(&offsets, table)
    }
  }

  /// Sizes: (matrices, n).
  @inline(never)
  func runCholesky() {
    let (matrixCount, n, _) = sizes
    unsafe result.update(from: first, count: matrixCount * n * n)
    for index in 0..<matrixCount { unsafe LinearAlgebra.cholesky(result + index * n * n, n: n) }
  }

  /// Sizes: (n, m); nest over the batch: (factor, result), which holds the right side.
  @inline(never)
  func runTriangularSolve(_ transposed: Bool, _ table: UnsafeMutablePointer<Int>) {
    let (n, m, _) = sizes
    var offsets = LoopNest.Strides()
    for _ in 0..<nest.outerCount {
      for index in 0..<nest.innerCount {
        unsafe LinearAlgebra.triangularSolve(
          first + offsets.first + index * nest.innerStrides.first,
          transposed: transposed,
          result + offsets.second + index * nest.innerStrides.second,
          n: n,
          m: m
        )
      }
      unsafe nest.advance(&offsets, table)
    }
  }
}
