// The engines that make no Markov chains; what their settings do is in `PPL/Fitting`.

extension EngineSetting {
  /// Families of guides that need no text, the default first.
  package static let guideFamilies = ["mean_field", "full_rank", "low_rank", "iaf", "coupling"]

  private static let batch = structured("batch", default: "all rows", "rows that a step sees")
  private static let epochs = EngineSetting(
    "epochs",
    .count(1...1_000_000),
    default: .chosen("by `steps`"),
    "passes over the batched rows"
  )
  private static let steps = EngineSetting(
    "steps",
    .count(1...1_000_000_000),
    default: .chosen("the method's own number"),
    "steps of the search"
  )
  private static let optimizer = structured(
    "optimizer",
    default: "`adam`",
    "rule of the steps, as `adam(0.001)`"
  )
  private static let schedule = words(
    "schedule",
    ["constant", "cosine", "linear", "step"],
    "how the rate of the steps goes on"
  )
  private static let clip = EngineSetting(
    "clip",
    .positive(below: 1e9),
    default: .chosen("none"),
    "greatest norm of a gradient"
  )
  private static let average = words(
    "average",
    ["false", "true"],
    "whether the parameters are averaged over the last steps"
  )
  private static let augment = structured("augment", default: "none", "random changes of data")
  private static let load = structured("load", default: "none", "file of weights to begin from")
  private static let freeze = structured("freeze", default: "none", "weights that stay")
  private static let threads = EngineSetting(
    "threads",
    .count(1...256),
    default: .number(1),
    "threads that share the rows of a step"
  )
  private static let samples = EngineSetting(
    "samples",
    .count(1...10_000),
    default: .chosen("the method's own number"),
    "draws of the guide in each step"
  )
  private static let validation = structured(
    "validation",
    default: "none",
    "share of the rows that are held out, or a file"
  )
  private static let patience = EngineSetting(
    "patience",
    .count(1...1_000_000),
    default: .chosen("none"),
    "epochs without gain after which a fit ends"
  )

  fileprivate static let mapSettings = [
    batch, epochs, steps, optimizer, schedule, clip, average, load, freeze, augment, threads, seed,
  ]
  fileprivate static let trainSettings = [
    batch, epochs, steps, optimizer, schedule, clip, average, validation, patience, augment, load,
    freeze, threads, seed,
  ]
  fileprivate static let sviSettings = [
    words("guide", guideFamilies, "family of the guide, or a guide of the program"),
    batch, epochs, steps, optimizer, schedule, clip, average, samples, augment, load, freeze,
    threads, draws, seed,
  ]
  fileprivate static let viSettings = [
    words("guide", guideFamilies, "family of the approximating distribution"),
    words("method", ["stochastic", "deterministic"], "how the bound is estimated"),
    EngineSetting("rank", .count(1...1000), default: .number(10), "rank of `guide: low_rank`"),
    EngineSetting(
      "layers",
      .count(1...64),
      default: .chosen("the family's own number"),
      "layers of a flow"
    ),
    EngineSetting(
      "hidden",
      .count(1...4096),
      default: .chosen("the family's own number"),
      "hidden units of each layer of a flow"
    ),
    samples, steps, draws, seed,
  ]
  fileprivate static let paths = EngineSetting(
    "paths",
    .count(1...64),
    default: .number(4),
    "paths that lead to a normal distribution each"
  )
}

extension EngineSignature {
  /// Draws from the statements as they stand, whatever is observed.
  package static let prior = EngineSignature(
    "prior",
    "independent draws of all latents from their statements, whatever is observed",
    kind: .forward,
    needs: .simulation,
    settings: [.chains, .draws, .seed]
  )

  /// Engines that approximate the posterior.
  package static let approximations = [
    EngineSignature(
      "map",
      "the mode of the posterior",
      kind: .approximation,
      needs: .gradient,
      settings: EngineSetting.mapSettings,
      foreignNames: ["optimize", "optimizing", "find_map", "mle"]
    ),
    EngineSignature(
      "laplace",
      "a normal distribution around the mode",
      kind: .approximation,
      needs: .gradient,
      settings: [.draws, .seed]
    ),
    EngineSignature(
      "pathfinder",
      "normal distributions along the path to a mode, weighted by importance",
      kind: .approximation,
      needs: .gradient,
      settings: [.paths, .draws, .seed]
    ),
    EngineSignature(
      "vi",
      "the nearest distribution of a family, by the evidence lower bound",
      kind: .approximation,
      needs: .gradient,
      settings: EngineSetting.viSettings
    ),
    EngineSignature(
      "importance",
      "draws of a proposal weighted by the posterior, with smoothed weights and the marginal likelihood",
      kind: .approximation,
      needs: .density,
      settings: [
        EngineSetting(
          "proposal",
          .word([
            "full_rank", "mean_field", "low_rank", "laplace", "pathfinder", "iaf", "coupling",
            "prior",
          ]),
          default: .chosen("`full_rank`, or `prior` where there is no gradient"),
          "what is drawn from, fitted first unless it is the prior"
        ),
        EngineSetting(
          "samples",
          .count(100...10_000_000),
          default: .number(10_000),
          "draws of the proposal, of which `draws` are kept by weight"
        ),
        .draws, .seed,
      ],
      foreignNames: ["importance_sampling", "psis", "is", "snis", "likelihood_weighting"],
      estimatesEvidence: true
    ),
  ]

  /// Engines that move parameters along stochastic gradients.
  package static let stepFits = [
    EngineSignature(
      "svi",
      "a guide moved by stochastic gradients, over some rows at a time",
      kind: .steps,
      needs: .gradient,
      settings: EngineSetting.sviSettings
    ),
    EngineSignature(
      "train",
      "weights without prior, moved by stochastic gradients",
      kind: .steps,
      needs: .gradient,
      settings: EngineSetting.trainSettings,
      foreignNames: ["learn", "optim", "sgd", "adam", "fit"]
    ),
  ]
}
