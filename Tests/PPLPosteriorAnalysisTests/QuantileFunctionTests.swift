import PPLPosteriorAnalysis
import Testing

@Suite struct QuantileFunctionTests {
  /// SciPy 1.17.1, `scipy.stats.norm.ppf`.
  @Test(arguments: [
    (1e-300, -37.0470962993612), (1e-20, -9.262340089798409), (1e-05, -4.264890793922825),
    (0.01, -2.3263478740408408), (0.07, -1.4757910281791706), (0.3, -0.5244005127080409),
    (0.5, 0.0), (0.6, 0.2533471031357997), (0.93, 1.475791028179171), (0.999, 3.090232306167813),
  ])
  func normalQuantileAgreesWithSciPy(probability: Double, reference: Double) {
    #expect(agrees(normalQuantile(probability), reference, tolerance: 2e-15))
  }

  @Test func normalQuantileOfLimits() {
    #expect(normalQuantile(0) == -.infinity)
    #expect(normalQuantile(1) == .infinity)
    #expect(normalQuantile(-0.1).isNaN)
    #expect(normalQuantile(1.1).isNaN)
    #expect(normalQuantile(.nan).isNaN)
  }

  /// SciPy 1.17.1, `scipy.stats.beta.ppf`.
  @Test(arguments: [
    (0.1586553, 1, 1, 0.1586553), (0.1586553, 6, 96, 0.03609289546661428),
    (0.8413447, 51.3, 48.7, 0.5629817082783535), (0.5, 2000.5, 3.25, 0.9985405352126148),
    (0.999, 1, 1e5, 6.907516699060701e-05), (0.01, 40000, 40000, 0.49588761580581336),
  ])
  func betaQuantileAgreesWithSciPy(probability: Double, a: Double, b: Double, reference: Double) {
    #expect(agrees(betaQuantile(probability, a: a, b: b), reference, tolerance: 1e-10))
  }

  @Test func betaQuantileOfLimits() {
    #expect(betaQuantile(0, a: 2, b: 3) == 0)
    #expect(betaQuantile(1, a: 2, b: 3) == 1)
    #expect(betaQuantile(.nan, a: 2, b: 3).isNaN)
    #expect(betaQuantile(0.5, a: .infinity, b: 3).isNaN)
    #expect(betaQuantile(0.5, a: 0.5, b: 3).isNaN)
  }

  @Test func sampleQuantilesInterpolate() {
    #expect(quantile(ofSorted: [1, 2, 4], 0.5) == 2)
    #expect(quantile(ofSorted: [1, 2, 4], 0.75) == 3)
    #expect(quantile(ofSorted: [1, 2, 4], 0) == 1)
    #expect(quantile(ofSorted: [1, 2, 4], 1) == 4)
    #expect(quantile(ofSorted: [7], 0.3) == 7)
    #expect(quantile(ofSorted: [], 0.3).isNaN)
    #expect(quantile(ofSorted: [1, 2], .nan).isNaN)
  }

  @Test func quantileBetweenEqualValuesIsThatValue() {
    let value = 0.1
    for step in 0...1000 {
      let probability = Double(step) / 1000
      #expect(quantile(ofSorted: [value, value, value, value], probability) == value)
    }
  }
}
