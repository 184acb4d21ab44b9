import PPLInference
import Testing

// Means and second moments of known targets under every engine, within 4 Monte Carlo standard errors: a false alarm at
// 6e-5 a moment. The seed is fixed.
@Suite struct EngineMomentTests {
  private func sample(
    _ engine: EngineCase,
    _ density: FunctionDensity,
    draws: Int,
    seed: UInt64 = 7
  ) async throws -> Moments {
    let sink = CollectingSink()
    let run = try #require(engine.run(density, sink, draws: draws, seed: seed))
    let results = try await run.run()
    return Moments(sink: sink, chains: results.count)
  }

  private struct Moments {
    let sink: CollectingSink
    let chains: Int

    func expectMean(
      _ expected: Double,
      _ name: String,
      sourceLocation: SourceLocation = #_sourceLocation,
      _ function: ([Double]) -> Double
    ) {
      let (mean, error, size) = meanAndError(values(sink, chains: chains, function))
      #expect(
        abs(mean - expected) < 4 * error,
        "\(name): \(mean) ± \(error) for \(expected)",
        sourceLocation: sourceLocation
      )
      // An engine that hardly moves has errors that hide everything.
      #expect(size > 60, "\(name): \(size) effective draws", sourceLocation: sourceLocation)
    }
  }

  /// Correlated normal distributions of 2, 10 and 50 dimensions.
  @Test(arguments: EngineCase.all, [2, 10, 50])
  func correlatedNormal(engine: EngineCase, dimension: Int) async throws {
    let correlation = dimension > 20 ? 0.5 : 0.8
    let density = autoregression(dimension: dimension, correlation: correlation)
    let moments = try await sample(engine, density, draws: dimension > 20 ? 1000 : 2000)
    for index in [0, dimension / 2, dimension - 1] {
      moments.expectMean(0, "mean \(index)") { $0[index] }
      moments.expectMean(1, "square \(index)") { $0[index] * $0[index] }
    }
    moments.expectMean(correlation, "product") { $0[0] * $0[1] }
  }

  /// Scales from 10⁻³ to 10³, far from the starts.
  @Test(arguments: EngineCase.all)
  func badlyScaledNormal(engine: EngineCase) async throws {
    let scales = [1e-3, 1, 30, 1e3]
    let means = [1, -1, 5, -2000.0]
    let density = independentNormal(means: means, standardDeviations: scales)
    let moments = try await sample(engine, density, draws: 2000)
    for index in scales.indices {
      moments.expectMean(0, "mean \(index)") { ($0[index] - means[index]) / scales[index] }
      moments.expectMean(1, "square \(index)") { position in
        let z = (position[index] - means[index]) / scales[index]
        return z * z
      }
    }
  }

  @Test(arguments: EngineCase.all)
  func bananaShape(engine: EngineCase) async throws {
    let moments = try await sample(engine, banana, draws: 5000)
    moments.expectMean(0, "x") { $0[0] }
    moments.expectMean(1, "x²") { $0[0] * $0[0] }
    moments.expectMean(0.5, "y") { $0[1] }
    moments.expectMean(1.75, "y²") { $0[1] * $0[1] }
    moments.expectMean(1.5, "x² y") { $0[0] * $0[0] * $0[1] }
  }

  @Test(arguments: EngineCase.all)
  func mildFunnel(engine: EngineCase) async throws {
    let moments = try await sample(engine, funnel, draws: 5000)
    moments.expectMean(0, "v") { $0[0] }
    moments.expectMean(1, "v²") { $0[0] * $0[0] }
    moments.expectMean(0, "x") { $0[1] }
  }

  /// A funnel whose neck and mouth differ in scale by more than any one step size serves: v ~ Normal(0, 3) and five
  /// x ~ Normal(0, exp(v/2)).
  @Test func stepsAreDividedInTheNeckOfAFunnel() async throws {
    let density = FunctionDensity(dimension: 6) { position, gradient in
      let v = position[0]
      let precision = exponential(-v)
      var square = 0.0
      for index in 1..<6 {
        square += position[index] * position[index] * precision
        gradient[index] = -position[index] * precision
      }
      gradient[0] = -v / 9 - 2.5 + 0.5 * square
      return -v * v / 18 - 2.5 * v - 0.5 * square
    }
    let moments = try await sample(EngineCase("walnuts"), density, draws: 5000)
    moments.expectMean(0, "v") { $0[0] }
    moments.expectMean(9, "v²") { $0[0] * $0[0] }
    moments.expectMean(0.0912112197, "v below -4") { $0[0] < -4 ? 1 : 0 }
  }

  /// Chains go from mode to mode, and give each its weight.
  @Test(arguments: [
    EngineCase("tempering"), EngineCase("tempering", ["explore": "metropolis"], ["levels": 5]),
  ])
  func twoModesGetTheirWeights(engine: EngineCase) async throws {
    let moments = try await sample(engine, twoModes, draws: 2000)
    moments.expectMean(0.7, "weight") { $0[0] > 0 ? 1 : 0 }
    moments.expectMean(1.6, "mean") { $0[1] }
    for chain in 0..<4 {
      let positions = moments.sink.draws(chain: chain).positions
      let crossings = zip(positions, positions.dropFirst()).count { ($0[0] > 0) != ($1[0] > 0) }
      #expect(crossings > 100, "chain \(chain) crossed \(crossings) times")
    }
  }

  /// A density that is flat between walls, of which no gradient tells.
  @Test(arguments: EngineCase.gradientFree)
  func uniformBetweenWalls(engine: EngineCase) async throws {
    let density = FunctionDensity(dimension: 2) { position, gradient in
      gradient[0] = 0
      gradient[1] = 0
      return abs(position[0]) < 1 && position[1] > 0 && position[1] < 3 ? 0 : -.infinity
    }
    let moments = try await sample(engine, density, draws: 2000)
    moments.expectMean(0, "x") { $0[0] }
    moments.expectMean(1.0 / 3, "x²") { $0[0] * $0[0] }
    moments.expectMean(1.5, "y") { $0[1] }
    moments.expectMean(3, "y²") { $0[1] * $0[1] }
  }
}
