// Notation: L lower triangular with positive diagonal, A = L Lᵀ.

/// A Cholesky factor of a small matrix, in memory that is made once.
///
/// The loops are plain: the matrices of gradient-free engines have some tens of rows, and the density costs more.
struct CholeskyFactor: Sendable, Hashable, Codable {
  let dimension: Int
  /// L by rows, `[D, D]`; what lies above the diagonal is not read.
  private var elements: [Double]
  private var trial: [Double]

  /// The unit matrix.
  init(dimension: Int) {
    self.dimension = dimension
    elements = [Double](repeating: 0, count: dimension * dimension)
    for index in 0..<dimension { elements[index * dimension + index] = 1 }
    trial = elements
  }

  /// Factors a symmetric matrix, of which `element` gives the lower triangle.
  ///
  /// - Returns: false if it is not positive definite to rounding; the factor stays as it was.
  mutating func factor(_ element: (_ row: Int, _ column: Int) -> Double) -> Bool {
    for row in 0..<dimension {
      for column in 0...row {
        var sum = element(row, column)
        for index in 0..<column {
          sum -= trial[row * dimension + index] * trial[column * dimension + index]
        }
        if column < row {
          trial[row * dimension + column] = sum / trial[column * dimension + column]
        } else {
          // Of a variance, rounding leaves nothing to trust in a part of 10⁻¹².
          guard sum > 1e-12 * abs(element(row, row)), sum.isFinite else { return false }
          trial[row * dimension + row] = sum.squareRoot()
        }
      }
    }
    swap(&elements, &trial)
    return true
  }

  /// Writes L x into `result`.
  func multiply(_ x: [Double], into result: inout [Double]) {
    let factor = elements.span
    let x = x.span
    var result = result.mutableSpan
    for row in 0..<dimension {
      var sum = 0.0
      for column in 0...row { sum += factor[row * dimension + column] * x[column] }
      result[row] = sum
    }
  }

  /// Writes L⁻¹ x into `result`.
  func solve(_ x: [Double], into result: inout [Double]) {
    for row in 0..<dimension {
      var sum = x[row]
      for column in 0..<row { sum -= elements[row * dimension + column] * result[column] }
      result[row] = sum / elements[row * dimension + row]
    }
  }
}
