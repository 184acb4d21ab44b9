import PPLExecution
import PPLInference
import PPLLikelihoodFree
import PPLTensorCore
import PPLTypeSystem
import Synchronization
import Testing

/// Engines whose chains draw from a density that simulations give.
@Suite struct DensitySimulatorTests {
  private static func neural(
    _ simulations: Int,
    rounds: Int = 1,
    threads: Int = 2
  ) -> NeuralLikelihood {
    var neural = NeuralLikelihood(
      makeExecutor: { ReferenceExecutor($0) },
      makeDensity: { GraphDensity(graph: $0) }
    )
    neural.simulations = simulations
    neural.rounds = rounds
    neural.layers = 2
    neural.hidden = 20
    neural.threads = threads
    return neural
  }

  private static func synthetic(_ simulations: Int, threads: Int = 2) -> SyntheticLikelihood {
    var synthetic = SyntheticLikelihood()
    synthetic.simulations = simulations
    synthetic.threads = threads
    return synthetic
  }

  /// Draws of four chains, with what is found of them.
  private static func run(
    _ simulator: any DensitySimulator,
    _ engine: any ChainEngine,
    _ model: any SimulatedModel,
    draws: Int = 2000,
    threads: Int = 2
  ) async throws -> (positions: [[Double]], notes: [String], simulator: any DensitySimulator) {
    var simulator = simulator
    let density = try await simulator.prepare(
      model,
      chains: 4,
      key: RandomKey(seed: 1),
      cancellation: CancellationFlag()
    ) { _ in }
    let collector = Collector()
    var run = SamplingRun(
      logDensity: density.logDensity,
      engine: engine,
      lengths: ChainLengths(chains: 4, warmup: 400, draws: draws, seed: 5),
      sink: collector
    )
    run.initialPositions = density.starts
    run.threadCount = threads
    _ = try await run.run()
    let positions = collector.chains.withLock { chains in
      chains.keys.sorted().flatMap { chains[$0] ?? [] }
    }
    return (positions, try await simulator.findings(on: positions), simulator)
  }

  private final class Collector: DrawSink {
    let chains = Mutex<[Int: [[Double]]]>([:])

    func receive(
      position: Span<Double>,
      statistics: DrawStatistics,
      chain: Int,
      index: Int,
      isWarmup: Bool
    ) {
      guard !isWarmup else { return }
      let copy = position.indices.map { position[$0] }
      chains.withLock { $0[chain, default: []].append(copy) }
    }
  }

  private static let nuts = NUTS(EngineValues(NUTS.signature))
  private static let metropolis = Metropolis(EngineValues(Metropolis.signature))

  private static func expect(
    _ positions: [[Double]],
    _ exact: (mean: Double, variance: Double),
    within share: Double
  ) {
    let (mean, variance) = moments(positions)
    #expect(abs(mean - exact.mean) < share * exact.variance.squareRoot(), "\(mean), \(exact)")
    #expect(abs(variance / exact.variance - 1) < 2 * share, "\(variance), \(exact)")
  }

  // MARK: Neural likelihood

  /// The likelihood of a normal mean is learnt, and in rounds one that is far narrower than the prior.
  @Test(arguments: [(rounds: 1, count: 25.0), (3, 10_000.0)])
  func neuralLikelihoodOfANormalMean(rounds: Int, count: Double) async throws {
    let model = NormalMean(count: count)
    let found = try await Self.run(Self.neural(4000, rounds: rounds), Self.nuts, model)
    Self.expect(found.positions, model.posterior, within: 0.25)
    #expect(found.notes.contains { $0.contains("are spread as the flow says") })
    // Two hundred of the check.
    #expect(found.simulator.simulationCount == 4200)
  }

  /// Whole numbers are made continuous, and what is learnt is the likelihood of counts.
  @Test func neuralLikelihoodOfCounts() async throws {
    let model = PoissonSum(observed: [14])
    let found = try await Self.run(Self.neural(6000), Self.nuts, model)
    Self.expect(found.positions, model.posterior, within: 0.25)
    #expect(found.notes.contains { $0.contains("whole numbers (1)") })
  }

  @Test func neuralLikelihoodKnowsUnlikelyData() async throws {
    let found = try await Self.run(Self.neural(1000), Self.nuts, NormalMean(observed: [60]))
    #expect(found.notes.contains { $0.contains("outside of those of all simulations") })
  }

  @Test func statisticsOfOneValueHaveNoDensity() async {
    let model = PoissonSum(observed: [30, 7], isConstant: true)
    await #expect(throws: SimulationFailure.self) {
      try await Self.run(Self.neural(1000), Self.nuts, model)
    }
    await #expect(throws: SimulationFailure.self) {
      try await Self.run(Self.synthetic(50), Self.metropolis, model)
    }
  }

  // MARK: Synthetic likelihood

  /// Chains over estimates have the posterior of normal statistics, also with few simulations at each point.
  @Test(arguments: [8, 100])
  func syntheticLikelihoodOfANormalMean(simulations: Int) async throws {
    let model = NormalMean()
    let found = try await Self.run(
      Self.synthetic(simulations),
      Self.metropolis,
      model,
      draws: 8000
    )
    Self.expect(found.positions, model.posterior, within: 0.1)
    #expect(found.notes.contains { $0.contains("near those of a normal distribution") })
  }

  /// Failures are no part of the posterior: none of its draws is where simulations fail.
  @Test func failuresAreImpossible() async throws {
    let model = NormalMean(observed: [0.1], failing: true)
    let found = try await Self.run(Self.synthetic(40), Self.metropolis, model)
    #expect(found.positions.allSatisfy { $0[0] >= 0 })
    #expect(found.simulator.failureCount > 100)
  }

  @Test func syntheticLikelihoodKnowsSkewedStatistics() async throws {
    let model = PoissonSum(observed: [30, 1], isSkewed: true)
    let found = try await Self.run(Self.synthetic(100), Self.metropolis, model, draws: 200)
    #expect(found.notes.contains { $0.contains("far from normal") && $0.contains(": 2 (skewness") })
  }

  @Test func fewSimulationsAreRefusedAndNoisyOnesReported() async throws {
    await #expect(throws: SimulationFailure.self) {
      try await Self.run(Self.synthetic(4), Self.metropolis, NormalMean())
    }
    let found = try await Self.run(Self.synthetic(5), Self.metropolis, NormalMean(), draws: 200)
    #expect(found.notes.contains { $0.contains("take more `simulations`") })
  }

  /// The mean of many estimates is the density of N((0, 0), ((1, 0.5), (0.5, 2))) at (1, -1), within 4 standard errors.
  @Test(arguments: [6, 20])
  func estimateHasNoBias(count: Int) throws {
    var generator = RandomKey(seed: 4).makeGenerator()
    var values: [Double] = []
    for _ in 0..<100_000 {
      let rows = (0..<count).map { _ -> [Double] in
        let first = generator.nextNormal()
        return [first, 0.5 * first + 1.75.squareRoot() * generator.nextNormal()]
      }
      let estimate = try #require(NormalDensityEstimate.logUnbiased([1, -1], rows))
      values.append(LibM.exp(estimate))
    }
    let mean = values.reduce(0, +) / Double(values.count)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let error = squares.squareRoot() / Double(values.count)
    // (1, -1) Σ⁻¹ (1, -1)ᵀ = (2 + 1 + 1) / 1.75.
    let exact = LibM.exp(-0.5 * 4 / 1.75) / (2 * Double.pi * 1.75.squareRoot())
    #expect(abs(mean - exact) < 4 * error, "\(mean), \(exact), \(error)")
    #expect(NormalDensityEstimate.logUnbiased([1, 2], [[1, 2], [2, 4], [3, 6]]) == nil)
  }

  // MARK: Both

  @Test func threadsMakeNoDifference() async throws {
    for engine in [0, 1] {
      func run(_ threads: Int) async throws -> [[Double]] {
        let simulator: any DensitySimulator =
          engine == 0
          ? Self.neural(600, rounds: 2, threads: threads) : Self.synthetic(20, threads: threads)
        let chains: any ChainEngine = engine == 0 ? Self.nuts : Self.metropolis
        return try await Self.run(simulator, chains, NormalMean(), draws: 50, threads: threads)
          .positions
      }
      let one = try await run(1)
      let two = try await run(2)
      #expect(one == two)
      #expect(one.count == 200)
    }
  }

  @Test func stop() async {
    let flag = CancellationFlag()
    flag.cancel()
    for simulator: any DensitySimulator in [Self.neural(1000), Self.synthetic(50)] {
      await #expect(throws: SimulationFailure.self) {
        var simulator = simulator
        _ = try await simulator.prepare(
          NormalMean(),
          chains: 4,
          key: RandomKey(seed: 1),
          cancellation: flag
        ) { _ in }
      }
    }
  }
}
