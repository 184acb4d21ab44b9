import Testing

/// Distributions made of others: `censored`, `truncated`, `rounded`, `Mixture`, `if`, and those of the program.
struct CompositionTests {
  static let topic = DiagnosticTopic(name: "compositions", programs: programs)

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

  static let programs = modifiers + mixtures + declarations + functions

  private static let modifiers: [MarkedProgram] = [
    .init("censored_nothing_said", "E0503", in: "data y: real\ny ~ «censored»(Normal(0, 1))"),
    .init("censored_alone", "E0502", in: "x ~ «censored»"),
    .init("truncated_bound_first", "E0503", in: "x ~ truncated(«lower»: 0, Normal(0, 1))"),
    .init("truncated_without_names", "E0503", in: "x ~ truncated(Normal(0, 1), «0», 1)"),
    .init("truncated_foreign_name", "E0503", in: "x ~ truncated(Normal(0, 1), «min»: 0)"),
    .init(
      "rounded_unknown_name",
      "E0503",
      in: "data y: real\ny ~ rounded(Normal(0, 1), «digits»: 2)"
    ),
    .init("bound_twice", "E0503", in: "x ~ truncated(Normal(0, 1), lower: 0, «lower»: 1)"),
    .init(
      "bounds_and_flags",
      "E0503",
      in: "data y: real\ndata f: bool\ny ~ «censored»(Normal(0, 1), upper: 3, right: f)"
    ),
    .init("bounds_crossed", "E0303", in: "x ~ truncated(Normal(0, 1), lower: «2, upper: 1»)"),
    .init("rounded_to_zero", "E0303", in: "data y: real\ny ~ rounded(Normal(0, 1), to: «0»)"),
    .init(
      "rounded_to_latent",
      "E0304",
      in: "data y: real\nw ~ Exponential(1)\ny ~ rounded(Normal(0, 1), to: «w»)"
    ),
    .init(
      "flag_of_latent",
      "E0304",
      in: "data y: real\nw ~ Exponential(1)\ny ~ censored(Normal(0, 1), right: «w > 1»)"
    ),
    .init("flag_is_number", "E0302", in: "data y: real\ny ~ censored(Normal(0, 1), right: «1»)"),
    .init(
      "bound_of_other_axes",
      "E0203",
      in: "dim d\ndata y[d], u[d]: real\ny[i: d] ~ censored(Normal(0, 1), upper: «u»)"
    ),
    .init(
      "no_distribution_function",
      "E0309",
      in: "data y: real\ny ~ censored(«VonMises(0, 1)», upper: 1)"
    ),
    .init(
      "no_distribution_function_inside",
      "E0309",
      in: "x ~ truncated(Mixture([0.5, 0.5], Normal(0, 1), «SkewNormal(0, 1, 2)»), lower: 0)"
    ),
    .init(
      "censored_array",
      "E0310",
      in: "dim d\ndata y[d]: real\ny ~ censored(«MultiNormal(0, cov: diag_matrix(y))», upper: 1)"
    ),
    .init(
      "truncated_categories",
      "E0310",
      in: "data c: int\nc ~ truncated(«Categorical([0.5, 0.5])», lower: 2)"
    ),
    .init("truncated_flat", "E0310", in: "x ~ truncated(«Flat()», lower: 2)"),
    .init(
      "censored_twice",
      "E0310",
      in: "data y: real\ny ~ censored(«censored(Normal(0, 1), lower: 0)», upper: 1)"
    ),
    .init(
      "truncated_after_censoring",
      "E0310",
      in: "data y: real\ny ~ truncated(«censored(Normal(0, 1), upper: 2)», lower: 0)"
    ),
    .init(
      "rounded_after_censoring",
      "E0310",
      in: "data y: real\ny ~ rounded(«censored(Normal(0, 1), upper: 2)», to: 1)"
    ),
    .init(
      "censored_latent",
      "E0312",
      in: "data y: real\nx ~ «censored(Normal(0, 1), upper: 2)»\ny ~ Normal(x, 1)"
    ),
    .init(
      "censored_within_a_bound",
      "E0303",
      in: "x: real > 0 ~ «censored(Normal(0, 1), upper: 2)»"
    ),
    .init("modifier_as_value", "E0502", in: "x = «truncated»(Normal(0, 1), lower: 0)"),
  ]

  private static let mixtures: [MarkedProgram] = [
    .init("mixture_of_one", "E0503", in: "x ~ «Mixture»([1], Normal(0, 1))"),
    .init(
      "mixture_lower_case",
      "E0502",
      in: "x ~ «mixture»([0.5, 0.5], Normal(0, 1), Normal(1, 1))"
    ),
    .init(
      "mixture_labelled",
      "E0503",
      in: "x ~ Mixture(«weights»: [0.5, 0.5], Normal(0, 1), Normal(1, 1))"
    ),
    .init("mixture_one_weight", "E0203", in: "x ~ Mixture(«0.5», Normal(0, 1), Normal(1, 1))"),
    .init(
      "mixture_weight_count",
      "E0203",
      in: "x ~ Mixture(«[0.5, 0.25, 0.25]», Normal(0, 1), Normal(1, 1))"
    ),
    .init("mixture_weight_range", "E0303", in: "x ~ Mixture([«2», 0], Normal(0, 1), Normal(1, 1))"),
    .init("mixture_of_kinds", "E0311", in: "x ~ Mixture([0.5, 0.5], Normal(0, 1), «Poisson(1)»)"),
    .init("mixture_of_flat", "E0310", in: "x ~ Mixture([0.5, 0.5], Normal(0, 1), «Flat()»)"),
    .init(
      "mixture_of_censored",
      "E0310",
      in:
        "data y: real\ny ~ Mixture([0.5, 0.5], Normal(0, 1), «censored(Normal(1, 1), upper: 2)»)"
    ),
    .init(
      "branches_of_kinds",
      "E0311",
      in: "data f: bool\ndata y: real\ny ~ if f then Normal(0, 1) else «Poisson(1)»"
    ),
    .init(
      "branch_is_value",
      "E0502",
      in: "data f: bool\ndata y: real\ny ~ if f then Normal(0, 1) else «3»"
    ),
    .init(
      "condition_over_other_axes",
      "E0203",
      in:
        "dim d\ndata f[d]: bool\ndata y[d]: real\ny[i: d] ~ if «f» then Normal(0, 1) else Normal(1, 1)"
    ),
    .init(
      "condition_is_number",
      "E0302",
      in: "data n: int\ndata y: real\ny ~ if «n» then Normal(0, 1) else Normal(1, 1)"
    ),
  ]

  private static let functions: [MarkedProgram] = [
    .init("cdf_of_array", "E0309", in: "dim d\ndata y[d]: real\nx = cdf(«Dirichlet(y)», y)"),
    .init("cdf_of_categories", "E0309", in: "x = cdf(«Categorical([0.5, 0.5])», 1)"),
    .init("cdf_not_known", "E0309", in: "x = cdf(«SkewNormal(0, 1, 2)», 1)"),
    .init("cdf_of_censored", "E0310", in: "x = cdf(«censored(Normal(0, 1), upper: 2)», 1)"),
    .init("cdf_one_argument", "E0503", in: "x = «cdf»(Normal(0, 1))"),
    .init(
      "quantile_of_mixture",
      "E0309",
      in: "x = quantile(«Mixture([0.5, 0.5], Normal(0, 1), Normal(1, 1))», 0.5)"
    ),
    .init("quantile_of_counts", "E0309", in: "x = quantile(«Poisson(3)», 0.5)"),
    .init("quantile_level", "E0303", in: "x = quantile(Normal(0, 1), «95»)"),
    .init("cdf_of_value", "E0502", in: "x = cdf(«3», 1)"),
  ]

  private static let declarations: [MarkedProgram] = [
    .init(
      "dist_unknown_line",
      "E0505",
      in: "dist D(m: real) -> real {\n  «lopg»(x) = -(x - m)^2\n}\ny ~ D(1)"
    ),
    .init(
      "dist_logp_without_value",
      "E0505",
      in: "dist D(m: real) -> real {\n  «logp» = -m^2\n}\ny ~ D(1)"
    ),
    .init(
      "dist_draw_with_value",
      "E0505",
      in: "dist D(m: real) -> real {\n  logp(x) = -(x - m)^2\n  draw(«x») = m\n}"
    ),
    .init(
      "dist_line_twice",
      "E0505",
      in: "dist D(m: real) -> real {\n  logp(x) = -x^2\n  «logp»(x) = -x^2\n}"
    ),
    .init("dist_without_type", "E0505", in: "dist «D»(m: real) {\n  logp(x) = -x^2\n}"),
    .init("dist_without_logp", "E0901", in: "dist «D»(m: real) -> real {\n  draw = m\n}"),
    .init("dist_energy", "E0901", in: "dist D(m: real) -> real {\n  «energy»(x) = x^2\n}"),
    .init(
      "dist_twice",
      "E0402",
      in: "fn D(x: real) -> real = x\ndist «D»(m: real) -> real { logp(x) = -x^2 }"
    ),
    .init(
      "dist_too_few_arguments",
      "E0503",
      in: "dist D(m: real) -> real { logp(x) = -x^2 }\ny ~ «D»()"
    ),
    .init(
      "dist_as_function",
      "E0502",
      in: "dist D(m: real) -> real { logp(x) = -x^2 }\ny = «D»(1)"
    ),
    .init(
      "dist_calls_itself",
      "E0403",
      in: "dist D(m: real) -> real { logp(x) = logp(«D(m)», x) }\ny ~ D(1)"
    ),
    .init(
      "dist_sees_model",
      "E0207",
      in: "s ~ Exponential(1)\ndist D(m: real) -> real { logp(x) = -(x / «s»)^2 }\ny ~ D(1)"
    ),
    .init(
      "dist_logp_is_array",
      "E0203",
      in: "dim d\ndist D(m: real) -> real[d] { logp(x) = «-x^2» }\ny: real[d] ~ D(1)"
    ),
    .init(
      "dist_over_other_axes",
      "E0203",
      in:
        "dim a, b\ndata y[a]: real\ndist D(m: real) -> real[b] { logp(x) = -sum(x^2) }\ny ~ «D(1)»"
    ),
    .init(
      "dist_draws_other_values",
      "E0302",
      in: "dist D(m: real) -> int { logp(x) = -m\n  draw = «m / 2» }\ny ~ D(1)"
    ),
    .init(
      "dist_draws_from_flat",
      "E0306",
      in: "dist D(m: real) -> real { logp(x) = -x^2\n  draw = z with z ~ «Flat()» }\ny ~ D(1)"
    ),
    .init(
      "dist_random_in_logp",
      "E0404",
      in: "dist D(m: real) -> real { logp(x) = -x^2 with «z» ~ Normal(0, 1) }\ny ~ D(1)"
    ),
    .init(
      "dist_of_unknown_length",
      "E0205",
      in: "dist D[d](m: real) -> real[d] { logp(x) = -sum(x^2) }\ny ~ «D»(1)"
    ),
    .init(
      "dist_parameter_over_other_axes",
      "E0203",
      in: "dim d\ndata u[d]: real\ndist D(m: real) -> real { logp(x) = -(x - m)^2 }\ny ~ D(«u»)"
    ),
    .init(
      "dist_of_integers_for_reals",
      "E0301",
      in: "data y: real\ndist D(m: real) -> int { logp(x) = -m }\n«y» ~ D(1)"
    ),
  ]
}
