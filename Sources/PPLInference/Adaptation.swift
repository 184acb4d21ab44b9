/// What the sampler must do after a draw of the warm-up.
package enum AdaptationAction: Sendable, Hashable {
  /// Go on; the step size may have changed.
  case proceed
  /// Take the new metric.
  case updateMetric
  /// Take the new metric, search a step size for it, and hand that to `restartStepSize`.
  case updateMetricAndSearchStepSize
}

/// Chooses step size and metric during the warm-up.
///
/// A plain value: a copy of it is a checkpoint.
package protocol Adaptation: Sendable, Codable {
  /// Diagonal of the inverse mass matrix M⁻¹: estimates of the posterior variances, D elements > 0.
  var inverseMass: [Double] { get }
  /// Step size for the next draw of the warm-up.
  var stepSize: Double { get }
  /// Step size to keep after the warm-up.
  var averagedStepSize: Double { get }
  /// Relative half-width of the uniform jitter on the step size.
  var stepSizeJitter: Double { get }

  /// Starts the adaptation of the step size again from a value found by search.
  mutating func restartStepSize(_ stepSize: Double)

  /// Takes draws in new coordinates in place of all before; false if nothing can be made of them.
  mutating func restartMetric(positions: [[Double]], gradients: [[Double]]) -> Bool

  /// Takes a draw of the warm-up, its gradient and its statistics; iterations count from zero.
  mutating func update(
    iteration: Int,
    position: Span<Double>,
    gradient: Span<Double>,
    statistics: DrawStatistics
  ) -> AdaptationAction
}
