/// What importance ratios say of the draws of an approximation.
package struct ImportanceWeights: Sendable {
  /// Pareto k of the ratios: below 0.7 the approximation covers the posterior where it has draws; infinite where there are too
  /// few to tell.
  ///
  /// It is 0 where the ratios hardly vary. The shape of their tail says how large a ratio could become beside the others, not
  /// whether that matters: ratios that differ in the third digit can have any shape. With the coefficient of variation c of the
  /// ratios no mean under the posterior lies further than c standard deviations from that under the approximation (by the
  /// Cauchy-Schwarz inequality; Chapman and Robbins 1951, doi:10.1214/aoms/1177729548), and c below 0.1 is less than the
  /// error of 100 independent draws.
  package let shape: Double
  /// Smoothed log weights, whose exponentials sum to 1.
  package let logWeights: [Double]

  /// The shape above which weights cannot be trusted.
  package static let greatestShape = 0.7

  /// Smooths log ratios of independent draws; ratios that are not finite count as 0.
  package init(logRatios: [Double]) {
    let finite = logRatios.map { $0.isFinite ? $0 : -.infinity }
    let smoothing = ParetoSmoothing(finite, relativeEfficiency: 1)
    let variation = max(Self.variation(finite), Self.variation(smoothing.logWeights))
    shape = finite.count > 1 && variation < Self.leastVariation ? 0 : smoothing.shape
    logWeights = smoothing.logWeights
  }

  /// The coefficient of variation below which the shape does not matter.
  private static let leastVariation = 0.1

  /// The coefficient of variation of weights by their logarithms.
  private static func variation(_ logWeights: [Double]) -> Double {
    let greatest = logWeights.max() ?? 0
    guard greatest.isFinite else { return .infinity }
    let weights = logWeights.map { LibraryMath.exp($0 - greatest) }
    let mean = weights.reduce(0, +) / Double(weights.count)
    let square = weights.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(weights.count)
    return square.squareRoot() / mean
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
