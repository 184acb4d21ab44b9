import Foundation
import PPL
import Testing

/// A session of tests, in a folder of its own, with all that it says.
final class SessionHarness {
  let session: InteractiveSession
  let folder: URL

  init(_ files: [String: String] = [:]) throws {
    var options = InteractiveSession.Options()
    options.executor = .reference
    session = InteractiveSession(options)
    folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (name, text) in files {
      try text.write(to: folder.appending(path: name), atomically: true, encoding: .utf8)
    }
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func path(_ name: String) -> String { folder.appending(path: name).path }

  /// What an entry gave.
  struct Answer {
    var status = EntryStatus.good
    var taken: [String] = []
    var output: [String] = []
    var notes: [String] = []
    var problems: [LocatedDiagnostic] = []
    var failures: [String] = []

    var codes: [String] { problems.map(\.diagnostic.code) }

    /// The text that the first problem points at.
    var marked: String? {
      problems.first.flatMap { problem in
        problem.diagnostic.primary.map { problem.source.text(of: $0.span) }
      }
    }
  }

  /// Enters a text.
  @discardableResult
  func enter(_ text: String, control: InteractiveSession.Control = .init()) async -> Answer {
    var answer = Answer()
    answer.status = await session.enter(text, control: control) { event in
      switch event {
      case .taken(let text): answer.taken.append(text)
      case .output(let text): answer.output.append(text)
      case .note(let text): answer.notes.append(text)
      case .problem(let problem): answer.problems.append(problem)
      case .failure(let text): answer.failures.append(text)
      case .progress, .fitFinished: break
      }
    }
    return answer
  }

  /// Enters several texts, each of which must succeed.
  func enterAll(_ texts: String...) async {
    for text in texts {
      let answer = await enter(text)
      #expect(answer.status == .good, "\(text): \(answer)")
    }
  }

  /// The statements as the session lists them.
  func list() async -> [String] {
    await enter(":list").output.joined(separator: "\n").split(separator: "\n").map(String.init)
  }
}
