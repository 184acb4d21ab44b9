package import PPLInference
package import PPLTensorCore

/// A density that simulations give, for chains to draw from.
package struct SimulatedDensity: Sendable {
  /// Prior times what the simulations say of the data, on the unconstrained scale.
  package var logDensity: any LogDensity
  /// Where chains begin, one each.
  package var starts: [[Double]]
}

/// An engine whose chains draw from a density that simulations give.
///
/// It is a value for one run: what was learnt stays in it for the check of the draws.
package protocol DensitySimulator {
  /// Makes the density.
  ///
  /// - Parameters:
  ///   - model: what is simulated, and the statistics of the data.
  ///   - chains: how many are to begin.
  ///   - key: key of all random numbers.
  ///   - cancellation: asked between blocks of simulations.
  ///   - progress: called with how far it is, in words.
  /// - Returns: the density, which depends on the model and the key alone, not on the number of threads.
  /// - Throws: why there is none.
  mutating func prepare(
    _ model: any SimulatedModel,
    chains: Int,
    key: RandomKey,
    cancellation: CancellationFlag,
    progress: (String) -> Void
  ) async throws(SimulationFailure) -> SimulatedDensity

  /// What the user should know of it, a sentence each, once chains have drawn from it.
  mutating func findings(on draws: [[Double]]) async throws(SimulationFailure) -> [String]

  /// Simulations so far, and those of them that gave nothing usable.
  var simulationCount: Int { get }
  var failureCount: Int { get }
}
