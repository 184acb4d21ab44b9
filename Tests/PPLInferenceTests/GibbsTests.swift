import Glibc
import PPLInference
import PPLTypeSystem
import Synchronization
import Testing

/// A log density whose parts are of several kinds; the gradient is that by the smooth ones.
private struct BlockDensity: LogDensity {
  var blocks: [DensityBlock]
  var function: FunctionDensity.Function

  var dimension: Int { blocks.last?.range.upperBound ?? 0 }

  func makeEvaluator() -> any LogDensityEvaluator {
    FunctionDensity.Evaluator(function: function)
  }
}

/// Moves of parts of several kinds in turn, against moments known in closed form: false alarms at 6e-5 each.
@Suite struct GibbsTests {
  private static func integers(_ range: Range<Int>, _ lower: Double, _ upper: Double)
    -> DensityBlock
  {
    let count = range.count
    return DensityBlock(
      name: "k",
      range: range,
      kind: .integers(
        lower: [Double](repeating: lower, count: count),
        upper: [Double](repeating: upper, count: count)
      )
    )
  }

  /// k in {0, 1, 2} by chance, x given k normal around 3 k, and w given x normal around x with no gradient.
  private static let mixture = BlockDensity(
    blocks: [
      integers(0..<1, 0, 2), DensityBlock(name: "x", range: 1..<2, kind: .smooth),
      DensityBlock(name: "w", range: 2..<3, kind: .opaque),
    ]
  ) { position, gradient in
    let weights = [0.2, 0.5, 0.3]
    guard let k = Int(exactly: position[0]), weights.indices.contains(k) else { return .nan }
    let z = (position[1] - 1.5 * Double(k)) / 0.8
    let v = (position[2] - position[1]) / 0.5
    gradient[0] = 0
    gradient[1] = -z / 0.8 + v / 0.5
    gradient[2] = 0
    return log(weights[k]) - 0.5 * (z * z + v * v)
  }

  private func moments(
    _ density: some LogDensity,
    _ engine: EngineCase = EngineCase("gibbs"),
    draws: Int = 5000
  ) async throws -> (CollectingSink, chains: Int) {
    let sink = CollectingSink()
    let run = try #require(engine.run(density, sink, draws: draws))
    return (sink, try await run.run().count)
  }

  private func expect(
    _ expected: Double,
    _ sink: (CollectingSink, chains: Int),
    sourceLocation: SourceLocation = #_sourceLocation,
    _ function: ([Double]) -> Double
  ) {
    let (mean, error, size) = meanAndError(values(sink.0, chains: sink.chains, function))
    #expect(
      abs(mean - expected) < 4 * error,
      "\(mean) ± \(error) for \(expected)",
      sourceLocation: sourceLocation
    )
    #expect(size > 60, "\(size) effective draws", sourceLocation: sourceLocation)
  }

  @Test(arguments: [EngineCase("gibbs"), EngineCase("gibbs", lists: ["metropolis": ["x", "w"]])])
  func partsOfAllKinds(engine: EngineCase) async throws {
    let sink = try await moments(Self.mixture, engine)
    for (k, weight) in [0.2, 0.5, 0.3].enumerated() {
      expect(weight, sink) { $0[0] == Double(k) ? 1 : 0 }
    }
    let mean = 1.5 * 1.1
    let variance = 2.25 * (1.7 - 1.21) + 0.64
    expect(mean, sink) { $0[1] }
    expect(variance, sink) { ($0[1] - mean) * ($0[1] - mean) }
    expect(mean, sink) { $0[2] }
    expect(variance + 0.25, sink) { ($0[2] - mean) * ($0[2] - mean) }
  }

  /// Many values between ends, one of which has nearly all of the weight.
  @Test func aRareValueIsDrawnAsOftenAsItShould() async throws {
    let weights = [0.001, 0.989, 0.01]
    let density = BlockDensity(blocks: [Self.integers(0..<2, 0, 2)]) { position, _ in
      log(weights[Int(position[0])]) + log(weights[2 - Int(position[1])])
    }
    let sink = try await moments(density, draws: 20_000)
    for (k, weight) in weights.enumerated() {
      expect(weight, sink) { $0[0] == Double(k) ? 1 : 0 }
      expect(weight, sink) { $0[1] == Double(2 - k) ? 1 : 0 }
    }
  }

  /// A Poisson distribution from its end on, one without ends and with two modes, and a uniform one over many values.
  @Test func countsWithoutEnds() async throws {
    let density = BlockDensity(
      blocks: [
        Self.integers(0..<1, 0, .infinity), Self.integers(1..<2, -.infinity, .infinity),
        Self.integers(2..<3, 1, 1000), Self.integers(3..<4, -.infinity, 7),
      ]
    ) { position, _ in
      let n = position[0]
      let m = abs(position[1])
      return n * log(3.5) - lgamma(n + 1) - 0.5 * (m - 4) * (m - 4) + 0 * position[2]
        + (position[3] - 7) * log(2.0)
    }
    let sink = try await moments(density)
    expect(3.5, sink) { $0[0] }
    expect(3.5, sink) { ($0[0] - 3.5) * ($0[0] - 3.5) }
    expect(exp(-3.5), sink) { $0[0] == 0 ? 1 : 0 }
    let weights = (-40...40).map { k -> (Double, Double) in
      let m = abs(Double(k))
      return (m, exp(-0.5 * (m - 4) * (m - 4)))
    }
    let total = weights.reduce(0) { $0 + $1.1 }
    expect(0, sink) { $0[1] }
    expect(weights.reduce(0) { $0 + $1.0 * $1.1 } / total, sink) { abs($0[1]) }
    expect(weights.reduce(0) { $0 + ($1.0 == 0 ? $1.1 : 0) } / total, sink) { $0[1] == 0 ? 1 : 0 }
    expect(500.5, sink) { $0[2] }
    expect(0.001 * 250, sink) { $0[2] <= 250 ? 1 : 0 }
    // 7 less a geometric count with mean 1.
    expect(6, sink) { $0[3] }
    expect(0.5, sink) { $0[3] == 7 ? 1 : 0 }
  }

  @Test func drawsDoNotDependOnThreadsAndStops() async throws {
    let engine = EngineCase("gibbs")
    let whole = CollectingSink()
    var all = try #require(engine.run(Self.mixture, whole, warmup: 100, draws: 50))
    all.threadCount = 1
    let chains = try await all.run().count
    for stop in [(0, true), (63, true), (99, true), (20, false)] {
      let flag = CancellationFlag()
      let sink = CollectingSink { _, index, isWarmup in
        if (index, isWarmup) == stop { flag.cancel() }
      }
      var first = try #require(
        engine.run(Self.mixture, sink, warmup: 100, draws: 50, cancellation: flag)
      )
      first.threadCount = 2
      let results = try await first.run()
      #expect(results.contains { $0.drawCount < 50 })
      var second = try #require(engine.run(Self.mixture, sink, warmup: 100, draws: 50))
      second.resumedStates = try saved(results)
      _ = try await second.run()
      for chain in 0..<chains {
        for isWarmup in [true, false] {
          let difference = sink.draws(chain: chain, isWarmup: isWarmup)
            .firstDifference(from: whole.draws(chain: chain, isWarmup: isWarmup))
          #expect(difference == nil, "stop \(stop), chain \(chain), warm-up \(isWarmup)")
        }
      }
    }
  }

  /// A run that is stopped within a move, wherever, goes on as if that had not begun.
  @Test(arguments: [700, 1500, 1501, 1502, 1503, 2222])
  func aMoveThatIsCutShortIsMadeAgain(evaluation: Int) async throws {
    let engine = EngineCase("gibbs")
    let whole = CollectingSink()
    _ = try await #require(engine.run(Self.mixture, whole, chains: 1, warmup: 200, draws: 50)).run()
    let flag = CancellationFlag()
    let count = Mutex(0)
    let stopping = BlockDensity(blocks: Self.mixture.blocks) {
      (position, gradient) throws(EvaluationError) in
      let number = count.withLock { count in
        count += 1
        return count
      }
      if number == evaluation { flag.cancel() }
      return try Self.mixture.function(position, &gradient)
    }
    let sink = CollectingSink()
    let first = try #require(
      engine.run(stopping, sink, chains: 1, warmup: 200, draws: 50, cancellation: flag)
    )
    let results = try await first.run()
    #expect(results.allSatisfy { $0.drawCount < 50 })
    var second = try #require(engine.run(Self.mixture, sink, chains: 1, warmup: 200, draws: 50))
    second.resumedStates = try saved(results)
    _ = try await second.run()
    for isWarmup in [true, false] {
      let difference = sink.draws(chain: 0, isWarmup: isWarmup)
        .firstDifference(from: whole.draws(chain: 0, isWarmup: isWarmup))
      #expect(difference == nil, "evaluation \(evaluation), warm-up \(isWarmup)")
    }
  }

  @Test func aStartThatIsNotFoundShowsWholePositions() async throws {
    let density = BlockDensity(blocks: Self.mixture.blocks) { _, _ in .nan }
    let run = try #require(EngineCase("gibbs").run(density, CollectingSink(), draws: 10))
    do throws(InferenceError) {
      _ = try await run.run()
      Issue.record("a density that is nowhere finite has no draws")
    } catch {
      guard case .initialization(_, let failure) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(failure.attemptCount == 100)
      #expect(failure.lastAttempts.allSatisfy { $0.position.count == 3 })
      #expect(failure.lastAttempts.allSatisfy { (0...2).contains($0.position[0]) })
    }
  }
}
