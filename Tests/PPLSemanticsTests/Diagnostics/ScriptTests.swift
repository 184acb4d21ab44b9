import Testing

/// Mistakes in `infer`, `predict`, `show`, `check` and `save`.
struct ScriptTests {
  static let topic = DiagnosticTopic(name: "script", programs: programs)

  @Test(arguments: programs)
  func pointsAtTheMistake(_ program: MarkedProgram) throws {
    try Self.topic.expectPlace(program)
  }

  @Test(arguments: programs)
  func messageIsAsRecorded(_ program: MarkedProgram) throws {
    try Self.topic.expectRecorded(program)
  }

  @Test func everyRecordedMessageIsTested() throws {
    try Self.topic.expectNoStrayFiles()
  }

  private static let model = "data y: real\nmu ~ Normal(0, 1)\ny ~ Normal(mu, 1)\n"
  private static let fit = "infer post = nuts()\n"

  /// A model with parts of several kinds.
  private static let parts =
    "data y: real\nmu ~ Normal(0, 1)\ntau ~ HalfNormal(1)\nz ~ Bernoulli(0.5)\n"
    + "m = if z then mu else 0\ny ~ Normal(m, tau)\n"

  static let programs = inferences + predictions + plots

  private static let plots: [MarkedProgram] = [
    .init("plot_without_kind", "E0602", in: model + fit + "plot «post.mu»"),
    .init("plot_unknown_kind", "E0602", in: model + fit + "plot «histogram»(post.mu)"),
    .init("plot_misspelt_kind", "E0602", in: model + fit + "plot «densty»(post.mu)"),
    .init("plot_without_values", "E0602", in: model + fit + "plot «trace()»"),
    .init("plot_with_setting", "E0602", in: model + fit + "plot «trace(post.mu, bins: 3)»"),
    .init("plot_fit_for_values", "E0602", in: model + fit + "plot density(«post»)"),
    .init("plot_data", "E0602", in: model + fit + "plot density(«y»)"),
    .init("plot_expectation", "E0602", in: model + fit + "plot density(«E(post.mu)»)"),
    .init("plot_unknown_quantity", "E0201", in: model + fit + "plot density(post.«nu»)"),
    .init("plot_pairs_of_one", "E0602", in: model + fit + "plot «pairs(post.mu)»"),
    .init(
      "plot_pairs_of_two_fits",
      "E0602",
      in: model + fit + "infer other = nuts()\nplot «pairs(post.mu, other.mu)»"
    ),
    .init("plot_energy_of_values", "E0602", in: model + fit + "plot energy(«post.mu»)"),
    .init("plot_energy_of_two", "E0602", in: model + fit + "plot «energy(post, post)»"),
    .init(
      "plot_energy_without",
      "E0602",
      in: model + "infer post = slice()\nplot energy(«post»)"
    ),
    .init("plot_predictive_of_fit", "E0602", in: model + fit + "plot predictive(«post»)"),
    .init("plot_predictive_of_values", "E0602", in: model + fit + "plot «predictive(post.mu)»"),
    .init(
      "plot_predictive_misspelt",
      "E0602",
      in: model + fit + "predict test = y given post\nplot predictive(«tst»)"
    ),
  ]

  private static let inferences: [MarkedProgram] = [
    .init(
      "probabilities_of_continuous",
      "E0608",
      in: "mu ~ Normal(0, 1)\ninfer post = nuts()\nshow probabilities(«post.mu»)"
    ),
    .init(
      "probabilities_of_fit",
      "E0602",
      in: "mu ~ Normal(0, 1)\ninfer post = nuts()\nshow «probabilities(post)»"
    ),
    .init(
      "summary_unknown",
      "E0501",
      in: model + "fn features(y: real) = y\ninfer p = abc_smc(summary: «featurs»)"
    ),
    .init("summary_not_a_name", "E0601", in: model + "infer p = npe(summary: «y + 1»)"),
    .init("nothing_to_compare", "E0601", in: "mu ~ Normal(0, 1)\ninfer p = «abc_smc()»"),
    .init("too_few_particles", "E0601", in: model + "infer p = abc_smc(particles: «5»)"),
    .init("unknown_engine", "E0601", in: "mu ~ Normal(0, 1)\ninfer p = «sample»(draws: 10)"),
    .init("parts_that_do_not_exist", "E0201", in: parts + "infer p = gibbs(slice: [mu, «tua»])"),
    .init("parts_without_names", "E0601", in: parts + "infer p = gibbs(slice: «mu + 1»)"),
    .init("parts_that_follow", "E0601", in: parts + "infer p = gibbs(slice: [«m»])"),
    .init("discrete_parts", "E0601", in: parts + "infer p = gibbs(metropolis: «z»)"),
    .init(
      "parts_moved_twice",
      "E0601",
      in: "data y: real\nmu ~ Normal(0, 1)\ny ~ Normal(mu, 1)\n"
        + "infer p = gibbs(slice: mu, metropolis: [«mu»])"
    ),
    .init("misspelt_engine", "E0601", in: "mu ~ Normal(0, 1)\ninfer p = «slise»()"),
    .init("engine_of_emcee", "E0601", in: "mu ~ Normal(0, 1)\ninfer p = «emcee»()"),
    .init("engine_without_name", "E0601", in: "mu ~ Normal(0, 1)\ninfer p = «xyzzy»()"),
    .init("engine_as_function", "E0501", in: "mu ~ Normal(«slice»(1), 1)"),
    .init("setting_of_slice", "E0601", in: "mu ~ Normal(0, 1)\ninfer p = slice(«step»: 1)"),
    .init("slice_not_tuned", "E0601", in: "mu ~ Normal(0, 1)\ninfer p = slice(«adapt»: stan)"),
    .init(
      "acceptance_of_metropolis",
      "E0601",
      in: "mu ~ Normal(0, 1)\ninfer p = metropolis(target_accept: «2»)"
    ),
    .init(
      "move_of_ensemble",
      "E0601",
      in: "mu ~ Normal(0, 1)\ninfer p = ensemble(move: «walk»)"
    ),
    .init("too_few_walkers", "E0601", in: "mu ~ Normal(0, 1)\ninfer p = ensemble(chains: «2»)"),
    .init("one_level", "E0601", in: "mu ~ Normal(0, 1)\ninfer p = tempering(levels: «1»)"),
    .init("length_of_hmc", "E0601", in: "mu ~ Normal(0, 1)\ninfer p = hmc(length: «-1»)"),
    .init("engine_not_called", "E0601", in: "mu ~ Normal(0, 1)\ninfer p = «nuts»"),
    .init("unknown_setting_foreign", "E0601", in: "mu ~ Normal(0, 1)\ninfer p = nuts(«iter»: 10)"),
    .init("unknown_setting_near", "E0601", in: "mu ~ Normal(0, 1)\ninfer p = nuts(«chain»: 2)"),
    .init("setting_without_name", "E0601", in: "mu ~ Normal(0, 1)\ninfer p = nuts(«4»)"),
    .init(
      "quantiles_at_once",
      "E0603",
      in: "mu ~ Normal(0, 1)\ninfer p = nuts()\nshow Q(p.mu, «[0.1, 0.9]»)"
    ),
    .init(
      "loo_by_nothing",
      "E0602",
      in:
        "dim d\ndata y[d]: real\nmu ~ Normal(0, 1)\ny[d] ~ Normal(mu, 1)\ninfer p = nuts()\nshow loo(p, by: «mu»)"
    ),
    .init("unknown_guide", "E0601", in: "mu ~ Normal(0, 1)\ninfer p = vi(guide: «meanfield»)"),
    .init(
      "deterministic_guide",
      "E0601",
      in: "mu ~ Normal(0, 1)\ninfer p = «vi(method: deterministic, guide: full_rank)»"
    ),
    .init("rank_of_mean_field", "E0601", in: "mu ~ Normal(0, 1)\ninfer p = «vi(rank: 3)»"),
    .init("layers_of_mean_field", "E0601", in: "mu ~ Normal(0, 1)\ninfer p = «vi(layers: 3)»"),
    .init("foreign_flow", "E0601", in: "mu ~ Normal(0, 1)\ninfer p = «realnvp»()"),
    .init("flow_of_steps", "E0601", in: "mu ~ Normal(0, 1)\ninfer p = «svi(guide: iaf)»"),
    .init("wrong_start", "E0601", in: "mu ~ Normal(0, 1)\ninfer p = nuts(start: «zero»)"),
    .init("foreign_engine", "E0601", in: "mu ~ Normal(0, 1)\ninfer p = «advi»()"),
    .init("too_few_steps", "E0601", in: "mu ~ Normal(0, 1)\ninfer p = vi(steps: «0»)"),
    .init("setting_out_of_range", "E0601", in: "mu ~ Normal(0, 1)\ninfer p = nuts(chains: «0»)"),
    .init("setting_not_whole", "E0601", in: "mu ~ Normal(0, 1)\ninfer p = nuts(draws: «1.5»)"),
    .init(
      "setting_computed",
      "E0601",
      in: "data n: int\ninfer p = nuts(draws: «n»)\nmu ~ Normal(0, 1)"
    ),
    .init("setting_twice", "E0601", in: "mu ~ Normal(0, 1)\ninfer p = nuts(draws: 5, «draws»: 6)"),
    .init("wrong_adaptation", "E0601", in: "mu ~ Normal(0, 1)\ninfer p = nuts(adapt: «stann»)"),
    .init("fit_named_as_quantity", "E0402", in: "mu ~ Normal(0, 1)\ninfer «mu» = nuts()"),
    .init("show_before_infer", "E0602", in: "mu ~ Normal(0, 1)\nshow «post»\ninfer post = nuts()"),
    .init(
      "quantity_without_fit",
      "E0602",
      in: "mu ~ Normal(0, 1)\ninfer post = nuts()\nshow E(«mu»)"
    ),
    .init(
      "unknown_quantity",
      "E0201",
      in: "theta ~ Normal(0, 1)\ninfer post = nuts()\nshow E(post.«tehta»)"
    ),
    .init("unknown_fit", "E0602", in: "mu ~ Normal(0, 1)\ninfer post = nuts()\nshow E(«pots».mu)"),
    .init(
      "query_of_data",
      "E0603",
      in: "data n: int\nmu ~ Normal(0, 1)\ninfer p = nuts()\nshow E(«n»)"
    ),
    .init(
      "probability_of_number",
      "E0302",
      in: "mu ~ Normal(0, 1)\ninfer p = nuts()\nshow P(«p.mu»)"
    ),
    .init("quantile_level", "E0603", in: "mu ~ Normal(0, 1)\ninfer p = nuts()\nshow Q(p.mu, «95»)"),
    .init("query_in_model", "E0501", in: "mu ~ Normal(0, 1)\nx = «E»(mu)"),
    .init("fit_in_model", "E0602", in: "mu ~ Normal(0, 1)\ninfer p = nuts()\nx = «p».mu"),
    .init("show_text", "E0302", in: "mu ~ Normal(0, 1)\nshow «\"done\"»"),
    .init("save_unknown", "E0602", in: "mu ~ Normal(0, 1)\nsave «post» to \"x.zarr\""),
    .init("prior_setting", "E0601", in: "mu ~ Normal(0, 1)\ninfer p = prior(«warmup»: 5)"),
    .init("prior_of_flat", "E0607", in: "mu ~ Flat()\n«infer p = prior()»"),
    .init(
      "prior_with_factor",
      "E0607",
      in: "mu ~ Normal(0, 1)\nfactor f = -mu^2\n«infer p = prior()»"
    ),
  ]

  private static let predictions: [MarkedProgram] = [
    .init("predict_without_fit", "E0602", in: model + "predict t = y given «post»"),
    .init(
      "predict_from_prediction",
      "E0602",
      in: model + fit + "predict t = y given post\npredict u = y given «t»"
    ),
    .init("predict_unknown_quantity", "E0201", in: model + fit + "predict t = «yy» given post"),
    .init("predict_taken_name", "E0402", in: model + fit + "predict «y» = y given post"),
    .init(
      "predict_unknown_option",
      "E0605",
      in: model + fit + "predict t = y given post, «onestep»: true"
    ),
    .init(
      "predict_option_value",
      "E0605",
      in: model + fit + "predict t = y given post, one_step: «2»"
    ),
    .init("predict_data_path", "E0605", in: model + fit + "predict t = y given post, «y»"),
    .init(
      "predict_two_files",
      "E0605",
      in: model + fit + "predict t = y given post, \"a.csv\", «\"b.csv\"»"
    ),
    .init(
      "predict_unknown_data",
      "E0605",
      in: model + fit + "predict t = y given post, («yy»: \"a.npy\")"
    ),
    .init("score_of_fit", "E0605", in: model + fit + "show «rmse(post.y)»"),
    .init("score_before_predict", "E0605", in: model + fit + "show rmse(«test»)"),
    .init(
      "accuracy_of_reals",
      "E0605",
      in: model + fit + "predict t = y given post\nshow «accuracy(t)»"
    ),
    .init(
      "coverage_level",
      "E0605",
      in: model + fit + "predict t = y given post\nshow coverage(t, «90»)"
    ),
    .init("check_nothing_observed", "E0606", in: "mu ~ Normal(0, 1)\n" + fit + "check «post»"),
    .init("check_of_latent", "E0606", in: model + fit + "check «post.mu»"),
    .init(
      "evidence_of_flat",
      "E0608",
      in: "data y: real\nmu ~ Flat()\ny ~ Normal(mu, 1)\n" + fit
        + "show «marginal_likelihood(post)»"
    ),
    .init(
      "evidence_of_factor",
      "E0608",
      in: model + "factor f = -mu^2\n" + fit + "show «marginal_likelihood(post)»"
    ),
    .init(
      "evidence_of_prior",
      "E0608",
      in: model + "infer post = prior()\nshow marginal_likelihood(«post»)"
    ),
  ]
}
