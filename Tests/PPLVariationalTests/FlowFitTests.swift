import PPLExecution
import PPLFlows
import PPLGraphIR
import PPLNativeExecution
import PPLTensorCore
import PPLVariational
import Testing

/// Flows fitted to distributions whose integrals are known.
@Suite struct FlowFitTests {
  /// x ~ Normal(0, 1), y ~ Normal(x², 1): its integral is 1.
  private static let banana = FunctionDensity(dimension: 2) { q in
    let (x, rest) = (q[0], q[1] - q[0] * q[0])
    return (-0.5 * (x * x + rest * rest) - LibM.log(2 * .pi), [-x + rest * 2 * x, -rest])
  }

  /// v ~ Normal(0, 1.5), x₁, x₂ ~ Normal(0, exp(v / 2)), as Neal 2003, doi:10.1214/aos/1056562461, but narrower: its integral is 1.
  private static let funnel = FunctionDensity(dimension: 3) { q in
    let v = q[0]
    let precision = LibM.exp(-v)
    let square = q[1] * q[1] + q[2] * q[2]
    let value =
      -0.5 * v * v / 2.25 - v - 0.5 * precision * square - LibM.log(1.5)
      - 1.5 * LibM.log(2 * .pi)
    let slope = -v / 2.25 - 1 + 0.5 * precision * square
    return (value, [slope, -precision * q[1], -precision * q[2]])
  }

  /// Machine code where it can be made.
  private static func executor(_ graph: Graph) -> any Executor {
    guard let program = try? NativeProgram(graph) else { return ReferenceExecutor(graph) }
    return NativeExecutor(program)
  }

  private func fit(_ family: Flow.Family, _ density: FunctionDensity, draws: Int = 4000) throws
    -> Approximation
  {
    let fit = FlowFit(
      Flow(family, dimension: density.dimension),
      draws: draws,
      key: RandomKey(seed: 1),
      makeExecutor: Self.executor
    )
    return try fit.run(density)
  }

  private func fullRank(_ density: FunctionDensity) throws -> Approximation {
    try VariationalFit(family: .fullRank, draws: 4000, key: RandomKey(seed: 1)).run(density)
  }

  /// The bound is 0 at best; that of the best normal distribution lies far below.
  @Test(arguments: [Flow.Family.autoregressive, .coupling])
  func bananasAreFollowed(family: Flow.Family) throws {
    let found = try fit(family, Self.banana)
    #expect(found.complaint == nil)
    #expect(found.elbo.value > -0.05 - 5 * found.elbo.standardError, "\(found.elbo)")
    #expect(found.elbo.value < 5 * found.elbo.standardError)
    let plain = try fullRank(Self.banana)
    #expect(plain.elbo.value < -0.25)
    // E y = 1, Var y = 2 + 1; the tails, which carry much of the variance, are worth little in the bound.
    let (mean, covariance) = moments(found.positions, dimension: 2)
    #expect(abs(mean[1] - 1) < 0.15, "\(mean)")
    #expect(abs(covariance[3] / 3 - 1) < 0.25, "\(covariance)")
  }

  @Test(arguments: [Flow.Family.autoregressive, .coupling])
  func funnelsAreFollowed(family: Flow.Family) throws {
    let found = try fit(family, Self.funnel)
    let plain = try fullRank(Self.funnel)
    #expect(found.elbo.value > plain.elbo.value / 2, "\(found.elbo), \(plain.elbo)")
    #expect(found.elbo.value < 5 * found.elbo.standardError)
    let (_, covariance) = moments(found.positions, dimension: 3)
    #expect(abs(covariance[0] / 2.25 - 1) < 0.3, "\(covariance)")
  }

  /// Where the start is the target, the fit stays there.
  @Test(arguments: [Flow.Family.autoregressive, .coupling])
  func normalTargetsStayExact(family: Flow.Family) throws {
    let target = NormalTarget.correlated
    let draws = 20_000
    let found = try fit(family, target.density, draws: draws)
    #expect(abs(found.elbo.value - target.logIntegral) < 0.02, "\(found.elbo)")
    let (mean, covariance) = moments(found.positions, dimension: 5)
    for i in 0..<5 {
      let variance = target.covariance[i * 5 + i]
      // Five standard errors, and a twentieth of a deviation that costs 0.001 nats.
      let deviation = variance.squareRoot()
      #expect(abs(mean[i] - target.mean[i]) < deviation * (5 / Double(draws).squareRoot() + 0.05))
      #expect(abs(covariance[i * 5 + i] / variance - 1) < 0.15)
    }
  }

  @Test func fitsDoNotDependOnTheRun() throws {
    let first = try fit(.coupling, Self.banana, draws: 10)
    let second = try fit(.coupling, Self.banana, draws: 10)
    #expect(first.positions == second.positions)
  }

  /// Beyond 2.5 standard deviations there is no density: draws there count for nothing in the steps.
  @Test func drawsOutsideOfTheSupportAreLeftOut() throws {
    let density = FunctionDensity(dimension: 2) { q in
      let isInside = q.allSatisfy { $0.magnitude < 2.5 }
      let value = -0.5 * (q[0] * q[0] + q[1] * q[1]) - LibM.log(2 * .pi)
      return (isInside ? value : -.infinity, q.map { -$0 })
    }
    let found = try fit(.coupling, density)
    let inside = found.logRatios.filter(\.isFinite)
    // Of an approximation as wide as the target 1 − (2 Φ(2.5) − 1)² = 0.025 of the draws lie outside, 100 ± 10.
    #expect(inside.count > 3800, "\(inside.count)")
    let mean = inside.reduce(0, +) / Double(inside.count)
    #expect(abs(mean) < 0.05, "\(mean)")
  }

  @Test func densitiesThatAreNowhereFiniteAreReported() {
    let density = FunctionDensity(dimension: 2) { _ in (.nan, [0, 0]) }
    #expect(throws: ApproximationError.self) { try fit(.coupling, density) }
  }
}
