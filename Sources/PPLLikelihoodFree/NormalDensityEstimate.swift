import Glibc
import PPLTensorCore

// Notation: n simulations of K statistics with mean μ and scatter M = Σ (x − μ)(x − μ)ᵀ, s the data's statistics.

/// An estimate of the log density of a normal distribution at s, of which n draws are known.
package enum NormalDensityEstimate {
  /// The logarithm of an estimate of the density without bias.
  ///
  ///     p = (2π)^(−K/2) c(K, n − 2) / (c(K, n − 1) (1 − 1/n)^(K/2)) |M|^(−(n−K−2)/2) |M − d dᵀ/(1 − 1/n)|^((n−K−3)/2)
  ///
  /// with d = s − μ, 1/c(k, v) = 2^(kv/2) π^(k(k−1)/4) Γ(v/2) Γ((v−1)/2) … Γ((v−k+1)/2), and 0 where the last matrix is not
  /// positive definite.
  ///
  /// Source: Ghurye and Olkin 1969, doi:10.1214/aoms/1177697501, as in Price, Drovandi, Lee and Nott 2018,
  /// doi:10.1080/10618600.2017.1302882, equation 6.
  ///
  /// - Parameters:
  ///   - observed: s, K numbers.
  ///   - statistics: `[n, K]`, n > K + 3, all finite.
  /// - Returns: log p; -inf where p is 0, and nil where the statistics do not spread in every direction.
  package static func logUnbiased(_ observed: [Double], _ statistics: [[Double]]) -> Double? {
    let (n, k) = (Double(statistics.count), Double(observed.count))
    guard n > k + 3, let scatter = Scatter(statistics) else { return nil }
    // |M − d dᵀ / (1 − 1/n)| = |M| (1 − dᵀ M⁻¹ d / (1 − 1/n)).
    let rest = 1 - scatter.squaredDistance(of: observed) / (1 - 1 / n)
    guard rest > 0 else { return -.infinity }
    return -0.5 * k * log(2 * Double.pi) + logConstant(k, n - 2) - logConstant(k, n - 1)
      - 0.5 * k * log(1 - 1 / n) - 0.5 * scatter.logDeterminant + 0.5 * (n - k - 3) * log(rest)
  }

  /// log c(k, v).
  private static func logConstant(_ k: Double, _ v: Double) -> Double {
    var sum = -0.5 * k * v * log(2) - 0.25 * k * (k - 1) * log(Double.pi)
    for i in 0..<Int(k) { sum -= LibM.logGamma(0.5 * (v - Double(i))) }
    return sum
  }

  /// Mean and scatter of rows, the scatter factored.
  struct Scatter {
    private let means: [Double]
    /// Lower factor L of M = L Lᵀ.
    private let factor: [Double]
    let logDeterminant: Double

    /// Nil if the rows do not spread in every direction.
    init?(_ rows: [[Double]]) {
      let width = rows.first?.count ?? 0
      let means = (0..<width).map { place in
        rows.reduce(0) { $0 + $1[place] } / Double(max(rows.count, 1))
      }
      var factor = [Double](repeating: 0, count: width * width)
      for row in rows {
        for a in 0..<width {
          for b in 0...a {
            factor[a * width + b] += (row[a] - means[a]) * (row[b] - means[b])
          }
        }
      }
      let squares = (0..<width).map { factor[$0 * width + $0] }
      unsafe factor.withUnsafeMutableBufferPointer { place in
        guard let base = place.baseAddress else { return }
        unsafe LinearAlgebra.cholesky(base, n: width)
      }
      var logDeterminant = 0.0
      for place in 0..<width {
        let value = factor[place * width + place]
        // What is left of a scatter given the others is not to be rounding.
        guard value * value > 1e-12 * squares[place], value.isFinite else { return nil }
        logDeterminant += 2 * log(value)
      }
      self.means = means
      self.factor = factor
      self.logDeterminant = logDeterminant
    }

    /// dᵀ M⁻¹ d of a point.
    func squaredDistance(of point: [Double]) -> Double {
      let width = means.count
      var solved = [Double](repeating: 0, count: width)
      var sum = 0.0
      for row in 0..<width {
        var value = point[row] - means[row]
        for column in 0..<row { value -= factor[row * width + column] * solved[column] }
        solved[row] = value / factor[row * width + row]
        sum += solved[row] * solved[row]
      }
      return sum
    }
  }
}
