/// What is recorded of one draw beside its position; the customary `sample_stats`.
package struct DrawStatistics: Sendable, Hashable {
  /// Log density of the draw on the unconstrained scale, up to the model's constant.
  package var logDensity = 0.0
  /// Mean of min(1, exp(−energy error)) over the states of the trajectory, in [0, 1].
  package var acceptanceRate = 0.0
  /// Mean of 2 / (1 + exp |energy error|) over the states of the trajectory, in [0, 1].
  package var symmetricAcceptanceRate = 0.0
  /// Step size used, with its jitter.
  package var stepSize = 0.0
  /// Step size before the jitter.
  package var stepSizeNominal = 0.0
  /// Number of doublings whose states could be drawn.
  package var treeDepth = 0
  /// Number of leapfrog steps, also of a last doubling that was thrown away.
  package var stepCount = 0
  /// Whether the trajectory ended at an energy error above 1000 or at a non-finite density.
  package var isDivergent = false
  /// Total energy of the draw.
  package var energy = 0.0
  /// Energy of the draw less that of the start of the trajectory.
  package var energyError = 0.0
  /// The energy error of greatest magnitude in the trajectory, with its sign; infinite where the
  /// density was not finite.
  package var maxEnergyError = 0.0
  /// Signed number of steps from the start of the trajectory to the draw.
  package var indexInTrajectory = 0
  /// Whether the trajectory was cut at the greatest depth before it turned.
  package var reachedMaxTreeDepth = false

  /// Evaluations of the log density alone that led to the draw.
  package var evaluationCount = 0
  /// Share of the exchanges between temperatures that were accepted.
  package var swapRate = 0.0

  /// All zero.
  package init() {}
}
