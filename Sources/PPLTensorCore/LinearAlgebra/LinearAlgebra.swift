import COpenBLAS

/// Dense linear algebra on row-major matrices, one after the other in memory without gaps.
///
/// Small matrices go through plain loops, larger ones through OpenBLAS, which is told once to use one thread:
/// its results depend on the thread count. Pointers must have the stated number of elements, and results must not
/// overlap operands.
package enum LinearAlgebra {
  /// Below this many multiplications a call of BLAS costs more than it saves (measured).
  private static let smallProduct = 512

  /// Runs once before the first call of BLAS.
  private static let isSingleThreaded: Bool = {
    openblas_set_num_threads(1)
    return openblas_get_num_threads() == 1
  }()

  /// Whether BLAS runs as it should and its 32-bit sizes hold these.
  static func isForBLAS(_ sizes: Int...) -> Bool {
    isSingleThreaded && sizes.allSatisfy { $0 <= Int(Int32.max) }
  }

  /// The number of threads that BLAS uses.
  package static var threadCount: Int {
    isSingleThreaded ? 1 : Int(openblas_get_num_threads())
  }

  /// C = op(A) op(B), `[n, m]` = `[n, k]` `[k, m]` after transposition.
  package static func multiply(
    _ a: UnsafePointer<Double>,
    transposed transposeA: Bool,
    _ b: UnsafePointer<Double>,
    transposed transposeB: Bool,
    into c: UnsafeMutablePointer<Double>,
    n: Int,
    k: Int,
    m: Int
  ) {
    if n == 0 || m == 0 { return }
    if k == 0 {
      unsafe c.update(repeating: 0, count: n * m)
      return
    }
    if m == 1 {
      unsafe multiplyVector(
        a,
        rows: transposeA ? k : n,
        columns: transposeA ? n : k,
        transposed: transposeA,
        b,
        c
      )
    } else if n == 1 {
      // The transposed product: cᵀ = op(B)ᵀ aᵀ.
      unsafe multiplyVector(
        b,
        rows: transposeB ? m : k,
        columns: transposeB ? k : m,
        transposed: !transposeB,
        a,
        c
      )
    } else if n * k * m <= smallProduct || !isForBLAS(n, k, m) {
      unsafe multiplySmall(
        a,
        rowStep: transposeA ? 1 : k,
        columnStep: transposeA ? n : 1,
        b,
        rowStep: transposeB ? 1 : m,
        columnStep: transposeB ? k : 1,
        c,
        n: n,
        k: k,
        m: m
      )
    } else {
      unsafe cblas_dgemm(
        rowMajor,
        transposeA ? transpose : noTranspose,
        transposeB ? transpose : noTranspose,
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

  /// y = op(A) x for A `[rows, columns]`.
  private static func multiplyVector(
    _ a: UnsafePointer<Double>,
    rows: Int,
    columns: Int,
    transposed: Bool,
    _ x: UnsafePointer<Double>,
    _ y: UnsafeMutablePointer<Double>
  ) {
    if rows * columns > smallProduct, columns > 1, isForBLAS(rows, columns) {
      unsafe cblas_dgemv(
        rowMajor,
        transposed ? transpose : noTranspose,
        Int32(rows),
        Int32(columns),
        1,
        a,
        Int32(columns),
        x,
        1,
        0,
        y,
        1
      )
    } else if transposed {
      unsafe y.update(repeating: 0, count: columns)
      for i in 0..<rows {
        let row = unsafe a + i * columns
        let factor = unsafe x[i]
        for j in 0..<columns { unsafe y[j] += row[j] * factor }
      }
    } else {
      for i in 0..<rows {
        let row = unsafe a + i * columns
        var sum = 0.0
        for j in 0..<columns { unsafe sum += row[j] * x[j] }
        unsafe y[i] = sum
      }
    }
  }

  private static func multiplySmall(
    _ a: UnsafePointer<Double>,
    rowStep aRow: Int,
    columnStep aColumn: Int,
    _ b: UnsafePointer<Double>,
    rowStep bRow: Int,
    columnStep bColumn: Int,
    _ c: UnsafeMutablePointer<Double>,
    n: Int,
    k: Int,
    m: Int
  ) {
    for i in 0..<n {
      for j in 0..<m {
        var sum = 0.0
        for l in 0..<k { unsafe sum += a[i * aRow + l * aColumn] * b[l * bRow + j * bColumn] }
        unsafe c[i * m + j] = sum
      }
    }
  }

  /// Replaces a symmetric `[n, n]` matrix, whose lower triangle is read, by its lower Cholesky factor.
  ///
  /// The upper triangle becomes zero; the lower one NaN if the matrix is not positive definite.
  package static func cholesky(_ a: UnsafeMutablePointer<Double>, n: Int) {
    let isFactored: Bool
    if n <= 24 || !isForBLAS(n) {
      isFactored = unsafe choleskySmall(a, n: n)
    } else {
      // LAPACK reads columns first, so that its upper triangle is our lower one.
      var size = Int32(n)
      var info: Int32 = 0
      unsafe dpotrf_("U", &size, a, &size, &info)
      // It does not stop at every NaN; then the last pivot is NaN or a NaN stands where it came from.
      var sum = 0.0
      for i in 0..<n { unsafe sum += a[i * n + i] }
      isFactored = info == 0 && !sum.isNaN
    }
    for i in 0..<n {
      if !isFactored { unsafe (a + i * n).update(repeating: .nan, count: i + 1) }
      unsafe (a + (i * n + i + 1)).update(repeating: 0, count: n - i - 1)
    }
  }

  private static func choleskySmall(_ a: UnsafeMutablePointer<Double>, n: Int) -> Bool {
    for i in 0..<n {
      let row = unsafe a + i * n
      for j in 0...i {
        let other = unsafe a + j * n
        var sum = unsafe row[j]
        for l in 0..<j { unsafe sum -= row[l] * other[l] }
        if i == j {
          // Also false for NaN.
          guard sum > 0, sum < .infinity else { return false }
          unsafe row[i] = sum.squareRoot()
        } else {
          unsafe row[j] = sum / other[j]
        }
      }
    }
    return true
  }

  /// Replaces B `[n, m]` by L⁻¹ B, or by L⁻ᵀ B when `transposed`; reads the lower triangle of L `[n, n]`.
  package static func triangularSolve(
    _ l: UnsafePointer<Double>,
    transposed: Bool,
    _ b: UnsafeMutablePointer<Double>,
    n: Int,
    m: Int
  ) {
    if n * n * m > 2 * smallProduct, isForBLAS(n, m) {
      unsafe cblas_dtrsm(
        rowMajor,
        141,
        122,
        transposed ? transpose : noTranspose,
        131,
        Int32(n),
        Int32(m),
        1,
        l,
        Int32(n),
        b,
        Int32(m)
      )
      return
    }
    for step in 0..<n {
      let i = transposed ? n - 1 - step : step
      let row = unsafe b + i * m
      let solved = transposed ? (i + 1)..<n : 0..<i
      for j in solved {
        let factor = unsafe transposed ? l[j * n + i] : l[i * n + j]
        let other = unsafe b + j * m
        for c in 0..<m { unsafe row[c] -= factor * other[c] }
      }
      let pivot = unsafe l[i * n + i]
      for c in 0..<m { unsafe row[c] /= pivot }
    }
  }

  // Values of CBLAS's enumerations.
  private static let rowMajor: Int32 = 101
  private static let noTranspose: Int32 = 111
  private static let transpose: Int32 = 112
}
