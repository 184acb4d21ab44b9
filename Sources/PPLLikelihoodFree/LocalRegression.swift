import PPLTensorCore

/// Parameters moved along a weighted linear regression to where the statistics are those of the data.
///
/// Beaumont et al. 2002, Genetics 162:2025-2035: weights fall with the distance by Epanechnikov's kernel.
package struct LocalRegression {
  package let positions: [[Double]]
  /// Of the particles, with sum 1.
  package let weights: [Double]

  /// Fits the regression; nil if the particles are too few for so many statistics.
  ///
  /// - Parameters:
  ///   - positions: parameters of particles.
  ///   - statistics: differences of their statistics from those of the data, in units of their spread.
  ///   - distances: of the particles from the data.
  ///   - weights: of the particles.
  package init?(
    positions: [[Double]],
    statistics: [[Double]],
    distances: [Double],
    weights: [Double]
  ) {
    let count = (statistics.first?.count ?? 0) + 1
    let dimension = positions.first?.count ?? 0
    let reached = distances.max() ?? 0
    var own = zip(weights, distances).map { weight, distance -> Double in
      let share = reached > 0 ? distance / reached : 0
      return weight * (1 - share * share)
    }
    let total = own.reduce(0, +)
    guard total > 0 else { return nil }
    own = own.map { $0 / total }
    let effective = 1 / own.reduce(0) { $0 + $1 * $1 }
    guard effective > Double(4 * count) else { return nil }
    // Normal equations with a touch of ridge; statistics are of one scale.
    var matrix = [Double](repeating: 0, count: count * count)
    var right = [Double](repeating: 0, count: count * dimension)
    for (particle, weight) in own.enumerated() where weight > 0 {
      let row = [1] + statistics[particle]
      for a in 0..<count {
        for b in 0...a { matrix[a * count + b] += weight * row[a] * row[b] }
        for parameter in 0..<dimension {
          right[a * dimension + parameter] += weight * row[a] * positions[particle][parameter]
        }
      }
    }
    for a in 1..<max(count, 1) { matrix[a * count + a] += 1e-8 }
    unsafe matrix.withUnsafeMutableBufferPointer { factor in
      unsafe right.withUnsafeMutableBufferPointer { solution in
        guard let a = factor.baseAddress, let b = solution.baseAddress else { return }
        unsafe LinearAlgebra.cholesky(a, n: count)
        unsafe LinearAlgebra.triangularSolve(a, transposed: false, b, n: count, m: dimension)
        unsafe LinearAlgebra.triangularSolve(a, transposed: true, b, n: count, m: dimension)
      }
    }
    guard right.allSatisfy(\.isFinite) else { return nil }
    self.positions = positions.indices.map { particle in
      (0..<dimension).map { parameter -> Double in
        var value = positions[particle][parameter]
        for statistic in 1..<count {
          value -= statistics[particle][statistic - 1] * right[statistic * dimension + parameter]
        }
        return value
      }
    }
    self.weights = own
  }
}
