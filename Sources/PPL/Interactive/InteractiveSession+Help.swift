import PPLSourceText

// What `?Normal` and `:help` say.

extension InteractiveSession {
  /// Help on a topic; without one, the commands.
  func help(_ topic: String, _ emit: (SessionEvent) -> Void) -> EntryStatus {
    guard !topic.isEmpty else {
      emit(.output(Self.commandsText))
      return .good
    }
    if topic == "topics" {
      emit(.output(Help.overview))
      return .good
    }
    if let text = Help.text(on: topic) ?? Help.text(on: ":" + topic) {
      emit(.output(text))
      return .good
    }
    emit(
      .failure(
        "there is no help on `\(topic)`; "
          + (Help.nearestTopic(to: topic).map { "did you mean `?\($0)`?" }
            ?? "?topics lists all names")
      )
    )
    return .badProgram
  }

  private static var commandsText: String {
    let rows = SessionCommand.allCases.map { ($0.usage, $0.summary) }
    let width = rows.map(\.0.count).max() ?? 0
    let table = rows.map { usage, summary in
      usage + String(repeating: " ", count: width - usage.count + 2) + summary
    }.joined(separator: "\n")
    return """
      Enter statements of the language, in one line or several; an expression alone is shown.
      A statement may name what comes later: it waits until that is defined. One with the same
      left side as an earlier one takes its place. ?NAME explains a distribution, function,
      layer, engine or statement; ?topics lists them.

      \(table)
      """
  }
}
