import Testing

/// Mistakes in `infer`, `show` and `save`.
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

  static let programs: [MarkedProgram] = [
    .init("unknown_engine", "E0601", in: "mu ~ Normal(0, 1)\ninfer p = «sample»(draws: 10)"),
    .init("engine_not_called", "E0601", in: "mu ~ Normal(0, 1)\ninfer p = «nuts»"),
    .init("unknown_setting_foreign", "E0601", in: "mu ~ Normal(0, 1)\ninfer p = nuts(«iter»: 10)"),
    .init("unknown_setting_near", "E0601", in: "mu ~ Normal(0, 1)\ninfer p = nuts(«chain»: 2)"),
    .init("setting_without_name", "E0601", in: "mu ~ Normal(0, 1)\ninfer p = nuts(«4»)"),
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
  ]
}
