import PPLTypeSystem

/// An engine whose chains follow Hamiltonian trajectories and tune step size, metric and coordinates.
package protocol HamiltonianEngine: ChainEngine {
  /// All but the lengths, which are the run's.
  var settings: NUTSSettings { get }
}

extension HamiltonianEngine {
  package static var stateType: any SavedChain.Type { ChainState.self }

  package var defaultWarmup: Int { settings.adaptation.defaultWarmup }

  package func validate(_ lengths: ChainLengths, dimension: Int) throws(InferenceError) {
    try settings.with(lengths).validate()
  }

  package func run(_ chains: Range<Int>, of run: SamplingRun) throws(InferenceError)
    -> [ChainResult]
  {
    var results: [ChainResult] = []
    for number in chains {
      var chain = try Chain.start(number: number, settings: settings.with(run.lengths), run: run)
      try chain.runToEnd()
      results.append(chain.makeResult())
    }
    return results
  }
}

extension NUTSSettings {
  /// The settings that a program gives to an engine with step size and metric.
  init(hamiltonian values: EngineValues) {
    self.init(seed: 0)
    adaptation = AdaptationMethod(rawValue: values[word: "adapt"]) ?? adaptation
    targetAcceptance = values[number: "target_accept"] ?? targetAcceptance
    start = StartMethod(rawValue: values[word: "start"]) ?? start
    keepsWrittenCoordinates = values[word: "centering"] == "written"
  }

  /// The same settings for a run of certain lengths.
  package func with(_ lengths: ChainLengths) -> NUTSSettings {
    var result = self
    result.chains = lengths.chains
    result.warmup = lengths.warmup
    result.draws = lengths.draws
    result.seed = lengths.seed
    return result
  }

  /// The lengths of a run with these settings.
  var lengths: ChainLengths {
    ChainLengths(chains: chains, warmup: warmupCount, draws: draws, seed: seed)
  }
}

extension EngineSetting {
  /// What engines that adapt a step size and a metric have in common.
  static func metricAdaptation(targetAcceptance: Double) -> [EngineSetting] {
    [
      words("adapt", AdaptationMethod.allCases.map(\.rawValue), "how the metric is adapted"),
      EngineSetting(
        "target_accept",
        .probability,
        default: .number(targetAcceptance),
        "mean acceptance that the step size aims at"
      ),
      words(
        "centering",
        ["auto", "written"],
        "whether the coordinates of hierarchical elements are chosen in the warm-up"
      ),
      words("start", StartMethod.allCases.map(\.rawValue), "where chains begin"),
    ]
  }
}
