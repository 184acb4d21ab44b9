// Notation: x position on the unconstrained scale, g gradient of the log density there, Var the running
// variance over a window of draws.

/// Adapts a diagonal metric by the Fisher divergence from positions and gradients.
///
///     M⁻¹ᵢ = √(Var xᵢ / Var gᵢ)
///
/// This is exact for a Gaussian from few draws, also before they reach the typical set. Where a density falls
/// exponentially, far out in a tail, Var g is 0; so that draws on their way in keep a sensible scale, Var g counts as at
/// least a small share of the squared mean of g. Where trajectories diverge with a metric that is near its final one,
/// the step size aims at a higher acceptance from then on. Two windows run at once: the foreground gives the metric, the background
/// replaces it when it is full.
///
/// Source: Seyboldt, Carlson and Carpenter 2026, arXiv:2603.18845; schedule of the nuts-rs project.
package struct FisherAdaptation: Adaptation {
  /// Draws before the metric follows the foreground.
  private static let minimumCount = 3
  /// After a divergence, only draws more than this many steps away from the start are used.
  private static let divergentMoveThreshold = 4
  private static let varianceBounds = 1e-20...1e20
  /// Least Var g as a share of the squared mean of g: that of a Gaussian about 30 standard deviations away.
  private static let leastVarianceShare = 1e-3
  /// Divergent trajectories after which steps are made shorter, the mean acceptance that they then aim at, and the draws
  /// that the step size has for it.
  private static let toleratedDivergences = 2
  private static let carefulAcceptance = 0.95
  private static let restartCount = 40
  private static let maximumStepSize = Double.pi

  package private(set) var inverseMass: [Double]
  private var dualAveraging: DualAveraging
  private var schedule: FisherSchedule
  private var foreground: Window
  private var background: Window
  private var hasInitialMetric = true
  /// Trajectories that diverged since the metric is near its final one.
  private var divergenceCount = 0
  private let targetAcceptance: Double
  private let lastRestart: Int

  /// The draws of a window.
  private struct Window: Sendable, Codable {
    var positions: RunningVariance
    var gradients: RunningVariance

    init(dimension: Int) {
      positions = RunningVariance(dimension: dimension)
      gradients = RunningVariance(dimension: dimension)
    }

    var count: Int { positions.count }

    mutating func add(_ position: Span<Double>, _ gradient: Span<Double>) {
      positions.add(position)
      gradients.add(gradient)
    }

    mutating func reset() {
      positions.reset()
      gradients.reset()
    }
  }

  /// Starts from the gradient at the initial point, with the metric M⁻¹ᵢ = 1/|gᵢ|, or 1 where the
  /// gradient is zero, or that of given variances; the step size is set by `restartStepSize`.
  package init(
    warmup: Int,
    targetAcceptance: Double,
    initialGradient: Span<Double>,
    variances: [Double]? = nil
  ) {
    let scales = initialGradient.indices.map { index in
      let magnitude = abs(initialGradient[index])
      return magnitude > 0 && magnitude.isFinite ? Self.clamped(1 / magnitude) : 1
    }
    inverseMass = variances?.map(Self.clamped) ?? scales
    self.targetAcceptance = targetAcceptance
    lastRestart = warmup - Self.restartCount
    dualAveraging = DualAveraging(
      stepSize: 0.1,
      targetAcceptance: targetAcceptance,
      maximumStepSize: Self.maximumStepSize
    )
    schedule = FisherSchedule(warmup: warmup)
    foreground = Window(dimension: initialGradient.count)
    background = foreground
  }

  package var stepSize: Double { dualAveraging.stepSize }
  package var averagedStepSize: Double { dualAveraging.averagedStepSize }
  package var stepSizeJitter: Double { 0.1 }

  package mutating func restartStepSize(_ stepSize: Double) {
    dualAveraging.restart(stepSize: stepSize)
  }

  package mutating func restartMetric(positions: [[Double]], gradients: [[Double]]) -> Bool {
    foreground.reset()
    background.reset()
    for (position, gradient) in zip(positions, gradients) {
      foreground.add(position.span, gradient.span)
      background.add(position.span, gradient.span)
    }
    guard foreground.count >= Self.minimumCount else { return false }
    hasInitialMetric = false
    return updateMetric()
  }

  package mutating func update(
    iteration: Int,
    position: Span<Double>,
    gradient: Span<Double>,
    statistics: DrawStatistics
  ) -> AdaptationAction {
    let usesPlainRate =
      schedule.canStillSwitch(iteration: iteration, backgroundCount: background.count)
    dualAveraging.update(
      acceptance: usesPlainRate ? statistics.acceptanceRate : statistics.symmetricAcceptanceRate
    )
    takeCare(iteration: iteration, statistics)
    guard schedule.adaptsMetric(iteration: iteration) else { return .proceed }
    if Self.hasMoved(statistics) {
      foreground.add(position, gradient)
      background.add(position, gradient)
    }
    if schedule.switchesWindow(iteration: iteration, backgroundCount: background.count) {
      swap(&foreground, &background)
      background.reset()
    }
    guard foreground.count >= Self.minimumCount, updateMetric() else { return .proceed }
    guard hasInitialMetric else { return .updateMetric }
    hasInitialMetric = false
    return .updateMetricAndSearchStepSize
  }

  /// Aims at a higher acceptance where trajectories still diverge.
  private mutating func takeCare(iteration: Int, _ statistics: DrawStatistics) {
    guard statistics.isDivergent, iteration >= schedule.settledStart, iteration < lastRestart else {
      return
    }
    divergenceCount += 1
    guard divergenceCount == Self.toleratedDivergences, targetAcceptance < Self.carefulAcceptance
    else { return }
    dualAveraging.raiseTarget(to: Self.carefulAcceptance)
  }

  /// Whether a draw tells something new.
  private static func hasMoved(_ statistics: DrawStatistics) -> Bool {
    let distance = abs(statistics.indexInTrajectory)
    return distance > (statistics.isDivergent ? divergentMoveThreshold : 0)
  }

  /// Takes the metric of the foreground, except where it is zero or not finite.
  ///
  /// - Returns: whether any element was taken.
  private mutating func updateMetric() -> Bool {
    var isChanged = false
    for index in inverseMass.indices {
      // Both windows have the same number of draws, so that sums serve for variances.
      let slope = foreground.gradients.mean(index)
      let leastSum = Self.leastVarianceShare * slope * slope * Double(foreground.count)
      let ratio =
        foreground.positions.sumOfSquares(index)
        / max(foreground.gradients.sumOfSquares(index), leastSum)
      let variance = ratio.squareRoot()
      guard variance.isFinite, variance > 0 else { continue }
      inverseMass[index] = Self.clamped(variance)
      isChanged = true
    }
    return isChanged
  }

  private static func clamped(_ variance: Double) -> Double {
    min(max(variance, varianceBounds.lowerBound), varianceBounds.upperBound)
  }
}
