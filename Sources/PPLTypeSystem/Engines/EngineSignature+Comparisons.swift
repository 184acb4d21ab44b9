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

  fileprivate static let neuralSettings = [
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
      "rounds: the first simulates at draws from the prior, each other one where the posterior before it"
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
    draws, seed,
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
    settings: EngineSetting.neuralSettings,
    foreignNames: ["snpe", "snpe_c", "sbi", "bayesflow", "neural_posterior"]
  )

  /// All of them.
  package static let comparisons = [abcSMC, npe]
}
