package import PPLTensorCore

/// A point with its log density.
package struct KernelPoint: Sendable, Hashable, Codable {
  /// On the unconstrained scale, D elements.
  package var position: [Double]
  /// Log density there; finite for every point that a chain stands at.
  package var logDensity: Double

  package init(position: [Double], logDensity: Double) {
    self.position = position
    self.logDensity = logDensity
  }
}

/// The transition of an engine that asks for densities alone, with all that it remembers.
///
/// A plain value: a copy of it is a checkpoint from which the chain goes on bit by bit. It adapts itself during the
/// warm-up only, so that the draws after it are those of one Markov chain that leaves the posterior as it is. It makes
/// its work buffers once; a transition allocates nothing. It is saved by encoding it.
package protocol ChainKernel: Sendable, Codable {
  /// What is recorded of a walker: the last draw of one chain.
  func point(of walker: Int) -> KernelPoint

  /// What is recorded beside the point; log density and evaluations are filled in by the caller.
  func statistics(of walker: Int) -> DrawStatistics

  /// Moves all walkers by one iteration.
  ///
  /// - Parameters:
  ///   - density: the model's log density.
  ///   - iteration: number of the iteration, those of the warm-up included, from zero.
  ///   - isWarmup: whether the kernel may adapt.
  ///   - generator: random numbers of this iteration.
  /// - Throws: `EvaluationError` of the log density.
  mutating func transition(
    _ density: DensityCounter,
    iteration: Int,
    isWarmup: Bool,
    generator: inout RandomGenerator
  ) throws(EvaluationError)
}

/// An engine whose chains are moved by a `ChainKernel`.
package protocol KernelEngine: ChainEngine {
  associatedtype Kernel: ChainKernel

  /// Points that a kernel begins from; at least one for each walker, which come first.
  func startCount(walkers: Int) -> Int

  /// The kernel at its start: points of finite log density, as many as `startCount` says.
  func makeKernel(
    _ starts: [KernelPoint],
    _ plan: KernelPlan,
    generator: inout RandomGenerator
  ) -> Kernel
}

/// What a kernel is made for.
package struct KernelPlan: Sendable {
  /// Number of parameters, D ≥ 0.
  package var dimension: Int
  /// Chains that the kernel moves.
  package var walkers: Int
  /// Iterations of the warm-up.
  package var warmup: Int
}

extension KernelEngine {
  package static var stateType: any SavedChain.Type { KernelState<Kernel>.self }

  package func startCount(walkers: Int) -> Int { walkers }

  package func validate(_ lengths: ChainLengths, dimension: Int) throws(InferenceError) {
    try lengths.validate()
  }

  package func run(_ chains: Range<Int>, of run: SamplingRun) throws(InferenceError)
    -> [ChainResult]
  {
    var chain = try KernelChain.start(self, chains: chains, run: run)
    try chain.runToEnd()
    return chain.makeResults()
  }
}
