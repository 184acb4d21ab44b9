import PPLTypeSystem
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

/// A run of an engine of Markov chains: several chains over the processor's cores.
///
/// The draws depend on the model, the settings and the initial points only, not on the number of
/// threads.
package struct SamplingRun: Sendable {
  /// Tasks at once; the cores are far fewer.
  private static let maximumWorkers = 1024

  /// The density to draw from.
  package let logDensity: any LogDensity
  /// The states of the model and their steps, for engines that need them; draws have the coordinates of the density.
  package var stateSpace: (any StateSpaceModel)?
  /// What moves the chains.
  package let engine: any ChainEngine
  /// How many chains, and how long.
  package let lengths: ChainLengths
  /// Takes the draws.
  package let sink: any DrawSink
  /// Start of each chain on the unconstrained scale as the model is written, nil for a random start.
  package var initialPositions: [[Double]?]?
  /// Estimates of the posterior variances for the first metric of each chain that begins at such a position, all above 0.
  package var initialVariances: [[Double]?]?
  /// Finds the start of a chain by its number, with an evaluator in the coordinates that it begins with.
  ///
  /// It is called from the chain's thread, for chains that have neither a position nor a state; nil is a random start.
  package var findStart: StartSearch?
  /// State of each chain to go on from, nil for a chain that has none and begins at its start; of a run
  /// with equal settings but perhaps more draws.
  package var resumedStates: [(any SavedChain)?]?
  /// Most chains to run at once, up to 1024; nil for as many as there are cores.
  package var threadCount: Int?
  /// Called with each chain's progress, from its thread, at most every 50 ms, and at its first draw after the
  /// warm-up and its last.
  package var progress: (@Sendable (ChainProgress) -> Void)?

  /// Stops the chains, for the user's flag or for a failure.
  let stop: CancellationFlag

  /// A run of the No-U-Turn sampler.
  package init(
    logDensity: any LogDensity,
    settings: NUTSSettings,
    sink: any DrawSink,
    cancellation: CancellationFlag = CancellationFlag()
  ) {
    self.init(
      logDensity: logDensity,
      engine: NUTS(settings: settings),
      lengths: settings.lengths,
      sink: sink,
      cancellation: cancellation
    )
  }

  /// A run that stops early when `cancellation` is raised; a failure of the run raises it, too.
  package init(
    logDensity: any LogDensity,
    engine: any ChainEngine,
    lengths: ChainLengths,
    sink: any DrawSink,
    cancellation: CancellationFlag = CancellationFlag()
  ) {
    self.logDensity = logDensity
    self.engine = engine
    self.lengths = lengths
    self.sink = sink
    stop = cancellation
  }

  /// Runs all chains to their end, or until cancelled.
  ///
  /// - Returns: one result a chain, in order; a cancelled chain has fewer draws.
  /// - Throws: the failure of the lowest chain that failed; the draws delivered before stay valid.
  package func run() async throws(InferenceError) -> [ChainResult] {
    try validate()
    let groups = groups
    let queue = GroupQueue(count: groups.count)
    let workers = min(max(threadCount ?? groups.count, 1), groups.count, Self.maximumWorkers)
    var outcomes = await withTaskGroup(of: [GroupOutcome].self) { tasks in
      for _ in 0..<workers {
        tasks.addTask {
          var outcomes: [GroupOutcome] = []
          while let group = queue.next() { outcomes.append(runGroup(groups[group])) }
          return outcomes
        }
      }
      return await tasks.reduce(into: []) { $0 += $1 }
    }
    outcomes.sort { $0.chains.lowerBound < $1.chains.lowerBound }
    var results: [ChainResult] = []
    for outcome in outcomes { results += try outcome.result.get() }
    return results
  }

  /// The chains that one thread runs at a time: one, or all where they move together.
  private var groups: [Range<Int>] {
    if type(of: engine).signature.joinsChains { return [0..<lengths.chains] }
    return (0..<lengths.chains).map { $0..<($0 + 1) }
  }

  private func runGroup(_ chains: Range<Int>) -> GroupOutcome {
    if stop.isCancelled {
      return GroupOutcome(chains: chains, result: .success(chains.map(unstarted)))
    }
    do throws(InferenceError) {
      return GroupOutcome(chains: chains, result: .success(try engine.run(chains, of: self)))
    } catch {
      stop.cancel()
      return GroupOutcome(chains: chains, result: .failure(error))
    }
  }

  /// Lets the sink save where chains stand.
  func save(_ chains: [ChainResult], iteration: Int) throws(InferenceError) {
    do { try sink.save(chains) } catch {
      throw .sink(chain: chains.first?.chain ?? 0, iteration: iteration, error)
    }
  }

  /// Where a chain is to begin.
  func initialPosition(_ number: Int) -> [Double]? { initialPositions?[number] ?? nil }

  /// What was saved of a chain that is to go on.
  func savedChain(_ number: Int) -> (any SavedChain)? { resumedStates?[number] ?? nil }

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
      state: savedChain(number)
    )
  }

  private func validate() throws(InferenceError) {
    let dimension = logDensity.dimension
    try engine.validate(lengths, dimension: dimension)
    if let positions = initialPositions,
      positions.count != lengths.chains
        || positions.contains(where: { $0.map(\.count) ?? dimension != dimension })
    {
      throw .invalidSetting(
        name: "initialPositions",
        requirement: "must have \(dimension) elements for each of \(lengths.chains) chains"
      )
    }
    if let states = resumedStates,
      states.count != lengths.chains
        || states.contains(where: { $0?.suits(dimension: dimension) == false })
    {
      throw .invalidSetting(
        name: "resumedStates",
        requirement: "must have \(dimension) elements for each of \(lengths.chains) chains"
      )
    }
  }
}

/// How chains that run together ended.
private struct GroupOutcome: Sendable {
  var chains: Range<Int>
  var result: Result<[ChainResult], InferenceError>
}

/// Hands out the numbers of the groups to the workers.
private final class GroupQueue: Sendable {
  private let count: Int
  private let taken = Atomic<Int>(0)

  init(count: Int) {
    self.count = count
  }

  /// The next group that nobody runs yet; nil when all are taken.
  func next() -> Int? {
    let group = taken.wrappingAdd(1, ordering: .relaxed).oldValue
    return group < count ? group : nil
  }
}
