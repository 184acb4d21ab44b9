import PPLInference
import PPLTypeSystem
import Synchronization
import Testing

/// What holds of every engine, whatever it samples.
@Suite struct EngineRunTests {
  private static let engines = EngineCase.all + [EngineCase("nuts")]

  @Test(arguments: engines)
  func drawsDoNotDependOnTheNumberOfThreads(engine: EngineCase) async throws {
    var reference: [CollectingSink.Draws] = []
    for threads in [1, 2] {
      let sink = CollectingSink()
      var run = try #require(engine.run(banana, sink, warmup: 80, draws: 40))
      run.threadCount = threads
      let results = try await run.run()
      #expect(results.map(\.chain) == Array(0..<run.lengths.chains))
      let draws = results.indices.flatMap {
        [sink.draws(chain: $0), sink.draws(chain: $0, isWarmup: true)]
      }
      #expect(draws[0].indices == Array(0..<40))
      #expect(draws[1].indices == Array(0..<80))
      if reference.isEmpty { reference = draws }
      for (mine, other) in zip(draws, reference) {
        #expect(mine.firstDifference(from: other) == nil)
      }
    }
    #expect(reference[0].firstDifference(from: reference[2]) == 0)
  }

  @Test(arguments: engines)
  func aCancelledRunKeepsItsDrawsAndGoesOnBitByBit(engine: EngineCase) async throws {
    let whole = CollectingSink()
    let all = try #require(engine.run(funnel, whole, warmup: 120, draws: 60))
    let expected = try await all.run()
    let stops: [(index: Int, isWarmup: Bool)] = [(0, true), (70, true), (119, true), (30, false)]
    for stop in stops {
      let flag = CancellationFlag()
      let sink = CollectingSink { _, index, isWarmup in
        if index == stop.index, isWarmup == stop.isWarmup { flag.cancel() }
      }
      let first = try #require(
        engine.run(funnel, sink, warmup: 120, draws: 60, cancellation: flag)
      )
      let results = try await first.run()
      #expect(results.contains { $0.drawCount < 60 })
      for result in results {
        #expect(sink.draws(chain: result.chain).positions.count == result.drawCount)
        let warmup = sink.draws(chain: result.chain, isWarmup: true)
        #expect(warmup.positions.count == result.warmupCount)
      }
      var second = try #require(engine.run(funnel, sink, warmup: 120, draws: 60))
      second.resumedStates = try saved(results)
      _ = try await second.run()
      for chain in expected.indices {
        for isWarmup in [true, false] {
          let difference = sink.draws(chain: chain, isWarmup: isWarmup)
            .firstDifference(from: whole.draws(chain: chain, isWarmup: isWarmup))
          #expect(difference == nil, "stop \(stop), chain \(chain), warm-up \(isWarmup)")
        }
      }
    }
  }

  @Test(arguments: engines)
  func aModelWithoutParametersGivesDraws(engine: EngineCase) async throws {
    let density = FunctionDensity(dimension: 0) { _, _ in -2.5 }
    let sink = CollectingSink()
    let run = try #require(engine.run(density, sink, warmup: 10, draws: 20))
    for result in try await run.run() {
      let draws = sink.draws(chain: result.chain)
      #expect(draws.positions == [[Double]](repeating: [], count: 20))
      #expect(draws.statistics.allSatisfy { $0.logDensity == -2.5 })
    }
  }

  /// Without warm-up an engine runs on what it begins with.
  @Test(arguments: engines)
  func noWarmupIsNeeded(engine: EngineCase) async throws {
    let sink = CollectingSink()
    let run = try #require(engine.run(funnel, sink, warmup: 0, draws: 30))
    for result in try await run.run() {
      #expect(result.drawCount == 30 && result.warmupCount == 0)
      let isFinite = sink.draws(chain: result.chain).positions.joined().allSatisfy { $0.isFinite }
      #expect(isFinite)
    }
  }

  /// What a draw says of its density is the density; evaluations are counted, and none has a gradient where none is needed.
  @Test(arguments: engines)
  func statisticsAreThoseOfTheDraw(engine: EngineCase) async throws {
    let density = CountingDensity(gradients: GradientCount())
    let sink = CollectingSink()
    let run = try #require(engine.run(density, sink, warmup: 50, draws: 50))
    let results = try await run.run()
    let signature = try #require(EngineLibrary.chainEngine(engine.name)).signature
    let usesGradient = engine.usesGradient
    let usesDensity = !usesGradient || signature.movesBlocks
    #expect((density.gradients.value > 0) == usesGradient)
    for result in results {
      let draws = sink.draws(chain: result.chain)
      for (position, statistics) in zip(draws.positions, draws.statistics) {
        let expected = -0.5 * (position[0] * position[0] + position[1] * position[1])
        #expect(abs(statistics.logDensity - expected) < 1e-9 * max(1, abs(expected)))
        #expect((0...1).contains(statistics.acceptanceRate))
        #expect((0...1).contains(statistics.swapRate))
        #expect((statistics.evaluationCount > 0) == usesDensity)
      }
      #expect((result.gradientCount > 0) == usesGradient)
      #expect((result.densityCount > 0) == usesDensity)
      #expect(result.samplingDensityCount <= result.densityCount)
      if !signature.joinsChains, !usesGradient {
        let sum = draws.statistics.reduce(0) { $0 + $1.evaluationCount }
        #expect(sum == result.samplingDensityCount)
      }
    }
  }

  @Test(arguments: engines)
  func noFiniteStartIsReported(engine: EngineCase) async throws {
    let density = FunctionDensity(dimension: 2) { _, gradient in
      gradient[0] = 0
      gradient[1] = 0
      return -.infinity
    }
    let run = try #require(engine.run(density, CollectingSink(), warmup: 5, draws: 5))
    guard case .initialization(_, let found) = await failure(of: run) else {
      Issue.record("The run found a start.")
      return
    }
    #expect(found.attemptCount == 100 && found.lastAttempts.count == 5)
  }

  @Test(arguments: engines)
  func aModelFailureStopsTheRun(engine: EngineCase) async throws {
    let count = Mutex(0)
    let density = FunctionDensity(dimension: 2) { position, gradient throws(EvaluationError) in
      let isBroken = count.withLock { count in
        count += 1
        return count > 900
      }
      if isBroken { throw EvaluationError(message: "solver failed") }
      gradient[0] = -position[0]
      gradient[1] = -position[1]
      return -0.5 * (position[0] * position[0] + position[1] * position[1])
    }
    let run = try #require(engine.run(density, CollectingSink(), draws: 1000))
    guard case .evaluation(_, _, let error) = await failure(of: run) else {
      Issue.record("The run went on.")
      return
    }
    #expect(error.message == "solver failed")
  }

  /// How a run ends that fails.
  private func failure(of run: SamplingRun) async -> InferenceError? {
    do throws(InferenceError) {
      _ = try await run.run()
      return nil
    } catch {
      return error
    }
  }

  @Test func tooFewWalkersAreRefused() async throws {
    let density = autoregression(dimension: 10, correlation: 0.5)
    for (chains, isEnough) in [(21, false), (22, true)] {
      var values = EngineValues(Ensemble.signature)
      values[count: "chains"] = chains
      let engine = Ensemble(values)
      let lengths = ChainLengths(chains: chains, warmup: 2, draws: 2, seed: 1)
      do throws(InferenceError) {
        try engine.validate(lengths, dimension: density.dimension)
        #expect(isEnough)
      } catch {
        guard case .invalidSetting("chains", let requirement) = error else {
          Issue.record("\(error)")
          return
        }
        #expect(!isEnough && requirement.contains("at least 22"))
      }
    }
  }

  @Test func oneDimensionHasNoDirectionsToTurnTo() async throws {
    let density = independentNormal(means: [0], standardDeviations: [1])
    let run = try #require(EngineCase("mams").run(density, CollectingSink(), draws: 10))
    guard case .invalidSetting("mams", _) = await failure(of: run) else {
      Issue.record("The run went on.")
      return
    }
  }

  /// The catalog has every engine once, with settings and statistics that make sense.
  @Test func signaturesAreConsistent() {
    let engines = EngineLibrary.standard.engines
    #expect(Set(engines.map(\.name)).count == engines.count)
    let foreign = engines.flatMap(\.foreignNames)
    #expect(Set(foreign).count == foreign.count)
    #expect(Set(foreign).isDisjoint(with: engines.map(\.name)))
    for engine in engines {
      let names = engine.settings.map(\.name)
      #expect(Set(names).count == names.count, "\(engine.name)")
      #expect(names.contains("seed"), "\(engine.name)")
      // Chains over densities that simulations give have statistics, too.
      let hasChains =
        engine.kind == .chains || engine.kind == .comparison && names.contains("chains")
      #expect(hasChains == !engine.statistics.isEmpty, "\(engine.name)")
      for setting in engine.settings {
        switch (setting.kind, setting.standard) {
        case (.count(let range), .number(let number)):
          #expect(Int(exactly: number).map(range.contains) == true, "\(setting.name)")
        case (.positive(let bound), .number(let number)):
          #expect(number > 0 && number < bound, "\(setting.name)")
        case (.probability, .number(let number)):
          #expect(number > 0 && number < 1, "\(setting.name)")
        case (.word(let words), .word(let word)):
          #expect(words.count > 1 && words[0] == word, "\(setting.name)")
        case (_, .chosen(let text)): #expect(!text.isEmpty, "\(setting.name)")
        default: Issue.record("\(engine.name): the default of \(setting.name) is of another kind")
        }
      }
    }
  }
}

/// Counts gradients, from any thread.
private final class GradientCount: Sendable {
  private let count = Mutex(0)
  var value: Int { count.withLock { $0 } }
  func add() { count.withLock { $0 += 1 } }
}

/// A standard normal distribution of two dimensions that knows how it was asked.
private struct CountingDensity: LogDensity {
  let dimension = 2
  let gradients: GradientCount

  func makeEvaluator() -> any LogDensityEvaluator { Evaluator(gradients) }

  final class Evaluator: LogDensityEvaluator {
    private let gradients: GradientCount

    init(_ gradients: GradientCount) { self.gradients = gradients }

    func evaluate(at position: Span<Double>, gradient: inout MutableSpan<Double>)
      throws(EvaluationError) -> Double
    {
      gradients.add()
      for index in position.indices { gradient[index] = -position[index] }
      return try logDensity(at: position)
    }

    func logDensity(at position: Span<Double>) throws(EvaluationError) -> Double {
      -0.5 * (position[0] * position[0] + position[1] * position[1])
    }
  }
}
