import PPLTensorCore

/// One chain of particle marginal Metropolis-Hastings: start, warm-up, and draws.
///
/// Every run of the filter has random numbers of its own, keyed by chain, iteration and move, so that a chain taken up again
/// from its `ParticleState` continues bit by bit.
struct ParticleChain {
  private static let startAttempts = 100
  private static let startCandidates = 10
  /// Half-width of the uniform starts; Stan's convention.
  private static let startRadius = 2.0
  /// Runs of the filter that tell how its estimates spread.
  private static let spreadRuns = 30

  private let chain: Int
  private let run: SamplingRun
  private let engine: PMMH
  private let key: RandomKey
  private let density: FilterDensity
  private var state: ParticleState
  private var acceptance = 1.0
  private var clock: ChainClock
  private var warmupCount = 0

  /// A chain at a point where the filter has an estimate, or at a state taken up.
  ///
  /// - Throws: `InferenceError.initialization`.
  static func start(
    _ engine: PMMH,
    _ model: some StateSpaceModel,
    chain: Int,
    run: SamplingRun
  ) throws(InferenceError) -> ParticleChain {
    let clock = ChainClock()
    let key = RandomKey(seed: run.lengths.seed).derived(UInt64(chain))
    let density = FilterDensity(model, key: key)
    if let saved = run.savedChain(chain) as? ParticleState {
      return ParticleChain(
        chain: chain,
        run: run,
        engine: engine,
        key: key,
        density: density,
        state: saved,
        clock: clock
      )
    }
    let start = try start(density, model, chain, key)
    var position = [Double](repeating: 0, count: model.dimension)
    density.write(start.position, to: &position)
    let state = ParticleState(
      iteration: 0,
      position: position,
      point: start,
      move: MetropolisMove(
        start: start.position,
        structure: engine.structure,
        target: engine.target,
        warmup: run.lengths.warmup
      )
    )
    return ParticleChain(
      chain: chain,
      run: run,
      engine: engine,
      key: key,
      density: density,
      state: state,
      clock: clock
    )
  }

  private init(
    chain: Int,
    run: SamplingRun,
    engine: PMMH,
    key: RandomKey,
    density: FilterDensity,
    state: ParticleState,
    clock: ChainClock
  ) {
    self.chain = chain
    self.run = run
    self.engine = engine
    self.key = key
    self.density = density
    self.state = state
    self.clock = clock
  }

  /// The best of some uniform points at which the estimate is finite: a chain cannot see where it is to go from far out.
  private static func start(
    _ density: FilterDensity,
    _ model: some StateSpaceModel,
    _ chain: Int,
    _ key: RandomKey
  ) throws(InferenceError) -> KernelPoint {
    let own = key.derived(Purpose.start.rawValue)
    var generator = own.makeGenerator()
    var parameters = [Double](repeating: 0, count: model.parameterCount)
    var best: (point: KernelPoint, key: RandomKey)?
    var found = 0
    for attempt in 0..<Self.startAttempts {
      for index in parameters.indices {
        parameters[index] = Self.startRadius * (2 * generator.nextUniform() - 1)
      }
      density.key = own.derived(UInt64(attempt))
      let value = density.value(at: parameters.span)
      if value.isFinite {
        if value > best?.point.logDensity ?? -.infinity {
          best = (KernelPoint(position: parameters, logDensity: value), density.key)
        }
        found += 1
        if found == Self.startCandidates { break }
      }
    }
    guard let best else {
      throw .initialization(
        chain: chain,
        InitializationFailure(attemptCount: Self.startAttempts, lastAttempts: [])
      )
    }
    density.key = best.key
    _ = density.value(at: best.point.position.span)
    return best.point
  }

  /// Runs the iterations that are left, until the end or until the run is stopped.
  ///
  /// - Throws: `InferenceError.evaluation` or `.sink`.
  mutating func runToEnd() throws(InferenceError) {
    let warmup = run.lengths.warmup
    let total = warmup + run.lengths.draws
    if state.iteration >= warmup { finishWarmup() }
    while state.iteration < total, !run.stop.isCancelled {
      let isWarmup = state.iteration < warmup
      let before = density.count
      do throws(EvaluationError) { try move(isWarmup: isWarmup) } catch {
        throw .evaluation(chain: chain, iteration: state.iteration, error)
      }
      try deliver(evaluations: density.count - before, isWarmup: isWarmup)
      state.iteration += 1
      if state.iteration == warmup { finishWarmup() }
      if run.sink.isSaveDue(chain: chain) {
        try run.save([makeResult()], iteration: state.iteration)
      }
      let isMarked = state.iteration == warmup + 1 || state.iteration == total
      if let progress = run.progress, clock.isReportDue(isMarked: isMarked) {
        progress(makeProgress(total: total))
      }
    }
  }

  /// The moves of one iteration.
  private mutating func move(isWarmup: Bool) throws(EvaluationError) {
    let own = key.derived(Purpose.moves.rawValue).derived(UInt64(state.iteration))
    var generator = own.derived(Purpose.proposals.rawValue).makeGenerator()
    var sum = 0.0
    for step in 0..<engine.steps {
      density.key = own.derived(Purpose.filters.rawValue).derived(UInt64(step))
      let outcome =
        state.point.position.isEmpty
        ? moveStates(generator.nextUniform(), isWarmup: isWarmup)
        : try state.move.step(&state.point, density, adapts: isWarmup, generator: &generator)
      sum += outcome.acceptance
      if outcome.isAccepted { density.write(state.point.position, to: &state.position) }
    }
    acceptance = sum / Double(engine.steps)
    if isWarmup { state.move.learn(state.point.position, iteration: state.iteration) }
  }

  /// Proposes new states alone.
  private mutating func moveStates(_ uniform: Double, isWarmup: Bool) -> MetropolisMove.Outcome {
    let value = density.value(at: state.point.position.span)
    if !isWarmup { state.logEstimates.append(value) }
    let acceptance = min(1, LibM.exp(value - state.point.logDensity))
    guard uniform < acceptance else { return .init(acceptance: acceptance, isAccepted: false) }
    state.point.logDensity = value
    return .init(acceptance: acceptance, isAccepted: true)
  }

  private func deliver(evaluations: Int, isWarmup: Bool) throws(InferenceError) {
    var statistics = DrawStatistics()
    statistics.acceptanceRate = acceptance
    statistics.stepSize = state.move.scale
    statistics.logDensity = state.point.logDensity
    statistics.evaluationCount = evaluations
    do {
      try run.sink.receive(
        position: state.position.span,
        statistics: statistics,
        chain: chain,
        index: isWarmup ? state.iteration : state.iteration - run.lengths.warmup,
        isWarmup: isWarmup
      )
    } catch {
      throw .sink(chain: chain, iteration: state.iteration, error)
    }
  }

  private mutating func finishWarmup() {
    clock.finishWarmup()
    warmupCount = density.count
  }

  private func makeProgress(total: Int) -> ChainProgress {
    ChainProgress(
      chain: chain,
      phase: state.iteration < run.lengths.warmup ? .warmup : .sampling,
      iteration: state.iteration,
      total: total,
      drawCount: max(0, state.iteration - run.lengths.warmup),
      divergences: 0,
      stepSize: .nan,
      leapfrogCount: density.count
    )
  }

  /// What the chain has come to.
  func makeResult() -> ChainResult {
    let isWarmup = state.iteration < run.lengths.warmup
    let (warmupSeconds, samplingSeconds) = clock.seconds()
    var result = ChainResult(
      chain: chain,
      warmupCount: min(state.iteration, run.lengths.warmup),
      drawCount: max(0, state.iteration - run.lengths.warmup),
      divergenceCount: 0,
      stepSize: .nan,
      inverseMass: [],
      warmupSeconds: warmupSeconds,
      samplingSeconds: samplingSeconds,
      gradientCount: 0,
      samplingGradientCount: 0,
      state: state
    )
    result.densityCount = density.count
    result.samplingDensityCount = isWarmup ? 0 : density.count - warmupCount
    result.logEstimates = state.logEstimates
    result.estimateSpread = estimateSpread()
    return result
  }

  /// How estimates at the last draw spread over runs of the filter; nil where no parameter depends on that, or the chain did not
  /// come to its end.
  private func estimateSpread() -> Double? {
    guard !state.point.position.isEmpty, !run.stop.isCancelled,
      state.iteration == run.lengths.warmup + run.lengths.draws
    else { return nil }
    let own = key.derived(Purpose.spread.rawValue)
    var estimates: [Double] = []
    for number in 0..<Self.spreadRuns {
      density.key = own.derived(UInt64(number))
      let value = density.value(at: state.point.position.span)
      if value.isFinite { estimates.append(value) }
    }
    let count = Double(estimates.count)
    guard count > 1 else { return nil }
    let mean = estimates.reduce(0, +) / count
    let squares = estimates.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (squares / (count - 1)).squareRoot()
  }

  /// What random numbers of a chain are for.
  private enum Purpose: UInt64 {
    case start, moves, proposals, filters, spread
  }
}

/// All that a chain of particle Markov chain Monte Carlo needs to go on.
package struct ParticleState: SavedChain {
  package var iteration: Int
  /// Parameters and states, D elements.
  package var position: [Double]
  /// The parameters with the estimate that they were accepted with.
  var point: KernelPoint
  var move: MetropolisMove
  /// Of models without parameters: estimates of the log marginal likelihood after the warm-up, one a run of the filter.
  var logEstimates: [Double] = []

  package func suits(dimension: Int) -> Bool { iteration >= 0 && position.count == dimension }
}
