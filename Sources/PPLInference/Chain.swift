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
  private var kernel: NUTSKernel
  private var adaptation: any Adaptation
  private var centering: CenteringSearch?
  private var needsStepSizeSearch: Bool
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
    var given = resumed?.position ?? run.initialPositions?[number]
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
    let state =
      resumed
      ?? ChainState(
        iteration: 0,
        position: [],
        adaptation: Self.makeAdaptation(settings, kernel, start?.variances),
        needsStepSizeSearch: true,
        centering: centering
      )
    var chain = Chain(
      number: number,
      settings: settings,
      run: run,
      key: key,
      kernel: kernel,
      state: state,
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
    kernel: consuming NUTSKernel,
    state: ChainState,
    clock: ChainClock
  ) {
    self.number = number
    self.run = run
    self.key = key
    self.clock = clock
    self.settings = settings
    adaptation = state.adaptation
    needsStepSizeSearch = state.needsStepSizeSearch
    centering = state.centering
    iteration = state.iteration
    self.kernel = kernel
    self.kernel.pool.setInverseMass(adaptation.inverseMass)
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

  private static func makeAdaptation(
    _ settings: NUTSSettings,
    _ kernel: borrowing NUTSKernel,
    _ variances: [Double]?
  ) -> any Adaptation {
    switch settings.adaptation {
    case .fisher:
      kernel.pool.withSpan(.gradient, kernel.current) { gradient in
        FisherAdaptation(
          warmup: settings.warmupCount,
          targetAcceptance: settings.targetAcceptance,
          initialGradient: gradient,
          variances: variances
        )
      }
    case .stan:
      StanAdaptation(
        warmup: settings.warmupCount,
        targetAcceptance: settings.targetAcceptance,
        dimension: kernel.pool.dimension,
        variances: variances
      )
    }
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
      guard try searchStepSizeIfNeeded() else { break }
      let statistics: DrawStatistics?
      do throws(EvaluationError) {
        statistics = try transition(
          stepSize: isWarmup ? adaptation.stepSize : adaptation.averagedStepSize
        )
      } catch {
        throw .evaluation(chain: number, iteration: iteration, error)
      }
      guard let statistics else { break }
      if !isWarmup, statistics.isDivergent { divergenceCount += 1 }
      try deliver(statistics, index: isWarmup ? iteration : iteration - warmup, isWarmup: isWarmup)
      if isWarmup { try adapt(statistics) }
      iteration += 1
      if iteration == warmup { finishWarmup() }
      let isMarked = iteration == warmup + 1 || iteration == total
      if let progress = run.progress, clock.isReportDue(isMarked: isMarked) {
        progress(makeProgress(total: total))
      }
    }
  }

  /// The next draw by the rule of the trajectory; nil if cancelled.
  private mutating func transition(stepSize: Double) throws(EvaluationError) -> DrawStatistics? {
    let key = Self.key(key, .transition, iteration)
    switch settings.trajectory {
    case .untilTurn:
      return try kernel.transition(
        stepSize: stepSize,
        jitter: adaptation.stepSizeJitter,
        key: key
      )
    case .isokinetic(let meanLength):
      return try kernel.isokineticTransition(
        meanLength: meanLength,
        stepSize: stepSize,
        jitter: adaptation.stepSizeJitter,
        key: key
      )
    case .fixed(let meanLength):
      return try kernel.staticTransition(
        meanLength: meanLength,
        stepSize: stepSize,
        jitter: adaptation.stepSizeJitter,
        key: key
      )
    }
  }

  private func deliver(
    _ statistics: DrawStatistics,
    index: Int,
    isWarmup: Bool
  ) throws(InferenceError) {
    do {
      try kernel.pool.withSpan(.position, kernel.current) { position in
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

  private mutating func adapt(_ statistics: DrawStatistics) throws(InferenceError) {
    if kernel.pool.dimension == 0 { return }
    let action = kernel.pool.withSpan(.position, kernel.current) { position in
      kernel.pool.withSpan(.gradient, kernel.current) { gradient in
        adaptation.update(
          iteration: iteration,
          position: position,
          gradient: gradient,
          statistics: statistics
        )
      }
    }
    if action != .proceed {
      kernel.pool.setInverseMass(adaptation.inverseMass)
      needsStepSizeSearch = action == .updateMetricAndSearchStepSize
    }
    do throws(EvaluationError) { try chooseCoordinates() } catch {
      throw .evaluation(chain: number, iteration: iteration, error)
    }
  }

  /// Moves the chain into other coordinates where those suit the draws so far better.
  private mutating func chooseCoordinates() throws(EvaluationError) {
    guard var search = centering, search.isOpen(iteration: iteration) else { return }
    let present = search.centering
    let position = kernel.pool.withSpan(.position, kernel.current) { span in
      span.indices.map { span[$0] }
    }
    let draws = try search.update(
      iteration: iteration,
      position: position.span,
      evaluator: kernel.evaluator
    )
    centering = search
    guard let draws else { return }
    kernel.evaluator.adopt(present)
    let moved = kernel.evaluator.position(position, in: search.centering)
    kernel.evaluator.adopt(search.centering)
    run.sink.adopt(search.centering, chain: number)
    try kernel.moveAgain(to: moved.span)
    if adaptation.restartMetric(positions: draws.positions, gradients: draws.gradients) {
      kernel.pool.setInverseMass(adaptation.inverseMass)
    }
    needsStepSizeSearch = true
  }

  /// Searches a step size where the adaptation has asked for it; false if cancelled meanwhile.
  private mutating func searchStepSizeIfNeeded() throws(InferenceError) -> Bool {
    guard needsStepSizeSearch else { return true }
    do throws(EvaluationError) {
      let stepSize = try kernel.searchStepSize(
        targetAcceptance: settings.targetAcceptance,
        key: Self.key(key, .stepSizeSearch, iteration)
      )
      guard let stepSize else { return false }
      adaptation.restartStepSize(stepSize)
    } catch {
      throw .evaluation(chain: number, iteration: iteration, error)
    }
    needsStepSizeSearch = false
    return true
  }

  private mutating func finishWarmup() {
    clock.finishWarmup()
    warmupGradientCount = kernel.gradientCount
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
      stepSize: isWarmup ? adaptation.stepSize : adaptation.averagedStepSize,
      leapfrogCount: kernel.gradientCount
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
      stepSize: isWarmup ? adaptation.stepSize : adaptation.averagedStepSize,
      inverseMass: adaptation.inverseMass,
      warmupSeconds: warmupSeconds,
      samplingSeconds: samplingSeconds,
      gradientCount: startGradientCount + kernel.gradientCount,
      samplingGradientCount: isWarmup ? 0 : kernel.gradientCount - warmupGradientCount,
      state: ChainState(
        iteration: iteration,
        position: kernel.pool.withSpan(.position, kernel.current) { span in
          span.indices.map { span[$0] }
        },
        adaptation: adaptation,
        needsStepSizeSearch: needsStepSizeSearch,
        centering: centering
      )
    )
  }
}
