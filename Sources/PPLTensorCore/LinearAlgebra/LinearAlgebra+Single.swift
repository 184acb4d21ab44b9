import COpenBLAS

extension LinearAlgebra {
  /// Products below this many multiplications do without the library.
  private static let smallSingleProduct = 512

  /// C = op(A) op(B) in single precision, row-major: op(A) is `[n, k]`, op(B) `[k, m]`.
  package static func multiply(
    _ a: UnsafePointer<Float>,
    transposed transposeA: Bool,
    _ b: UnsafePointer<Float>,
    transposed transposeB: Bool,
    into c: UnsafeMutablePointer<Float>,
    n: Int,
    k: Int,
    m: Int
  ) {
    if n == 0 || m == 0 { return }
    guard n * k * m > smallSingleProduct, isForBLAS(n, k, m) else {
      let (rowA, columnA) = transposeA ? (1, n) : (k, 1)
      let (rowB, columnB) = transposeB ? (1, k) : (m, 1)
      for i in 0..<n {
        for j in 0..<m {
          var sum: Float = 0
          for l in 0..<k {
            sum += unsafe a[i * rowA + l * columnA] * b[l * rowB + j * columnB]
          }
          unsafe c[i * m + j] = sum
        }
      }
      return
    }
    unsafe cblas_sgemm(
      Int32(PPLCblasRowMajor.rawValue),
      Int32((transposeA ? PPLCblasTrans : PPLCblasNoTrans).rawValue),
      Int32((transposeB ? PPLCblasTrans : PPLCblasNoTrans).rawValue),
      Int32(n),
      Int32(m),
      Int32(k),
      1,
      a,
      Int32(transposeA ? n : k),
      b,
      Int32(transposeB ? k : m),
      0,
      c,
      Int32(m)
    )
  }
}
