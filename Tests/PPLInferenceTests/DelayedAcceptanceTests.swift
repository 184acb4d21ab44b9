import PPLInference
import PPLTypeSystem
import Testing

/// Metropolis with a cheap density in front of the density itself.
@Suite struct DelayedAcceptanceTests {
  private struct ScreenedDensity: LogDensity {
    let density: FunctionDensity
    let cheap: FunctionDensity

    var dimension: Int { density.dimension }
    var screening: (any LogDensity)? { cheap }

    func makeEvaluator() -> any LogDensityEvaluator { density.makeEvaluator() }
  }

  /// Moments are those of the density, within 4 Monte Carlo standard errors, and not those of the cheap one, which is shifted,
  /// too wide and uncorrelated.
  @Test func momentsAreThoseOfTheDensity() async throws {
    let density = ScreenedDensity(
      density: autoregression(dimension: 3, correlation: 0.7),
      cheap: independentNormal(means: [0.5, 0, -1], standardDeviations: [1.5, 2, 1.5])
    )
    let sink = CollectingSink()
    let results = try await SamplingRun(
      logDensity: density,
      engine: Metropolis(EngineValues(Metropolis.signature)),
      lengths: ChainLengths(chains: 4, warmup: 1000, draws: 5000, seed: 3),
      sink: sink
    ).run()
    func expectMean(_ expected: Double, _ name: String, _ function: ([Double]) -> Double) {
      let (mean, error, size) = meanAndError(values(sink, chains: 4, function))
      #expect(abs(mean - expected) < 4 * error, "\(name): \(mean) ± \(error)")
      #expect(size > 400, "\(name): \(size) effective draws")
    }
    for index in 0..<3 {
      expectMean(0, "mean \(index)") { $0[index] }
      expectMean(1, "square \(index)") { $0[index] * $0[index] }
    }
    expectMean(0.7, "product") { $0[0] * $0[1] }
    for result in results {
      // Three moves a draw; each passing one is an evaluation, beside those of the start.
      #expect(result.screenedCount == 18_000)
      #expect(result.screenedOutCount > 1000)
      #expect(result.densityCount <= 18_000 - result.screenedOutCount + 100)
    }
  }

  /// A start to which the cheap density gives nothing is left.
  @Test func startsOutsideOfTheCheapDensityAreLeft() async throws {
    let density = ScreenedDensity(
      density: independentNormal(means: [0], standardDeviations: [1]),
      cheap: FunctionDensity(dimension: 1) { position, _ in
        position[0] < 3 ? -0.5 * position[0] * position[0] : -.infinity
      }
    )
    let sink = CollectingSink()
    var run = SamplingRun(
      logDensity: density,
      engine: Metropolis(EngineValues(Metropolis.signature)),
      lengths: ChainLengths(chains: 1, warmup: 200, draws: 2000, seed: 3),
      sink: sink
    )
    run.initialPositions = [[5]]
    _ = try await run.run()
    let (mean, error, _) = meanAndError(values(sink, chains: 1) { $0[0] })
    #expect(abs(mean) < 4 * error + 0.01, "\(mean) ± \(error)")
  }

  /// Where the cheap density has nothing the density has its share of the draws still.
  @Test func nothingIsLostWhereTheCheapDensityFails() async throws {
    let density = ScreenedDensity(
      density: independentNormal(means: [0], standardDeviations: [1]),
      cheap: FunctionDensity(dimension: 1) { position, _ in
        position[0] < 0 ? .nan : -0.4 * position[0] * position[0]
      }
    )
    let sink = CollectingSink()
    _ = try await SamplingRun(
      logDensity: density,
      engine: Metropolis(EngineValues(Metropolis.signature)),
      lengths: ChainLengths(chains: 4, warmup: 500, draws: 5000, seed: 3),
      sink: sink
    ).run()
    let (below, error, _) = meanAndError(values(sink, chains: 4) { $0[0] < 0 ? 1 : 0 })
    #expect(abs(below - 0.5) < 4 * error, "\(below) ± \(error)")
    let (square, squareError, _) = meanAndError(values(sink, chains: 4) { $0[0] * $0[0] })
    #expect(abs(square - 1) < 4 * squareError, "\(square) ± \(squareError)")
  }
}
