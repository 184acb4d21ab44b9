import PPLInference
import PPLJSON
import PPLSourceText
import PPLSyntax
import PPLTypeSystem

extension LanguageServer {
  /// What could stand at a place, by what stands before it.
  func completion(_ place: Place) -> JSONValue {
    let context = CompletionContext(place)
    var items: [JSONValue] = []
    var seen: Set<String> = []
    func add(_ label: String, _ kind: Int, _ detail: String, insert: String? = nil) {
      guard seen.insert(label).inserted else { return }
      var item = [
        JSONMember("label", .string(label)), JSONMember("kind", .integer(kind)),
        JSONMember("detail", .string(detail)),
      ]
      if let insert { item.append(JSONMember("insertText", .string(insert))) }
      items.append(.object(item))
    }
    func add(_ kinds: Set<SymbolTable.Kind>) {
      for symbol in place.document.symbols.visible(at: place.offset)
      where kinds.contains(symbol.kind) {
        add(symbol.name, symbol.kind.completionKind, symbol.kind.words)
      }
    }
    func add(_ kinds: [Builtin.Kind]) {
      for builtin in Builtin.all where kinds.contains(builtin.kind) {
        let detail = builtin.summary.isEmpty ? builtin.form : builtin.summary
        add(builtin.name, builtin.kind.completionKind, detail)
      }
    }
    switch context.wish {
    case .statement:
      for word in Parser.statementWords { add(word, 14, "begins a statement") }
      add([.quantity, .data])
    case .distribution:
      add([.distribution])
      add([Builtin.Kind.distribution])
    case .engine: add([Builtin.Kind.engine])
    case .setting(let engine):
      for setting in EngineLibrary.standard[engine]?.settings ?? [] {
        add(setting.name, 10, setting.summary, insert: "\(setting.name): ")
      }
    case .dimension: add([.dimension, .genericDimension])
    case .type:
      add([Builtin.Kind.type])
      add([.dimension, .genericDimension])
    case .member: add([.quantity, .net])
    case .value:
      add([
        .index, .local, .argument, .quantity, .data, .function, .net, .distribution, .fit,
        .prediction, .dimension, .genericDimension, .guide,
      ])
      add([Builtin.Kind.function, .constant, .layer])
    }
    return ["isIncomplete": false, "items": .array(items)]
  }
}

/// What is looked for at a place.
private struct CompletionContext {
  enum Wish {
    case statement, distribution, engine, dimension, type, member, value
    /// A setting of the engine of this name.
    case setting(String)
  }

  let wish: Wish

  init(_ place: LanguageServer.Place) {
    let document = place.document
    // The word that is being written does not count.
    let before = document.parsed.tokens.prefix { token in
      token.end <= place.offset && !(token.end == place.offset && token.kind.isName)
        && token.kind != .endOfFile
    }
    func text(_ index: Int) -> String {
      before.indices.contains(index) ? document.text(of: before[index]) : ""
    }
    let last = before.count - 1
    guard last >= 0 else {
      wish = .statement
      return
    }
    let open = Self.openBracket(before)
    switch before[last].kind {
    case .newline where open == nil, .semicolon, .leftBrace: wish = .statement
    case .tilde: wish = .distribution
    case .dot:
      let fits = document.symbols.symbols.filter { $0.kind == .fit }.map(\.name)
      wish = fits.contains(text(last - 1)) ? .member : .value
    case .colon where open.map { before[$0].kind == .leftBracket } == true: wish = .dimension
    case .colon where open == nil: wish = .type
    case .colon where last > 1 && before[..<last].contains { $0.kind == .for }: wish = .dimension
    case .equal where text(last - 2) == "infer": wish = .engine
    case .leftParenthesis, .comma, .newline:
      let callee = open.map { text($0 - 1) } ?? ""
      wish = EngineLibrary.standard[callee] == nil ? .value : .setting(callee)
    default: wish = .value
    }
  }

  /// The innermost bracket that is open at the end; nil if none of the statement is.
  private static func openBracket(_ tokens: ArraySlice<Token>) -> Int? {
    var closed = 0
    for index in tokens.indices.reversed() {
      let kind = tokens[index].kind
      if kind.isClosing { closed += 1 }
      if kind.isOpening {
        if closed == 0 { return kind == .leftBrace ? nil : index }
        closed -= 1
      }
      // A line end behind an opening bracket is inside of it; others end a statement.
      let isInside = index > tokens.startIndex && tokens[index - 1].kind.isOpening
      if kind == .newline, closed == 0, !isInside { return nil }
    }
    return nil
  }
}

extension SymbolTable.Kind {
  /// The number of its kind in the protocol (`CompletionItemKind`).
  fileprivate var completionKind: Int {
    switch self {
    case .function, .net, .factor: 3
    case .distribution: 7
    case .dimension, .genericDimension: 13
    case .data: 21
    case .guide, .model, .fit, .prediction: 9
    case .quantity, .index, .local, .argument: 6
    }
  }
}

extension Builtin.Kind {
  fileprivate var completionKind: Int {
    switch self {
    case .distribution, .layer: 7
    case .engine, .function: 3
    case .type: 22
    case .constant: 21
    }
  }
}
