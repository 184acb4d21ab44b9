import PPLInference
import Synchronization
import Testing

@Suite struct SamplingRunTests {
  private func settings(
    chains: Int = 4,
    warmup: Int = 100,
    draws: Int = 60,
    _ method: AdaptationMethod = .fisher
  ) -> NUTSSettings {
    var settings = NUTSSettings(seed: 9)
    settings.chains = chains
    settings.warmup = warmup
    settings.draws = draws
    settings.adaptation = method
    return settings
  }

  @Test(arguments: AdaptationMethod.allCases)
  func drawsDoNotDependOnTheNumberOfThreads(method: AdaptationMethod) async throws {
    var reference: [CollectingSink.Draws] = []
    for threads in [1, 2, 4] {
      let sink = CollectingSink()
      var run = SamplingRun(logDensity: funnel, settings: settings(method), sink: sink)
      run.threadCount = threads
      let results = try await run.run()
      #expect(results.map(\.chain) == [0, 1, 2, 3])
      let draws = (0..<4).flatMap {
        [sink.draws(chain: $0), sink.draws(chain: $0, isWarmup: true)]
      }
      #expect(draws[0].indices == Array(0..<60))
      #expect(draws[1].indices == Array(0..<100))
      if reference.isEmpty { reference = draws }
      for (mine, other) in zip(draws, reference) {
        #expect(mine.firstDifference(from: other) == nil)
      }
    }
    #expect(reference[0].firstDifference(from: reference[2]) == 0)
  }

  @Test(arguments: AdaptationMethod.allCases)
  func aCancelledRunGoesOnBitByBit(method: AdaptationMethod) async throws {
    let whole = CollectingSink()
    _ = try await SamplingRun(
      logDensity: funnel,
      settings: settings(warmup: 300, draws: 200, method),
      sink: whole
    ).run()

    // Raised in the middle of trajectories, of step size searches, in both phases.
    for limit in [1, 7, 40, 333, 1200, 2500] {
      let flag = CancellationFlag()
      let count = Mutex(0)
      let interrupted = FunctionDensity(dimension: 2) {
        position,
        gradient throws(EvaluationError) in
        let isLast = count.withLock { count in
          count += 1
          return count == limit
        }
        if isLast { flag.cancel() }
        return try funnel.function(position, &gradient)
      }
      let sink = CollectingSink()
      let first = SamplingRun(
        logDensity: interrupted,
        settings: settings(warmup: 300, draws: 200, method),
        sink: sink,
        cancellation: flag
      )
      let results = try await first.run()
      for result in results {
        #expect(sink.draws(chain: result.chain).positions.count == result.drawCount)
        #expect(
          sink.draws(chain: result.chain, isWarmup: true).positions.count == result.warmupCount
        )
      }
      #expect(results.contains { $0.drawCount < 200 })
      var second = SamplingRun(
        logDensity: funnel,
        settings: settings(warmup: 300, draws: 200, method),
        sink: sink
      )
      second.resumedStates = try saved(results)
      _ = try await second.run()
      for chain in 0..<4 {
        for isWarmup in [true, false] {
          let expected = whole.draws(chain: chain, isWarmup: isWarmup)
          let firstDifference = sink.draws(chain: chain, isWarmup: isWarmup)
            .firstDifference(from: expected)
          #expect(firstDifference == nil, "limit \(limit), chain \(chain), warmup \(isWarmup)")
        }
      }
    }
  }

  @Test func cancellationFromTheSinkStopsAtTheDraw() async throws {
    let flag = CancellationFlag()
    let sink = CollectingSink { _, index, isWarmup in
      if !isWarmup, index == 9 { flag.cancel() }
    }
    let run = SamplingRun(
      logDensity: funnel,
      settings: settings(chains: 1),
      sink: sink,
      cancellation: flag
    )
    let result = try await run.run()[0]
    #expect(result.drawCount == 10)
    #expect(result.warmupCount == 100)
    #expect(result.state?.iteration == 110)
    #expect(sink.draws(chain: 0).positions.count == 10)
  }

  @Test func aModelWithoutParametersGivesDraws() async throws {
    let density = FunctionDensity(dimension: 0) { _, _ in -2.5 }
    for method in AdaptationMethod.allCases {
      let sink = CollectingSink()
      let results = try await SamplingRun(
        logDensity: density,
        settings: settings(method),
        sink: sink
      ).run()
      for result in results {
        #expect(result.drawCount == 60)
        #expect(result.inverseMass == [])
        #expect(result.gradientCount == 1)
        let draws = sink.draws(chain: result.chain)
        #expect(draws.positions == [[Double]](repeating: [], count: 60))
        #expect(draws.statistics.allSatisfy { $0.logDensity == -2.5 && $0.stepCount == 0 })
      }
    }
  }

  @Test(arguments: 1...9)
  func everySmallDimensionWorks(dimension: Int) async throws {
    let sink = CollectingSink()
    let density = independentNormal(
      means: (0..<dimension).map { Double($0) },
      standardDeviations: (0..<dimension).map { Double($0 + 1) }
    )
    var settings = settings(draws: 1000)
    settings.warmup = nil
    _ = try await SamplingRun(logDensity: density, settings: settings, sink: sink).run()
    for index in 0..<dimension {
      let (mean, error, _) = meanAndError(values(sink, chains: 4) { $0[index] })
      // False alarm at 7e-6.
      #expect(abs(mean - Double(index)) < 4.5 * error)
    }
  }

  @Test func withoutWarmupTheSearchedStepSizeIsUsed() async throws {
    let sink = CollectingSink()
    let results = try await SamplingRun(
      logDensity: funnel,
      settings: settings(warmup: 0),
      sink: sink
    ).run()
    for result in results {
      let statistics = sink.draws(chain: result.chain).statistics
      #expect(statistics.count == 60)
      // Some doublings of the start of the search, 0.1, unless capped at π.
      let doublings = logarithm(result.stepSize / 0.1) / logarithm(2)
      let isCapped = abs(result.stepSize - .pi) < 1e-9
      #expect(isCapped || abs(doublings - doublings.rounded()) < 1e-9)
      #expect(statistics.allSatisfy { abs($0.stepSize / $0.stepSizeNominal - 1) <= 0.1 })
      #expect(statistics.allSatisfy { $0.stepSizeNominal == result.stepSize })
      #expect(result.samplingGradientCount <= result.gradientCount)
      let steps = statistics.reduce(0) { $0 + $1.stepCount }
      #expect(result.samplingGradientCount >= steps)
    }
  }

  @Test func progressReportsTheFirstDrawOfEachChain() async throws {
    let reports = Mutex<[ChainProgress]>([])
    var run = SamplingRun(logDensity: funnel, settings: settings(), sink: CollectingSink())
    run.progress = { report in reports.withLock { $0.append(report) } }
    _ = try await run.run()
    let seen = reports.withLock { $0 }
    for chain in 0..<4 {
      let first = seen.first { $0.chain == chain && $0.drawCount > 0 }
      #expect(first?.drawCount == 1)
      #expect(first?.phase == .sampling)
      #expect(seen.last { $0.chain == chain }?.drawCount == 60)
    }
  }

  @Test func progressEndsWithTheLastIteration() async throws {
    let reports = Mutex<[ChainProgress]>([])
    var run = SamplingRun(logDensity: funnel, settings: settings(), sink: CollectingSink())
    run.progress = { report in reports.withLock { $0.append(report) } }
    let results = try await run.run()
    let seen = reports.withLock { $0 }
    for result in results {
      let last = seen.last { $0.chain == result.chain }
      #expect(last?.iteration == 160)
      #expect(last?.total == 160)
      #expect(last?.phase == .sampling)
      #expect(last?.leapfrogCount == result.gradientCount)
      #expect(last?.stepSize == result.stepSize)
    }
    #expect(seen.count <= 4 * 160)
  }

  @Test func statisticsAreConsistent() async throws {
    let sink = CollectingSink()
    _ = try await SamplingRun(logDensity: funnel, settings: settings(), sink: sink).run()
    for chain in 0..<4 {
      for statistics in sink.draws(chain: chain).statistics {
        #expect(statistics.stepCount >= (1 << statistics.treeDepth) - 1)
        #expect(statistics.stepCount < 2 << statistics.treeDepth)
        #expect(abs(statistics.indexInTrajectory) < 1 << statistics.treeDepth)
        #expect((0...1).contains(statistics.acceptanceRate))
        #expect((0...1).contains(statistics.symmetricAcceptanceRate))
        #expect(statistics.symmetricAcceptanceRate <= 2 * statistics.acceptanceRate)
        #expect(abs(statistics.energyError) <= abs(statistics.maxEnergyError))
        #expect(statistics.energy >= -statistics.logDensity)
        #expect(!statistics.reachedMaxTreeDepth)
      }
    }
  }

  @Test func longTrajectoriesAreCutAtTheGreatestDepth() async throws {
    var settings = settings(warmup: 0, .stan)
    settings.maxTreeDepth = 3
    let sink = CollectingSink()
    let density = independentNormal(means: [0, 0], standardDeviations: [1e-3, 1e3])
    _ = try await SamplingRun(logDensity: density, settings: settings, sink: sink).run()
    let statistics = (0..<4).flatMap { sink.draws(chain: $0).statistics }
    #expect(statistics.allSatisfy { $0.treeDepth <= 3 && $0.stepCount <= 7 })
    #expect(statistics.contains { $0.reachedMaxTreeDepth && $0.stepCount == 7 })
  }

  /// Starts are asked for in the order of the text: of chains that have neither a position nor a state.
  @Test func chainsBeginWhereTheyAreTold() async throws {
    let density = independentNormal(means: [0, 50], standardDeviations: [1, 20])
    var settings = NUTSSettings(seed: 5)
    settings.chains = 3
    settings.warmup = 0
    settings.draws = 0
    let sink = CollectingSink()
    var run = SamplingRun(logDensity: density, settings: settings, sink: sink)
    run.findStart = { chain, evaluator, dimension throws(EvaluationError) in
      guard chain != 1 else { return nil }
      let position = [Double(chain), 10]
      var gradient = [0.0, 0]
      var span = gradient.mutableSpan
      let value = try evaluator.evaluate(at: position.span, gradient: &span)
      gradient = [0, 0]
      #expect(value.isFinite && dimension == 2)
      return ChainStart(position: position, variances: [2, 300], gradientCount: 1000)
    }
    let results = try await run.run()
    #expect(results[0].state?.position == [0, 10])
    #expect(results[2].state?.position == [2, 10])
    #expect(results[0].inverseMass == [2, 300])
    #expect(results[0].gradientCount > 1000 && results[1].gradientCount < 1000)
    // A state to go on from comes first.
    run.resumedStates = try saved(results)
    let resumed = results[2].state?.position
    run.findStart = { _, _, _ throws(EvaluationError) in
      ChainStart(position: [9, 9], variances: nil, gradientCount: 0)
    }
    #expect(try await run.run()[2].state?.position == resumed)
  }
}
