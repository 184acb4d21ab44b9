import Testing

/// Functions outside of the program.
struct ExternalTests {
  static let topic = DiagnosticTopic(name: "externals", programs: programs)

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

  /// A function with what stands behind its equals sign.
  private static func function(_ place: String) -> String {
    "dim obs\ndata y[obs]: real\nextern fn f(a: real) -> real[obs] = \(place)\n"
      + "a ~ Normal(0, 1)\ny ~ Normal(f(a), 1)"
  }

  /// The same beside a function of the language.
  private static func function(_ place: String, _ name: String, _ value: String = "[a, a]")
    -> String
  {
    "fn \(name)(a: real) = \(value)\n" + function(place)
  }

  static let programs: [MarkedProgram] = [
    .init("no_place", "E1001", in: function("«3»")),
    .init("unknown_place", "E1001", in: function("«proces»(\"worker\")")),
    .init("place_of_another_language", "E1001", in: function("«python»(\"worker.py\")")),
    .init("command_without_quotes", "E1001", in: function("process(«worker»)")),
    .init("too_many_texts", "E1001", in: function("«process»(\"python3\", \"worker.py\")")),
    .init("unknown_setting", "E1001", in: function("process(\"w\", «threads»: 4)")),
    .init("setting_of_another_place", "E1001", in: function("host(\"f\", «timeout»: 4)")),
    .init("setting_twice", "E1001", in: function("process(\"w\", retries: 1, «retries»: 2)")),
    .init("unknown_gradient", "E1001", in: function("process(\"w\", gradient: «adjoint»)")),
    .init("timeout_of_nothing", "E1001", in: function("process(\"w\", timeout: «0»)")),
    .init("step_of_one", "E1001", in: function("process(\"w\", step: «1»)")),
    .init("workers_of_no_number", "E1001", in: function("process(\"w\", workers: «many»)")),
    .init("unknown_policy", "E1001", in: function("process(\"w\", on_nan: «ignore»)")),
    .init("missing_policy", "E1001", in: function("process(\"w\", on_nan: «missing»)")),
    .init(
      "missing_policy_of_a_simulator",
      "E1001",
      in: "data y: real\nextern dist f(a: real) -> real = host(on_nan: «missing»)\n"
        + "a ~ Normal(0, 1)\ny ~ f(a)"
    ),
    .init("approximation_unknown", "E0501", in: function("host(approx: «chaep»)", "cheap")),
    .init(
      "approximation_that_calls_it",
      "E0403",
      in: "extern fn f(a: real) -> real = host(approx: g)\nfn g(a: real) = «f(a)» + 1\n"
        + "data y: real\na ~ Normal(0, 1)\ny ~ Normal(f(a), 1)"
    ),
    .init("approximation_by_itself", "E1001", in: function("host(approx: «f»)")),
    .init("approximation_of_no_name", "E1001", in: function("host(approx: «3»)")),
    .init(
      "approximation_of_another_shape",
      "E1001",
      in: function("host(approx: «short»)", "short", "2 * a")
    ),
    .init(
      "approximation_with_another",
      "E1001",
      in: "extern fn f(a: real) -> real = host(approx: «g»)\n"
        + "extern fn g(a: real) -> real = host(approx: h)\nfn h(a: real) = a\n"
        + "data y: real\na ~ Normal(0, 1)\ny ~ Normal(f(a), 1)"
    ),
    .init(
      "approximation_of_a_simulator",
      "E1001",
      in: "data y: real\nextern dist f(a: real) -> real = host(«approx»: g)\n"
        + "a ~ Normal(0, 1)\ny ~ f(a)"
    ),
    .init(
      "no_result",
      "E1001",
      in: "extern fn «f»(a: real) = process(\"w\")\na ~ Normal(0, 1)"
    ),
    .init(
      "text_as_argument",
      "E1001",
      in: "extern fn f(a: «text») -> real = process(\"w\")\na ~ Normal(0, 1)"
    ),
    .init(
      "array_for_a_number",
      "E0203",
      in: "dim obs\ndata x[obs]: real\nextern fn f(a: real) -> real = host()\n"
        + "b = f(«x»)\na ~ Normal(0, 1)"
    ),
  ]
}
