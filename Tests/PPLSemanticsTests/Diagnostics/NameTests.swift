import Testing

/// Names that mean nothing, or something else.
struct NameTests {
  static let topic = DiagnosticTopic(name: "names", programs: programs)

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
    .init(
      "unknown_value_near",
      "E0201",
      in: "sigma ~ HalfNormal(1)\nx ~ Normal(0, «sgima»)"
    ),
    .init("unknown_value", "E0201", in: "x ~ Normal(«centre», 1)"),
    .init("unknown_dimension_near", "E0201", in: "dim school\ndata y[«schol»]: real"),
    .init("unknown_dimension", "E0201", in: "data y[«school»]: real"),
    .init("unknown_plate", "E0201", in: "theta[«school»] ~ Normal(0, 1)"),
    .init("unknown_binder_range", "E0201", in: "x = sum(i for i: «obs»)"),
    .init("dimension_as_value", "E0201", in: "dim school\nx = «school» + 1"),
    .init("function_as_value", "E0201", in: "x = «exp» + 1"),
    .init("true_as_value", "E0201", in: "data n: int\nx = if n == 1 then «True» else 0"),
    .init("unknown_type_foreign", "E0202", in: "dim obs\ndata y[obs]: «float»"),
    .init("unknown_type_near", "E0202", in: "dim obs\ndata y[obs]: «reel»"),
    .init("unknown_type", "E0202", in: "data y: «quantity»"),
    .init("unknown_function_foreign", "E0501", in: "data z: real\nx = «expit»(z)"),
    .init("unknown_function_phrase", "E0501", in: "data z: real\nx = «pow»(z, 2)"),
    .init("unknown_function_near", "E0501", in: "data z: real\nx = «sqr»(z)"),
    .init("unknown_function", "E0501", in: "data z: real\nx = «transmogrify»(z)"),
    .init("value_called", "E0501", in: "beta ~ Normal(0, 1)\nx = «beta»(1)"),
    .init("distribution_as_function", "E0502", in: "x = «Normal»(0, 1) + 2"),
    .init("unknown_distribution_stan", "E0502", in: "mu ~ «normal»(0, 10)"),
    .init("unknown_distribution_bugs", "E0502", in: "mu ~ «dnorm»(0, 0.01)"),
    .init("unknown_distribution_density", "E0502", in: "mu ~ «normal_lpdf»(0, 10)"),
    .init("unknown_distribution_near", "E0502", in: "mu ~ «Norml»(0, 10)"),
    .init("unknown_distribution", "E0502", in: "mu ~ «Tweedie»(0, 10)"),
    .init(
      "model_quantity_in_function",
      "E0207",
      in: "a ~ Normal(0, 1)\nfn f(x: real) -> real = x + «a»\ny = f(2)"
    ),
    .init("no_fields", "E0201", in: "mu ~ Normal(0, 1)\nx = mu.«mean»"),
    .init("dimension_twice", "E0402", in: "dim obs\ndim «obs» = 3"),
    .init("data_twice", "E0402", in: "data x: real\ndata «x»: int"),
    .init(
      "function_twice",
      "E0402",
      in: "fn f(x: real) -> real = x\nfn «f»(x: real) -> real = 2 * x\ny = f(1)"
    ),
    .init("factor_twice", "E0402", in: "a ~ Normal(0, 1)\nfactor t = a\nfactor «t» = 2 * a"),
    .init("label_twice", "E0402", in: "dim arm = [\"a\", \"b\", «\"a\"»]"),
  ]
}
