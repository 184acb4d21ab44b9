import Testing

/// Indices of the wrong dimension, or no indices at all.
struct IndexTests {
  static let topic = DiagnosticTopic(name: "indices", programs: programs)

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
      "other_dimension_with_bridge",
      "E0204",
      in: """
        dim county, house
        data county_of[house]: county
        data y[house]: real
        a[county] ~ Normal(0, 1)
        y[h: house] ~ Normal(a[«h»], 1)
        """
    ),
    .init(
      "other_dimension",
      "E0204",
      in: """
        dim county, house
        data y[house]: real
        a[county] ~ Normal(0, 1)
        y[h: house] ~ Normal(a[«h»], 1)
        """
    ),
    .init(
      "integer_data",
      "E0204",
      in: """
        dim county, house
        data g[house]: int
        data y[house]: real
        a[county] ~ Normal(0, 1)
        y[h: house] ~ Normal(a[«g[h]»], 1)
        """
    ),
    .init(
      "integer_sum",
      "E0204",
      in: "dim t\ndata n: int\ndata x[t]: real\ny = x[«n + 1»]"
    ),
    .init("real_literal", "E0204", in: "dim t\ndata x[t]: real\ny = x[«1.5»]"),
    .init("real_index_of_anonymous_axis", "E0302", in: "data x[3]: real\ny = x[«1.5»]"),
    .init(
      "shift_by_real",
      "E0302",
      in: "dim t\ndata x[t]: real\ny[i: t[2..]] = x[i - «0.5»]"
    ),
    .init(
      "shift_of_other_dimension",
      "E0204",
      in: "dim t, u\ndata x[t]: real\ny[i: u] = x[«i» - 1]"
    ),
    .init(
      "latent_fixed_index",
      "E0304",
      in: "dim t\nk ~ Poisson(3)\nx[t(«k»)] = 1\nx[i: t where i > 1] = 2"
    ),
    .init("range_end_real", "E0204", in: "dim t\nx[i: t[«0.5»..]] = 1"),
    .init("cast_of_real", "E0302", in: "dim t\ndata x[t]: real\ny = x[t(«2.5»)]"),
    .init("size_of_value", "E0503", in: "dim obs\ndata x[obs]: real\nn = size(«x»)"),
    .init("size_near", "E0503", in: "dim obs\ndata x[obs]: real\nn = size(«ob»)"),
    .init(
      "several_index_arrays",
      "E0203",
      in: """
        dim a, b, i, j
        data x[a, b]: real
        data u[i]: a
        data v[j]: b
        y = x[u, «v»]
        """
    ),
  ]
}
