import PPLInference
import Testing

/// Poisson counts with a log link: far above the counts the log density falls exponentially.
private struct SteepDensity: LogDensity {
  let dimension = 3

  func makeEvaluator() -> any LogDensityEvaluator { Evaluator() }

  private final class Evaluator: LogDensityEvaluator {
    /// log p = Σ (50 η − e^η), η = 20 q: bulk at q = log(50) / 20, some 0.007 wide.
    func evaluate(
      at position: Span<Double>,
      gradient: inout MutableSpan<Double>
    ) throws(EvaluationError) -> Double {
      var total = 0.0
      for index in 0..<3 {
        let eta = 20 * position[index]
        let rate = power(eta)
        total += 50 * eta - rate
        gradient[index] = 20 * (50 - rate)
      }
      return total
    }

    private func power(_ x: Double) -> Double {
      // e^x by squaring (1 + x / 2^20) ^ (2^20).
      var value = 1 + x / 1_048_576
      for _ in 0..<20 { value *= value }
      return value
    }
  }
}

/// Independent standard normals.
private struct NormalDensity: LogDensity {
  let dimension = 5

  func makeEvaluator() -> any LogDensityEvaluator { Evaluator() }

  private final class Evaluator: LogDensityEvaluator {
    func evaluate(
      at position: Span<Double>,
      gradient: inout MutableSpan<Double>
    ) throws(EvaluationError) -> Double {
      var total = 0.0
      for index in 0..<5 {
        total -= position[index] * position[index] / 2
        gradient[index] = -position[index]
      }
      return total
    }
  }
}

@Suite struct InitialAscentTests {
  /// Starts lie up to e^40 nats below the bulk; without the ascent a chain in three stays there.
  @Test func steepStartsReachTheBulk() async throws {
    var settings = NUTSSettings(seed: 3)
    settings.chains = 40
    settings.draws = 50
    let sink = CollectingSink()
    let run = SamplingRun(logDensity: SteepDensity(), settings: settings, sink: sink)
    _ = try await run.run()
    for chain in 0..<40 {
      // The mean of 50 draws of η lies within 5 standard deviations (1/√50) of log 50 = 3.912.
      let draws = sink.draws(chain: chain).positions.map { $0[0] }
      let eta = 20 * draws.reduce(0, +) / Double(draws.count)
      #expect(abs(eta - 3.912) < 5 * 0.1414, "chain \(chain): \(eta)")
    }
  }

  /// A start within the bulk costs no more than the tries of one step.
  @Test func goodStartsStayWhereTheyAre() async throws {
    var settings = NUTSSettings(seed: 1)
    settings.chains = 8
    settings.warmup = 0
    settings.draws = 1
    let run = SamplingRun(logDensity: NormalDensity(), settings: settings, sink: CollectingSink())
    let results = try await run.run()
    // Start, one step of the ascent, back, step size search, one trajectory of depth at most 10.
    #expect(results.allSatisfy { $0.gradientCount < 60 })
  }
}
