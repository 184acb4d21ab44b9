import Foundation
import PPLDistributions
import PPLInference
import PPLSemantics
import PPLSourceText
import PPLSyntax
import Testing

/// A program with what the checker finds in it.
struct CheckedText {
  var file: SourceFile
  var model: CheckedModel
  var diagnostics: [Diagnostic]

  /// Parses and checks; a text that does not parse has the parser's diagnostics alone.
  init(_ text: String, name: String = "test") {
    file = SourceFile(name: "\(name).ppl", text: text)
    let (program, found) = Parser.parse(file)
    let library = DistributionLibrary.standard.signatureTable
    (model, diagnostics) = ModelChecker.check(
      program,
      library: library,
      engines: EngineLibrary.standard
    )
    if !found.isEmpty { diagnostics = found }
  }

  /// The messages as a user sees them.
  var rendered: String { DiagnosticRenderer().render(diagnostics, in: file) }

  var codes: [String] { diagnostics.map(\.code) }
}

/// A program with marks around the place that its first message points at, and the codes of all messages.
struct MarkedProgram: Sendable, CustomTestStringConvertible {
  /// Name of its file of recorded messages.
  var name: String
  /// Codes of all messages, in the order of the text.
  var codes: [String]
  /// The program; « and » stand around the primary span of the first message.
  var marked: String

  init(_ name: String, _ codes: String..., in marked: String) {
    self.name = name
    self.codes = codes
    self.marked = marked
  }

  var testDescription: String { name }

  /// The text without marks, and the span between them; nil if there is not one pair of marks.
  var source: (text: String, span: SourceSpan)? {
    let parts = marked.split(separator: "«", omittingEmptySubsequences: false)
    guard parts.count == 2 else { return nil }
    let rest = parts[1].split(separator: "»", omittingEmptySubsequences: false)
    guard rest.count == 2 else { return nil }
    let start = parts[0].utf8.count
    return (
      String(parts[0] + rest[0] + rest[1]) + "\n",
      SourceSpan(start: start, end: start + rest[0].utf8.count)
    )
  }
}

/// Messages recorded in `Golden`, to be read as prose: what is wrong, why here, what to do.
///
/// `PPL_RECORD_GOLDEN=1 swift test --filter PPLSemanticsTests` writes the files anew; read their
/// differences before they are committed.
enum Golden {
  private static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Golden")

  /// The recorded text of a name in a topic, after it was recorded if that is asked for.
  static func recorded(_ name: String, in topic: String, now text: String) throws -> String {
    let url = folder.appendingPathComponent("\(topic)/\(name).txt")
    if ProcessInfo.processInfo.environment["PPL_RECORD_GOLDEN"] == "1" {
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(),
        withIntermediateDirectories: true
      )
      try text.write(to: url, atomically: true, encoding: .utf8)
    }
    return try String(contentsOf: url, encoding: .utf8)
  }

  /// Names of the recorded files of a topic.
  static func names(in topic: String) throws -> Set<String> {
    let files = try FileManager.default.contentsOfDirectory(
      at: folder.appendingPathComponent(topic),
      includingPropertiesForKeys: nil
    )
    return Set(files.map { $0.deletingPathExtension().lastPathComponent })
  }
}
