import PPLJSON
import PPLSourceText

extension OpenDocument {
  /// A diagnostic as editors take it; what `ppl check` writes below the excerpt is part of the message.
  func describe(_ diagnostic: Diagnostic) -> JSONValue {
    let span = diagnostic.primary?.span ?? SourceSpan(start: 0, end: 0)
    var lines = [diagnostic.message]
    if let label = diagnostic.primary?.text, !label.isEmpty { lines.append(label) }
    lines += diagnostic.notes.map { "note: \($0)" }
    if let help = diagnostic.help { lines.append("help: \(help)") }
    var members = [
      JSONMember("range", range(span)),
      JSONMember("severity", .integer(diagnostic.isError ? 1 : 2)),
      JSONMember("code", .string(diagnostic.code)),
      JSONMember("source", "ppl"),
      JSONMember("message", .string(lines.joined(separator: "\n"))),
    ]
    if !diagnostic.secondary.isEmpty {
      let related = diagnostic.secondary.map { label -> JSONValue in
        let text = label.text.isEmpty ? "see here" : label.text
        return ["location": location(label.span), "message": .string(text)]
      }
      members.append(JSONMember("relatedInformation", .array(related)))
    }
    return .object(members)
  }
}
