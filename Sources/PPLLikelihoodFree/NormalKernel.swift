import Glibc
package import PPLTensorCore

/// A multivariate normal distribution around zero.
package struct NormalKernel: Sendable {
  let dimension: Int
  /// Lower factor of the covariance, row-major.
  private var factor: [Double]
  private let logNormalizer: Double

  /// With a multiple of the weighted covariance of points, `[points, D]`.
  ///
  /// - Returns: nil if the points do not spread in every direction.
  package init?(_ points: [[Double]], weights: [Double], scale: Double) {
    let dimension = points.first?.count ?? 0
    let total = weights.reduce(0, +)
    var means = [Double](repeating: 0, count: dimension)
    for (point, weight) in zip(points, weights) {
      for place in 0..<dimension { means[place] += weight * point[place] / total }
    }
    var factor = [Double](repeating: 0, count: dimension * dimension)
    for (point, weight) in zip(points, weights) {
      for row in 0..<dimension {
        let part = scale * weight / total * (point[row] - means[row])
        for column in 0...row {
          factor[row * dimension + column] += part * (point[column] - means[column])
        }
      }
    }
    let variances = (0..<dimension).map { factor[$0 * dimension + $0] }
    unsafe factor.withUnsafeMutableBufferPointer { place in
      guard let base = place.baseAddress else { return }
      unsafe LinearAlgebra.cholesky(base, n: dimension)
    }
    var logDeterminant = 0.0
    for place in 0..<dimension {
      let value = factor[place * dimension + place]
      // What is left of a variance given the others is not to be rounding.
      guard value * value > 1e-13 * variances[place], value.isFinite else { return nil }
      logDeterminant += log(value)
    }
    self.dimension = dimension
    self.factor = factor
    logNormalizer = -logDeterminant
  }

  /// A draw.
  package func draw(_ generator: inout RandomGenerator) -> [Double] {
    let normals = (0..<dimension).map { _ in generator.nextNormal() }
    return (0..<dimension).map { row in
      (0...row).reduce(0) { $0 + factor[row * dimension + $1] * normals[$1] }
    }
  }

  /// The log density of a difference, up to a constant of the dimension.
  package func logDensity(_ difference: [Double]) -> Double {
    var sum = 0.0
    var solved = [Double](repeating: 0, count: dimension)
    for row in 0..<dimension {
      var value = difference[row]
      for column in 0..<row { value -= factor[row * dimension + column] * solved[column] }
      solved[row] = value / factor[row * dimension + row]
      sum += solved[row] * solved[row]
    }
    return logNormalizer - 0.5 * sum
  }
}
