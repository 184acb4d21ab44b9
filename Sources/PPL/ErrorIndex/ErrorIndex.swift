/// All codes of diagnostics with their explanations; `ppl explain` shows them.
public enum ErrorIndex {
  /// The entries in the order of their codes.
  package static let entries: [ErrorEntry] = [
    characters, statements, expressions, names, types, distributions, definitions, calls, questions,
    fits, labels, data, uses, storedFits, unbuilt, externals,
  ].flatMap { $0 }.sorted { ($0.topic, $0.code) < ($1.topic, $1.code) }

  /// All codes with a few words each, by topic.
  public static var overview: String {
    var text = ""
    var topic = ""
    for entry in entries {
      if entry.topic != topic {
        topic = entry.topic
        text += "\(text.isEmpty ? "" : "\n")\(topics[topic] ?? topic)\n"
      }
      text += "  \(entry.code)  \(entry.title)\n"
    }
    return text + "\n`ppl explain CODE` explains one.\n"
  }

  /// The explanation of a code, letter case apart; nil if no diagnostic has it.
  ///
  /// - Parameter code: for instance `E0203`.
  /// - Returns: what it means, with a program that gives it and the mended one.
  public static func explanation(of code: String) -> String? {
    guard let entry = entries.first(where: { $0.code == code.uppercased() }) else { return nil }
    var text = "\(entry.code): \(entry.title)\(entry.isWarning ? " (a warning)" : "")\n\n"
    text += entry.text + "\n"
    if let reason = entry.unshown { return text + "\nThere is no example: \(reason).\n" }
    if let wrong = entry.wrong { text += "\nAn example:\n" + plain(wrong) }
    if let mended = entry.mended { text += "\nMended:\n" + plain(mended) }
    return text
  }

  /// The same of all codes, as a page.
  package static var page: String {
    var text = """
      # Codes of diagnostics

      What each code means, with a program that gives it and the mended one; `ppl explain` shows the same. The
      tests run all of them.

      """
    var topic = ""
    for entry in entries {
      if entry.topic != topic {
        topic = entry.topic
        text += "\n## \(topics[topic] ?? topic)\n"
      }
      text += "\n### \(entry.code): \(entry.title)\n\n"
      text += entry.text + (entry.isWarning ? "\n\nThis is a warning.\n" : "\n")
      if let reason = entry.unshown { text += "\nThere is no example: \(reason).\n" }
      if let wrong = entry.wrong { text += "\n" + fenced(wrong) }
      if let mended = entry.mended { text += "\nMended:\n\n" + fenced(mended) }
    }
    return text
  }

  private static let topics = [
    "01": "Text", "02": "Names and axes", "03": "Types and supports", "04": "Definitions",
    "05": "Calls", "06": "Scripts and fits", "07": "Labels and indices", "08": "Data",
    "09": "Not run by this version", "10": "Functions outside of the program",
  ]

  /// An example for a terminal.
  private static func plain(_ example: ErrorExample) -> String {
    var text = ""
    for (name, content) in example.allFiles {
      text += "\n  \(name)\n"
      for line in content.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
        text += line.isEmpty ? "\n" : "    \(line)\n"
      }
    }
    text += "\n"
    for line in example.session.split(separator: "\n") { text += "  $ \(line)\n" }
    return text
  }

  /// An example in Markdown; that `ppl check` looks at it need not be said.
  private static func fenced(_ example: ErrorExample) -> String {
    var blocks = example.allFiles.map { name, content in
      name == "model.ppl"
        ? "```ppl\n\(content)```\n"
        : "`\(name)`:\n\n```\(language(name)) \(name)\n\(content)```\n"
    }
    if example.session != ErrorExample("", files: example.files).session {
      let session = example.session.split(separator: "\n").map { "$ \($0)\n" }.joined()
      blocks.append("```console\n\(session)```\n")
    }
    return blocks.joined(separator: "\n")
  }

  /// The language of a file, by the end of its name.
  private static func language(_ name: String) -> Substring {
    let end = name.split(separator: ".").last ?? ""
    return ["ppl", "json", "csv", "sh"].contains(end) ? end : "text"
  }
}

extension ErrorEntry {
  /// The two digits of its topic.
  fileprivate var topic: String { String(code.dropFirst().prefix(2)) }
}
