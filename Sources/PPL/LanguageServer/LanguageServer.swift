import PPLJSON

/// A language server for editors, as a machine that takes messages and gives messages.
///
/// It speaks the Language Server Protocol 3.17 over JSON-RPC 2.0 and touches neither files nor streams:
/// `ppl lsp` gives it the messages of standard input (``MessageStream``). What is wrong with a message is
/// answered by an error; no message ends it but `exit`.
///
/// ```swift
/// var server = LanguageServer()
/// for answer in server.handle(message) { send(answer) }
/// ```
public struct LanguageServer: Sendable {
  private enum State {
    case new, running, shutDown
  }

  private var state = State.new
  var documents: [String: OpenDocument] = [:]
  /// The status to end with, once `exit` came: 0 after a `shutdown`, else 1.
  public private(set) var exitStatus: Int32?

  /// Makes a server that waits for `initialize`.
  public init() {}

  /// Takes one message, without its header.
  ///
  /// - Parameter message: a request, notification or answer of the editor, JSON in UTF-8.
  /// - Returns: messages for the editor, in order.
  public mutating func handle(_ message: [UInt8]) -> [[UInt8]] {
    let root: JSONNode
    do {
      root = try JSONDocument(message).root
    } catch {
      return [Self.failure(.null, RequestError(.parse, "no JSON: \(error.message)")).utf8()]
    }
    guard case .object = root.kind else {
      let error = RequestError(.invalidRequest, "a message is one object")
      return [Self.failure(.null, error).utf8()]
    }
    guard let method = root["method"]?.string else {
      // Answers to requests of ours: there are none.
      if root["result"] != nil || root["error"] != nil { return [] }
      let error = RequestError(.invalidRequest, "there is no `method`")
      return [Self.failure(Self.identity(of: root) ?? .null, error).utf8()]
    }
    let parameters = root["params"]
    guard let id = Self.identity(of: root) else {
      return notify(method, parameters).map { $0.utf8() }
    }
    do throws(RequestError) {
      let result = try answer(method, parameters)
      return [JSONValue.object(Self.head + [.init("id", id), .init("result", result)]).utf8()]
    } catch {
      return [Self.failure(id, error).utf8()]
    }
  }

  // MARK: Requests

  private mutating func answer(_ method: String, _ parameters: JSONNode?) throws(RequestError)
    -> JSONValue
  {
    switch (state, method) {
    case (.new, "initialize"):
      state = .running
      return Self.capabilities
    case (.new, _): throw RequestError(.notInitialized, "the first request is `initialize`")
    case (.shutDown, _): throw RequestError(.invalidRequest, "the server is shut down")
    case (.running, "shutdown"):
      state = .shutDown
      return .null
    case (.running, "initialize"):
      throw RequestError(.invalidRequest, "the server is initialized already")
    default: break
    }
    switch method {
    case "textDocument/hover": return try hover(place(parameters))
    case "textDocument/completion": return try completion(place(parameters))
    case "textDocument/definition": return try definition(place(parameters))
    case "textDocument/references": return try references(place(parameters), parameters)
    case "textDocument/prepareRename": return try prepareRename(place(parameters))
    case "textDocument/rename": return try rename(place(parameters), parameters)
    case "textDocument/formatting": return try formatting(document(parameters))
    case "textDocument/documentSymbol": return try documentSymbols(document(parameters))
    case "textDocument/semanticTokens/full": return try semanticTokens(document(parameters))
    default: throw RequestError(.methodNotFound, "there is no method `\(method)` here")
    }
  }

  /// What the server can do.
  private static var capabilities: JSONValue {
    [
      "capabilities": [
        "positionEncoding": "utf-16",
        "textDocumentSync": ["openClose": true, "change": 2],
        "hoverProvider": true,
        "completionProvider": ["triggerCharacters": [".", "~", "(", ":"]],
        "definitionProvider": true,
        "referencesProvider": true,
        "renameProvider": ["prepareProvider": true],
        "documentFormattingProvider": true,
        "documentSymbolProvider": true,
        "semanticTokensProvider": ["legend": SemanticToken.legend, "full": true],
      ],
      "serverInfo": ["name": "ppl", "version": .string(Version.text)],
    ]
  }

  // MARK: Notifications

  private mutating func notify(_ method: String, _ parameters: JSONNode?) -> [JSONValue] {
    if method == "exit" {
      exitStatus = state == .shutDown ? 0 : 1
      return []
    }
    guard state == .running else { return [] }
    switch method {
    case "textDocument/didOpen": return open(parameters)
    case "textDocument/didChange": return change(parameters)
    case "textDocument/didClose": return close(parameters)
    default: return []
    }
  }

  private mutating func open(_ parameters: JSONNode?) -> [JSONValue] {
    guard let item = parameters?["textDocument"], let uri = item["uri"]?.string,
      let text = item["text"]?.string
    else { return [] }
    return show(OpenDocument(uri: uri, version: item["version"]?.integer, text: text))
  }

  private mutating func change(_ parameters: JSONNode?) -> [JSONValue] {
    guard let item = parameters?["textDocument"], let uri = item["uri"]?.string,
      let old = documents[uri], case .array(let changes)? = parameters?["contentChanges"]?.kind
    else { return [] }
    var lines = old.lines
    for change in changes {
      guard let text = change["text"]?.string else { continue }
      let range = change["range"].flatMap { node in
        Self.position(node["start"]).flatMap { start in
          Self.position(node["end"]).map { (start, $0) }
        }
      }
      // A range that is no range would replace all of the text.
      if change["range"] != nil, range == nil { continue }
      lines = TextLines(lines.changed(range, to: text))
    }
    return show(OpenDocument(uri: uri, version: item["version"]?.integer, text: lines.text))
  }

  private mutating func close(_ parameters: JSONNode?) -> [JSONValue] {
    guard let uri = parameters?["textDocument"]?["uri"]?.string,
      documents.removeValue(forKey: uri) != nil
    else { return [] }
    return [Self.diagnostics(of: uri, nil, [])]
  }

  /// Keeps a text and tells what is wrong in it.
  private mutating func show(_ document: OpenDocument) -> [JSONValue] {
    documents[document.uri] = document
    let found = document.program.diagnostics.map { document.describe($0) }
    return [Self.diagnostics(of: document.uri, document.version, found)]
  }

  private static func diagnostics(
    of uri: String,
    _ version: Int?,
    _ found: [JSONValue]
  ) -> JSONValue {
    var parameters = [JSONMember("uri", .string(uri))]
    if let version { parameters.append(JSONMember("version", .integer(version))) }
    parameters.append(JSONMember("diagnostics", .array(found)))
    return .object(
      head + [
        .init("method", "textDocument/publishDiagnostics"), .init("params", .object(parameters)),
      ]
    )
  }

  // MARK: Parameters

  /// The text that a request is about.
  private func document(_ parameters: JSONNode?) throws(RequestError) -> OpenDocument {
    guard let uri = parameters?["textDocument"]?["uri"]?.string else {
      throw RequestError(.invalidParameters, "there is no `textDocument.uri`")
    }
    guard let document = documents[uri] else {
      throw RequestError(.invalidParameters, "\(uri) is not open")
    }
    return document
  }

  /// The text and the offset in it that a request is about.
  private func place(_ parameters: JSONNode?) throws(RequestError) -> Place {
    let document = try document(parameters)
    guard let position = Self.position(parameters?["position"]) else {
      throw RequestError(.invalidParameters, "there is no `position` with line and character")
    }
    return Place(document: document, offset: document.lines.offset(of: position))
  }

  /// A place in an open text.
  struct Place {
    var document: OpenDocument
    var offset: Int
  }

  private static func position(_ node: JSONNode?) -> TextLines.Position? {
    guard let line = node?["line"]?.integer, let character = node?["character"]?.integer,
      line >= 0, character >= 0
    else { return nil }
    return TextLines.Position(line: line, character: character)
  }

  // MARK: JSON-RPC

  private static let head = [JSONMember("jsonrpc", "2.0")]

  /// The identity of a request; nil for a notification.
  private static func identity(of message: JSONNode) -> JSONValue? {
    switch message["id"]?.kind {
    case .string(let text): .string(text)
    case .integer(let number): .integer(number)
    case .real(let number): .real(number)
    default: nil
    }
  }

  private static func failure(_ id: JSONValue, _ error: RequestError) -> JSONValue {
    .object(
      head + [
        .init("id", id),
        .init("error", ["code": .integer(error.code.rawValue), "message": .string(error.message)]),
      ]
    )
  }
}

/// Why a request has no result.
struct RequestError: Error {
  /// Numbers of JSON-RPC 2.0 and of the Language Server Protocol.
  enum Code: Int {
    case parse = -32700
    case invalidRequest = -32600
    case methodNotFound = -32601
    case invalidParameters = -32602
    case notInitialized = -32002
    case failed = -32803
  }

  var code: Code
  var message: String

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }
}
