import Testing

/// Constructs of the language that are not run yet: said once, with a way out where there is one.
struct UnbuiltTests {
  static let topic = DiagnosticTopic(name: "unbuilt", programs: programs)

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
      "extern_index",
      "E0901",
      in: "dim d = 3\nextern fn f(x: real) -> «d» = process(\"./f\")\ny = f(1)"
    ),
    .init("model_block", "E0901", in: "model «m» { a ~ Normal(0, 1) }"),
    .init("ragged_twice", "E0901", in: "dim a, b[a], «c»[b]\ndata x[a, b]: real"),
  ]
}
