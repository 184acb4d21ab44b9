package import PPLTensorCore

/// A model of states that follow from step to step, as a particle filter sees it.
package protocol StateSpaceModel: Sendable {
  /// Number of unconstrained parameters that are not states, ≥ 0.
  var parameterCount: Int { get }
  /// Number of unconstrained values with the states, D.
  var dimension: Int { get }
  /// Number of steps, ≥ 1.
  var stepCount: Int { get }
  /// Number of particles, N ≥ 2.
  var particleCount: Int { get }

  /// A new evaluator with work buffers of its own, for one chain.
  func makeEvaluator() -> any StateSpaceEvaluator
}

/// Moves the particles of one chain, with its own work buffers.
///
/// It remembers the states of all steps of the last run. Equal parameters and keys give equal results, bit by bit.
package protocol StateSpaceEvaluator: AnyObject {
  /// Begins a run at the first step.
  ///
  /// - Returns: the log density of all that depends on no state, with the Jacobian of the parameters' transforms; not finite
  ///   outside of the support.
  func begin(at parameters: Span<Double>, key: RandomKey) -> Double

  /// Gives all particles the states of the next step.
  ///
  /// - Parameters:
  ///   - number: number of the step, one more than that of the call before.
  ///   - ancestors: for each particle the one of the step before that it follows.
  ///   - logWeights: receives for each particle log p(data, states | earlier states) - log of the proposal's density.
  ///   - key: names the random numbers of the step.
  func step(
    _ number: Int,
    ancestors: borrowing [Int],
    logWeights: inout [Double],
    key: RandomKey
  )

  /// The position on the unconstrained scale of parameters and one trajectory of states.
  ///
  /// - Parameters:
  ///   - parameters: those of the last run.
  ///   - path: for each step a particle.
  ///   - position: receives D elements.
  func write(_ parameters: Span<Double>, path: borrowing [Int], to position: inout [Double])
}
