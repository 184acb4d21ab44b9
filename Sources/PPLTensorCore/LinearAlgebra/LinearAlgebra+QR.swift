import COpenBLAS

extension LinearAlgebra {
  /// The triangular factor R of a QR decomposition of A `[n, k]`, so that |A x| = |R x| for every x.
  ///
  /// Householder's method: R is that of a matrix whose columns differ from those of A by rounding of each column's
  /// length. AᵀA is never formed, which would lose half of the digits.
  ///
  /// - Parameters:
  ///   - columns: the columns of A one behind the other.
  ///   - n: number of rows.
  ///   - k: number of columns.
  /// - Returns: R `[min(n, k), k]` in row-major order, zero below the diagonal; nil if the sizes are too large for
  ///   LAPACK, or an element of R is not finite.
  /// - Complexity: O(n k²).
  package static func triangularFactor(columns: [Double], n: Int, k: Int) -> [Double]? {
    precondition(columns.count == n * k, "There are k columns of n elements.")
    let rank = min(n, k)
    guard rank > 0 else { return [] }
    guard isForBLAS(n, k, 32 * k) else { return nil }
    var matrix = columns
    var rows = Int32(n)
    var columnCount = Int32(k)
    var factors = [Double](repeating: 0, count: rank)
    var workCount = Int32(32 * k)
    var work = [Double](repeating: 0, count: 32 * k)
    var info: Int32 = 0
    unsafe dgeqrf_(&rows, &columnCount, &matrix, &rows, &factors, &work, &workCount, &info)
    guard info == 0 else { return nil }
    var result = [Double](repeating: 0, count: rank * k)
    for row in 0..<rank {
      for column in row..<k {
        let value = matrix[column * n + row]
        guard value.isFinite else { return nil }
        result[row * k + column] = value
      }
    }
    return result
  }
}
