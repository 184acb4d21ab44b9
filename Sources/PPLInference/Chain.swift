import PPLTensorCore

/// One Markov chain: start, warm-up, and draws.
///
/// Every iteration has random numbers of its own, keyed by chain and iteration, so that a chain taken up
/// again from its `ChainState` continues bit by bit.
struct Chain: ~Copyable {
  /// What random numbers of a chain are for.
  private enum Purpose: UInt64 {
    case initialPoint = 0
    case transition = 1
    case stepSizeSearch = 2
  }

  private let number: Int
  private let settings: NUTSSettings
  private let key: RandomKey
  private let run: SamplingRun
  private var moves: AdaptedTrajectories
  private var centering: CenteringSearch?
  private var iteration: Int
  private var divergenceCount = 0
  private var clock: ChainClock
  private var warmupGradientCount = 0
  /// Gradients that finding the start took.
  private var startGradientCount = 0

  /// A chain at its start: an initial point is found, or a state taken up.
  ///
  /// - Throws: `InferenceError.initialization` or `.evaluation`.
  static func start(
    number: Int,
    settings: NUTSSettings,
    run: SamplingRun
  ) throws(InferenceError) -> Chain {
    let clock = ChainClock()
    let key = RandomKey(seed: settings.seed).derived(UInt64(number))
    var kernel = NUTSKernel(
      dimension: run.logDensity.dimension,
      evaluator: run.logDensity.makeEvaluator(),
      maxTreeDepth: settings.maxTreeDepth,
      division: settings.division,
      cancellation: run.stop
    )
    let resumed = run.savedChain(number) as? ChainState
    let centering = resumed?.centering ?? Self.makeCentering(run, settings)
    if let centering {
      kernel.evaluator.adopt(centering.centering)
      run.sink.adopt(centering.centering, chain: number)
    }
    var given = resumed?.position ?? run.initialPosition(number)
    let variances = given == nil ? nil : run.initialVariances?[number] ?? nil
    if resumed == nil, let written = given, let centering {
      // Starts are given as the model is written.
      let all = Centering(weights: centering.centering.weights.map { _ in 1 })
      kernel.evaluator.adopt(all)
      given = kernel.evaluator.position(written, in: centering.centering)
      kernel.evaluator.adopt(centering.centering)
    }
    var start: ChainStart?
    let failure: InitializationFailure?
    do throws(EvaluationError) {
      if given == nil, let find = run.findStart {
        start = try find(number, kernel.evaluator, run.logDensity.dimension)
        given = start?.position
      }
      failure = try kernel.moveToInitialPoint(given, key: Self.key(key, .initialPoint, 0))
    } catch {
      throw .evaluation(chain: number, iteration: -1, error)
    }
    if let failure { throw .initialization(chain: number, failure) }
    let moves: AdaptedTrajectories
    if let resumed {
      moves = AdaptedTrajectories(
        kernel,
        settings,
        adaptation: resumed.adaptation,
        needsStepSizeSearch: resumed.needsStepSizeSearch
      )
    } else {
      moves = AdaptedTrajectories(kernel, settings, variances: start?.variances ?? variances)
    }
    var chain = Chain(
      number: number,
      settings: settings,
      run: run,
      key: key,
      moves: moves,
      centering: centering,
      iteration: resumed?.iteration ?? 0,
      clock: clock
    )
    chain.startGradientCount = start?.gradientCount ?? 0
    return chain
  }

  private init(
    number: Int,
    settings: NUTSSettings,
    run: SamplingRun,
    key: RandomKey,
    moves: consuming AdaptedTrajectories,
    centering: CenteringSearch?,
    iteration: Int,
    clock: ChainClock
  ) {
    self.number = number
    self.run = run
    self.key = key
    self.clock = clock
    self.settings = settings
    self.centering = centering
    self.iteration = iteration
    self.moves = moves
  }

  private static func key(_ key: RandomKey, _ purpose: Purpose, _ iteration: Int) -> RandomKey {
    key.derived(purpose.rawValue).derived(UInt64(iteration))
  }

  /// The choice of coordinates, where there is one to make.
  private static func makeCentering(_ run: SamplingRun, _ settings: NUTSSettings)
    -> CenteringSearch?
  {
    let elements = run.logDensity.centeredElements
    guard !elements.isEmpty, settings.choosesCoordinates else { return nil }
    return CenteringSearch(
      elements: elements,
      statements: run.logDensity.centeredStatements,
      warmup: settings.warmupCount
    )
  }

  /// Runs the iterations that are left, until the end or until the run is stopped.
  ///
  /// - Throws: `InferenceError.evaluation` or `.sink`.
  mutating func runToEnd() throws(InferenceError) {
    let warmup = settings.warmupCount
    let total = warmup + settings.draws
    if iteration >= warmup { finishWarmup() }
    while iteration < total, !run.stop.isCancelled {
      let isWarmup = iteration < warmup
      let statistics: DrawStatistics?
      do throws(EvaluationError) {
        guard
          try moves.searchStepSizeIfNeeded(key: Self.key(key, .stepSizeSearch, iteration))
        else { break }
        statistics = try moves.transition(
          isWarmup: isWarmup,
          key: Self.key(key, .transition, iteration)
        )
      } catch {
        throw .evaluation(chain: number, iteration: iteration, error)
      }
      guard let statistics else { break }
      if !isWarmup, statistics.isDivergent { divergenceCount += 1 }
      try deliver(statistics, index: isWarmup ? iteration : iteration - warmup, isWarmup: isWarmup)
      if isWarmup {
        moves.adapt(statistics, iteration: iteration)
        do throws(EvaluationError) { try chooseCoordinates() } catch {
          throw .evaluation(chain: number, iteration: iteration, error)
        }
      }
      iteration += 1
      if iteration == warmup { finishWarmup() }
      if run.sink.isSaveDue(chain: number) { try run.save([makeResult()], iteration: iteration) }
      let isMarked = iteration == warmup + 1 || iteration == total
      if let progress = run.progress, clock.isReportDue(isMarked: isMarked) {
        progress(makeProgress(total: total))
      }
    }
  }

  private func deliver(
    _ statistics: DrawStatistics,
    index: Int,
    isWarmup: Bool
  ) throws(InferenceError) {
    do {
      try moves.kernel.pool.withSpan(.position, moves.kernel.current) { position in
        try run.sink.receive(
          position: position,
          statistics: statistics,
          chain: number,
          index: index,
          isWarmup: isWarmup
        )
      }
    } catch {
      throw .sink(chain: number, iteration: iteration, error)
    }
  }

  /// Moves the chain into other coordinates where those suit the draws so far better.
  private mutating func chooseCoordinates() throws(EvaluationError) {
    guard var search = centering, search.isOpen(iteration: iteration) else { return }
    let present = search.centering
    let position = moves.position
    let draws = try search.update(
      iteration: iteration,
      position: position.span,
      evaluator: moves.kernel.evaluator
    )
    centering = search
    guard let draws else { return }
    moves.kernel.evaluator.adopt(present)
    let moved = moves.kernel.evaluator.position(position, in: search.centering)
    moves.kernel.evaluator.adopt(search.centering)
    run.sink.adopt(search.centering, chain: number)
    try moves.kernel.moveAgain(to: moved.span)
    moves.restart(positions: draws.positions, gradients: draws.gradients)
  }

  private mutating func finishWarmup() {
    clock.finishWarmup()
    warmupGradientCount = moves.kernel.gradientCount
  }

  private func makeProgress(total: Int) -> ChainProgress {
    let isWarmup = iteration < settings.warmupCount
    return ChainProgress(
      chain: number,
      phase: isWarmup ? .warmup : .sampling,
      iteration: iteration,
      total: total,
      drawCount: max(0, iteration - settings.warmupCount),
      divergences: divergenceCount,
      stepSize: moves.stepSize(isWarmup: isWarmup),
      leapfrogCount: moves.kernel.gradientCount
    )
  }

  /// What the chain has come to.
  func makeResult() -> ChainResult {
    let isWarmup = iteration < settings.warmupCount
    let (warmupSeconds, samplingSeconds) = clock.seconds()
    return ChainResult(
      chain: number,
      warmupCount: min(iteration, settings.warmupCount),
      drawCount: max(0, iteration - settings.warmupCount),
      divergenceCount: divergenceCount,
      stepSize: moves.stepSize(isWarmup: isWarmup),
      inverseMass: moves.adaptation.inverseMass,
      warmupSeconds: warmupSeconds,
      samplingSeconds: samplingSeconds,
      gradientCount: startGradientCount + moves.kernel.gradientCount,
      samplingGradientCount: isWarmup ? 0 : moves.kernel.gradientCount - warmupGradientCount,
      state: ChainState(
        iteration: iteration,
        position: moves.position,
        adaptation: moves.adaptation,
        needsStepSizeSearch: moves.needsStepSizeSearch,
        centering: centering
      )
    )
  }
}
