import Testing

/// What is said of data, of models with data, and while a script runs.
@Suite struct DataMessageTests {
  static let cases =
    DataMessage.reading + DataMessage.lowering + DataMessage.scripts + DataMessage.filters
    + DataMessage.training + DataMessage.callouts

  @Test(arguments: cases)
  func codesAreAsExpected(_ message: DataMessage) throws {
    let result = try message.run()
    #expect(DataMessage.codes(in: result.errors) == message.codes, "\(result.errors)")
    if let status = message.status { #expect(result.status == status, "\(result.errors)") }
  }

  @Test(arguments: cases)
  func messageIsAsRecorded(_ message: DataMessage) throws {
    let text = message.messages(in: try message.run().errors)
    #expect(try RecordedMessages.text(message.name, now: text) == text)
  }

  @Test func everyRecordedMessageIsTested() throws {
    #expect(try RecordedMessages.fileNames() == Self.cases.map { "\($0.name).txt" }.sorted())
  }
}
