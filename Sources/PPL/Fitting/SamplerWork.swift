/// What the chains of a run have done together.
package struct SamplerWork: Sendable {
  /// Time from the start of the first chain to the end of the last, in seconds.
  package var chainsSeconds: Double
  /// Time of the warm-up, summed over the chains, in seconds.
  package var warmupSeconds: Double
  /// Time after the warm-up, summed over the chains, in seconds.
  package var samplingSeconds: Double
  /// Gradients after the warm-up, of all chains.
  package var samplingGradients: Int
  /// Evaluations of the log density alone after the warm-up, of all chains.
  package var samplingDensities = 0
}
