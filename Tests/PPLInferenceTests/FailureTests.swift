import PPLInference
import Synchronization
import Testing

@Suite struct FailureTests {
  private struct SinkFailure: Error {}

  private func settings() -> NUTSSettings {
    var settings = NUTSSettings(seed: 4)
    settings.warmup = 50
    settings.draws = 50
    return settings
  }

  private func failure(
    _ density: FunctionDensity,
    sink: CollectingSink = CollectingSink(),
    _ prepare: (inout SamplingRun) -> Void = { _ in }
  ) async -> InferenceError? {
    var run = SamplingRun(logDensity: density, settings: settings(), sink: sink)
    prepare(&run)
    do throws(InferenceError) {
      _ = try await run.run()
      return nil
    } catch {
      return error
    }
  }

  @Test(arguments: [-Double.infinity, Double.nan, Double.infinity])
  func noFiniteStartIsReportedWithItsPoints(value: Double) async throws {
    let density = FunctionDensity(dimension: 3) { position, gradient in
      for index in position.indices { gradient[index] = 1 }
      return value
    }
    guard case .initialization(let chain, let failure) = await failure(density) else {
      Issue.record("The run found a start.")
      return
    }
    #expect((0..<4).contains(chain))
    #expect(failure.attemptCount == 100)
    #expect(failure.lastAttempts.count == 5)
    #expect(Set(failure.lastAttempts.map(\.position)).count == 5)
    for attempt in failure.lastAttempts {
      #expect(attempt.position.count == 3)
      #expect(attempt.position.allSatisfy { abs($0) < 2 })
      #expect(attempt.gradient == [1, 1, 1])
      #expect(attempt.logDensity == value || (attempt.logDensity.isNaN && value.isNaN))
    }
  }

  @Test func aNonFiniteGradientIsNoStart() async throws {
    let density = FunctionDensity(dimension: 2) { position, gradient in
      gradient[0] = 0
      gradient[1] = .nan
      return 0
    }
    guard case .initialization(_, let failure) = await failure(density) else {
      Issue.record("The run found a start.")
      return
    }
    #expect(failure.lastAttempts.allSatisfy { $0.logDensity == 0 && $0.gradient[1].isNaN })
  }

  @Test func aGivenStartIsTriedOnce() async throws {
    let density = FunctionDensity(dimension: 1) { position, gradient in
      gradient[0] = 1 / position[0] - 1
      return position[0] > 0 ? logarithm(position[0]) - position[0] : -.infinity
    }
    let refused = await failure(density) { $0.initialPositions = [[1], [1], [-3], [1]] }
    guard case .initialization(chain: 2, let failure) = refused else {
      Issue.record("The third chain started outside of the support.")
      return
    }
    #expect(failure.attemptCount == 1)
    #expect(failure.lastAttempts.map(\.position) == [[-3]])
    let accepted = await self.failure(density) { $0.initialPositions = [[1], [2], [3], [4]] }
    #expect(accepted == nil)
  }

  @Test func aStartIsFoundByTryingAgain() async throws {
    // Finite on a sixteenth of the box only.
    let density = FunctionDensity(dimension: 2) { position, gradient in
      gradient[0] = -position[0]
      gradient[1] = -position[1]
      let isInside = position[0] > 1 && position[1] > 1
      return isInside ? -0.5 * (position[0] * position[0] + position[1] * position[1]) : .nan
    }
    let sink = CollectingSink()
    #expect(await failure(density, sink: sink) == nil)
    for chain in 0..<4 {
      #expect(sink.draws(chain: chain).positions.count == 50)
      #expect(sink.draws(chain: chain).positions.allSatisfy { $0[0] > 1 && $0[1] > 1 })
      #expect(sink.draws(chain: chain).statistics.contains { $0.isDivergent })
    }
  }

  @Test func aModelFailureStopsTheRun() async throws {
    let count = Mutex(0)
    let density = FunctionDensity(dimension: 1) { position, gradient throws(EvaluationError) in
      let isBroken = count.withLock { count in
        count += 1
        return count > 300
      }
      if isBroken { throw EvaluationError(message: "solver failed") }
      gradient[0] = -position[0]
      return -0.5 * position[0] * position[0]
    }
    guard case .evaluation(_, let iteration, let error) = await failure(density) else {
      Issue.record("The run went on.")
      return
    }
    #expect(error.message == "solver failed")
    #expect(iteration >= -1 && iteration < 100)
  }

  @Test func aSinkFailureStopsTheRun() async throws {
    let sink = CollectingSink { chain, index, _ in
      if chain == 0, index == 20 { throw SinkFailure() }
    }
    let density = independentNormal(means: [0], standardDeviations: [1])
    guard case .sink(chain: 0, iteration: 20, let error) = await failure(density, sink: sink) else {
      Issue.record("The run went on.")
      return
    }
    #expect(error is SinkFailure)
  }

  @Test func settingsOutsideOfTheirDomainAreRefused() async throws {
    let changes: [(String, (inout NUTSSettings) -> Void)] = [
      ("chains", { $0.chains = 0 }),
      ("chains", { $0.chains = .max }),
      ("warmup", { $0.warmup = -1 }),
      ("warmup", { $0.warmup = .max }),
      ("draws", { $0.draws = -1 }),
      ("draws", { $0.draws = .max }),
      ("targetAcceptance", { $0.targetAcceptance = 1 }),
      ("targetAcceptance", { $0.targetAcceptance = .nan }),
      ("maxTreeDepth", { $0.maxTreeDepth = 0 }),
    ]
    for (name, change) in changes {
      var settings = settings()
      change(&settings)
      let run = SamplingRun(logDensity: funnel, settings: settings, sink: CollectingSink())
      var refused: String?
      do throws(InferenceError) {
        _ = try await run.run()
      } catch {
        if case .invalidSetting(let name, _) = error { refused = name }
      }
      #expect(refused == name)
    }
    guard case .invalidSetting = await failure(funnel, { $0.initialPositions = [[1], [2]] }) else {
      Issue.record("Positions of wrong shape were taken.")
      return
    }
  }

  @Test func aWallMakesDivergencesAndKeepsItsSide() async throws {
    // Uniform on (−1, 1): the gradient says nothing of the wall.
    let density = FunctionDensity(dimension: 1) { position, gradient in
      gradient[0] = 0
      return abs(position[0]) < 1 ? 0 : -.infinity
    }
    let sink = CollectingSink()
    var settings = NUTSSettings(seed: 2)
    settings.draws = 2000
    let results = try await SamplingRun(logDensity: density, settings: settings, sink: sink).run()
    let values = values(sink, chains: 4) { $0[0] }
    #expect(values.joined().allSatisfy { abs($0) < 1 })
    let (mean, error, _) = meanAndError(values)
    #expect(abs(mean) < 4.5 * error)
    for result in results {
      let statistics = sink.draws(chain: result.chain).statistics
      #expect(result.divergenceCount == statistics.filter(\.isDivergent).count)
      #expect(result.divergenceCount > 0)
      #expect(statistics.allSatisfy { $0.maxEnergyError == ($0.isDivergent ? .infinity : 0) })
    }
  }

  @Test func anEnergyErrorAboveTheThresholdDiverges() async throws {
    // A quartic well becomes unstable for the leapfrog step that suits its wide floor.
    let density = FunctionDensity(dimension: 2) { position, gradient in
      let v = position[0]
      let precision = exponential(-3 * v)
      gradient[0] = -v / 9 - 1.5 + 1.5 * position[1] * position[1] * precision
      gradient[1] = -position[1] * precision
      return -v * v / 18 - 1.5 * v - 0.5 * position[1] * position[1] * precision
    }
    let sink = CollectingSink()
    _ = try await SamplingRun(
      logDensity: density,
      settings: NUTSSettings(seed: 3),
      sink: sink
    ).run()
    let divergent = (0..<4).flatMap { sink.draws(chain: $0).statistics }.filter(\.isDivergent)
    #expect(!divergent.isEmpty)
    #expect(divergent.allSatisfy { $0.maxEnergyError > 1000 })
    let others = (0..<4).flatMap { sink.draws(chain: $0).statistics }.filter { !$0.isDivergent }
    #expect(others.allSatisfy { $0.maxEnergyError <= 1000 })
  }
}
