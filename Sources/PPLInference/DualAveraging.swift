import PPLTensorCore

// Notation: t number of updates, δ target acceptance, a acceptance statistic, x = log ε, x̄ its average,
// s̄ average of δ − a, η weight.

/// Adapts the step size so that the acceptance statistic reaches a target on average.
///
/// Source: Hoffman and Gelman 2014, JMLR 15, section 3.2, with their γ = 0.05, t₀ = 10, κ = 0.75 and
/// μ = log(10 ε₀).
package struct DualAveraging: Sendable, Hashable, Codable {
  private static let shrinkage = 0.05
  private static let offset = 10.0
  private static let decay = 0.75

  private var targetAcceptance: Double
  private let largestLogStepSize: Double
  private var shrinkagePoint: Double
  private var logStepSize: Double
  private var averagedLogStepSize: Double
  private var averagedError = 0.0
  private var count = 0.0

  /// Starts at `stepSize`, towards an acceptance in (0, 1), never above `maximumStepSize`.
  package init(
    stepSize: Double,
    targetAcceptance: Double,
    maximumStepSize: Double = .infinity
  ) {
    self.targetAcceptance = targetAcceptance
    largestLogStepSize = LibM.log(maximumStepSize)
    shrinkagePoint = 0
    logStepSize = 0
    averagedLogStepSize = 0
    restart(stepSize: stepSize)
  }

  /// Forgets everything and starts again from `stepSize`.
  package mutating func restart(stepSize: Double) {
    logStepSize = min(LibM.log(stepSize), largestLogStepSize)
    averagedLogStepSize = logStepSize
    shrinkagePoint = logStepSize + LibM.log(10)
    averagedError = 0
    count = 0
  }

  /// Goes on towards a higher acceptance, from half of the averaged step size.
  package mutating func raiseTarget(to acceptance: Double) {
    targetAcceptance = acceptance
    shrinkagePoint = averagedLogStepSize
    logStepSize = averagedLogStepSize - LibM.log(2)
    averagedLogStepSize = logStepSize
    averagedError = 0
    count = 0
  }

  /// Takes the acceptance statistic, in [0, 1], of a trajectory made with the present step size.
  package mutating func update(acceptance: Double) {
    count += 1
    let weight = 1 / (count + Self.offset)
    averagedError += weight * (targetAcceptance - acceptance - averagedError)
    logStepSize = min(
      shrinkagePoint - averagedError * count.squareRoot() / Self.shrinkage,
      largestLogStepSize
    )
    let averageWeight = LibM.exp(-Self.decay * LibM.log(count))
    averagedLogStepSize += averageWeight * (logStepSize - averagedLogStepSize)
  }

  /// The step size to try next.
  package var stepSize: Double { LibM.exp(logStepSize) }

  /// The averaged iterate: the step size to keep when adaptation ends.
  package var averagedStepSize: Double { LibM.exp(averagedLogStepSize) }
}
