import PPLInference
import PPLTensorCore
import PPLTypeSystem
import Synchronization
import Testing

/// x₁ ~ N(0, 1), xₜ ~ N(θ xₜ₋₁, 1/2), yₜ ~ N(xₜ, 1/2), with θ ~ N(0, 1) or 1/2; steps are drawn from the states' own
/// statements.
private struct LinearStates: StateSpaceModel {
  static let data = [0.4, 1.3, 0.9, -0.2, -0.6, 0.1, 0.8]

  var hasParameter = true
  var particleCount = 20
  var parameterCount: Int { hasParameter ? 1 : 0 }
  var dimension: Int { parameterCount + stepCount }
  var stepCount: Int { Self.data.count }

  func makeEvaluator() -> any StateSpaceEvaluator { LinearParticles(model: self) }

  /// The exact log likelihood, by the Kalman filter.
  func logLikelihood(_ theta: Double) -> Double {
    var (mean, variance, total) = (0.0, 1.0, 0.0)
    for (step, y) in Self.data.enumerated() {
      if step > 0 { (mean, variance) = (theta * mean, theta * theta * variance + 0.25) }
      let (error, sum) = (y - mean, variance + 0.25)
      total -= 0.5 * (error * error / sum + LibM.log(2 * Double.pi * sum))
      mean += variance * error / sum
      variance *= 0.25 / sum
    }
    return total
  }
}

private final class LinearParticles: StateSpaceEvaluator {
  let model: LinearStates
  private var theta = 0.5
  private var states: [[Double]]

  init(model: LinearStates) {
    self.model = model
    states = [[Double]](
      repeating: [Double](repeating: 0, count: model.particleCount),
      count: model.stepCount
    )
  }

  func begin(at parameters: Span<Double>, key: RandomKey) -> Double {
    if model.hasParameter { theta = parameters[0] }
    return model.hasParameter ? -0.5 * theta * theta : 0
  }

  func step(
    _ number: Int,
    ancestors: borrowing [Int],
    logWeights: inout [Double],
    key: RandomKey
  ) {
    var generator = key.makeGenerator()
    for particle in 0..<model.particleCount {
      let noise = generator.nextNormal()
      let state =
        number == 0 ? noise : theta * states[number - 1][ancestors[particle]] + 0.5 * noise
      states[number][particle] = state
      let error = LinearStates.data[number] - state
      logWeights[particle] = -2 * error * error - 0.5 * LibM.log(2 * Double.pi * 0.25)
    }
  }

  func write(_ parameters: Span<Double>, path: borrowing [Int], to position: inout [Double]) {
    if model.hasParameter { position[0] = parameters[0] }
    for step in states.indices {
      position[model.parameterCount + step] = states[step][path[step]]
    }
  }
}

@Suite struct ParticleChainTests {
  private func run(
    _ model: LinearStates,
    _ sink: CollectingSink,
    warmup: Int = 200,
    draws: Int = 200,
    steps: Int = 1,
    cancellation: CancellationFlag = CancellationFlag()
  ) -> SamplingRun {
    var values = EngineValues(PMMH.signature)
    values[number: "warmup"] = Double(warmup)
    values[number: "draws"] = Double(draws)
    values[number: "steps"] = Double(steps)
    let engine = PMMH(values)
    var run = SamplingRun(
      logDensity: FunctionDensity(dimension: model.dimension) { _, _ in 0 },
      engine: engine,
      lengths: engine.lengths(values, dimension: model.dimension, seed: 5),
      sink: sink,
      cancellation: cancellation
    )
    run.stateSpace = model
    return run
  }

  /// The mean of 4,000 estimates of the likelihood over the exact one is 1 within four standard errors.
  @Test func estimatesHaveNoBias() {
    let model = LinearStates(hasParameter: true, particleCount: 10)
    var filter = ParticleFilter(model)
    let evaluator = model.makeEvaluator()
    let theta = [0.7]
    let exact = model.logLikelihood(0.7) - 0.5 * 0.7 * 0.7
    let ratios = (0..<4000).map { number in
      LibM.exp(
        filter.run(evaluator, at: theta.span, key: RandomKey(seed: 3).derived(UInt64(number)))
          - exact
      )
    }
    let mean = ratios.reduce(0, +) / 4000
    let variance = ratios.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 3999
    let error = (variance / 4000).squareRoot()
    #expect(error < 0.02)
    #expect(abs(mean - 1) < 4 * error, "\(mean), \(error)")
  }

  /// However few the particles, the chain's draws are those of the exact posterior, found by summing over a grid.
  @Test func fewParticlesLeaveThePosterior() async throws {
    let model = LinearStates(hasParameter: true, particleCount: 5)
    let sink = CollectingSink()
    _ = try await run(model, sink, warmup: 1000, draws: 20_000).run()
    var (weight, first, second) = (0.0, 0.0, 0.0)
    for number in -4000...4000 {
      let theta = Double(number) / 1000
      let density = LibM.exp(model.logLikelihood(theta) - 0.5 * theta * theta)
      weight += density
      first += density * theta
      second += density * theta * theta
    }
    let mean = first / weight
    let sd = (second / weight - mean * mean).squareRoot()
    let draws = (0..<4).map { sink.draws(chain: $0).positions.map { $0[0] } }
    // Means of batches of 500 are nearly independent.
    let batches = draws.flatMap { chain in
      stride(from: 0, to: chain.count, by: 500).map { chain[$0..<($0 + 500)].reduce(0, +) / 500 }
    }
    let count = Double(batches.count)
    let found = batches.reduce(0, +) / count
    let variance = batches.reduce(0) { $0 + ($1 - found) * ($1 - found) } / (count - 1)
    let error = (variance / count).squareRoot()
    #expect(abs(found - mean) < 4 * error, "\(found), \(mean), \(error)")
    let all = draws.joined()
    let squares = all.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(all.count)
    #expect(abs(squares.squareRoot() / sd - 1) < 0.1, "\(squares.squareRoot()), \(sd)")
  }

  @Test(arguments: [true, false])
  func drawsDoNotDependOnThreads(hasParameter: Bool) async throws {
    let model = LinearStates(hasParameter: hasParameter)
    let sinks = [CollectingSink(), CollectingSink()]
    for (sink, threads) in zip(sinks, [1, 2]) {
      var own = run(model, sink)
      own.threadCount = threads
      _ = try await own.run()
    }
    for chain in 0..<4 {
      #expect(sinks[0].draws(chain: chain).positions.count == 200)
      let difference = sinks[0].draws(chain: chain)
        .firstDifference(from: sinks[1].draws(chain: chain))
      #expect(difference == nil)
    }
  }

  /// A chain that is stopped and taken up again is the chain that was not stopped.
  @Test(arguments: [50, 250])
  func chainsGoOnBitByBit(stop: Int) async throws {
    let model = LinearStates()
    let whole = CollectingSink()
    _ = try await run(model, whole, steps: 2).run()
    let cancellation = CancellationFlag()
    let counts = Mutex(0)
    let parts = CollectingSink { _, _, _ in
      let count = counts.withLock { count in
        count += 1
        return count
      }
      if count == stop { cancellation.cancel() }
    }
    var first = run(model, parts, steps: 2, cancellation: cancellation)
    first.threadCount = 1
    let results = try await first.run()
    #expect(results[0].warmupCount + results[0].drawCount == stop)
    var second = run(model, parts, steps: 2)
    second.resumedStates = try saved(results)
    _ = try await second.run()
    for chain in 0..<4 {
      for isWarmup in [true, false] {
        let difference = parts.draws(chain: chain, isWarmup: isWarmup)
          .firstDifference(from: whole.draws(chain: chain, isWarmup: isWarmup))
        #expect(difference == nil, "chain \(chain), warm-up \(isWarmup)")
      }
    }
  }
}
