import Testing

/// Axes that do not match, are too many, or come from nowhere.
struct AxisTests {
  static let topic = DiagnosticTopic(name: "axes", programs: programs)

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
      "ragged_without_owner",
      "E0205",
      in: "dim p\ndata n[p]: int\ndim v[i: p] = n[i]\nx[«k»: v[1]] ~ Normal(0, 1)"
    ),
    .init(
      "ragged_owner_unsaid",
      "E0205",
      in: "dim p\ndata n[p]: int\ndim v[i: p] = n[i]\ns = sum(1 for k: «v»)"
    ),
    .init(
      "ragged_whole",
      "E0205",
      in: "dim p, v[p]\ndata y[p, v]: real\na ~ Normal(0, 1)\nb[i: p] = cumsum(«y[i]»)"
    ),
    .init(
      "ragged_data_axes",
      "E0205",
      in: "dim p, v[p]\ndata y«[v, p]»: real\na ~ Normal(0, 1)"
    ),
    .init(
      "ragged_parent",
      "E0205",
      in: "dim p, v«[1..3]»\ndata y[p]: real\ny[p] ~ Normal(0, 1)"
    ),
    .init(
      "ragged_size",
      "E0205",
      in: "dim p, v[p]\ndata y[p, v]: real\ns = size(«v»)"
    ),
    .init(
      "not_ragged",
      "E0205",
      in: "dim p, v = 3\nx[i: p, k: «v[i]»] ~ Normal(0, 1)"
    ),
    .init(
      "unequal_axes",
      "E0203",
      in: "dim school, house\ndata x[school], y[house]: real\nz = «x + y»"
    ),
    .init(
      "right_side_adds_axes",
      "E0203",
      in: "dim school\ndata x[school]: real\nm[s: school] = «2 * x»"
    ),
    .init(
      "scalar_target_array_parameter",
      "E0203",
      in: "dim school\ndata m[school]: real\nb ~ Normal(«m», 1)"
    ),
    .init(
      "array_parameter_other_axis",
      "E0203",
      in: "dim school, house\ndata y[school]: real\ndata m[house]: real\ny ~ Normal(«m», 1)"
    ),
    .init(
      "matrix_product",
      "E0203",
      in: """
        dim obs, feature, group
        data X[obs, feature]: real
        beta[group] ~ Normal(0, 1)
        m = «X @ beta»
        """
    ),
    .init("matrix_product_of_scalar", "E0203", in: "dim obs\ndata x[obs]: real\ny = x @ «2»"),
    .init("too_many_indices", "E0205", in: "dim obs\ndata x[obs]: real\ny = «x[1, 2]»"),
    .init("index_of_scalar", "E0205", in: "mu ~ Normal(0, 1)\ny = «mu[1]»"),
    .init(
      "list_elements",
      "E0203",
      in: "dim obs\ndata x[obs]: real\ny = [1, «x»]"
    ),
    .init(
      "branches",
      "E0203",
      in: """
        dim a, b
        data x[a], y[b]: real
        data flag: bool
        z = «if flag then x else y»
        """
    ),
    .init("sum_of_scalar", "E0203", in: "mu ~ Normal(0, 1)\ny = sum(«mu»)"),
    .init("sort_of_matrix", "E0203", in: "dim a, b\ndata x[a, b]: real\ny = sort(«x»)"),
    .init("cholesky_not_square", "E0203", in: "dim a, b\ndata x[a, b]: real\ny = cholesky(«x»)"),
    .init("axis_from_nowhere", "E0205", in: "«e[1]» = 2"),
    .init(
      "target_other_dimension",
      "E0203",
      in: "dim school, house\ndata y[school]: real\ny[h: «house»] ~ Normal(0, 1)"
    ),
    .init(
      "target_two_dimensions",
      "E0203",
      in: "dim a, b\nx[i: a where i == 1] = 1\n«x[i: b where i == 2]» = 2"
    ),
    .init(
      "target_too_many_indices",
      "E0205",
      in: "dim a\ndata y[a]: real\ny«[i: a, 1]» ~ Normal(0, 1)"
    ),
    .init("range_in_target", "E0205", in: "dim t\nx[«2..3»] ~ Normal(0, 1)\nx[i: t] = 1"),
    .init(
      "where_is_array",
      "E0203",
      in: "dim a\ndata f[a]: bool\nx[i: a where «f»] = 1"
    ),
    .init("factor_is_array", "E0203", in: "dim a\nb[a] ~ Normal(0, 1)\nfactor f = «-b^2»"),
    .init("data_axis_not_dimension", "E0205", in: "data n: int\ndata y[«n + 1»]: real"),
    .init("data_range", "E0206", in: "dim a\ndata y[i: «a[2..]»]: real"),
    .init("data_where", "E0206", in: "dim a\ndata y[i: a where «i > 1»]: real"),
    .init("joint_type_without_dimension", "E0205", in: "p: «simplex» ~ Dirichlet(1)"),
    .init("event_of_unknown_length", "E0205", in: "p ~ «Dirichlet(1)»"),
    .init("multivariate_scalar_target", "E0203", in: "«p»: real ~ Dirichlet([1, 1])"),
    .init(
      "covariance_other_dimension",
      "E0203",
      in: """
        dim a, b
        data y[a]: real
        S: cov[b] ~ Flat()
        y ~ MultiNormal(0, «S»)
        """
    ),
    .init("categories_are_scalar", "E0203", in: "data y: int\ny ~ Categorical(«0.3»)"),
    .init("cutpoints_are_scalar", "E0203", in: "data y: int\ny ~ OrderedLogistic(0, «1»)"),
    .init("bound_is_array", "E0203", in: "dim a\ndata b[a]: real\nx: real > «b» ~ Normal(0, 1)"),
    .init("range_without_end", "E0205", in: "x = sum(i for i: «2..»)"),
    .init("empty_list", "E0205", in: "x = «[]»"),
  ]
}
