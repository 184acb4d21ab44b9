import PPLTensorCore

// Notation: p the model's density, r that of the reference, β inverse temperature.

/// A normal distribution with independent coordinates that is broader than the posterior: what is drawn where it is hottest.
struct BroadReference: Sendable, Hashable, Codable {
  /// Standard deviations of the posterior, as the draws so far tell, that one of the reference has at least.
  private static let breadth = 3.0

  private(set) var mean: [Double]
  private(set) var deviations: [Double]
  private let leastDeviation: Double

  /// Around 0, with one standard deviation for all coordinates.
  init(dimension: Int, deviation: Double) {
    mean = [Double](repeating: 0, count: dimension)
    deviations = [Double](repeating: deviation, count: dimension)
    leastDeviation = deviation
  }

  /// log r up to a constant.
  func logDensity(at position: Span<Double>) -> Double {
    var sum = 0.0
    for index in position.indices {
      let z = (position[index] - mean[index]) / deviations[index]
      sum -= 0.5 * z * z
    }
    return sum
  }

  /// log r of a point, up to the same constant.
  func logDensity(of position: [Double]) -> Double { logDensity(at: position.span) }

  /// A draw.
  func draw(into position: inout [Double], generator: inout RandomGenerator) {
    for index in position.indices {
      position[index] = mean[index] + deviations[index] * generator.nextNormal()
    }
  }

  /// Centres it on draws, and makes it broad enough for them.
  mutating func cover(_ draws: RunningCovariance) {
    guard draws.count >= 2 else { return }
    for index in mean.indices {
      let deviation = draws.covariance(index, index).squareRoot()
      guard deviation.isFinite else { continue }
      mean[index] = draws.mean[index]
      deviations[index] = max(leastDeviation, Self.breadth * deviation)
    }
  }
}

/// The density of one temperature: p^β r^(1 − β).
///
/// It is proper for every β in [0, 1], as by Hölder's inequality its integral is at most (∫p)^β (∫r)^(1 − β); p^β alone
/// is not, where p has heavy tails.
struct TemperedDensity: PointDensity {
  let density: DensityCounter
  let reference: BroadReference
  /// β > 0.
  let inverseTemperature: Double

  func value(at position: Span<Double>) throws(EvaluationError) -> Double {
    tempered(try density.value(at: position), logReference: reference.logDensity(at: position))
  }

  /// The value of a point with log p and log r.
  func tempered(_ logDensity: Double, logReference: Double) -> Double {
    inverseTemperature * logDensity + (1 - inverseTemperature) * logReference
  }

  /// log p of a point with the value and log r.
  func untempered(_ value: Double, logReference: Double) -> Double {
    (value - (1 - inverseTemperature) * logReference) / inverseTemperature
  }
}
