import Testing

/// Calls that do not fit the function.
struct FunctionTests {
  static let topic = DiagnosticTopic(name: "functions", programs: programs)

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
    .init("too_few_arguments", "E0503", in: "x = «atan2»(1)"),
    .init("too_many_arguments", "E0503", in: "x = «exp»(1, 2)"),
    .init("labelled_argument", "E0503", in: "x = exp(«value»: 1)"),
    .init(
      "missing_argument",
      "E0503",
      in: "fn f(a: real, b: real) -> real = a + b\nx = «f»(1)"
    ),
    .init("one_too_many", "E0503", in: "fn f(a: real) -> real = a\nx = f(1, «2»)"),
    .init("unknown_label", "E0503", in: "fn f(a: real) -> real = a\nx = f(«b»: 1)"),
    .init("not_an_integer", "E0302", in: "fn f(n: int) -> int = n\nx = f(«1.5»)"),
    .init(
      "wrong_axis",
      "E0203",
      in: """
        dim a, b
        data x[b]: real
        fn f(v: real[a]) -> real = sum(v)
        y = f(«x»)
        """
    ),
    .init(
      "generic_axes_differ",
      "E0203",
      in: """
        dim a, b
        data x[a], z[b]: real
        fn f[d](v: real[d], w: real[d]) -> real = sum(v * w)
        y = f(x, «z»)
        """
    ),
    .init(
      "scalar_for_array",
      "E0203",
      in: "fn f[d](v: real[d]) -> real = sum(v)\ny = f(«3»)"
    ),
    .init(
      "result_is_real",
      "E0302",
      in: "fn f(x: real) -> int = «x / 2»\ny = f(3)"
    ),
    .init(
      "result_axes",
      "E0203",
      in: "dim a\ndata x[a]: real\nfn f[d](v: real[d]) -> real[d] = «sum(v)»\ny = f(x)"
    ),
    .init(
      "joint_type_without_axis",
      "E0205",
      in: "dim a\nR: corr[a] ~ LKJ(1)\nfn f(A: «corr») -> real = A[1, 1]\ny = f(R)"
    ),
    .init(
      "joint_type_over_another",
      "E0203",
      in: """
        dim a, b
        R: corr[a] ~ LKJ(1)
        data v[b]: real
        fn f[d](A: corr[d], x: real[d]) -> real = sum(A @ x)
        y = f(R, «v»)
        """
    ),
    .init(
      "size_waits_for_data",
      "E0205",
      in: """
        data n: int
        fn f[d](x: real[d]) -> real = sum(x) / «size(d)»
        y = f([i^2 for i: 1..n])
        """
    ),
    .init(
      "mistake_in_body_once",
      "E0201",
      in: "fn f(x: real) -> real = x + «q»\ny = f(1)\nz = f(2)"
    ),
  ]
}
