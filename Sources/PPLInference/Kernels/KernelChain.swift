import PPLTensorCore

/// Chains that one kernel moves: start, warm-up, and draws.
///
/// Every iteration has random numbers of its own, keyed by chain and iteration, so that a chain taken up again from its
/// `KernelState` continues bit by bit.
struct KernelChain<Kernel: ChainKernel> {
  private let chains: Range<Int>
  private let run: SamplingRun
  private let key: RandomKey
  private let density: DensityCounter
  private var kernel: Kernel
  private var iteration: Int
  private var clock: ChainClock
  private var warmupCount = 0

  /// Chains at their start: points of finite density are found, or a state taken up.
  ///
  /// - Throws: `InferenceError.initialization` or `.evaluation`.
  static func start<Engine: KernelEngine>(
    _ engine: Engine,
    chains: Range<Int>,
    run: SamplingRun
  ) throws(InferenceError) -> KernelChain where Engine.Kernel == Kernel {
    let clock = ChainClock()
    let number = chains.lowerBound
    let key = RandomKey(seed: run.lengths.seed).derived(UInt64(number))
    let density = DensityCounter(
      run.logDensity.makeEvaluator(),
      screening: run.logDensity.screening?.makeEvaluator()
    )
    if let saved = run.savedChain(number) as? KernelState<Kernel> {
      return KernelChain(
        chains: chains,
        run: run,
        key: key,
        density: density,
        kernel: saved.kernel,
        iteration: saved.iteration,
        clock: clock
      )
    }
    let dimension = run.logDensity.dimension
    var starts: [KernelPoint] = []
    for index in 0..<engine.startCount(walkers: chains.count) {
      let search = FiniteStart(
        density: density,
        dimension: dimension,
        key: key.derived(RandomPurpose.initialPoint.rawValue).derived(UInt64(index))
      )
      let given = index < chains.count ? run.initialPosition(number + index) : nil
      let found: Result<KernelPoint, InitializationFailure>
      do throws(EvaluationError) { found = try search.point(given) } catch {
        throw .evaluation(chain: number, iteration: -1, error)
      }
      switch found {
      case .success(let point): starts.append(point)
      case .failure(let failure): throw .initialization(chain: number, failure)
      }
    }
    var generator = key.derived(RandomPurpose.kernel.rawValue).makeGenerator()
    let kernel = engine.makeKernel(
      starts,
      KernelPlan(
        dimension: dimension,
        walkers: chains.count,
        warmup: run.lengths.warmup
      ),
      generator: &generator
    )
    return KernelChain(
      chains: chains,
      run: run,
      key: key,
      density: density,
      kernel: kernel,
      iteration: 0,
      clock: clock
    )
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
      let before = density.count
      if run.logDensity.dimension > 0 {
        var generator = key.derived(RandomPurpose.transition.rawValue).derived(UInt64(iteration))
          .makeGenerator()
        do throws(EvaluationError) {
          try kernel.transition(
            density,
            iteration: iteration,
            isWarmup: isWarmup,
            generator: &generator
          )
        } catch {
          throw .evaluation(chain: chains.lowerBound, iteration: iteration, error)
        }
      }
      try deliver(evaluations: (density.count - before) / chains.count, isWarmup: isWarmup)
      iteration += 1
      if iteration == warmup { finishWarmup() }
      if run.sink.isSaveDue(chain: chains.lowerBound) {
        try run.save(makeResults(), iteration: iteration)
      }
      let isMarked = iteration == warmup + 1 || iteration == total
      if let progress = run.progress, clock.isReportDue(isMarked: isMarked) {
        for chain in chains { progress(makeProgress(chain, total: total)) }
      }
    }
  }

  private func deliver(evaluations: Int, isWarmup: Bool) throws(InferenceError) {
    let index = isWarmup ? iteration : iteration - run.lengths.warmup
    for (walker, chain) in chains.enumerated() {
      let point = kernel.point(of: walker)
      var statistics = kernel.statistics(of: walker)
      statistics.logDensity = point.logDensity
      statistics.evaluationCount = evaluations
      do {
        try run.sink.receive(
          position: point.position.span,
          statistics: statistics,
          chain: chain,
          index: index,
          isWarmup: isWarmup
        )
      } catch {
        throw .sink(chain: chain, iteration: iteration, error)
      }
    }
  }

  private mutating func finishWarmup() {
    clock.finishWarmup()
    warmupCount = density.count
  }

  private func makeProgress(_ chain: Int, total: Int) -> ChainProgress {
    ChainProgress(
      chain: chain,
      phase: iteration < run.lengths.warmup ? .warmup : .sampling,
      iteration: iteration,
      total: total,
      drawCount: max(0, iteration - run.lengths.warmup),
      divergences: 0,
      stepSize: .nan,
      leapfrogCount: density.count / chains.count
    )
  }

  /// What the chains have come to; evaluations are shared out evenly.
  func makeResults() -> [ChainResult] {
    let isWarmup = iteration < run.lengths.warmup
    let (warmupSeconds, samplingSeconds) = clock.seconds()
    let sampling = isWarmup ? 0 : density.count - warmupCount
    return chains.enumerated().map { walker, chain in
      /// This walker's part of a number, such that the parts sum to it.
      func share(_ number: Int) -> Int {
        number * (walker + 1) / chains.count - number * walker / chains.count
      }
      let parts = Double(chains.count)
      var result = ChainResult(
        chain: chain,
        warmupCount: min(iteration, run.lengths.warmup),
        drawCount: max(0, iteration - run.lengths.warmup),
        divergenceCount: 0,
        stepSize: .nan,
        inverseMass: [],
        warmupSeconds: warmupSeconds / parts,
        samplingSeconds: samplingSeconds / parts,
        gradientCount: 0,
        samplingGradientCount: 0,
        state: KernelState(
          iteration: iteration,
          position: kernel.point(of: walker).position,
          kernel: kernel
        )
      )
      result.densityCount = share(density.count)
      result.samplingDensityCount = share(sampling)
      result.screenedCount = share(density.screened.count)
      result.screenedOutCount = share(density.screened.rejected)
      return result
    }
  }
}

/// What is saved of a chain that a kernel moves; those that move together hold the same kernel.
package struct KernelState<Kernel: ChainKernel>: SavedChain {
  package var iteration: Int
  package var position: [Double]
  var kernel: Kernel

  package func suits(dimension: Int) -> Bool { iteration >= 0 && position.count == dimension }
}

/// What random numbers of a chain are for; see `Chain`, which has the same numbers for the same purposes.
private enum RandomPurpose: UInt64 {
  case initialPoint = 0
  case transition = 1
  case kernel = 3
}
