import PPLInference
import PPLTensorCore
import Testing

@Suite struct TransitionTests {
  // Draw by draw the sampler does what the plain definition does with the same random numbers. The two
  // round differently; over one trajectory that stays far below 1e-8 here.
  private func expectAgreement(
    _ density: FunctionDensity,
    inverseMass: [Double],
    stepSize: Double,
    maxTreeDepth: Int = 10,
    start: [Double],
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> Set<Int> {
    var settings = NUTSSettings(seed: 31)
    settings.chains = 1
    settings.warmup = 0
    settings.draws = 400
    settings.maxTreeDepth = maxTreeDepth
    let sink = CollectingSink()
    var run = SamplingRun(logDensity: density, settings: settings, sink: sink)
    let adaptation = FixedAdaptation(inverseMass: inverseMass, stepSize: stepSize)
    run.resumedStates = [
      ChainState(
        iteration: 0,
        position: start,
        adaptation: adaptation,
        needsStepSizeSearch: false
      )
    ]
    _ = try await run.run()
    let reference = ReferenceNUTS(
      density: density,
      inverseMass: inverseMass,
      maxTreeDepth: maxTreeDepth
    )
    let draws = sink.draws(chain: 0)
    let key = RandomKey(seed: 31).derived(0).derived(1)
    var position = start
    for (index, draw) in draws.positions.enumerated() {
      let expected = try reference.transition(
        from: position,
        stepSize: stepSize,
        jitter: adaptation.stepSizeJitter,
        key: key.derived(UInt64(index))
      )
      let statistics = draws.statistics[index]
      #expect(statistics.indexInTrajectory == expected.index, sourceLocation: sourceLocation)
      #expect(statistics.treeDepth == expected.depth, sourceLocation: sourceLocation)
      #expect(statistics.stepCount == expected.stepCount, sourceLocation: sourceLocation)
      #expect(statistics.isDivergent == expected.isDivergent, sourceLocation: sourceLocation)
      let error = zip(draw, expected.position).map { abs($0 - $1) / (1 + abs($1)) }.max() ?? 0
      #expect(error < 1e-8, sourceLocation: sourceLocation)
      position = draw
    }
    return Set(draws.statistics.map(\.treeDepth))
  }

  @Test func transitionsOfANormalFollowTheDefinition() async throws {
    let depths = try await expectAgreement(
      autoregression(dimension: 5, correlation: 0.8),
      inverseMass: [1, 2, 0.5, 1, 0.3],
      stepSize: 0.15,
      start: [0.1, 0.2, 0.3, -0.1, 2]
    )
    #expect(depths.isSuperset(of: [3, 4, 5]))
  }

  @Test func transitionsOfAFunnelFollowTheDefinition() async throws {
    for stepSize in [0.1, 0.5, 1.2] {
      _ = try await expectAgreement(
        funnel,
        inverseMass: [0.6, 1.3],
        stepSize: stepSize,
        start: [0.4, -0.6]
      )
    }
  }

  @Test func cutTransitionsFollowTheDefinition() async throws {
    let depths = try await expectAgreement(
      banana,
      inverseMass: [1, 1],
      stepSize: 0.05,
      maxTreeDepth: 3,
      start: [0.4, -0.6]
    )
    #expect(depths.contains(3) && !depths.contains(4))
  }

  @Test func transitionsFromFarAwayFollowTheDefinition() async throws {
    // Energy errors of −10,000: the weights of a trajectory leave the range of doubles.
    _ = try await expectAgreement(
      independentNormal(means: [0, 0, 0], standardDeviations: [1, 0.5, 2]),
      inverseMass: [1, 0.25, 4],
      stepSize: 0.3,
      start: [90, -70, 60]
    )
  }

  @Test func divergentTransitionsFollowTheDefinition() async throws {
    _ = try await expectAgreement(
      funnel,
      inverseMass: [4, 4],
      stepSize: 1.5,
      start: [0.4, -0.6]
    )
  }
}
