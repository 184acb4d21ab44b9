import PPLTensorCore

/// One Markov chain whose parts are moved in turn: by NUTS along gradients, by random walks, from slices, and discrete
/// values one by one.
///
/// Each move leaves the distribution of its part given the rest as it is, and so all of them that of the
/// whole (Geman and Geman 1984, doi:10.1109/TPAMI.1984.4767596; Tierney 1994, doi:10.1214/aos/1176325750).
///
/// Every iteration has random numbers of its own, keyed by chain and iteration, so that a chain taken up again from its
/// `GibbsState` continues bit by bit.
struct GibbsChain: ~Copyable {
  /// What random numbers of a chain are for; see `Chain`, which has the same numbers for the same purposes.
  private enum Purpose: UInt64 {
    case initialPoint = 0
    case transition = 1
    case stepSizeSearch = 2
    case smoothStart = 3
    case walk = 4
    case slice = 5
    case integers = 6
  }

  private let number: Int
  private let run: SamplingRun
  private let key: RandomKey
  private let density: DensityCounter
  private var point: KernelPoint
  private var smooth: SmoothPart?
  private var walked: (conditional: ConditionalDensity, move: MetropolisMove)?
  private var sliced: (conditional: ConditionalDensity, move: SliceMove)?
  private var integers: IntegerMove?
  private var iteration: Int
  private var divergenceCount = 0
  private var clock: ChainClock
  /// How the chain stood before a move that was cut short.
  private var stopped: GibbsState?
  /// Evaluations at the end of the warm-up, with gradient and without.
  private var warmupCounts = (gradients: 0, densities: 0)

  private static func key(_ key: RandomKey, _ purpose: Purpose, _ iteration: Int) -> RandomKey {
    key.derived(purpose.rawValue).derived(UInt64(iteration))
  }

  /// A chain at its start: a point of finite density is found, or a state taken up.
  ///
  /// - Throws: `InferenceError.initialization` or `.evaluation`.
  static func start(
    _ engine: Gibbs,
    number: Int,
    run: SamplingRun
  ) throws(InferenceError) -> GibbsChain {
    let clock = ChainClock()
    let key = RandomKey(seed: run.lengths.seed).derived(UInt64(number))
    let evaluator = run.logDensity.makeEvaluator()
    let density = DensityCounter(evaluator)
    let dimension = run.logDensity.dimension
    let blocks = run.logDensity.blocks
    func numbers(_ way: Gibbs.Way) -> [Int] { engine.parts(way, of: blocks).flatMap(\.range) }
    let (smoothNumbers, walkedNumbers) = (numbers(.trajectories), numbers(.walk))
    let slicedNumbers = numbers(.slices)
    let integerBlocks = engine.parts(.values, of: blocks)
    let saved = run.savedChain(number) as? GibbsState
    let given = saved?.position ?? run.initialPosition(number)
    let search = FiniteStart(
      density: density,
      dimension: dimension,
      key: Self.key(key, .initialPoint, 0),
      integers: integerBlocks
    )
    let start: Result<KernelPoint, InitializationFailure>
    do throws(EvaluationError) { start = try search.point(given) } catch {
      throw .evaluation(chain: number, iteration: -1, error)
    }
    var point: KernelPoint
    switch start {
    case .success(let found): point = found
    case .failure(let failure): throw .initialization(chain: number, failure)
    }
    func conditional(_ numbers: [Int]) -> ConditionalDensity {
      ConditionalDensity(evaluator, density, Coordinates(numbers: numbers), dimension: dimension)
    }
    var smooth: SmoothPart?
    if !smoothNumbers.isEmpty {
      let settings = engine.trajectories.with(run.lengths)
      let own = conditional(smoothNumbers)
      var kernel = NUTSKernel(
        dimension: smoothNumbers.count,
        evaluator: own,
        maxTreeDepth: settings.maxTreeDepth,
        cancellation: run.stop
      )
      own.fix(point.position)
      let failure: InitializationFailure?
      do throws(EvaluationError) {
        failure = try kernel.moveToInitialPoint(
          given == nil ? nil : own.coordinates.values(in: point.position),
          key: Self.key(key, .smoothStart, 0)
        )
      } catch {
        throw .evaluation(chain: number, iteration: -1, error)
      }
      if let failure {
        let whole = own.coordinates.whole(failure, rest: point.position)
        throw .initialization(chain: number, whole)
      }
      let moves: AdaptedTrajectories
      if let state = saved?.smooth {
        moves = AdaptedTrajectories(
          kernel,
          settings,
          adaptation: state.tuning.adaptation,
          needsStepSizeSearch: state.needsStepSizeSearch
        )
      } else {
        moves = AdaptedTrajectories(kernel, settings)
      }
      smooth = SmoothPart(conditional: own, moves: moves)
      own.coordinates.set(smooth?.moves.position ?? [], in: &point.position)
    }
    do throws(EvaluationError) { point.logDensity = try density.value(of: point.position) } catch {
      throw .evaluation(chain: number, iteration: -1, error)
    }
    var chain = GibbsChain(
      number: number,
      run: run,
      key: key,
      density: density,
      point: point,
      smooth: smooth,
      iteration: saved?.iteration ?? 0,
      clock: clock
    )
    if !walkedNumbers.isEmpty {
      let own = conditional(walkedNumbers)
      let move =
        saved?.walk
        ?? MetropolisMove(
          start: own.coordinates.values(in: point.position),
          structure: .covariance,
          target: nil,
          warmup: run.lengths.warmup
        )
      chain.walked = (own, move)
    }
    if !slicedNumbers.isEmpty {
      let move = saved?.slice ?? SliceMove(dimension: slicedNumbers.count)
      chain.sliced = (conditional(slicedNumbers), move)
    }
    if !integerBlocks.isEmpty { chain.integers = saved?.integers ?? IntegerMove(integerBlocks) }
    return chain
  }

  private init(
    number: Int,
    run: SamplingRun,
    key: RandomKey,
    density: DensityCounter,
    point: KernelPoint,
    smooth: consuming SmoothPart?,
    iteration: Int,
    clock: ChainClock
  ) {
    self.number = number
    self.run = run
    self.key = key
    self.density = density
    self.point = point
    self.smooth = smooth
    self.iteration = iteration
    self.clock = clock
  }

  /// Runs the iterations that are left, until the end or until the run is stopped.
  ///
  /// - Throws: `InferenceError.evaluation` or `.sink`.
  mutating func runToEnd() throws(InferenceError) {
    let warmup = run.lengths.warmup
    let total = warmup + run.lengths.draws
    if iteration >= warmup { finishWarmup() }
    while iteration < total, !run.stop.isCancelled {
      let isWarmup = iteration < warmup
      let before = state
      let statistics: DrawStatistics?
      do throws(EvaluationError) { statistics = try transition(isWarmup: isWarmup) } catch {
        throw .evaluation(chain: number, iteration: iteration, error)
      }
      guard let statistics else {
        stopped = before
        break
      }
      if !isWarmup, statistics.isDivergent { divergenceCount += 1 }
      do {
        try run.sink.receive(
          position: point.position.span,
          statistics: statistics,
          chain: number,
          index: isWarmup ? iteration : iteration - warmup,
          isWarmup: isWarmup
        )
      } catch {
        throw .sink(chain: number, iteration: iteration, error)
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

  /// Moves all parts once; nil if cancelled: the point is then the last draw still, but the moves may have learnt already.
  private mutating func transition(isWarmup: Bool) throws(EvaluationError) -> DrawStatistics? {
    let before = density.count
    var next = point
    var statistics = DrawStatistics()
    statistics.acceptanceRate = 1
    if smooth != nil {
      let moved = try smooth?.move(
        &next,
        density,
        isWarmup: isWarmup,
        iteration: iteration,
        searchKey: Self.key(key, .stepSizeSearch, iteration),
        key: Self.key(key, .transition, iteration)
      )
      guard let moved else { return nil }
      statistics = moved
    }
    func generator(_ purpose: Purpose) -> RandomGenerator {
      Self.key(key, purpose, iteration).makeGenerator()
    }
    if let conditional = walked?.conditional {
      var own = generator(.walk)
      try conditional.move(&next) { (part) throws(EvaluationError) in
        for _ in part.position.indices {
          _ = try walked?.move.step(&part, conditional, adapts: isWarmup, generator: &own)
        }
        if isWarmup { walked?.move.learn(part.position, iteration: iteration) }
      }
    }
    if let conditional = sliced?.conditional {
      var own = generator(.slice)
      try conditional.move(&next) { (part) throws(EvaluationError) in
        try sliced?.move.sweep(&part, conditional, adapts: isWarmup, generator: &own)
      }
    }
    if integers != nil {
      var own = generator(.integers)
      try integers?.sweep(&next, density, adapts: isWarmup, generator: &own)
    }
    // What is computed while a run is being stopped may have been cut short.
    if run.stop.isCancelled { return nil }
    point = next
    statistics.logDensity = point.logDensity
    statistics.evaluationCount = density.count - before
    return statistics
  }

  private mutating func finishWarmup() {
    clock.finishWarmup()
    warmupCounts = (gradientCount, density.count)
  }

  private var gradientCount: Int {
    switch smooth {
    case .some(let part): part.moves.kernel.gradientCount
    case nil: 0
    }
  }

  private func stepSize(isWarmup: Bool) -> Double {
    switch smooth {
    case .some(let part): part.moves.stepSize(isWarmup: isWarmup)
    case nil: .nan
    }
  }

  private func makeProgress(total: Int) -> ChainProgress {
    let isWarmup = iteration < run.lengths.warmup
    return ChainProgress(
      chain: number,
      phase: isWarmup ? .warmup : .sampling,
      iteration: iteration,
      total: total,
      drawCount: max(0, iteration - run.lengths.warmup),
      divergences: divergenceCount,
      stepSize: stepSize(isWarmup: isWarmup),
      leapfrogCount: gradientCount + density.count
    )
  }

  private var smoothState: SmoothPart.State? {
    switch smooth {
    case .some(let part): part.state
    case nil: nil
    }
  }

  /// All that the chain needs to go on.
  private var state: GibbsState {
    GibbsState(
      iteration: iteration,
      position: point.position,
      smooth: smoothState,
      walk: walked?.move,
      slice: sliced?.move,
      integers: integers
    )
  }

  /// What the chain has come to.
  func makeResult() -> ChainResult {
    let isWarmup = iteration < run.lengths.warmup
    let (warmupSeconds, samplingSeconds) = clock.seconds()
    var result = ChainResult(
      chain: number,
      warmupCount: min(iteration, run.lengths.warmup),
      drawCount: max(0, iteration - run.lengths.warmup),
      divergenceCount: divergenceCount,
      stepSize: stepSize(isWarmup: isWarmup),
      inverseMass: [],
      warmupSeconds: warmupSeconds,
      samplingSeconds: samplingSeconds,
      gradientCount: gradientCount,
      samplingGradientCount: isWarmup ? 0 : gradientCount - warmupCounts.gradients,
      state: stopped ?? state
    )
    result.densityCount = density.count
    result.samplingDensityCount = isWarmup ? 0 : density.count - warmupCounts.densities
    return result
  }
}

/// What is saved of a chain whose parts are moved in turn.
struct GibbsState: SavedChain {
  var iteration: Int
  var position: [Double]
  fileprivate var smooth: SmoothPart.State?
  fileprivate var walk: MetropolisMove?
  fileprivate var slice: SliceMove?
  fileprivate var integers: IntegerMove?

  func suits(dimension: Int) -> Bool { iteration >= 0 && position.count == dimension }
}

/// The coordinates that are moved by Hamiltonian trajectories, given the rest.
private struct SmoothPart: ~Copyable {
  /// Step size and metric, with which it goes on.
  struct State: Sendable, Codable {
    var tuning: StoredAdaptation
    var needsStepSizeSearch: Bool
  }

  let conditional: ConditionalDensity
  var moves: AdaptedTrajectories

  /// Moves them once; nil if cancelled.
  mutating func move(
    _ point: inout KernelPoint,
    _ density: DensityCounter,
    isWarmup: Bool,
    iteration: Int,
    searchKey: RandomKey,
    key: RandomKey
  ) throws(EvaluationError) -> DrawStatistics? {
    conditional.fix(point.position)
    let own = conditional.coordinates.values(in: point.position)
    try moves.kernel.moveAgain(to: own.span)
    guard try moves.searchStepSizeIfNeeded(key: searchKey),
      let statistics = try moves.transition(isWarmup: isWarmup, key: key)
    else { return nil }
    if isWarmup { moves.adapt(statistics, iteration: iteration) }
    conditional.coordinates.set(moves.position, in: &point.position)
    // As the moves of the other parts see it, to the last bit.
    point.logDensity = try density.value(of: point.position)
    return statistics
  }

  var state: State {
    State(
      tuning: StoredAdaptation(moves.adaptation),
      needsStepSizeSearch: moves.needsStepSizeSearch
    )
  }
}
