import COpenBLAS

/// Solutions, determinants and eigenvectors of matrices of one size, with memory of its own: nothing is allocated later.
@safe
package final class DenseSolver {
  private let n: Int
  private let m: Int
  private let matrix: UnsafeMutablePointer<Double>
  private let right: UnsafeMutablePointer<Double>
  private let values: UnsafeMutablePointer<Double>
  private let work: UnsafeMutablePointer<Double>
  private let pivots: UnsafeMutablePointer<Int32>
  private let workCount: Int

  /// A solver for matrices `[n, n]` and right sides `[n, m]`.
  package init(n: Int, m: Int = 0) {
    self.n = n
    self.m = m
    workCount = max(8 * n, 1)
    unsafe matrix = .allocate(capacity: max(n * n, 1))
    unsafe right = .allocate(capacity: max(n * m, 1))
    unsafe values = .allocate(capacity: max(n, 1))
    unsafe work = .allocate(capacity: workCount)
    unsafe pivots = .allocate(capacity: max(n, 1))
    unsafe matrix.initialize(repeating: 0, count: max(n * n, 1))
    unsafe right.initialize(repeating: 0, count: max(n * m, 1))
    unsafe values.initialize(repeating: 0, count: max(n, 1))
    unsafe work.initialize(repeating: 0, count: workCount)
    unsafe pivots.initialize(repeating: 0, count: max(n, 1))
  }

  deinit {
    unsafe matrix.deallocate()
    unsafe right.deallocate()
    unsafe values.deallocate()
    unsafe work.deallocate()
    unsafe pivots.deallocate()
  }

  /// Factors a matrix; false where it is singular or not finite.
  private func factor(_ a: UnsafePointer<Double>) -> Bool {
    unsafe matrix.update(from: a, count: n * n)
    var sum = 0.0
    for index in 0..<(n * n) { unsafe sum += matrix[index] * 0 }
    guard sum == 0, LinearAlgebra.isForBLAS(n, m) else { return false }
    var size = Int32(n)
    var info: Int32 = 0
    unsafe dgetrf_(&size, &size, matrix, &size, pivots, &info)
    return info == 0
  }

  /// Writes A⁻¹ B; NaN if A is singular.
  package func solve(
    _ a: UnsafePointer<Double>,
    _ b: UnsafePointer<Double>,
    into x: UnsafeMutablePointer<Double>
  ) {
    guard unsafe factor(a) else {
      unsafe x.update(repeating: .nan, count: n * m)
      return
    }
    for i in 0..<n { for j in 0..<m { unsafe right[j * n + i] = unsafe b[i * m + j] } }
    var size = Int32(n)
    var columns = Int32(m)
    var info: Int32 = 0
    // LAPACK reads columns first, so that it has factored the transposed matrix.
    unsafe dgetrs_("T", &size, &columns, matrix, &size, pivots, right, &size, &info)
    for i in 0..<n { for j in 0..<m { unsafe x[i * m + j] = unsafe right[j * n + i] } }
  }

  /// det A, or log |det A|; of a matrix that is not finite NaN.
  package func determinant(_ a: UnsafePointer<Double>, logarithm: Bool) -> Double {
    var isFinite = true
    for index in 0..<(n * n) where unsafe !a[index].isFinite { isFinite = false }
    guard isFinite else { return .nan }
    guard unsafe factor(a) else { return logarithm ? -.infinity : 0 }
    var product = 1.0
    var sum = 0.0
    for index in 0..<n {
      let pivot = unsafe matrix[index * n + index]
      if logarithm {
        unsafe values[index] = pivot.magnitude
      } else {
        product *= unsafe pivots[index] == Int32(index + 1) ? pivot : -pivot
      }
    }
    guard logarithm else { return product }
    for index in 0..<n { sum += LibM.log(unsafe values[index]) }
    return sum
  }

  /// Writes the eigenvalues of a symmetric matrix, whose lower triangle is read, in ascending order as a first row, then
  /// the matrix of its eigenvectors, one a column, the largest element of each positive; NaN if they cannot be found.
  package func eigen(_ a: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
    var isFinite = true
    for i in 0..<n {
      for j in 0..<n {
        let element = unsafe a[max(i, j) * n + min(i, j)]
        unsafe matrix[i * n + j] = element
        if !element.isFinite { isFinite = false }
      }
    }
    var size = Int32(n)
    var info: Int32 = 0
    var count = Int32(workCount)
    if isFinite, LinearAlgebra.isForBLAS(n) {
      unsafe dsyev_("V", "U", &size, matrix, &size, values, work, &count, &info)
    } else {
      info = 1
    }
    guard info == 0 else {
      unsafe result.update(repeating: .nan, count: (n + 1) * n)
      return
    }
    for column in 0..<n {
      unsafe result[column] = unsafe values[column]
      var largest = 0
      for i in 0..<n
      where unsafe matrix[column * n + i].magnitude > matrix[column * n + largest].magnitude {
        largest = i
      }
      let sign = unsafe matrix[column * n + largest] < 0 ? -1.0 : 1.0
      for i in 0..<n { unsafe result[(i + 1) * n + column] = unsafe sign * matrix[column * n + i] }
    }
  }
}
