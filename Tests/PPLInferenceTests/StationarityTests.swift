import PPLInference
import PPLTensorCore
import Testing

@Suite struct StationarityTests {
  // Chains start at independent exact draws of the target and make three transitions with a fixed step
  // size and metric. If the transition leaves the target invariant, their ends are independent exact
  // draws again, so that the tests of fit below hold exactly; three of them at 1e-4 each.
  @Test(arguments: [0.35, 0.9, 1.6], [2, 10])
  func transitionsLeaveTheFunnelInvariant(stepSize: Double, maxTreeDepth: Int) async throws {
    let chains = 20_000
    var generator = RandomKey(seed: 77).makeGenerator()
    var settings = NUTSSettings(seed: 5)
    settings.chains = chains
    settings.warmup = 0
    settings.draws = 3
    settings.maxTreeDepth = maxTreeDepth
    let sink = CollectingSink()
    var run = SamplingRun(logDensity: funnel, settings: settings, sink: sink)
    run.resumedStates = (0..<chains).map { _ in
      let v = generator.nextNormal()
      let x = generator.nextNormal() * exponential(v / 2)
      return ChainState(
        iteration: 0,
        position: [v, x],
        adaptation: FixedAdaptation(inverseMass: [0.7, 1.8], stepSize: stepSize),
        needsStepSizeSearch: false
      )
    }
    _ = try await run.run()
    let ends = (0..<chains).map { sink.draws(chain: $0).positions[2] }
    let marginals = [
      ends.map { $0[0] },
      ends.map { $0[1] * exponential(-$0[0] / 2) },
      ends.map { ($0[0] + $0[1] * exponential(-$0[0] / 2)) / 2.0.squareRoot() },
    ]
    for marginal in marginals {
      let pValue = kolmogorovSmirnovPValue(
        marginal,
        distributionFunction: normalDistributionFunction
      )
      #expect(pValue > 1e-4)
    }
  }
}
