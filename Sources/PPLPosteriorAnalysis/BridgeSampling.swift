/// The normalising constant of a density that draws are given of, by bridge sampling.
///
/// Notation: q* the unnormalised density, g the normal distribution with mean and covariance of half of the draws,
/// r the constant. The optimal bridge of Meng and Wong (1996, Statistica Sinica 6:831) is iterated:
///
///     r ← (1/N₂) Σ q*(θⱼ) / (s₁ q*(θⱼ) + s₂ r g(θⱼ))  ÷  (1/N₁) Σ g(θᵢ) / (s₁ q*(θᵢ) + s₂ r g(θᵢ))
///
/// with θⱼ from g, θᵢ the other half of the draws, and s₁, s₂ the shares of effective draws (Gronau et al. 2017,
/// arXiv:1703.08984, equations 14 and 15). The error is that of Frühwirth-Schnatter (2004,
/// doi:10.1111/j.1368-423X.2004.00125.x), with the autocorrelation of the draws.
package struct BridgeSampling: Sendable {
  /// Log of the constant.
  package var logConstant: Double
  /// Standard error of that: the relative error of the constant.
  package var standardError: Double
  /// Whether the iteration came to rest.
  package var hasConverged: Bool

  private static let tolerance = 1e-10
  private static let iterationLimit = 1000

  /// Estimates the constant.
  ///
  /// - Parameters:
  ///   - positions: by chain, `[draws, D]`, on an unbounded scale; equally many draws a chain.
  ///   - dimension: D ≥ 1.
  ///   - logDensity: log q* at D values.
  ///   - normal: gives standard normal numbers.
  /// - Returns: the estimate; nil if the draws are too few for their covariance, or have none.
  package static func estimate(
    positions: [[Double]],
    dimension: Int,
    logDensity: ([Double]) -> Double,
    normal: () -> Double
  ) -> BridgeSampling? {
    let drawCount = (positions.first?.count ?? 0) / dimension
    let half = drawCount / 2
    guard half * positions.count > 2 * dimension, drawCount - half > 3 else { return nil }
    func draw(_ chain: Int, _ index: Int) -> [Double] {
      Array(positions[chain][(index * dimension)..<((index + 1) * dimension)])
    }
    let fitted = positions.indices.flatMap { chain in (0..<half).map { draw(chain, $0) } }
    guard let proposal = NormalProposal(fitted, dimension) else { return nil }
    let kept = positions.indices.flatMap { chain in
      (half..<drawCount).map { draw(chain, $0) }
    }
    // Log ratios q* / g under the posterior and under the proposal.
    let own = kept.map { logDensity($0) - proposal.logDensity($0) }
    let proposed = own.indices.map { _ -> Double in
      let point = proposal.draw(normal)
      let value = logDensity(point)
      return value.isNaN ? -.infinity : value - proposal.logDensity(point)
    }
    guard own.allSatisfy(\.isFinite) else { return nil }
    var summarizer = Summarizer()
    func efficiency(_ values: [Double]) -> Double {
      let draws = ScalarDraws(
        values,
        chainCount: positions.count,
        drawCount: drawCount - half
      )
      let value = summarizer.relativeEfficiency(of: draws)
      return value.isFinite && value > 0 ? min(value, 1) : 1
    }
    let count = Double(own.count)
    let effective = count * efficiency(own)
    let (s1, s2) = (effective / (effective + count), count / (effective + count))
    let shift = own.sorted()[own.count / 2]
    var r = 1.0
    var hasConverged = false
    for _ in 0..<iterationLimit {
      let above = proposed.reduce(0) { sum, ratio in
        let value = LibraryMath.exp(min(ratio - shift, 700))
        return sum + value / (s1 * value + s2 * r)
      }
      let below = own.reduce(0) { sum, ratio in
        sum + 1 / (s1 * LibraryMath.exp(min(ratio - shift, 700)) + s2 * r)
      }
      let next = above / below
      guard next.isFinite, next > 0 else { return nil }
      hasConverged = abs(next - r) <= tolerance * next
      r = next
      if hasConverged { break }
    }
    let logConstant = LibraryMath.log(r) + shift
    // p / (s₁ p + s₂ g) under g, and g / (s₁ p + s₂ g) under p, where p = q* / r.
    let first = proposed.map { ratio -> Double in
      let value = LibraryMath.exp(min(ratio - logConstant, 700))
      return value / (s1 * value + s2)
    }
    let second = own.map { 1 / (s1 * LibraryMath.exp(min($0 - logConstant, 700)) + s2) }
    let error =
      relativeVariance(first) / count
      + relativeVariance(second) / (count * efficiency(second))
    return BridgeSampling(
      logConstant: logConstant,
      standardError: error.squareRoot(),
      hasConverged: hasConverged
    )
  }

  /// Variance relative to the squared mean.
  private static func relativeVariance(_ values: [Double]) -> Double {
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return squares / (count - 1) / (mean * mean)
  }
}

/// The normal distribution with the mean and covariance of draws.
private struct NormalProposal {
  private let mean: [Double]
  /// Lower triangle L of the covariance L Lᵀ, by rows.
  private let factor: [[Double]]
  private let logNormaliser: Double

  /// Fits it; nil if the covariance has no factor.
  init?(_ draws: [[Double]], _ dimension: Int) {
    let count = Double(draws.count)
    var mean = [Double](repeating: 0, count: dimension)
    for draw in draws { for i in 0..<dimension { mean[i] += draw[i] / count } }
    var matrix = [[Double]](
      repeating: [Double](repeating: 0, count: dimension),
      count: dimension
    )
    for draw in draws {
      for i in 0..<dimension {
        let deviation = draw[i] - mean[i]
        for j in 0...i { matrix[i][j] += deviation * (draw[j] - mean[j]) / (count - 1) }
      }
    }
    for i in 0..<dimension {
      for j in 0...i {
        var sum = matrix[i][j]
        for k in 0..<j { sum -= matrix[i][k] * matrix[j][k] }
        if i == j {
          guard sum > 0, sum < .infinity else { return nil }
          matrix[i][i] = sum.squareRoot()
        } else {
          matrix[i][j] = sum / matrix[j][j]
        }
      }
    }
    self.mean = mean
    factor = matrix
    logNormaliser =
      0.5 * Double(dimension) * LibraryMath.log(2 * Double.pi)
      + (0..<dimension).reduce(0) { $0 + LibraryMath.log(matrix[$1][$1]) }
  }

  func logDensity(_ point: [Double]) -> Double {
    var solved = [Double](repeating: 0, count: mean.count)
    var squares = 0.0
    for i in mean.indices {
      var sum = point[i] - mean[i]
      for j in 0..<i { sum -= factor[i][j] * solved[j] }
      solved[i] = sum / factor[i][i]
      squares += solved[i] * solved[i]
    }
    return -0.5 * squares - logNormaliser
  }

  func draw(_ normal: () -> Double) -> [Double] {
    let noise = mean.map { _ in normal() }
    return mean.indices.map { i in
      (0...i).reduce(mean[i]) { $0 + factor[i][$1] * noise[$1] }
    }
  }
}
