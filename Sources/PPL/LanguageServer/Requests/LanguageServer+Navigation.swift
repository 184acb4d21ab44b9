import PPLJSON
import PPLSourceText
import PPLSyntax

/// Definition, references, rename, formatting and outline.
extension LanguageServer {
  func definition(_ place: Place) -> JSONValue {
    let (document, symbols) = (place.document, place.document.symbols)
    guard let occurrence = symbols.occurrence(at: place.offset) else { return .null }
    return document.location(symbols.symbols[occurrence.symbol].definition)
  }

  func references(_ place: Place, _ parameters: JSONNode?) -> JSONValue {
    let (document, symbols) = (place.document, place.document.symbols)
    guard let occurrence = symbols.occurrence(at: place.offset) else { return [] }
    var isWithDefinition = true
    if case .bool(let flag)? = parameters?["context"]?["includeDeclaration"]?.kind {
      isWithDefinition = flag
    }
    let definition = symbols.symbols[occurrence.symbol].definition
    let places = symbols.occurrences(of: occurrence.symbol).map(\.span)
    return .array(
      places.filter { isWithDefinition || $0 != definition }.map { document.location($0) }
    )
  }

  // MARK: Rename

  func prepareRename(_ place: Place) -> JSONValue {
    guard let occurrence = place.document.symbols.occurrence(at: place.offset) else { return .null }
    return place.document.range(occurrence.span)
  }

  /// Edits that give a name another spelling everywhere, if the program means the same then.
  ///
  /// Data keep their keys: those that had none get their old name as one.
  func rename(_ place: Place, _ parameters: JSONNode?) throws(RequestError) -> JSONValue {
    let document = place.document
    guard let name = parameters?["newName"]?.string else {
      throw RequestError(.invalidParameters, "there is no `newName`")
    }
    guard let occurrence = document.symbols.occurrence(at: place.offset) else {
      throw RequestError(.failed, "no name that the program defines stands here")
    }
    let symbol = document.symbols.symbols[occurrence.symbol]
    if symbol.name == name { return ["changes": .object([])] }
    try checkName(name, in: document)
    var edits = document.symbols.occurrences(of: occurrence.symbol).map { ($0.span, name) }
    if let place = symbol.keyPlace {
      edits.append((SourceSpan(start: place, end: place), " key \"\(symbol.name)\""))
    }
    edits.sort { ($0.0.start, $0.0.end) < ($1.0.start, $1.0.end) }
    try checkMeaning(after: edits, in: document)
    let changes = edits.map { document.edit($0.0, $0.1) }
    return ["changes": .object([JSONMember(document.uri, .array(changes))])]
  }

  /// Whether the text is a name that means nothing in the program yet.
  private func checkName(_ name: String, in document: OpenDocument) throws(RequestError) {
    let tokens = Lexer.tokenize(SourceFile(name: "", text: name)).tokens
    guard tokens.count == 2, tokens[0].kind == .name, tokens[0].end == name.utf8.count else {
      throw RequestError(
        .failed,
        "`\(name)` is no name: a letter, then letters, digits and `_`, and no reserved word"
      )
    }
    guard !document.symbols.symbols.contains(where: { $0.name == name }) else {
      throw RequestError(.failed, "the program has a `\(name)` already")
    }
    guard Builtin.named(name) == nil else {
      throw RequestError(.failed, "`\(name)` is a name of the language")
    }
  }

  /// Whether the edited program has the same names at the same places, and the same mistakes.
  private func checkMeaning(
    after edits: [(SourceSpan, String)],
    in document: OpenDocument
  ) throws(RequestError) {
    var bytes: [UInt8] = []
    var end = 0
    for (span, text) in edits {
      bytes += document.lines.bytes[end..<span.start] + Array(text.utf8)
      end = span.end
    }
    bytes += document.lines.bytes[end...]
    let edited = OpenDocument(
      uri: document.uri,
      version: nil,
      text: String(decoding: bytes, as: UTF8.self)
    )
    let isSame =
      edited.symbols.occurrences.map(\.symbol) == document.symbols.occurrences.map(\.symbol)
      && edited.program.diagnostics.map(\.code) == document.program.diagnostics.map(\.code)
    guard isSame else {
      throw RequestError(.failed, "the program would mean something else with this name")
    }
  }

  // MARK: Formatting

  /// One edit that replaces the text by its layout; none if it has that already or has mistakes.
  func formatting(_ document: OpenDocument) throws(RequestError) -> JSONValue {
    guard case .formatted(let text) = ProgramFormat.format(document.program.source) else {
      throw RequestError(.failed, "the text has mistakes of syntax")
    }
    let bytes = document.lines.bytes
    if Array(text.utf8) == bytes { return [] }
    return [document.edit(SourceSpan(start: 0, end: bytes.count), text)]
  }

  // MARK: Outline

  func documentSymbols(_ document: OpenDocument) -> JSONValue {
    .array(
      document.symbols.symbols.filter(\.kind.isGlobal).map { symbol in
        let span = symbol.statement.union(symbol.definition)
        return [
          "name": .string(symbol.name),
          "detail": .string(symbol.kind.words),
          "kind": .integer(symbol.kind.symbolKind),
          "range": document.range(span),
          "selectionRange": document.range(symbol.definition),
        ]
      }
    )
  }
}

extension SymbolTable.Kind {
  /// What it is, for people.
  var words: String {
    switch self {
    case .dimension: "dimension"
    case .data: "data"
    case .quantity: "quantity"
    case .function: "function"
    case .net: "net"
    case .distribution: "distribution"
    case .guide: "guide"
    case .model: "model"
    case .factor: "factor"
    case .fit: "fit"
    case .prediction: "prediction"
    case .index: "index"
    case .local: "local name"
    case .argument: "parameter"
    case .genericDimension: "any dimension"
    }
  }

  /// The number of its kind in the protocol (`SymbolKind`).
  fileprivate var symbolKind: Int {
    switch self {
    case .dimension, .genericDimension: 10
    case .data: 14
    case .quantity, .index, .local, .argument: 13
    case .function, .net, .factor: 12
    case .distribution: 5
    case .guide, .model: 2
    case .fit, .prediction: 19
    }
  }
}
