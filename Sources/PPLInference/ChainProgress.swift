/// How far a chain is.
package struct ChainProgress: Sendable, Hashable {
  /// The two phases of a chain.
  package enum Phase: Sendable, Hashable {
    case warmup
    case sampling
  }

  /// Number of the chain, from zero.
  package var chain: Int
  /// Present phase.
  package var phase: Phase
  /// Iterations completed, of both phases.
  package var iteration: Int
  /// Iterations of both phases.
  package var total: Int
  /// Iterations completed after the warm-up.
  package var drawCount: Int
  /// Divergent trajectories after the warm-up.
  package var divergences: Int
  /// Present nominal step size; NaN of engines that have none.
  package var stepSize: Double
  /// Evaluations of the log density so far, with gradient or without.
  package var leapfrogCount: Int
}
