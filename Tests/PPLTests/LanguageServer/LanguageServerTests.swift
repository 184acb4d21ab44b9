import Foundation
import PPL
import PPLJSON
import PPLSourceText
import Testing

/// The language server as editors use it.
@Suite struct LanguageServerTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// The examples by name.
  private static func examples() throws -> [(name: String, text: String)] {
    let folder = root.appending(path: "Examples")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    return names.compactMap { name in
      let file = folder.appending(path: "\(name)/model.ppl")
      return (try? String(contentsOf: file, encoding: .utf8)).map { (name, $0) }
    }
  }

  private static let uri = "file:///tmp/a%20model.ppl"

  /// An editor with one open text.
  private func editor(_ text: String) throws -> EditorClient {
    var editor = try EditorClient()
    try editor.open(Self.uri, text)
    return editor
  }

  /// The place of the mark `|`, and the text without it.
  private func marked(_ text: String) throws -> (text: String, position: TextLines.Position) {
    let parts = text.components(separatedBy: "|")
    try #require(parts.count == 2)
    let whole = parts[0] + parts[1]
    return (whole, TextLines(whole).position(of: parts[0].utf8.count))
  }

  // MARK: Diagnostics

  /// What was published is what the library finds in the same text, place by place.
  private func expectDiagnostics(_ found: [JSONNode]?, of text: String) throws {
    let program = Program(name: "/tmp/a model.ppl", text: text)
    let lines = TextLines(text)
    let found = try #require(found)
    try #require(found.map { $0["code"]?.string } == program.diagnostics.map(\.code))
    for (node, diagnostic) in zip(found, program.diagnostics) {
      try #require(node["severity"]?.integer == (diagnostic.isError ? 1 : 2))
      try #require(node["message"]?.string?.hasPrefix(diagnostic.message) == true)
      guard let span = diagnostic.primary?.span else { continue }
      let start = try EditorClient.position(node["range"]?["start"])
      try #require(start == lines.position(of: span.start))
    }
  }

  /// Random edits of the examples, taken back one after the other: nothing crashes, and diagnostics are those of the
  /// text at all times.
  @Test func diagnosticsFollowRandomEdits() throws {
    var random = EditGenerator(seed: 5)
    let pieces = [
      "(", ")", "~", "é", "𝜇", "\n", "\r\n", "x", "1", "#", "\"", "for ", "where", "[", ",",
    ]
    for (name, original) in try Self.examples() {
      var editor = try EditorClient()
      let uri = "file:///examples/\(name).ppl"
      try editor.open(uri, original)
      try expectDiagnostics(editor.published[uri], of: original)
      var history = [original]
      for _ in 0..<12 {
        let text = try #require(history.last)
        let lines = TextLines(text)
        let scalars = text.unicodeScalars.count
        let start = Int.random(in: 0...scalars, using: &random)
        let end = min(scalars, start + Int.random(in: 0...9, using: &random))
        func offset(_ count: Int) -> Int {
          text.unicodeScalars.prefix(count).reduce(0) { $0 + UTF8.width($1) }
        }
        let insert = Bool.random(using: &random) ? pieces.randomElement(using: &random) ?? "" : ""
        let range = (lines.position(of: offset(start)), lines.position(of: offset(end)))
        try editor.change(uri, range, to: insert)
        let changed = lines.changed(range, to: insert)
        history.append(changed)
        try expectDiagnostics(editor.published[uri], of: changed)
        let place = lines.position(of: offset(Int.random(in: 0...scalars, using: &random)))
        for method in ["hover", "completion", "definition", "prepareRename"] {
          _ = try editor.ask(method, uri, at: place)
        }
        for method in ["documentSymbol", "semanticTokens/full", "formatting"] {
          _ = try editor.ask(method, uri)
        }
      }
      while history.count > 1 {
        history.removeLast()
        let text = try #require(history.last)
        try editor.change(uri, nil, to: text)
        try expectDiagnostics(editor.published[uri], of: text)
      }
      try editor.notify("textDocument/didClose", ["textDocument": ["uri": .string(uri)]])
      #expect(editor.published[uri]?.isEmpty == true)
    }
  }

  @Test func diagnosticsTellWhatCheckTells() throws {
    let editor = try editor("x = 1\nx = 2\n# é\ny ~ Norml(𝜇, 1)")
    let found = try #require(editor.published[Self.uri])
    let twice = try #require(found.first { $0["code"]?.string == "E0401" })
    #expect(twice["source"]?.string == "ppl")
    #expect(twice["range"]?["start"]?["line"]?.integer == 1)
    let related = try #require(twice["relatedInformation"]?.members.first)
    #expect(related["location"]?["range"]?["start"]?["line"]?.integer == 0)
    // U+1D707 is two units of UTF-16.
    let character = try #require(found.first { $0["code"]?.string == "E0102" })
    #expect(character["range"]?["start"]?["character"]?.integer == 10)
    #expect(character["range"]?["end"]?["character"]?.integer == 12)
  }

  // MARK: Names

  @Test(arguments: [
    ("dim obs\ndata y[obs]: real\nm|u ~ Normal(0, 1)\ny ~ Normal(mu, 1)", "mu: real", "sampled"),
    (
      "dim obs\ndata y|[obs]: real\nmu ~ Normal(0, 1)\ny ~ Normal(mu, 1)", "y: real[obs]",
      "observed"
    ),
    ("s ~ HalfNormal(1)\nx ~ Normal(0, |s)", "s: real", "real numbers from 0"),
    ("x ~ Nor|mal(0, 1)", "Normal(mean real, sd positive)", "ormal"),
    ("d|im d = [\"a\", \"b\"]\nx[d] ~ Normal(0, 1)", "", ""),
    ("dim d = [\"a\", \"b\"]\nx[|d] ~ Normal(0, 1)", "dim d", "2 labels: a, b"),
    ("x ~ Normal(0, 1)\ninfer p = nu|ts()", "nuts(", "- `max_depth`: "),
    ("fn f(x: real) -> real = x + 1\ny = |f(2)", "fn f(x: real) -> real = x + 1", "function"),
  ])
  func hoverTellsWhatANameIs(_ text: String, _ head: String, _ more: String) throws {
    let (text, position) = try marked(text)
    var editor = try editor(text)
    let result = try #require(try editor.ask("hover", Self.uri, at: position)["result"])
    let value = result["contents"]?["value"]?.string
    guard !head.isEmpty else {
      #expect(value == nil)
      return
    }
    #expect(value?.hasPrefix("```ppl\n\(head)") == true, "\(value ?? "nothing")")
    #expect(value?.contains(more) == true, "\(value ?? "nothing")")
  }

  @Test(arguments: [
    // The mark is the name asked for; « stands before its definition.
    "x = 2 * |y\n«y ~ Normal(0, 1)",
    "dim «d\ndata x[|d]: real",
    "dim d\ndata x[d]: real\nz[«i: d] = x[|i]",
    "dim d\ndata x[d]: real\nz = sum(x[|i] for «i: d)",
    "z = a + 1 with «a = 2, b = |a",
    "fn f(«x: real) -> real = (|x) + 1\ny = f(1)",
    "dist D(«m: real) -> real {\n  logp(v) = -(v - |m)^2\n}\ny ~ D(1)",
    "«mu ~ Normal(0, 1)\ninfer post = nuts()\nshow post.|mu",
    "mu ~ Normal(0, 1)\ninfer «post = nuts()\nshow |post.mu",
    "dim «obs\ndata y[obs]: real\na ~ Normal(0, 1)\ny ~ Normal(a, 1)\ninfer p = map(batch: (|obs: 8))",
  ])
  func definitionsAreFound(_ text: String) throws {
    let plain = text.replacing("|", with: "").replacing("«", with: "")
    let use = try marked(text.replacing("«", with: "")).position
    let place = try marked(text.replacing("|", with: "").replacing("«", with: "|")).position
    var editor = try editor(plain)
    let result = try editor.ask("definition", Self.uri, at: use)["result"]
    #expect(try EditorClient.position(result?["range"]?["start"]) == place)
    #expect(result?["uri"]?.string == Self.uri)
  }

  @Test func referencesAreAllPlaces() throws {
    let text = "dim d\ndata x[d]: real\nm ~ Normal(mean(x), 1)\nx[i: d] ~ Normal(m, 1)"
    var editor = try editor(text)
    let position = TextLines.Position(line: 1, character: 5)
    let all = try editor.ask("references", Self.uri, at: position)["result"]?.members
    #expect(all?.map { $0["range"]?["start"]?["line"]?.integer } == [1, 2, 3])
    let context = JSONMember("context", ["includeDeclaration": false])
    let uses = try editor.ask("references", Self.uri, at: position, [context])["result"]?.members
    #expect(uses?.count == 2)
  }

  // MARK: Rename

  /// Every name of every example can be changed, and changed back to the same text.
  @Test func everyNameOfTheExamplesCanBeChanged() throws {
    var count = 0
    for (name, text) in try Self.examples() {
      var editor = try editor(text)
      let outline = try editor.ask("semanticTokens/full", Self.uri)
      #expect(outline["result"] != nil)
      var done: Set<String> = []
      for (position, word) in Self.words(of: text) where !done.contains(word) {
        guard
          case .object? = try editor.ask("prepareRename", Self.uri, at: position)["result"]?.kind
        else { continue }
        done.insert(word)
        let new = JSONMember("newName", "renamed_by_test")
        let answer = try editor.ask("rename", Self.uri, at: position, [new])
        let edits = answer["result"]?["changes"]?[Self.uri]?.members
        guard let edits else {
          Issue.record("\(name): \(word): \(answer["error"]?["message"]?.string ?? "")")
          continue
        }
        count += 1
        let renamed = try EditorClient.applied(edits, to: text)
        let before = Program(name: name, text: text).diagnostics.map(\.code)
        #expect(Program(name: name, text: renamed).diagnostics.map(\.code) == before)
        let keyed = renamed.replacing(" key \"\(word)\"", with: "")
        if keyed == renamed {
          #expect(renamed.replacing("renamed_by_test", with: word) == text, "\(name): \(word)")
        }
      }
    }
    #expect(count > 400)
  }

  /// The words of a text with their places.
  private static func words(of text: String) -> [(TextLines.Position, String)] {
    let lines = TextLines(text)
    return text.matches(of: /[A-Za-z][A-Za-z0-9_]*/).map { match in
      let offset = text.utf8.distance(from: text.startIndex, to: match.range.lowerBound)
      return (lines.position(of: offset), String(match.output))
    }
  }

  @Test func dataKeepTheirKeys() throws {
    let text = "dim d\ndata x[d], y[d]: real > 0\nm = sum(x) + sum(y)"
    var editor = try editor(text)
    for (character, expected) in [
      (5, "dim d\ndata z[d] key \"x\", y[d]: real > 0\nm = sum(z) + sum(y)"),
      (11, "dim d\ndata x[d], z[d]: real > 0 key \"y\"\nm = sum(x) + sum(z)"),
    ] {
      let position = TextLines.Position(line: 1, character: character)
      let new = JSONMember("newName", "z")
      let answer = try editor.ask("rename", Self.uri, at: position, [new])
      let edits = try #require(answer["result"]?["changes"]?[Self.uri]?.members)
      #expect(try EditorClient.applied(edits, to: text) == expected)
    }
  }

  @Test(arguments: ["y", "Normal", "nuts", "2x", "with", "a b", "", "é", "x.y", "sum", "real"])
  func namesThatMeanSomethingElseAreRefused(_ name: String) throws {
    var editor = try editor("x ~ Normal(0, 1)\ny = x + 1")
    let new = JSONMember("newName", .string(name))
    let position = TextLines.Position(line: 0, character: 0)
    let answer = try editor.ask("rename", Self.uri, at: position, [new])
    #expect(answer["error"]?["code"]?.integer == -32803)
  }

  // MARK: The rest

  @Test(arguments: [
    ("|", "dim", "nuts"), ("x ~ |", "Normal", "sum"), ("x ~ Nor|", "Normal", "sum"),
    ("mu ~ Normal(0, 1)\nx = |", "mu", "infer"), ("x ~ Normal(0, 1)\ninfer p = |", "nuts", "x"),
    ("x ~ Normal(0, 1)\ninfer p = nuts(draws: 10, |", "chains", "x"),
    ("dim obs\ndata y[obs]: |", "real", "Normal"), ("dim obs\nz[i: |", "obs", "real"),
    ("mu ~ Normal(0, 1)\ninfer post = nuts()\nshow post.|", "mu", "post"),
    ("x = f(a) with a = 1\n|", "show", "a"),
  ])
  func completionOffersWhatCanStandThere(_ text: String, _ word: String, _ other: String) throws {
    let (text, position) = try marked(text)
    var editor = try editor(text)
    let result = try editor.ask("completion", Self.uri, at: position)["result"]
    let labels = result?["items"]?.members.compactMap { $0["label"]?.string } ?? []
    #expect(labels.contains(word), "\(labels)")
    #expect(!labels.contains(other), "\(labels)")
    #expect(Set(labels).count == labels.count)
  }

  @Test func formattingIsThatOfTheCommand() throws {
    let text = "mu~Normal( 0,1 ) # é\n\n\nx=mu"
    var editor = try editor(text)
    let edits = try #require(try editor.ask("formatting", Self.uri)["result"]?.members)
    #expect(try EditorClient.applied(edits, to: text) == "mu ~ Normal(0, 1)  # é\n\nx = mu\n")
    try editor.change(Self.uri, nil, to: "mu ~ Normal(0, 1)\n")
    #expect(try editor.ask("formatting", Self.uri)["result"]?.members.isEmpty == true)
    try editor.change(Self.uri, nil, to: "mu ~ Normal(")
    #expect(try editor.ask("formatting", Self.uri)["error"] != nil)
  }

  @Test func outlineHasTheNamesOfTheProgram() throws {
    let text =
      "dim d\ndata x[d]: real\nmu ~ Normal(0, 1)\nx[i: d] ~ Normal(mu, 1)\ninfer p = nuts()"
    var editor = try editor(text)
    let symbols = try #require(try editor.ask("documentSymbol", Self.uri)["result"]?.members)
    #expect(symbols.map { $0["name"]?.string } == ["d", "x", "p", "mu"])
    for symbol in symbols {
      let outer = try #require(symbol["range"])
      let inner = try #require(symbol["selectionRange"])
      #expect(
        try EditorClient.position(outer["start"]) <= EditorClient.position(inner["start"])
          && EditorClient.position(inner["end"]) <= EditorClient.position(outer["end"])
      )
    }
  }

  /// Tokens are in order, lie in the text, and cover words, numbers and comments.
  @Test func semanticTokensCoverTheText() throws {
    for (name, text) in try Self.examples() {
      var editor = try editor(text)
      let answer = try editor.ask("semanticTokens/full", Self.uri)
      let data = try #require(answer["result"]?["data"]?.integers)
      try #require(data.count % 5 == 0 && !data.isEmpty)
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map {
        Array($0.utf16)
      }
      var (line, character, end) = (0, 0, 0)
      var comments = 0
      for start in stride(from: 0, to: data.count, by: 5) {
        if data[start] > 0 { (character, end) = (0, 0) }
        line += data[start]
        character += data[start + 1]
        try #require(line < lines.count && character >= end, "\(name)")
        end = character + data[start + 2]
        try #require(data[start + 2] > 0 && end <= lines[line].count, "\(name)")
        #expect((0..<12).contains(data[start + 3]) && (0..<8).contains(data[start + 4]))
        if lines[line][character] == UInt16(UInt8(ascii: "#")) { comments += 1 }
      }
      #expect(comments == lines.count { $0.contains(UInt16(UInt8(ascii: "#"))) }, "\(name)")
    }
  }

  // MARK: The protocol

  @Test(arguments: [
    ("nonsense", -32700), ("[1, 2]", -32600), ("{\"id\": 1}", -32600), ("", -32700),
    ("{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"no/such\"}", -32601),
    ("{\"jsonrpc\": \"2.0\", \"id\": \"a\", \"method\": \"textDocument/hover\"}", -32602),
    (
      "{\"id\": 1, \"method\": \"textDocument/hover\", \"params\": {\"textDocument\": {\"uri\": \"x\"}}}",
      -32602
    ),
    ("{\"id\": 1, \"method\": \"textDocument/hover\", \"params\": [3, 4]}", -32602),
    ("{\"id\": 1, \"method\": \"initialize\"}", -32600),
  ])
  func badMessagesAreAnsweredByErrors(_ message: String, _ code: Int) throws {
    var editor = try EditorClient()
    let answers = editor.server.handle(Array(message.utf8))
    #expect(answers.count == 1)
    let answer = try JSONDocument(try #require(answers.first)).root
    #expect(answer["error"]?["code"]?.integer == code)
    #expect(editor.server.exitStatus == nil)
  }

  @Test(arguments: [
    "{\"method\": \"textDocument/didOpen\"}",
    "{\"method\": \"textDocument/didChange\", \"params\": 3}",
    "{\"method\": \"$/cancelRequest\", \"params\": {\"id\": 1}}", "{\"id\": 1, \"result\": null}",
    "{\"method\": \"textDocument/didOpen\", \"params\": {\"textDocument\": {\"uri\": 1, \"text\": 2}}}",
    "{\"method\": \"textDocument/didClose\", \"params\": {\"textDocument\": {\"uri\": \"never\"}}}",
  ])
  func badNotificationsAreIgnored(_ message: String) throws {
    var editor = try EditorClient()
    #expect(editor.server.handle(Array(message.utf8)).isEmpty)
  }

  @Test func lifeGoesFromInitializeToExit() throws {
    var server = LanguageServer()
    func code(_ method: String, _ server: inout LanguageServer) throws -> Int? {
      let message: JSONValue = ["id": 1, "method": .string(method)]
      return try JSONDocument(server.handle(message.utf8())[0]).root["error"]?["code"]?.integer
    }
    #expect(try code("textDocument/hover", &server) == -32002)
    #expect(try code("initialize", &server) == nil)
    #expect(try code("shutdown", &server) == nil)
    #expect(try code("textDocument/hover", &server) == -32600)
    let exit: JSONValue = ["method": "exit"]
    #expect(server.exitStatus == nil)
    _ = server.handle(exit.utf8())
    #expect(server.exitStatus == 0)
    var hasty = LanguageServer()
    _ = hasty.handle(exit.utf8())
    #expect(hasty.exitStatus == 1)
  }

  /// Bytes at random, and messages with bytes changed: an answer or none, never a crash.
  @Test func noMessageEndsTheServer() throws {
    var random = EditGenerator(seed: 9)
    var editor = try editor("mu ~ Normal(0, 1)")
    let good: JSONValue = [
      "jsonrpc": "2.0", "id": 7, "method": "textDocument/hover",
      "params": [
        "textDocument": ["uri": .string(Self.uri)], "position": ["line": 0, "character": 1],
      ],
    ]
    for _ in 0..<3_000 {
      var bytes = good.utf8()
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
          in: 0...255,
          using: &random
        )
      }
      for answer in editor.server.handle(bytes) { _ = try JSONDocument(answer) }
    }
    let position = TextLines.Position(line: 0, character: 0)
    #expect(try editor.ask("hover", Self.uri, at: position)["result"] != nil)
  }
}
