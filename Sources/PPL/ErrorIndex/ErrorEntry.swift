/// What is to be known of one code: what it means, why it is said, and a program that shows it.
package struct ErrorEntry: Sendable {
  /// For instance `E0203`.
  package var code: String
  /// A few words that name the mistake.
  package var title: String
  /// What it means, and why it is a mistake.
  package var text: String
  /// Other codes that the example gives besides.
  package var besides: [String]
  /// What gives the code; nil if `unshown`.
  package var wrong: ErrorExample?
  /// The same without the mistake.
  package var mended: ErrorExample?
  /// Why there is no example, if there is none.
  package var unshown: String?

  init(
    _ code: String,
    _ title: String,
    _ text: String,
    besides: [String] = [],
    wrong: ErrorExample,
    mended: ErrorExample
  ) {
    self.code = code
    self.title = title
    self.text = text
    self.besides = besides
    self.wrong = wrong
    self.mended = mended
  }

  init(_ code: String, _ title: String, _ text: String, unshown: String) {
    self.code = code
    self.title = title
    self.text = text
    self.unshown = unshown
    besides = []
  }

  /// Whether it is a warning.
  var isWarning: Bool { code.hasPrefix("W") }
}

/// A program, its files, and the commands that are run with them.
package struct ErrorExample: Sendable {
  /// The text of `model.ppl`; nil if the commands make it.
  package var program: String?
  /// The other files, by name.
  package var files: [String: String]
  /// Lines of a shell.
  package var session: String

  /// Makes an example that `ppl check` looks at unless the session is another.
  init(_ program: String? = nil, files: [String: String] = [:], session: String? = nil) {
    self.program = program
    self.files = files
    let data = files["data.json"] == nil ? "" : " --data data.json"
    self.session = session ?? "ppl check model.ppl\(data)"
  }

  /// A worker of an external function in the language of the shell, which answers each request with
  /// this member of a JSON object.
  static func worker(answering member: String) -> String {
    let escaped = member.split(separator: "\"", omittingEmptySubsequences: false)
      .joined(separator: "\\\"")
    return #"""
      read greeting
      echo '{"ready": true, "arguments": ["a"]}'
      id=0
      while read request; do
        id=$((id + 1))
        echo "{\"id\": $id, \#(escaped)}"
      done
      """#
  }

  /// Names and texts of all files, the program first.
  package var allFiles: [(name: String, text: String)] {
    let others = files.sorted { $0.key < $1.key }.map { (name: $0.key, text: $0.value + "\n") }
    return (program.map { [(name: "model.ppl", text: $0 + "\n")] } ?? []) + others
  }
}
