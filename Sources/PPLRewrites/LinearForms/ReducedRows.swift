import PPLGraphIR
import PPLTensorCore

/// Rows that stand for many: the sum of squares of y + X c over n elements as one of as many rows as columns.
///
///     Σᵢ (yᵢ + Σₜ cₜ xₜᵢ)² = Σₛ (rₛ + Σₜ Rₛₜ (cₜ + bₜ))² + e²
///
/// b is near the least-squares solution, so that near the mode nothing cancels: y + X c = (y − X b) + X (c + b) is
/// exact for any b, y − X b is computed with compensation, and R is a triangular factor of [X, y − X b], whose error is
/// rounding of the length of each column (Golub and Van Loan 2013, Matrix Computations, sections 5.2 and 5.3).
/// Expanding the square with XᵀX instead would square the condition.
struct ReducedRows {
  /// b.
  private(set) var shift: [Double]
  /// R, row by row; upper triangular.
  private(set) var rows: [[Double]]
  /// r.
  private(set) var constants: [Double]
  /// e: the length of what no coefficient reaches.
  private(set) var residual: Double

  /// Columns whose part across the ones before is shorter than this share of their length do not shift y.
  private static let independence = 1e-6

  /// Nil if a number overflows.
  ///
  /// - Parameters:
  ///   - x: the columns of X, each with n elements.
  ///   - y: n elements, or nil for none.
  /// - Complexity: O(n k²) for k columns.
  init?(_ x: [[Double]], y: [Double]?) {
    let k = x.count
    var shift = [Double](repeating: 0, count: k)
    var rest = y ?? []
    if let y {
      guard let first = Self.triangle(x + [y]) else { return nil }
      let chosen = Self.independentColumns(first, k)
      if chosen.count == k {
        shift = Self.solution(first, k)
      } else if !chosen.isEmpty {
        guard let part = Self.triangle(chosen.map { x[$0] } + [y]) else { return nil }
        for (place, value) in Self.solution(part, chosen.count).enumerated() {
          shift[chosen[place]] = value
        }
      }
      guard shift.allSatisfy(\.isFinite) else { return nil }
      rest = y.indices.map { element in
        var sum = CompensatedSum()
        sum.add(y[element])
        for column in 0..<k { sum.add(product: -shift[column], x[column][element]) }
        return sum.value
      }
    }
    guard let triangle = Self.triangle(y == nil ? x : x + [rest]) else { return nil }
    self.shift = shift
    let padded = (0...k).map { row in
      (row < triangle.count ? triangle[row] : [Double](repeating: 0, count: k))
        + (y == nil || row >= triangle.count ? [0] : [])
    }
    rows = padded.prefix(k).map { Array($0.prefix(k)) }
    constants = padded.prefix(k).map { $0[k] }
    residual = padded[k][k]
  }

  /// The triangular factor of a matrix of these columns, row by row.
  private static func triangle(_ columns: [[Double]]) -> [[Double]]? {
    let n = columns.first?.count ?? 0
    let k = columns.count
    guard
      let factor = LinearAlgebra.triangularFactor(columns: columns.flatMap { $0 }, n: n, k: k)
    else { return nil }
    return (0..<min(n, k)).map { row in Array(factor[row * k..<(row + 1) * k]) }
  }

  /// The columns, of the first k, that are well apart from those before them.
  private static func independentColumns(_ triangle: [[Double]], _ k: Int) -> [Int] {
    (0..<min(k, triangle.count)).filter { column in
      let length = (0...column).reduce(0) { $0.magnitude + triangle[$1][column].magnitude }
      return triangle[column][column].magnitude > independence * length
    }
  }

  /// The solution b of R b = r, where r is column k of the triangle.
  private static func solution(_ triangle: [[Double]], _ k: Int) -> [Double] {
    var solution = [Double](repeating: 0, count: k)
    for row in (0..<k).reversed() {
      var sum = triangle[row][k]
      for column in row + 1..<k { sum -= triangle[row][column] * solution[column] }
      solution[row] = sum / triangle[row][row]
    }
    return solution
  }
}
