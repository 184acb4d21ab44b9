import PPLExecution
import PPLLikelihoodFree
import PPLTensorCore
import Testing

@Suite struct NeuralPosteriorTests {
  private static func method(rounds: Int, simulations: Int, threads: Int = 2) -> NeuralPosterior {
    var method = NeuralPosterior { ReferenceExecutor($0) }
    method.simulations = simulations
    method.rounds = rounds
    method.hidden = 20
    method.layers = 2
    method.draws = 4000
    method.threads = threads
    return method
  }

  private static func run(_ method: NeuralPosterior, _ model: NormalMean, seed: UInt64 = 1)
    async throws -> SimulationFit
  {
    try await method.run(model, key: RandomKey(seed: seed), isCancelled: { false }) { _ in }
  }

  /// A posterior two hundred times as narrow as the prior: mean within a third of its deviation, variance within a third.
  ///
  /// In the first case the prior is truncated by drawing from it, in the second there are too few such draws.
  @Test(arguments: [(rounds: 2, count: 400.0), (4, 160_000.0)])
  func roundsFindANarrowPosterior(rounds: Int, count: Double) async throws {
    let model = NormalMean(count: count)
    let fit = try await Self.run(Self.method(rounds: rounds, simulations: 4000), model)
    let (mean, variance) = moments(fit.positions)
    let exact = model.posterior
    #expect(abs(mean - exact.mean) < exact.variance.squareRoot() / 3, "\(mean), \(exact)")
    #expect(abs(variance / exact.variance - 1) < 1 / 3, "\(variance), \(exact)")
    #expect(fit.simulationCount == 4000)
    #expect(fit.notes.contains { $0.contains("rounds") })
  }

  @Test func threadsMakeNoDifference() async throws {
    let one = try await Self.run(Self.method(rounds: 2, simulations: 600, threads: 1), NormalMean())
    let three = try await Self.run(
      Self.method(rounds: 2, simulations: 600, threads: 3),
      NormalMean()
    )
    #expect(one.positions == three.positions)
    let other = try await Self.run(
      Self.method(rounds: 2, simulations: 600),
      NormalMean(),
      seed: 2
    )
    #expect(other.positions != one.positions)
  }

  /// Failing simulations are counted, in every round.
  @Test func failuresAreCounted() async throws {
    let model = NormalMean(observed: [0.05], failing: true)
    let fit = try await Self.run(Self.method(rounds: 2, simulations: 1000), model)
    #expect(fit.simulationCount == 1000)
    #expect(fit.failureCount > 300 && fit.failureCount < 900, "\(fit.failureCount)")
  }

  @Test func roundsWithoutEnoughSimulationsAreRefused() async {
    await #expect(throws: SimulationFailure.self) {
      try await Self.run(Self.method(rounds: 11, simulations: 1000), NormalMean())
    }
  }

  @Test func stops() async {
    await #expect(throws: SimulationFailure.self) {
      try await Self.method(rounds: 2, simulations: 600).run(
        NormalMean(),
        key: RandomKey(seed: 1),
        isCancelled: { true }
      ) { _ in }
    }
  }
}
