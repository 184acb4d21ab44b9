import Testing

/// Elements that are not what is wanted.
struct TypeTests {
  static let topic = DiagnosticTopic(name: "types", programs: programs)

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
    .init("real_data_of_counts", "E0301", in: "dim obs\ndata y[obs]: real\n«y» ~ Poisson(3)"),
    .init(
      "index_data_of_counts",
      "E0301",
      in: "dim k, obs\ndata y[obs]: k\n«y[i: obs]» ~ Poisson(3)"
    ),
    .init(
      "index_data_of_other_dimension",
      "E0301",
      in: """
        dim k, l, obs
        data y[obs]: k
        p: simplex[l] ~ Dirichlet(1)
        «y[i: obs]» ~ Categorical(p)
        """
    ),
    .init(
      "int_data_of_categories",
      "E0301",
      in: """
        dim k, obs
        data y[obs]: int
        p: simplex[k] ~ Dirichlet(1)
        «y[i: obs]» ~ Categorical(p)
        """
    ),
    .init("condition_is_number", "E0302", in: "data n: int\nx = if «n» then 1 else 2"),
    .init("not_of_number", "E0302", in: "data n: real\nx = if not «n» then 1 else 2"),
    .init("text_in_arithmetic", "E0302", in: "x = 1 + «\"a\"»"),
    .init("text_compared", "E0302", in: "x = if «\"a\" == \"b\"» then 1 else 2"),
    .init("text_defined", "E0302", in: "x = «\"a\"»"),
    .init("size_is_real", "E0302", in: "data n: real\ndim obs = «n»"),
    .init("labels_are_numbers", "E0302", in: "dim arm = [\"a\", «2»]"),
    .init("integer_type_of_real", "E0302", in: "data x: real\nn: int = «x / 2»"),
    .init("index_type_of_integer", "E0302", in: "dim k\ndata n: int\nz: k = «n»"),
    .init("count_is_real", "E0302", in: "data y: int\nn ~ Normal(0, 1)\ny ~ Binomial(«n», 0.5)"),
    .init("type_axes", "E0203", in: "dim a, b\ndata x[a]: real\nm: real[b] = «2 * x»"),
    .init("range_of_reals", "E0303", in: "x: real in «0..1» ~ Uniform(0, 1)"),
    .init("real_type_of_counts", "E0303", in: "k: real ~ «Poisson(3)»"),
    .init("integer_type_of_normal", "E0303", in: "k: int ~ «Normal(0, 1)»"),
    .init("range_end_is_real", "E0302", in: "data n: real\nx = sum(i for i: 1..«n»)"),
  ]
}
