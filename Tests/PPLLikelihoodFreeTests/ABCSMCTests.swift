import PPLLikelihoodFree
import PPLTensorCore
import Testing

private func run(_ method: ABCSMC, _ model: NormalMean, seed: UInt64 = 1) async throws
  -> SimulationFit
{
  try await method.run(model, key: RandomKey(seed: seed), isCancelled: { false }) { _ in }
}

@Suite struct ABCSMCTests {
  private static func method(particles: Int = 2000, threads: Int = 2) -> ABCSMC {
    var method = ABCSMC()
    method.particles = particles
    method.draws = particles
    method.threads = threads
    return method
  }

  /// A normal posterior is found: mean within 4 standard errors of 500 effective draws, variance within a quarter.
  @Test(arguments: [true, false])
  func normalPosterior(adjusts: Bool) async throws {
    var method = Self.method()
    method.adjusts = adjusts
    let model = NormalMean()
    let fit = try await run(method, model)
    let (mean, variance) = moments(fit.positions)
    let exact = model.posterior
    #expect(fit.effectiveCount > 500)
    #expect(abs(mean - exact.mean) < 4 * (exact.variance / 500).squareRoot(), "\(mean)")
    #expect(abs(variance / exact.variance - 1) < 0.25, "\(variance) and \(exact.variance)")
  }

  /// The number of threads makes no difference.
  @Test func threadsMakeNoDifference() async throws {
    let one = try await run(Self.method(particles: 200, threads: 1), NormalMean())
    let three = try await run(Self.method(particles: 200, threads: 3), NormalMean())
    #expect(one.positions == three.positions)
    #expect(one.simulationCount == three.simulationCount)
    let other = try await run(Self.method(particles: 200), NormalMean(), seed: 2)
    #expect(other.positions != one.positions)
  }

  /// Simulations that fail are counted, and their parameters impossible.
  @Test func failuresAreImpossible() async throws {
    var model = NormalMean()
    model.failing = true
    model.observed = [0.1]
    let fit = try await run(Self.method(particles: 500), model)
    #expect(fit.failureCount > 100)
    #expect(fit.simulationCount > fit.failureCount)
    // The regression may move some a little below.
    #expect(fit.positions.allSatisfy { $0[0] > -0.5 })
  }

  /// A tolerance that was asked for is where it ends.
  @Test func endsAtTheTolerance() async throws {
    var method = Self.method(particles: 200)
    method.tolerance = 0.5
    let fit = try await run(method, NormalMean())
    #expect(fit.notes[0].contains("at the tolerance that was asked for"))
  }

  /// Who stops it before there is a generation gets none; later it gives the last one.
  @Test func stops() async throws {
    await #expect(throws: SimulationFailure.self) {
      try await Self.method().run(
        NormalMean(),
        key: RandomKey(seed: 1),
        isCancelled: { true }
      ) { _ in }
    }
  }

  @Test func localRegressionIsExactOnALine() throws {
    var generator = RandomKey(seed: 3).makeGenerator()
    let statistics = (0..<200).map { _ in [generator.nextNormal(), generator.nextNormal()] }
    let positions = statistics.map { [3 + 2 * $0[0] - $0[1], $0[1]] }
    let distances = statistics.map { ($0[0] * $0[0] + $0[1] * $0[1]).squareRoot() }
    let found = try #require(
      LocalRegression(
        positions: positions,
        statistics: statistics,
        distances: distances,
        weights: [Double](repeating: 1 / 200, count: 200)
      )
    )
    #expect(abs(found.weights.reduce(0, +) - 1) < 1e-12)
    for position in found.positions {
      #expect(abs(position[0] - 3) < 1e-5 && abs(position[1]) < 1e-5, "\(position)")
    }
    // Too few particles for so many statistics.
    #expect(
      LocalRegression(
        positions: Array(positions.prefix(8)),
        statistics: Array(statistics.prefix(8)),
        distances: Array(distances.prefix(8)),
        weights: [Double](repeating: 1 / 8, count: 8)
      ) == nil
    )
  }

  @Test func kernelHasTheCovariance() throws {
    let points = [[0.0, 0], [2, 1], [-2, -1], [1, -1], [-1, 1]]
    let kernel = try #require(
      NormalKernel(points, weights: [0.2, 0.2, 0.2, 0.2, 0.2], scale: 2)
    )
    // 2 × covariance: [[4, 0.8], [0.8, 1.6]], determinant 5.76.
    var generator = RandomKey(seed: 1).makeGenerator()
    let draws = (0..<20_000).map { _ in kernel.draw(&generator) }
    func moment(_ a: Int, _ b: Int) -> Double {
      draws.reduce(0) { $0 + $1[a] * $1[b] } / Double(draws.count)
    }
    #expect(abs(moment(0, 0) - 4) < 0.16 && abs(moment(0, 1) - 0.8) < 0.09)
    #expect(abs(moment(1, 1) - 1.6) < 0.07)
    // log density differences of two points against the quadratic form.
    let difference = kernel.logDensity([1, 0]) - kernel.logDensity([0, 1])
    #expect(abs(difference - -0.5 * (1.6 - 4) / 5.76) < 1e-12)
    #expect(NormalKernel([[1, 1], [2, 2]], weights: [0.5, 0.5], scale: 2) == nil)
  }

  @Test func weightedQuantilesAndPlaces() {
    #expect(ABCSMC.quantile([3, 1, 2], [0.2, 0.5, 0.3], 0.5) == 1)
    #expect(ABCSMC.quantile([3, 1, 2], [0.2, 0.5, 0.3], 0.6) == 2)
    let cumulative = ABCSMC.cumulative([0.2, 0, 0.8])
    #expect(ABCSMC.index(0.1, cumulative) == 0)
    #expect(ABCSMC.index(0.2, cumulative) == 2)
    #expect(ABCSMC.index(0.999, cumulative) == 2)
    #expect(ABCSMC.spreads([[1, 5], [2, 5], [9, 5]]) == [1, 1])
  }
}
