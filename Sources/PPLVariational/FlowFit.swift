package import PPLExecution
package import PPLFlows
package import PPLGraphIR
package import PPLInference
package import PPLTensorCore

/// The distribution of a normalizing flow, on the unconstrained scale, that stochastic steps lead to a small Kullback-Leibler divergence to
/// the posterior (Rezende and Mohamed 2015, arXiv:1505.05770).
///
/// A draw is z = c + B f(ε): the flow f is the identity at first, and c + B ε is the normal distribution that `VariationalFit` finds, of
/// full rank up to 500 parameters and a mean field beyond. So the fit begins there; where in the end the flow's bound is no
/// greater over the same noise, that distribution is the result. Gradients leave out the term whose mean is 0 where the flow gives
/// scores (`Flow.hasScores`; Roeder, Wu and Duvenaud 2017, arXiv:1703.09194).
package struct FlowFit {
  package var flow: Flow
  /// Draws of the approximation.
  package var draws: Int
  /// Draws of each step.
  package var samples = 32
  /// Most steps of the flow.
  package var stepLimit = 20_000
  /// Where random numbers come from.
  package var key: RandomKey
  /// What runs the flow's graphs.
  private let makeExecutor: (Graph) -> any Executor

  private static let rates = [0.01, 0.003, 0.001, 0.0003]
  private static let window = 200
  /// Parameters up to which the start has a full covariance.
  private static let greatestFullRank = 500

  package init(
    _ flow: Flow,
    draws: Int,
    key: RandomKey,
    makeExecutor: @escaping (Graph) -> any Executor
  ) {
    self.flow = flow
    self.draws = draws
    self.key = key
    self.makeExecutor = makeExecutor
  }

  /// Finds the distribution and draws from it.
  package func run(_ logDensity: any LogDensity, cancellation: CancellationFlag? = nil)
    throws(ApproximationError) -> Approximation
  {
    precondition(flow.dimension == logDensity.dimension, "A flow has the model's dimension.")
    let probe = DensityProbe(logDensity, cancellation: cancellation)
    let start = VariationalFit(
      family: flow.dimension <= Self.greatestFullRank ? .fullRank : .meanField,
      draws: 0,
      key: key
    )
    var approach = BoundClimb(stepLimit: start.stepLimit)
    let frame = try start.ascend(probe, &approach).standardizingFrame
    var ascent = try FlowAscent(
      flow,
      frame: frame,
      probe: probe,
      generator: key.derived(3).makeGenerator(),
      samples: samples,
      makeExecutor: makeExecutor
    )
    let identity = ascent.parameters
    var climb = BoundClimb(stepLimit: stepLimit)
    climb.rates = Self.rates
    climb.window = Self.window
    var complaint: String?
    do throws(ApproximationError) {
      try climb.run(&ascent, family: "flow", scale: stepScale)
      complaint = climb.complaint
    } catch {
      // The normal distribution is there, whatever becomes of the flow.
      guard case .notFinite = error else { throw error }
      ascent.parameters = identity
      complaint =
        "the flow's steps led to where the bound is not finite; the draws are of the normal"
        + " distribution that it began with"
    }
    let last = key.derived(4)
    var result = try ascent.draw(draws, last)
    ascent.parameters = identity
    let plain = try ascent.draw(draws, last)
    if !(result.elbo.value > plain.elbo.value) { result = plain }
    result.gradientCount = probe.count
    result.complaint = complaint
    result.bounds = approach.curves + climb.curves.map { $0.delayed(by: approach.steps) }
    return result
  }

  /// What step sizes are multiplied by: an output moves by the steps of all hidden units that it sees, a draw by those of all numbers.
  private var stepScale: Double {
    min(1, 32 / Double(flow.hidden)) * min(1, (10 / Double(flow.dimension)).squareRoot())
  }
}
