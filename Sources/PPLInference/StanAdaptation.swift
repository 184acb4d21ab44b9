/// Stan's adaptation, the control arm: a diagonal metric from the regularised variances of windows of
/// draws, the step size searched and dual-averaged anew after each window.
///
///     M⁻¹ᵢ = n/(n + 5) Var xᵢ + 10⁻³ · 5/(n + 5),   n draws x in the window
///
/// Source: Stan Reference Manual, "HMC algorithm parameters" and "Automatic parameter tuning".
package struct StanAdaptation: Adaptation {
  package private(set) var inverseMass: [Double]
  private let schedule: StanSchedule
  private var dualAveraging: DualAveraging
  private var window: RunningVariance

  /// Starts from the unit metric, or from given variances; the step size is set by `restartStepSize`.
  package init(
    warmup: Int,
    targetAcceptance: Double,
    dimension: Int,
    variances: [Double]? = nil
  ) {
    inverseMass = variances ?? [Double](repeating: 1, count: dimension)
    schedule = StanSchedule(warmup: warmup)
    dualAveraging = DualAveraging(stepSize: 0.1, targetAcceptance: targetAcceptance)
    window = RunningVariance(dimension: dimension)
  }

  package var stepSize: Double { dualAveraging.stepSize }
  package var averagedStepSize: Double { dualAveraging.averagedStepSize }
  package var stepSizeJitter: Double { 0 }

  package mutating func restartStepSize(_ stepSize: Double) {
    dualAveraging.restart(stepSize: stepSize)
  }

  package mutating func restartMetric(positions: [[Double]], gradients: [[Double]]) -> Bool {
    window.reset()
    for position in positions { window.add(position.span) }
    return false
  }

  package mutating func update(
    iteration: Int,
    position: Span<Double>,
    gradient: Span<Double>,
    statistics: DrawStatistics
  ) -> AdaptationAction {
    dualAveraging.update(acceptance: statistics.acceptanceRate)
    guard schedule.collects(iteration: iteration) else { return .proceed }
    window.add(position)
    guard schedule.endsWindow(iteration: iteration), window.count >= 2 else { return .proceed }
    let count = Double(window.count)
    for index in inverseMass.indices {
      let variance = window.variance(index)
      let regularized = count / (count + 5) * variance + 1e-3 * 5 / (count + 5)
      // A chain that ran off to infinity keeps its metric.
      if regularized.isFinite { inverseMass[index] = regularized }
    }
    window.reset()
    return .updateMetricAndSearchStepSize
  }
}
