import PPLInference
import PPLTensorCore
import Testing

/// A hierarchy: m ~ Normal(0, 3), log s ~ Normal(0, 1), uᵢ ~ Normal(m, s), yᵢ ~ Normal(uᵢ, error).
///
/// Position: m, log s, then each element's coordinate: uᵢ or (uᵢ - m) / s.
private struct Hierarchy: LogDensity {
  var observations: [Double]
  var error: Double

  var dimension: Int { observations.count + 2 }
  var centeredElements: [Range<Int>] { observations.indices.map { ($0 + 2)..<($0 + 3) } }
  var centeredStatements: [Range<Int>] { [0..<observations.count] }

  func makeEvaluator() -> any LogDensityEvaluator { Evaluator(self) }

  private final class Evaluator: LogDensityEvaluator {
    let hierarchy: Hierarchy
    var weights: [Double]

    init(_ hierarchy: Hierarchy) {
      self.hierarchy = hierarchy
      weights = hierarchy.observations.map { _ in 1 }
    }

    func evaluate(
      at position: Span<Double>,
      gradient: inout MutableSpan<Double>
    ) throws(EvaluationError) -> Double {
      let (m, t) = (position[0], position[1])
      let s = exponential(t)
      var value = -m * m / 18 - t * t / 2
      gradient[0] = -m / 9
      gradient[1] = -t
      let precision = 1 / (hierarchy.error * hierarchy.error)
      for (index, y) in hierarchy.observations.enumerated() {
        let q = position[index + 2]
        if weights[index] == 1 {
          let z = (q - m) / s
          value += -z * z / 2 - t - precision * (y - q) * (y - q) / 2
          gradient[index + 2] = -z / s + precision * (y - q)
          gradient[0] += z / s
          gradient[1] += z * z - 1
        } else {
          let slope = precision * (y - m - s * q)
          value += -q * q / 2 - slope * slope / precision / 2
          gradient[index + 2] = -q + s * slope
          gradient[0] += slope
          gradient[1] += s * q * slope
        }
      }
      return value
    }

    func adopt(_ centering: Centering) { weights = centering.weights }

    func position(_ position: [Double], in centering: Centering) -> [Double] {
      let (m, s) = (position[0], exponential(position[1]))
      var result = position
      for index in weights.indices {
        let q = position[index + 2]
        let u = weights[index] == 1 ? q : m + s * q
        result[index + 2] = centering.weights[index] == 1 ? u : (u - m) / s
      }
      return result
    }
  }
}

private let observations = [2.8, 0.8, -0.3, 0.7, -0.1, 0.1, 1.8, 1.2]

@Suite("Coordinates of hierarchies")
struct CenteringTests {
  private func run(
    error: Double,
    draws: Int = 200,
    adaptation: AdaptationMethod = .fisher,
    cancellation: CancellationFlag = CancellationFlag(),
    sink: CollectingSink = CollectingSink(),
    resumed: [(any SavedChain)?]? = nil
  ) async throws -> [ChainResult] {
    var settings = NUTSSettings(seed: 5)
    settings.chains = 2
    settings.draws = draws
    settings.adaptation = adaptation
    var run = SamplingRun(
      logDensity: Hierarchy(observations: observations, error: error),
      settings: settings,
      sink: sink,
      cancellation: cancellation
    )
    run.resumedStates = resumed
    return try await run.run()
  }

  @Test("elements with little information are sampled as deviations, those with much as values")
  func follows() async throws {
    for result in try await run(error: 3) {
      #expect((result.state as? ChainState)?.centering?.centering.centeredCount == 0)
    }
    for result in try await run(error: 0.05) {
      let chosen = (result.state as? ChainState)?.centering?.centering
      #expect(chosen?.centeredCount == observations.count)
    }
  }

  @Test("Stan's arm keeps the coordinates as written")
  func control() async throws {
    for result in try await run(error: 3, adaptation: .stan) {
      let state = try #require(result.state as? ChainState)
      #expect(state.centering == nil)
    }
  }

  @Test(
    "location and scale have the moments of the marginal posterior",
    arguments: [3.0, 0.5, 0.05]
  )
  func moments(error: Double) async throws {
    let sink = CollectingSink()
    _ = try await run(error: error, draws: 3000, sink: sink)
    let exact = marginalMoments(error: error)
    for (coordinate, expected) in [exact.location, exact.logScale].enumerated() {
      let found = meanAndError(values(sink, chains: 2) { $0[coordinate] })
      #expect(abs(found.mean - expected) < 5 * found.error, "\(coordinate) \(error)")
    }
  }

  /// Means of m and log s by sums over a grid; yᵢ ~ Normal(m, √(s² + error²)) without the elements.
  private func marginalMoments(error: Double) -> (location: Double, logScale: Double) {
    var sums = (weight: 0.0, location: 0.0, logScale: 0.0)
    for row in 0..<400 {
      let t = -6 + 10 * Double(row) / 400
      let variance = exponential(2 * t) + error * error
      for column in 0..<400 {
        let m = -12 + 24 * Double(column) / 400
        var value = -m * m / 18 - t * t / 2
        for y in observations {
          value += -0.5 * logarithm(variance) - (y - m) * (y - m) / (2 * variance)
        }
        let weight = exponential(value)
        sums.weight += weight
        sums.location += weight * m
        sums.logScale += weight * t
      }
    }
    return (sums.location / sums.weight, sums.logScale / sums.weight)
  }

  @Test("a chain taken up within the warm-up goes on bit by bit", arguments: [40, 100, 250])
  func resume(stop: Int) async throws {
    let whole = CollectingSink()
    _ = try await run(error: 0.3, sink: whole)
    let flag = CancellationFlag()
    let first = CollectingSink { _, index, isWarmup in
      if isWarmup, index == stop { flag.cancel() }
    }
    let results = try await run(error: 0.3, cancellation: flag, sink: first)
    let second = CollectingSink()
    _ = try await run(error: 0.3, sink: second, resumed: results.map(\.state))
    for chain in 0..<2 {
      #expect(whole.draws(chain: chain).firstDifference(from: second.draws(chain: chain)) == nil)
    }
  }
}
