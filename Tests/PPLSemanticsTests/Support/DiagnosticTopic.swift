import PPLSourceText
import Testing

/// The mistakes of one topic, and the three things that hold of each.
struct DiagnosticTopic {
  /// Its folder in `Golden`.
  var name: String
  var programs: [MarkedProgram]

  /// The codes are as expected, and the first message points at the mark.
  func expectPlace(_ program: MarkedProgram) throws {
    let (text, span) = try #require(program.source, "one pair of marks")
    let checked = CheckedText(text, name: program.name)
    #expect(checked.codes == program.codes, "\(checked.rendered)")
    let first = try #require(checked.diagnostics.first)
    #expect(first.primary?.span == span, "\(checked.rendered)")
    for diagnostic in checked.diagnostics {
      #expect(!diagnostic.message.isEmpty && !diagnostic.message.hasSuffix("."))
    }
  }

  /// The messages are those that were recorded.
  func expectRecorded(_ program: MarkedProgram) throws {
    let (text, _) = try #require(program.source)
    let rendered = CheckedText(text, name: program.name).rendered
    #expect(try Golden.recorded(program.name, in: name, now: rendered) == rendered)
  }

  /// Each recorded file belongs to a program.
  func expectNoStrayFiles() throws {
    #expect(try Golden.names(in: name) == Set(programs.map(\.name)))
  }
}
