// The engines that compare simulations with data; what their settings do is in `PPLLikelihoodFree`.

extension EngineSetting {
  private static let summary = structured(
    "summary",
    default: "the data themselves",
    "function of the program that gives the statistics which are compared"
  )

  fileprivate static let comparisonSettings = [
    summary,
    words(
      "distance",
      ["euclidean", "manhattan", "maximum"],
      "how far statistics are apart, each in units of its spread under the prior"
    ),
    EngineSetting(
      "particles",
      .count(10...1_000_000),
      default: .number(1000),
      "parameters that a generation keeps"
    ),
    EngineSetting(
      "quantile",
      .probability,
      default: .number(0.5),
      "share of a generation's distances below the next tolerance"
    ),
    EngineSetting(
      "tolerance",
      .positive(below: 1e300),
      default: .chosen("as small as simulations allow"),
      "distance at which it ends"
    ),
    EngineSetting("rounds", .count(1...1000), default: .number(30), "most generations"),
    EngineSetting(
      "simulations",
      .count(10...1_000_000_000),
      default: .number(1_000_000),
      "simulations after which it ends"
    ),
    words(
      "adjust",
      ["true", "false"],
      "whether parameters are moved to the data's own statistics by a regression"
    ),
    EngineSetting(
      "draws",
      .count(1...1_000_000_000),
      default: .chosen("as many as particles"),
      "draws that are kept"
    ),
    seed,
  ]

  /// What trains a flow on simulations.
  private static let flowSettings = [
    summary,
    EngineSetting(
      "simulations",
      .count(1000...100_000_000),
      default: .number(10_000),
      "simulations in all that the flow is trained on, shared out evenly among the rounds"
    ),
    EngineSetting(
      "rounds",
      .count(1...100),
      default: .number(1),
      "rounds: the first simulates at draws from the prior, each other one where the posterior so far"
        + " has its mass"
    ),
    EngineSetting("layers", .count(1...64), default: .number(4), "layers of the flow"),
    EngineSetting(
      "hidden",
      .count(1...4096),
      default: .chosen("by the numbers of parameters and statistics"),
      "hidden units of each layer of the flow"
    ),
    EngineSetting("epochs", .count(1...1_000_000), default: .number(500), "most passes over them"),
  ]

  fileprivate static let posteriorSettings = flowSettings + [draws, seed]

  fileprivate static let likelihoodSettings =
    flowSettings + [chains, draws, warmup(default: .number(400)), seed]

  fileprivate static let syntheticSettings = [
    summary,
    EngineSetting(
      "simulations",
      .count(5...1_000_000),
      default: .number(100),
      "simulations at each proposal, whose mean and covariance are taken"
    ),
    chains, draws, warmup(default: .number(500)), seed,
    EngineSetting(
      "steps",
      .count(1...1_000_000),
      default: .number(1),
      "moves that lead from one draw to the next"
    ),
    words(
      "adapt",
      ["covariance", "diagonal", "none"],
      "what of the posterior's covariance the proposals take"
    ),
    EngineSetting(
      "target_accept",
      .probability,
      default: .number(0.2),
      "mean acceptance that the scale aims at"
    ),
  ]
}

extension EngineSignature {
  /// Approximate Bayesian computation by sequential Monte Carlo.
  package static let abcSMC = EngineSignature(
    "abc_smc",
    "parameters whose simulations are near the data, in generations of falling tolerance",
    kind: .comparison,
    needs: .simulation,
    settings: EngineSetting.comparisonSettings,
    foreignNames: ["abc", "smc_abc", "rejection", "pyabc", "abcsmc"]
  )

  /// Neural posterior estimation.
  package static let npe = EngineSignature(
    "npe",
    "a conditional flow of the parameters given statistics, trained on simulations",
    kind: .comparison,
    needs: .simulation,
    settings: EngineSetting.posteriorSettings,
    foreignNames: ["snpe", "snpe_c", "sbi", "bayesflow", "neural_posterior"]
  )

  /// Neural likelihood estimation.
  package static let nle = EngineSignature(
    "nle",
    "a conditional flow of the statistics given parameters, trained on simulations, whose posterior chains"
      + " draw from",
    kind: .comparison,
    needs: .simulation,
    settings: EngineSetting.likelihoodSettings,
    foreignNames: ["snle", "snl", "neural_likelihood"],
    statistics: [
      .logDensity, .acceptanceRate, .stepSize, .stepSizeNominal, .treeDepth, .stepCount,
      .isDivergent, .energy, .energyError, .maxEnergyError, .indexInTrajectory,
      .reachedMaxTreeDepth,
    ]
  )

  /// Bayesian synthetic likelihood.
  package static let synthetic = EngineSignature(
    "synthetic",
    "random-walk chains over the normal density of the statistics, estimated by simulations at each"
      + " proposal",
    kind: .comparison,
    needs: .simulation,
    settings: EngineSetting.syntheticSettings,
    foreignNames: ["bsl", "synthetic_likelihood", "sl"],
    statistics: [.logDensity, .acceptanceRate, .stepSize, .evaluationCount]
  )

  /// All of them.
  package static let comparisons = [abcSMC, npe, nle, synthetic]
}
