package import PPLTensorCore

/// A particle filter: an estimate without bias of the likelihood of a state-space model, and trajectories of its states.
///
/// Particles are moved from step to step and weighed by the data of the step. Where their weights have come apart, with an
/// effective number below half of them, they are drawn anew by their weights with one uniform number (systematic resampling).
///
///     p̂(y) = Πₜ Σᵢ Wₜ₋₁ⁱ wₜⁱ,    W normalised, w as the step gives them
///
/// Sources: Gordon, Salmond and Smith 1993, doi:10.1049/ip-f-2.1993.0015; systematic resampling by Kitagawa 1996,
/// doi:10.2307/1390750; unbiased by Del Moral 2004, doi:10.1007/978-1-4684-9393-1, section 7.4.
package struct ParticleFilter: Sendable {
  /// Share of the particles that is the least effective number.
  private static let effectiveShare = 0.5

  private enum Purpose: UInt64 {
    case start, steps, resampling, path
  }

  private let count: Int
  private let stepCount: Int
  private var ancestors: [Int]
  /// Normalised.
  private var weights: [Double]
  private var logWeights: [Double]
  /// `[steps, particles]`: the ancestor of each particle at the step before.
  private var history: [Int32]
  /// For each step the particle of the last trajectory that was drawn.
  package private(set) var path: [Int]

  /// A filter with its work buffers.
  package init(_ model: some StateSpaceModel) {
    count = model.particleCount
    stepCount = model.stepCount
    ancestors = Array(0..<count)
    weights = [Double](repeating: 0, count: count)
    logWeights = weights
    history = [Int32](repeating: 0, count: count * stepCount)
    path = [Int](repeating: 0, count: stepCount)
  }

  /// The log density of parameters and data: the log prior density and the logarithm of an unbiased estimate of the likelihood.
  ///
  /// - Returns: −∞ where a density or all weights of a step are 0 or no numbers.
  package mutating func run(
    _ evaluator: any StateSpaceEvaluator,
    at parameters: Span<Double>,
    key: RandomKey
  ) -> Double {
    var total = evaluator.begin(at: parameters, key: key.derived(Purpose.start.rawValue))
    guard total.isFinite else { return -.infinity }
    let steps = key.derived(Purpose.steps.rawValue)
    let resampling = key.derived(Purpose.resampling.rawValue)
    let equal = 1 / Double(count)
    for index in 0..<count { weights[index] = equal }
    for number in 0..<stepCount {
      if number > 0, effectiveNumber() < Self.effectiveShare * Double(count) {
        var generator = resampling.derived(UInt64(number)).makeGenerator()
        resample(generator.nextUniform())
        for index in 0..<count { weights[index] = equal }
      } else {
        for index in 0..<count { ancestors[index] = index }
      }
      for index in 0..<count { history[number * count + index] = Int32(ancestors[index]) }
      evaluator.step(
        number,
        ancestors: ancestors,
        logWeights: &logWeights,
        key: steps.derived(UInt64(number))
      )
      let increment = weigh()
      guard increment.isFinite else { return -.infinity }
      total += increment
    }
    return total
  }

  /// Draws a trajectory of the last run by the weights of its end.
  package mutating func drawPath(key: RandomKey) {
    var generator = key.derived(Purpose.path.rawValue).makeGenerator()
    let wanted = generator.nextUniform()
    var (sum, particle) = (weights[0], 0)
    while sum < wanted, particle < count - 1 {
      particle += 1
      sum += weights[particle]
    }
    for number in (0..<stepCount).reversed() {
      path[number] = particle
      particle = Int(history[number * count + particle])
    }
  }

  /// Takes the weights of a step; the logarithm of their mean under the weights before.
  private mutating func weigh() -> Double {
    var greatest = -Double.infinity
    for index in 0..<count {
      if logWeights[index].isNaN { logWeights[index] = -.infinity }
      greatest = max(greatest, logWeights[index])
    }
    guard greatest.isFinite else { return -.infinity }
    var sum = 0.0
    for index in 0..<count {
      weights[index] *= LibM.exp(logWeights[index] - greatest)
      sum += weights[index]
    }
    guard sum > 0 else { return -.infinity }
    for index in 0..<count { weights[index] /= sum }
    return greatest + LibM.log(sum)
  }

  private func effectiveNumber() -> Double {
    var squares = 0.0
    for weight in weights { squares += weight * weight }
    return 1 / squares
  }

  /// Draws ancestors by weight: those in which the points (i + u) / N of the cumulative weights fall.
  private mutating func resample(_ uniform: Double) {
    var (sum, particle) = (weights[0], 0)
    for index in 0..<count {
      let wanted = (Double(index) + uniform) / Double(count)
      while sum < wanted, particle < count - 1 {
        particle += 1
        sum += weights[particle]
      }
      ancestors[index] = particle
    }
  }
}
