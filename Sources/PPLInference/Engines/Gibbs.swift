package import PPLTypeSystem

/// Moves of parts of the position in turn, each given the rest; see `GibbsChain`.
package struct Gibbs: ChainEngine {
  package static var stateType: any SavedChain.Type { GibbsState.self }

  package static let signature = EngineSignature(
    "gibbs",
    "parts in turn: trajectories where there is a gradient, slices where there is none, discrete values one by one",
    kind: .chains,
    needs: .density,
    settings: [
      .chains, .draws, .warmup(), .seed,
      EngineSetting(
        "slice",
        .latents,
        default: .chosen("those without a gradient"),
        "latents whose values are drawn one by one from slices"
      ),
      EngineSetting(
        "metropolis",
        .latents,
        default: .chosen("none"),
        "latents that are moved together by random-walk proposals"
      ),
      EngineSetting(
        "target_accept",
        .probability,
        default: .number(0.8),
        "mean acceptance of the trajectories that the step size aims at"
      ),
      NUTS.maxDepth,
    ],
    foreignNames: [
      "compound", "compound_step", "hmc_gibbs", "hmcgibbs", "discrete_hmc_gibbs", "mixed_hmc",
    ],
    statistics: [
      .logDensity, .acceptanceRate, .stepSize, .treeDepth, .stepCount, .isDivergent,
      .reachedMaxTreeDepth, .evaluationCount,
    ],
    movesBlocks: true
  )

  let trajectories: NUTSSettings
  let sliced: [String]
  let walked: [String]

  package init(_ values: EngineValues) {
    var settings = NUTSSettings(seed: 0)
    settings.targetAcceptance = values[number: "target_accept"] ?? settings.targetAcceptance
    settings.maxTreeDepth = values[count: "max_depth"] ?? settings.maxTreeDepth
    settings.keepsWrittenCoordinates = true
    trajectories = settings
    sliced = values[names: "slice"]
    walked = values[names: "metropolis"]
  }

  package func validate(_ lengths: ChainLengths, dimension: Int) throws(InferenceError) {
    try lengths.validate()
    try trajectories.with(lengths).validate()
  }

  package func run(_ chains: Range<Int>, of run: SamplingRun) throws(InferenceError)
    -> [ChainResult]
  {
    var results: [ChainResult] = []
    for number in chains {
      var chain = try GibbsChain.start(self, number: number, run: run)
      try chain.runToEnd()
      results.append(chain.makeResult())
    }
    return results
  }

  /// In which way a part of the position is moved.
  package enum Way: String, Sendable, CaseIterable {
    case trajectories = "along gradients"
    case walk = "by random walks"
    case slices = "from slices"
    case values = "value by value"
  }

  /// In which way it moves a part.
  private func way(of block: DensityBlock) -> Way {
    if case .integers = block.kind { return .values }
    if walked.contains(block.name) { return .walk }
    return sliced.contains(block.name) || block.kind == .opaque ? .slices : .trajectories
  }

  /// The names of the parts that it moves in each way.
  package func plan(of blocks: [DensityBlock]) -> [(way: String, names: [String])] {
    Way.allCases.compactMap { way in
      var names: [String] = []
      for block in blocks where self.way(of: block) == way && !names.contains(block.name) {
        names.append(block.name)
      }
      return names.isEmpty ? nil : (way.rawValue, names)
    }
  }

  /// The parts that it moves in a way.
  func parts(_ way: Way, of blocks: [DensityBlock]) -> [DensityBlock] {
    blocks.filter { self.way(of: $0) == way }
  }
}
