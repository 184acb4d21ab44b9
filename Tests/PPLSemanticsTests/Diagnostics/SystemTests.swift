import Testing

/// Systems of differential equations, and functions over intervals and of matrices.
struct SystemTests {
  static let topic = DiagnosticTopic(name: "systems", programs: programs)

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

  private static func system(_ lines: String, options: String = "") -> String {
    "dim time, dose, part\ndata ts[time], at[dose]: real\nk ~ LogNormal(0, 1)\n"
      + "ode t from 0 at ts[time] \(options){\n\(lines)\n}"
  }

  static let programs: [MarkedProgram] = [
    .init("state_without_start", "E0404", in: system("«x»' = -k * x")),
    .init("start_of_no_state", "E0201", in: system("x' = -k * x\nx(0) = 1\n«y»(0) = 1")),
    .init("two_derivatives", "E0401", in: system("x' = -k * x\nx(0) = 1\n«x»' = 1")),
    .init("two_starts", "E0401", in: system("x' = -k * x\nx(0) = 1\n«x»(0) = 2")),
    .init(
      "derivative_of_other_axes",
      "E0203",
      in: system("x'[p: part] = -k * x[p]\nx(0)[p: part] = 1\ny' = «x»\ny(0) = 1")
    ),
    .init("line_defined_by_itself", "E0403", in: system("x' = a\nx(0) = 1\n«a» = b\nb = a")),
    .init("jump_at_a_latent_time", "E0304", in: system("x' = -x\nx(0) = 1\nx(«k») += 1")),
    .init(
      "jump_of_an_array",
      "E0203",
      in: system("x' = -x\nx(0) = 1\nx(at[d])[d: dose] += «at»")
    ),
    .init(
      "unknown_setting",
      "E0503",
      in: system("x' = -x\nx(0) = 1", options: "(«rel_tol»: 1e-6) ")
    ),
    .init("unknown_solver", "E0503", in: system("x' = -x\nx(0) = 1", options: "(solver: «bdf») ")),
    .init(
      "observed_state",
      "E0401",
      in:
        "dim time\ndata ts[time], x[time]: real\node t from 0 at ts[time] {\n«x»' = 1\nx(0) = 1\n}"
    ),
    .init(
      "integral_of_a_value",
      "E0503",
      in: "data a: real\nx = integrate(«a», 0, 1)"
    ),
    .init(
      "root_of_an_array",
      "E0203",
      in:
        "dim d\ndata a[d]: real\nfn f[d](x: real, a: real[d]) -> real[d] = x * a\nx = root(«f», 0, 1, a)"
    ),
    .init("integral_without_ends", "E0503", in: "fn f(x: real) -> real = x\ny = «integrate»(f)"),
    .init("solve_not_square", "E0203", in: "dim a, b\ndata X[a, b]: real\ny = inverse(«X»)"),
    .init(
      "solve_other_rows",
      "E0203",
      in: "dim a, b\ndata X[a, a]: real\ndata u[b]: real\ny: real[a] = solve(X, «u»)"
    ),
    .init("spline_of_an_array", "E0203", in: "dim a\ndata x[a]: real\ny = bspline(«x», x)"),
  ]
}
