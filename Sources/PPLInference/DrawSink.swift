/// Takes the draws of a run as they come.
package protocol DrawSink: Sendable {
  /// Takes one draw; called from several threads, but for each chain in order and one at a time.
  ///
  /// - Parameters:
  ///   - position: the draw on the unconstrained scale, D elements, valid during the call only.
  ///   - statistics: what else is known of the draw.
  ///   - chain: number of the chain, from zero.
  ///   - index: number of the draw within its phase, from zero.
  ///   - isWarmup: whether it belongs to the warm-up, and not to the posterior.
  /// - Throws: any error stops the run with `InferenceError.sink`.
  func receive(
    position: Span<Double>,
    statistics: DrawStatistics,
    chain: Int,
    index: Int,
    isWarmup: Bool
  ) throws

  /// Takes note of the coordinates of a chain's draws from now on; called as `receive` is.
  func adopt(_ centering: Centering, chain: Int)
}

extension DrawSink {
  package func adopt(_ centering: Centering, chain: Int) {}
}
