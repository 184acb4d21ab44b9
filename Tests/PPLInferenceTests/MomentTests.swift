import PPLInference
import Testing

// Means and second moments of known targets, within 4.5 Monte Carlo standard errors: a false alarm at
// 7e-6 a moment. The seed is fixed.
@Suite struct MomentTests {
  private func sample(
    _ density: FunctionDensity,
    _ method: AdaptationMethod,
    draws: Int = 2000,
    seed: UInt64 = 20
  ) async throws -> (CollectingSink, NUTSSettings, [ChainResult]) {
    var settings = NUTSSettings(seed: seed)
    settings.adaptation = method
    settings.draws = draws
    let sink = CollectingSink()
    let results = try await SamplingRun(logDensity: density, settings: settings, sink: sink).run()
    return (sink, settings, results)
  }

  private func expectMean(
    _ sink: CollectingSink,
    _ expected: Double,
    _ function: ([Double]) -> Double,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let (mean, error, _) = meanAndError(values(sink, chains: 4, function))
    #expect(abs(mean - expected) < 4.5 * error, sourceLocation: sourceLocation)
  }

  @Test(arguments: AdaptationMethod.allCases)
  func standardNormal(method: AdaptationMethod) async throws {
    let density = independentNormal(
      means: [0, 0, 0, 0, 0],
      standardDeviations: [1, 1, 1, 1, 1]
    )
    let (sink, _, results) = try await sample(density, method)
    for index in 0..<5 {
      expectMean(sink, 0) { $0[index] }
      expectMean(sink, 1) { $0[index] * $0[index] }
    }
    for result in results {
      #expect(result.divergenceCount == 0)
      #expect(result.inverseMass.allSatisfy { $0 > 0.5 && $0 < 2 })
    }
  }

  @Test(arguments: AdaptationMethod.allCases)
  func badlyScaledNormal(method: AdaptationMethod) async throws {
    let scales = [1e-4, 1e-2, 1, 30, 1e3]
    let means = [1, -1, 0, 5, -2000.0]
    let density = independentNormal(means: means, standardDeviations: scales)
    let (sink, _, results) = try await sample(density, method)
    for index in scales.indices {
      expectMean(sink, 0) { ($0[index] - means[index]) / scales[index] }
      expectMean(sink, 1) { position in
        let z = (position[index] - means[index]) / scales[index]
        return z * z
      }
    }
    if method == .fisher {
      // For a normal with independent coordinates the metric is the variance to rounding.
      for result in results {
        for (estimate, scale) in zip(result.inverseMass, scales) {
          #expect(abs(estimate / (scale * scale) - 1) < 1e-6)
        }
      }
    }
  }

  @Test(arguments: AdaptationMethod.allCases)
  func correlatedNormal(method: AdaptationMethod) async throws {
    let (sink, _, _) = try await sample(autoregression(dimension: 10, correlation: 0.9), method)
    for index in 0..<10 {
      expectMean(sink, 0) { $0[index] }
      expectMean(sink, 1) { $0[index] * $0[index] }
      if index > 0 { expectMean(sink, 0.9) { $0[index] * $0[index - 1] } }
    }
    expectMean(sink, 0.387420489) { $0[0] * $0[9] }
  }

  @Test(arguments: AdaptationMethod.allCases)
  func mildFunnel(method: AdaptationMethod) async throws {
    let (sink, _, _) = try await sample(funnel, method, draws: 5000)
    expectMean(sink, 0) { $0[0] }
    expectMean(sink, 1) { $0[0] * $0[0] }
    expectMean(sink, 0) { $0[1] }
    // P(|x| < 1), from E over v of 2Φ(exp(−v/2)) − 1, by quadrature.
    var expected = 0.0
    let cells = 4000
    for cell in 0..<cells {
      let v = -8 + 16 * (Double(cell) + 0.5) / Double(cells)
      let inside = 2 * normalDistributionFunction(exponential(-v / 2)) - 1
      expected += inside * exponential(-0.5 * v * v) / (2 * Double.pi).squareRoot() * 16 / 4000
    }
    expectMean(sink, expected) { abs($0[1]) < 1 ? 1 : 0 }
  }

  @Test(arguments: AdaptationMethod.allCases)
  func bananaShape(method: AdaptationMethod) async throws {
    let (sink, _, _) = try await sample(banana, method, draws: 5000)
    expectMean(sink, 0) { $0[0] }
    expectMean(sink, 1) { $0[0] * $0[0] }
    expectMean(sink, 0.5) { $0[1] }
    expectMean(sink, 1.75) { $0[1] * $0[1] }
    expectMean(sink, 1.5) { $0[0] * $0[0] * $0[1] }
  }

  @Test(arguments: AdaptationMethod.allCases)
  func acceptanceReachesItsTarget(method: AdaptationMethod) async throws {
    let scales = (0..<30).map { Double($0 + 1) }
    let density = independentNormal(
      means: [Double](repeating: 0, count: 30),
      standardDeviations: scales
    )
    let (sink, _, _) = try await sample(density, method)
    var sum = 0.0
    for chain in 0..<4 {
      let statistics = sink.draws(chain: chain).statistics
      sum += statistics.reduce(0) { $0 + $1.acceptanceRate } / Double(statistics.count)
    }
    // The adapted statistic of the Fisher arm is the symmetric one, which is below the plain one.
    #expect(sum / 4 > 0.75 && sum / 4 < 0.95)
  }
}
