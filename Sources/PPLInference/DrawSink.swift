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

  /// Whether chains should say where they stand; asked after each of their iterations, from their threads.
  func isSaveDue(chain: Int) -> Bool

  /// Takes where chains stand after an iteration: one chain, or all that move together.
  ///
  /// - Throws: any error stops the run with `InferenceError.sink`.
  func save(_ chains: [ChainResult]) throws

  /// Takes note of the coordinates of a chain's draws from now on; called as `receive` is.
  func adopt(_ centering: Centering, chain: Int)
}

extension DrawSink {
  package func isSaveDue(chain: Int) -> Bool { false }

  package func save(_ chains: [ChainResult]) throws {}

  package func adopt(_ centering: Centering, chain: Int) {}
}
