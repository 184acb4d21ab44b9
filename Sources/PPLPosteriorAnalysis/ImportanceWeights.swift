/// What importance ratios say of the draws of an approximation.
package struct ImportanceWeights: Sendable {
  /// Pareto k of the ratios: below 0.7 the approximation covers the posterior where it has draws; 0 where the ratios differ by
  /// rounding alone, infinite where there are too few to tell.
  package let shape: Double
  /// Smoothed log weights, whose exponentials sum to 1.
  package let logWeights: [Double]

  /// The shape above which weights cannot be trusted.
  package static let greatestShape = 0.7

  /// Smooths log ratios of independent draws; ratios that are not finite count as 0.
  package init(logRatios: [Double]) {
    let finite = logRatios.map { $0.isFinite ? $0 : -.infinity }
    let smoothing = ParetoSmoothing(finite, relativeEfficiency: 1)
    let spread = (finite.max() ?? 0) - (finite.min() ?? 0)
    shape = finite.count > 1 && spread < 1e-6 ? 0 : smoothing.shape
    logWeights = smoothing.logWeights
  }

  /// Numbers of draws, chosen with probabilities by weight and with replacement, by systematic resampling.
  ///
  /// - Parameters:
  ///   - count: how many are chosen.
  ///   - uniform: a number in (0, 1).
  /// - Returns: their numbers, ascending.
  package func resample(_ count: Int, uniform: Double) -> [Int] {
    guard !logWeights.isEmpty else { return [] }
    var chosen: [Int] = []
    chosen.reserveCapacity(count)
    var index = 0
    var sum = LibraryMath.exp(logWeights[0])
    for number in 0..<count {
      let target = (Double(number) + uniform) / Double(count)
      while sum < target, index + 1 < logWeights.count {
        index += 1
        sum += LibraryMath.exp(logWeights[index])
      }
      chosen.append(index)
    }
    return chosen
  }
}
