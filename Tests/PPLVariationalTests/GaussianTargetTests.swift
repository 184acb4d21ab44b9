import PPLTensorCore
import PPLVariational
import Testing

/// Approximations of a normal distribution, whose answers are known.
@Suite("Normal targets")
struct GaussianTargetTests {
  private let target = NormalTarget.correlated
  private let draws = 20_000

  private func hessian(_ position: [Double]) -> [Double] { target.precision.map { -$0 } }

  /// Five standard errors of means and covariances, false alarms 6e-7 each.
  private func expectMoments(_ approximation: Approximation, covariance: [Double]) {
    let count = target.dimension
    let (mean, found) = moments(approximation.positions, dimension: count)
    for i in 0..<count {
      let variance = covariance[i * count + i]
      #expect(abs(mean[i] - target.mean[i]) < 5 * (variance / Double(draws)).squareRoot())
      for j in 0..<count {
        let error =
          ((variance * covariance[j * count + j] + covariance[i * count + j]
          * covariance[i * count + j])
          / Double(draws)).squareRoot()
        #expect(abs(found[i * count + j] - covariance[i * count + j]) < 5 * error, "\(i), \(j)")
      }
    }
  }

  /// Where the approximation is the target all log ratios are the log of its integral.
  private func expectExact(_ approximation: Approximation, within tolerance: Double) {
    for ratio in approximation.logRatios {
      #expect(abs(ratio - target.logIntegral) < tolerance)
    }
    #expect(approximation.complaint == nil)
    expectMoments(approximation, covariance: target.covariance)
  }

  @Test func laplaceIsExact() throws {
    let fit = LaplaceFit(draws: draws, key: RandomKey(seed: 1))
    expectExact(try fit.run(target.density, hessian: hessian), within: 1e-7)
  }

  @Test func fullRankIsExact() throws {
    let fit = VariationalFit(family: .fullRank, draws: draws, key: RandomKey(seed: 2))
    expectExact(try fit.run(target.density), within: 0.02)
  }

  @Test func fullRankIsExactFromAfar() throws {
    // As if the path had told nothing: the frame of the draws is that of the prior.
    let guide = GaussianGuide(.fullRank, dimension: target.dimension)
    let probe = DensityProbe(target.density)
    var ascent = StochasticAscent(
      guide: guide,
      frame: GuideFrame(
        centre: [0, 0, 0, 90, -19],
        scale: .diagonal([1, 1, 1, 10, 0.1])
      ),
      probe: probe,
      generator: RandomKey(seed: 3).makeGenerator()
    )
    for rate in [0.1, 0.03, 0.01, 0.003, 0.001] {
      ascent.restart()
      _ = try ascent.run(steps: 2000, rate: rate)
    }
    let result = try ascent.draw(draws)
    #expect(abs(result.elbo.value - target.logIntegral) < 0.01)
    expectMoments(result, covariance: target.covariance)
  }

  @Test func lowRankOfFullRankIsExact() throws {
    let fit = VariationalFit(family: .lowRank(5), draws: draws, key: RandomKey(seed: 4))
    let result = try fit.run(target.density)
    #expect(abs(result.elbo.value - target.logIntegral) < 0.05)
  }

  /// The best independent normals have the mean, and the inverse of the precision's diagonal as variances.
  @Test func meanFieldHasTheKnownOptimum() throws {
    let fit = VariationalFit(family: .meanField, draws: draws, key: RandomKey(seed: 5))
    let result = try fit.run(target.density)
    let count = target.dimension
    var covariance = [Double](repeating: 0, count: count * count)
    for i in 0..<count { covariance[i * count + i] = 1 / target.precision[i * count + i] }
    let (mean, found) = moments(result.positions, dimension: count)
    for i in 0..<count {
      let variance = covariance[i * count + i]
      // Along a ridge the mean is worth little: a tenth of the target's own deviation is 0.005 nats.
      let deviation = target.covariance[i * count + i].squareRoot()
      #expect(abs(mean[i] - target.mean[i]) < 0.1 * deviation, "\(i)")
      #expect(abs(found[i * count + i] / variance - 1) < 0.1, "\(i)")
    }
    // log ∫ exp f − KL, with KL = ½ (log det Λ⁻¹ − Σ log 1/Λᵢᵢ) for the optimum.
    var divergence = 0.0
    for i in 0..<count { divergence += 0.5 * LibM.log(target.precision[i * count + i]) }
    divergence += target.logIntegral - target.logConstant - 0.5 * Double(count) * LibM.log(2 * .pi)
    let expected = target.logIntegral - divergence
    #expect(abs(result.elbo.value - expected) < 5 * result.elbo.standardError + 0.02)
  }

  @Test func linearResponseIsExact() throws {
    let fit = DeterministicFit(draws: draws, key: RandomKey(seed: 6))
    let result = try fit.run(target.density, hessian: hessian)
    let count = target.dimension
    let (_, found) = moments(result.positions, dimension: count)
    for i in 0..<count {
      for j in 0..<count {
        let (a, b) = (target.covariance[i * count + i], target.covariance[j * count + j])
        let exact = target.covariance[i * count + j]
        let error = ((a * b + exact * exact) / Double(draws)).squareRoot()
        #expect(abs(found[i * count + j] - exact) < 5 * error, "\(i), \(j)")
      }
    }
  }

  @Test func pathfinderIsClose() throws {
    let fit = Pathfinder(paths: 4, draws: 2000, key: RandomKey(seed: 7))
    let result = try fit.run(target.density)
    #expect(result.complaint == nil)
    #expect(result.count == 8000)
    #expect(abs(result.elbo.value - target.logIntegral) < 1)
  }

  @Test func densitiesOfDrawsAreThoseOfTheDistribution() throws {
    // Each family at random parameters: the log density by its covariance, and its derivative by differences of it.
    var generator = RandomKey(seed: 8).makeGenerator()
    for family in [GuideFamily.meanField, .fullRank, .lowRank(2)] {
      let guide = GaussianGuide(family, dimension: 4)
      let parameters = (0..<guide.parameterCount).map { _ in 0.5 * generator.nextNormal() }
      let prepared = try #require(guide.prepare(parameters))
      // A from x at unit noise, so that the covariance is A Aᵀ.
      var (origin, x) = ([Double](repeating: 0, count: 4), [Double](repeating: 0, count: 4))
      let zero = [Double](repeating: 0, count: guide.noiseCount)
      guide.place(parameters, noise: zero, into: &origin)
      var covariance = [Double](repeating: 0, count: 16)
      for k in 0..<guide.noiseCount {
        var unit = zero
        unit[k] = 1
        guide.place(parameters, noise: unit, into: &x)
        let column = zip(x, origin).map(-)
        for i in 0..<4 { for j in 0..<4 { covariance[i * 4 + j] += column[i] * column[j] } }
      }
      let root = try #require(LowerFactor(of: covariance, size: 4))
      let noise = zero.map { _ in generator.nextNormal() }
      guide.place(parameters, noise: noise, into: &x)
      let step = zip(x, origin).map(-)
      let half = root.solve(step, transposed: false)
      let expected =
        -0.5 * half.reduce(0) { $0 + $1 * $1 } - root.logDeterminant - 2 * LibM.log(2 * .pi)
      var score = x
      let found = guide.logDensity(parameters, prepared, noise: noise, score: &score)
      #expect(abs(found - expected) < 1e-10, "\(family)")
      let slope = root.solve(half, transposed: true)
      for i in 0..<4 { #expect(abs(score[i] + slope[i]) < 1e-9, "\(family)") }
    }
  }

  @Test func derivativesByParametersAgreeWithDifferences() {
    var generator = RandomKey(seed: 9).makeGenerator()
    for family in [GuideFamily.meanField, .fullRank, .lowRank(2)] {
      let guide = GaussianGuide(family, dimension: 3)
      let parameters = (0..<guide.parameterCount).map { _ in 0.5 * generator.nextNormal() }
      let noise = (0..<guide.noiseCount).map { _ in generator.nextNormal() }
      let derivative = [0.3, -1.2, 0.7]
      var gradient = [Double](repeating: 0, count: guide.parameterCount)
      guide.accumulate(parameters, noise: noise, derivative: derivative, into: &gradient)
      func value(_ parameters: [Double]) -> Double {
        var x = [Double](repeating: 0, count: 3)
        guide.place(parameters, noise: noise, into: &x)
        return zip(x, derivative).reduce(0) { $0 + $1.0 * $1.1 }
      }
      for index in parameters.indices {
        var (low, high) = (parameters, parameters)
        low[index] -= 1e-5
        high[index] += 1e-5
        let difference = (value(high) - value(low)) / 2e-5
        #expect(abs(gradient[index] - difference) < 1e-8, "\(family) \(index)")
      }
    }
  }

  @Test func modesWithoutBoundAreReported() {
    let density = FunctionDensity(dimension: 1) { ($0[0], [1]) }
    #expect(throws: ApproximationError.self) {
      try ModeSearch().run(DensityProbe(density), key: RandomKey(seed: 1))
    }
  }

  @Test func densitiesThatAreNowhereFiniteAreReported() {
    let density = FunctionDensity(dimension: 2) { _ in (.nan, [0, 0]) }
    #expect(throws: ApproximationError.self) {
      try VariationalFit(family: .meanField, draws: 1, key: RandomKey(seed: 1)).run(density)
    }
  }

  @Test func rosenbrocksModeIsFound() throws {
    let density = FunctionDensity(dimension: 2) { q in
      let (a, b) = (1 - q[0], q[1] - q[0] * q[0])
      return (-a * a - 100 * b * b, [2 * a + 400 * q[0] * b, -200 * b])
    }
    let mode = try ModeSearch().run(DensityProbe(density), key: RandomKey(seed: 1)).position
    #expect(abs(mode[0] - 1) < 1e-4 && abs(mode[1] - 1) < 1e-4)
  }
}
