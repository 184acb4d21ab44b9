import Testing

/// What stands on the right of `~`, and its arguments.
struct DistributionTests {
  static let topic = DiagnosticTopic(name: "distributions", programs: programs)

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
    .init("value_on_the_right", "E0502", in: "x ~ «3»"),
    .init("sum_on_the_right", "E0502", in: "x ~ «Normal(0, 1) + 2»"),
    .init("no_parameters", "E0502", in: "x ~ «Normal»"),
    .init("function_on_the_right", "E0502", in: "x ~ «exp»(1)"),
    .init("function_named_as_distribution", "E0502", in: "x ~ «gamma»(2, 1)"),
    .init("too_few_arguments", "E0503", in: "x ~ Normal(«0»)"),
    .init("too_many_arguments", "E0503", in: "x ~ Normal(«0, 1, 2»)"),
    .init("unknown_parameter", "E0503", in: "x ~ Normal(0, «sigma»: 1)"),
    .init("unknown_parameter_near", "E0503", in: "x ~ Gamma(2, «rat»: 1)"),
    .init("comprehension_argument", "E0503", in: "x ~ «Normal(i for i: 3)»"),
  ]
}
