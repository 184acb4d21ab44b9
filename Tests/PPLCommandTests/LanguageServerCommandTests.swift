import Foundation
import PPL
import PPLJSON
import Testing

/// `ppl lsp` over its streams.
@Suite struct LanguageServerCommandTests {
  private static func framed(_ messages: [JSONValue]) -> String {
    String(decoding: messages.flatMap { MessageStream.framed($0.utf8()) }, as: UTF8.self)
  }

  private static let session: [JSONValue] = [
    ["jsonrpc": "2.0", "id": 1, "method": "initialize", "params": [:]],
    [
      "jsonrpc": "2.0", "method": "textDocument/didOpen",
      "params": [
        "textDocument": [
          "uri": "file:///m.ppl", "languageId": "ppl", "version": 1, "text": "x ~ Norml(é, 1)",
        ]
      ],
    ],
    ["jsonrpc": "2.0", "id": 2, "method": "shutdown"],
    ["jsonrpc": "2.0", "method": "exit"],
  ]

  private func serve(_ input: String, _ place: Workplace, variables: String = "") throws
    -> CommandResult
  {
    try place.write(input, to: "input")
    let launcher = ["/bin/sh", "-c", "\(variables) exec \"$0\" \"$@\" < input"]
    return try place.finish(place.start(["lsp", "--stdio"], launcher: launcher))
  }

  @Test func messagesGoThroughTheStreams() throws {
    let place = try Workplace()
    let result = try serve(Self.framed(Self.session), place)
    #expect(result.status == 0 && result.errors.isEmpty)
    var stream = MessageStream()
    stream.add(Array(result.output.utf8))
    var answers: [JSONNode] = []
    while let message = stream.next() { answers.append(try JSONDocument(message).root) }
    try #require(answers.count == 3)
    #expect(answers[0]["result"]?["capabilities"]?["hoverProvider"] != nil)
    let codes = answers[1]["params"]?["diagnostics"]?.elements.map { $0["code"]?.string }
    #expect(codes == Program(name: "/m.ppl", text: "x ~ Norml(é, 1)").diagnostics.map(\.code))
    #expect(answers[2]["id"]?.integer == 2)
  }

  @Test func anEndWithoutExitIsAFailure() throws {
    let place = try Workplace()
    #expect(try serve(Self.framed(Array(Self.session.prefix(2))), place).status == 1)
    #expect(try serve("Content-Length: 10\r\n\r\n{", place).status == 1)
  }

  /// Editors start a server with each window: it must not load what only models need.
  @Test func serverDoesNotLoadLLVM() throws {
    let place = try Workplace()
    let result = try serve(Self.framed(Self.session), place, variables: "LD_DEBUG=files")
    #expect(result.errors.contains("libswiftCore"), "the loader tells what it loads")
    #expect(!result.errors.contains("libLLVM"))
  }
}
