import Synchronization

/// Where a chain begins, in the coordinates that it begins with.
package struct ChainStart: Sendable {
  /// A position with finite log density and gradient.
  package var position: [Double]
  /// Estimates of the posterior variances for the first metric, all above 0; nil for the adaptation's own.
  package var variances: [Double]?
  /// Gradients that were evaluated to find it.
  package var gradientCount: Int

  package init(position: [Double], variances: [Double]?, gradientCount: Int) {
    self.position = position
    self.variances = variances
    self.gradientCount = gradientCount
  }
}

/// Finds where a chain begins.
package typealias StartSearch =
  @Sendable (_ chain: Int, any LogDensityEvaluator, _ dimension: Int) throws(EvaluationError) ->
  ChainStart?

/// A run of the No-U-Turn sampler: several chains over the processor's cores.
///
/// The draws depend on the model, the settings and the initial points only, not on the number of
/// threads.
package struct SamplingRun: Sendable {
  /// Tasks at once; the cores are far fewer.
  private static let maximumWorkers = 1024

  /// The density to draw from.
  package let logDensity: any LogDensity
  /// The settings.
  package let settings: NUTSSettings
  /// Takes the draws.
  package let sink: any DrawSink
  /// Start of each chain on the unconstrained scale, or nil for random starts.
  package var initialPositions: [[Double]]?
  /// Finds the start of a chain by its number, with an evaluator in the coordinates that it begins with.
  ///
  /// It is called from the chain's thread, for chains that have neither a position nor a state; nil is a random start.
  package var findStart: StartSearch?
  /// State of each chain to go on from, nil for a chain that has none and begins at its start; of a run
  /// with equal settings but perhaps more draws.
  package var resumedStates: [ChainState?]?
  /// Most chains to run at once, up to 1024; nil for as many as there are cores.
  package var threadCount: Int?
  /// Called with each chain's progress, from its thread, at most every 50 ms, and at its first draw after the
  /// warm-up and its last.
  package var progress: (@Sendable (ChainProgress) -> Void)?

  /// Stops the chains, for the user's flag or for a failure.
  let stop: CancellationFlag

  /// A run that stops early when `cancellation` is raised; a failure of the run raises it, too.
  package init(
    logDensity: any LogDensity,
    settings: NUTSSettings,
    sink: any DrawSink,
    cancellation: CancellationFlag = CancellationFlag()
  ) {
    self.logDensity = logDensity
    self.settings = settings
    self.sink = sink
    stop = cancellation
  }

  /// Runs all chains to their end, or until cancelled.
  ///
  /// - Returns: one result a chain, in order; a cancelled chain has fewer draws.
  /// - Throws: the failure of the lowest chain that failed; the draws delivered before stay valid.
  package func run() async throws(InferenceError) -> [ChainResult] {
    try validate()
    let queue = ChainQueue(count: settings.chains)
    let workers = min(max(threadCount ?? settings.chains, 1), settings.chains, Self.maximumWorkers)
    var outcomes = await withTaskGroup(of: [ChainOutcome].self) { group in
      for _ in 0..<workers {
        group.addTask {
          var outcomes: [ChainOutcome] = []
          while let chain = queue.next() { outcomes.append(runChain(chain)) }
          return outcomes
        }
      }
      return await group.reduce(into: []) { $0 += $1 }
    }
    outcomes.sort { $0.chain < $1.chain }
    var results: [ChainResult] = []
    for outcome in outcomes { results.append(try outcome.result.get()) }
    return results
  }

  private func runChain(_ number: Int) -> ChainOutcome {
    if stop.isCancelled { return ChainOutcome(chain: number, result: .success(unstarted(number))) }
    do throws(InferenceError) {
      var chain = try Chain.start(number: number, run: self)
      try chain.runToEnd()
      return ChainOutcome(chain: number, result: .success(chain.makeResult()))
    } catch {
      stop.cancel()
      return ChainOutcome(chain: number, result: .failure(error))
    }
  }

  /// The result of a chain that was stopped before it began.
  private func unstarted(_ number: Int) -> ChainResult {
    ChainResult(
      chain: number,
      warmupCount: 0,
      drawCount: 0,
      divergenceCount: 0,
      stepSize: .nan,
      inverseMass: [],
      warmupSeconds: 0,
      samplingSeconds: 0,
      gradientCount: 0,
      samplingGradientCount: 0,
      state: resumedStates?[number] ?? nil
    )
  }

  private func validate() throws(InferenceError) {
    try settings.validate()
    let dimension = logDensity.dimension
    if let positions = initialPositions,
      positions.count != settings.chains || positions.contains(where: { $0.count != dimension })
    {
      throw .invalidSetting(
        name: "initialPositions",
        requirement: "must have \(dimension) elements for each of \(settings.chains) chains"
      )
    }
    if let states = resumedStates,
      states.count != settings.chains
        || states.contains(where: { state in
          guard let state else { return false }
          return state.position.count != dimension || state.iteration < 0
            || state.adaptation.inverseMass.count != dimension
        })
    {
      throw .invalidSetting(
        name: "resumedStates",
        requirement: "must have \(dimension) elements for each of \(settings.chains) chains"
      )
    }
  }
}

/// How one chain ended.
private struct ChainOutcome: Sendable {
  var chain: Int
  var result: Result<ChainResult, InferenceError>
}

/// Hands out the numbers of the chains to the workers.
private final class ChainQueue: Sendable {
  private let count: Int
  private let taken = Atomic<Int>(0)

  init(count: Int) {
    self.count = count
  }

  /// The next chain that nobody runs yet; nil when all are taken.
  func next() -> Int? {
    let chain = taken.wrappingAdd(1, ordering: .relaxed).oldValue
    return chain < count ? chain : nil
  }
}
