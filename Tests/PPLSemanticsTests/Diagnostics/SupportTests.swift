import Testing

/// Values outside of what a distribution or type allows, and what must be known from data.
struct SupportTests {
  static let topic = DiagnosticTopic(name: "supports", programs: programs)

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
    .init("negative_scale", "E0303", in: "x ~ Normal(0, «-1»)"),
    .init("zero_scale", "E0303", in: "x ~ Normal(0, «0»)"),
    .init("probability_above_one", "E0303", in: "data y: bool\ny ~ Bernoulli(«1.5»)"),
    .init(
      "unbounded_scale",
      "E0303",
      in: "sigma ~ Normal(0, 1)\nx ~ Normal(0, «sigma»)"
    ),
    .init(
      "unbounded_element_as_scale",
      "E0303",
      in: "dim g\ns[g] ~ Normal(0, 1)\nx[i: g] ~ Normal(0, «s[i]»)"
    ),
    .init(
      "unbounded_probability",
      "E0303",
      in: "data y: bool\np ~ Normal(0, 1)\ny ~ Bernoulli(«p»)"
    ),
    .init("empty_interval", "E0303", in: "x: real in («1, 0») ~ Normal(0, 1)"),
    .init("bound_of_joint_type", "E0303", in: "p: «simplex[3] > 0» ~ Dirichlet(1)"),
    .init("joint_type_of_other_support", "E0303", in: "p: ordered[3] ~ «Dirichlet(1)»"),
    .init("matrix_type_of_other_support", "E0303", in: "L: cov[3] ~ «LKJ(2)»"),
    .init("bound_beside_support", "E0303", in: "x: real < 0 ~ «Exponential(1)»"),
    .init("size_of_latent", "E0304", in: "n ~ Poisson(3)\ndim obs = «n»"),
    .init(
      "where_of_latent",
      "E0304",
      in: "dim a\nb[a] ~ Normal(0, 1)\nfactor f[i: a where «b[i] > 0»] = -b[i]"
    ),
    .init("computed_data_of_latent", "E0304", in: "mu ~ Normal(0, 1)\ndata x = «2 * mu»"),
    .init("data_bound_of_latent", "E0304", in: "mu ~ Normal(0, 1)\ndata x: real > «mu»"),
    .init("range_of_latent", "E0304", in: "n ~ Poisson(3)\nx = sum(i for i: 1..«n»)"),
    .init(
      "truncated_simplex",
      "E0305",
      in: "s ~ HalfNormal(1)\nx: ordered[3] ~ «Normal(0, s)»"
    ),
  ]
}
