import PPL
import PPLJSON
import Testing

/// An editor for tests: it sends messages to a server and keeps what is published.
struct EditorClient {
  var server = LanguageServer()
  /// The diagnostics that were published last, by address.
  var published: [String: [JSONNode]] = [:]
  private var nextID = 1

  /// An editor whose server is ready.
  init() throws {
    let answer = try request("initialize", [:])
    try #require(answer["result"]?["capabilities"] != nil)
    try notify("initialized", [:])
  }

  /// The answer to a request.
  @discardableResult
  mutating func request(_ method: String, _ parameters: JSONValue) throws -> JSONNode {
    let id = nextID
    nextID += 1
    let message: JSONValue = [
      "jsonrpc": "2.0", "id": .integer(id), "method": .string(method), "params": parameters,
    ]
    let answers = server.handle(message.utf8())
    try #require(answers.count == 1)
    let answer = try JSONDocument(answers[0]).root
    try #require(answer["id"]?.integer == id)
    try #require((answer["result"] != nil) != (answer["error"] != nil))
    return answer
  }

  /// Sends a notification and keeps the diagnostics that come back.
  mutating func notify(_ method: String, _ parameters: JSONValue) throws {
    let message: JSONValue = [
      "jsonrpc": "2.0", "method": .string(method), "params": parameters,
    ]
    for answer in server.handle(message.utf8()) {
      let root = try JSONDocument(answer).root
      try #require(root["method"]?.string == "textDocument/publishDiagnostics")
      let uri = try #require(root["params"]?["uri"]?.string)
      published[uri] = root["params"]?["diagnostics"]?.members
    }
  }

  mutating func open(_ uri: String, _ text: String) throws {
    try notify(
      "textDocument/didOpen",
      [
        "textDocument": [
          "uri": .string(uri), "languageId": "ppl", "version": 1, "text": .string(text),
        ]
      ]
    )
  }

  /// Replaces a range, or with nil all of the text.
  mutating func change(
    _ uri: String,
    _ range: (start: TextLines.Position, end: TextLines.Position)?,
    to text: String
  ) throws {
    var change: [JSONMember] = [.init("text", .string(text))]
    if let range {
      change.append(.init("range", ["start": Self.json(range.start), "end": Self.json(range.end)]))
    }
    try notify(
      "textDocument/didChange",
      [
        "textDocument": ["uri": .string(uri), "version": 2],
        "contentChanges": .array([.object(change)]),
      ]
    )
  }

  /// A request about a place.
  mutating func ask(
    _ method: String,
    _ uri: String,
    at position: TextLines.Position,
    _ more: [JSONMember] = []
  ) throws -> JSONNode {
    try request(
      "textDocument/\(method)",
      .object(
        [
          JSONMember("textDocument", ["uri": .string(uri)]),
          JSONMember("position", Self.json(position)),
        ] + more
      )
    )
  }

  /// A request about a whole text.
  mutating func ask(_ method: String, _ uri: String) throws -> JSONNode {
    try request("textDocument/\(method)", ["textDocument": ["uri": .string(uri)]])
  }

  static func json(_ position: TextLines.Position) -> JSONValue {
    ["line": .integer(position.line), "character": .integer(position.character)]
  }

  /// The text after the edits of an answer.
  static func applied(_ edits: [JSONNode], to text: String) throws -> String {
    let lines = TextLines(text)
    var bytes = lines.bytes
    for edit in edits.reversed() {
      let start = lines.offset(of: try position(edit["range"]?["start"]))
      let end = lines.offset(of: try position(edit["range"]?["end"]))
      bytes.replaceSubrange(start..<end, with: Array(try #require(edit["newText"]?.string).utf8))
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  static func position(_ node: JSONNode?) throws -> TextLines.Position {
    TextLines.Position(
      line: try #require(node?["line"]?.integer),
      character: try #require(node?["character"]?.integer)
    )
  }
}

extension JSONNode {
  /// The elements of an array that holds no numbers.
  var members: [JSONNode] {
    if case .array(let nodes) = kind { nodes } else { [] }
  }
}

/// SplitMix64 (Steele, Lea & Flood 2014, doi:10.1145/2660193.2660195): the same edits on every system.
struct EditGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
