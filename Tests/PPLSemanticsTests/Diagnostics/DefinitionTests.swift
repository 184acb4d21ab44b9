import Testing

/// Quantities defined twice, by themselves, or not at all.
struct DefinitionTests {
  static let topic = DiagnosticTopic(name: "definitions", programs: programs)

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
    .init("defined_twice", "E0401", in: "x = 1\n«x» = 2"),
    .init("prior_twice", "E0401", in: "mu ~ Normal(0, 1)\n«mu» ~ Normal(0, 2)"),
    .init(
      "element_and_whole",
      "E0401",
      in: "dim t\nx[1] = 0\n«x[i: t]» = 1"
    ),
    .init(
      "element_twice",
      "E0401",
      in: "dim arm = [\"a\", \"b\"]\nx[i: arm where i != \"a\"] = 0\nx[\"a\"] = 1\n«x[\"a\"]» = 2"
    ),
    .init("observed_twice", "E0401", in: "data y: real\ny ~ Normal(0, 1)\n«y» ~ Normal(1, 1)"),
    .init("data_defined", "E0401", in: "data y: real\n«y» = 3"),
    .init(
      "different_axes",
      "E0401",
      in: "dim t, u\nx[i: t where i == 1] = 0\n«x[i: t, j: u where i == 2]» = 1"
    ),
    .init("defined_by_itself", "E0403", in: "x = «x» + 1"),
    .init("own_prior", "E0403", in: "mu ~ Normal(«mu», 1)"),
    .init("cycle", "E0403", in: "a = «b» + 1\nb = c * 2\nc = a - 1"),
    .init(
      "both_directions",
      "E0403",
      in: """
        dim t
        x[1] ~ Normal(0, 1)
        x[i: t where i == last(t)] ~ Normal(0, 1)
        x[i: t where i != 1 and i != last(t)] ~ Normal(x[i-1] + «x»[i+1], 1)
        """
    ),
    .init(
      "same_element",
      "E0403",
      in: "dim t\nx[i: t] ~ Normal(«x»[i], 1)"
    ),
    .init(
      "infinitely_many",
      "E0405",
      in: "data y: real\n«n» ~ Poisson(3)\ny ~ Normal(n, 1)"
    ),
    .init(
      "drawn_and_defined",
      "E0405",
      in: "dim t = 3\ndata y[t]: real\nz[1] ~ Bernoulli(0.5)\n«z[i: t[2..]]» = z[i-1]\n"
        + "y[i: t] ~ Normal(if z[i] then 1 else 0, 1)"
    ),
    .init("recursive_function", "E0403", in: "fn f(x: real) -> real = «f(x - 1)»\ny = f(3)"),
  ]
}
