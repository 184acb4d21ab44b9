import PPLJSON
import PPLSourceText
import PPLSyntax

extension LanguageServer {
  /// What each token is, in the five numbers that the protocol has for one: lines and characters from
  /// the token before, length, kind and traits.
  func semanticTokens(_ document: OpenDocument) -> JSONValue {
    var data: [JSONValue] = []
    var last = TextLines.Position(line: 0, character: 0)
    for token in document.semanticTokens {
      let start = document.lines.position(of: token.span.start)
      let end = document.lines.position(of: token.span.end)
      guard start.line == end.line, start >= last else { continue }
      let isSameLine = start.line == last.line
      data += [
        .integer(start.line - last.line),
        .integer(isSameLine ? start.character - last.character : start.character),
        .integer(end.character - start.character),
        .integer(token.kind.rawValue),
        .integer(token.traits),
      ]
      last = start
    }
    return ["data": .array(data)]
  }
}

/// A token with what editors colour it by.
struct SemanticToken {
  /// The place in the list is the number in the protocol.
  enum Kind: Int, CaseIterable {
    case keyword, number, string, comment, `operator`, function, `class`, type, `enum`, variable
    case parameter, property
  }

  static let declaration = 1
  static let readonly = 2
  static let defaultLibrary = 4

  var span: SourceSpan
  var kind: Kind
  /// A sum of the traits above.
  var traits = 0

  /// The names of kinds and traits, in their order.
  static var legend: JSONValue {
    [
      "tokenTypes": .strings(Kind.allCases.map { "\($0)" }),
      "tokenModifiers": ["declaration", "readonly", "defaultLibrary"],
    ]
  }
}

extension OpenDocument {
  /// The tokens and comments that have a colour, in the order of the text.
  var semanticTokens: [SemanticToken] {
    var result: [SemanticToken] = []
    var names: [Int: SymbolTable.Occurrence] = [:]
    for occurrence in symbols.occurrences { names[occurrence.span.start] = occurrence }
    var end = 0
    for (index, token) in parsed.tokens.enumerated() {
      if token.kind == .newline { continue }
      result += comments(end..<max(end, token.start))
      end = token.end
      if let kind = kind(of: token, at: index, names) { result.append(kind) }
    }
    return result
  }

  private func kind(
    of token: Token,
    at index: Int,
    _ names: [Int: SymbolTable.Occurrence]
  ) -> SemanticToken? {
    let span = token.span
    switch token.kind {
    case .number: return SemanticToken(span: span, kind: .number)
    case .string: return SemanticToken(span: span, kind: .string)
    case .name, .div, .mod:
      if parsed.words.contains(index) { return SemanticToken(span: span, kind: .keyword) }
      if let occurrence = names[span.start] {
        let kind = symbols.symbols[occurrence.symbol].kind
        let traits = occurrence.isDefinition ? SemanticToken.declaration : 0
        let constant = kind == .data || kind == .index ? SemanticToken.readonly : 0
        return SemanticToken(span: span, kind: kind.semanticKind, traits: traits + constant)
      }
      if token.kind != .name { return SemanticToken(span: span, kind: .operator) }
      return builtin(token, at: index)
    case _ where token.kind.isReserved: return SemanticToken(span: span, kind: .keyword)
    case .equal, .tilde, .arrow, .pipe, .plus, .minus, .star, .slash, .at, .caret, .prime, .dotDot,
      .equalEqual, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual:
      return SemanticToken(span: span, kind: .operator)
    default: return nil
    }
  }

  /// A name of the language, or a label or member.
  private func builtin(_ token: Token, at index: Int) -> SemanticToken? {
    let next = index + 1 < parsed.tokens.count ? parsed.tokens[index + 1].kind : .endOfFile
    let isMember = index > 0 && parsed.tokens[index - 1].kind == .dot
    if next == .colon || isMember { return SemanticToken(span: token.span, kind: .property) }
    guard let builtin = Builtin.named(text(of: token)) else { return nil }
    let kind: SemanticToken.Kind =
      switch builtin.kind {
      case .distribution, .layer: .class
      case .engine, .function: .function
      case .type: .type
      case .constant: .variable
      }
    let constant = builtin.kind == .constant ? SemanticToken.readonly : 0
    let traits = SemanticToken.defaultLibrary + constant
    return SemanticToken(span: token.span, kind: kind, traits: traits)
  }

  /// The comments between two tokens.
  private func comments(_ gap: Range<Int>) -> [SemanticToken] {
    var result: [SemanticToken] = []
    var place = gap.lowerBound
    while place < gap.upperBound {
      guard lines.bytes[place] == UInt8(ascii: "#") else {
        place += 1
        continue
      }
      let isEnd: (UInt8) -> Bool = { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
      let end = lines.bytes[place..<gap.upperBound].firstIndex(where: isEnd) ?? gap.upperBound
      result.append(SemanticToken(span: SourceSpan(start: place, end: end), kind: .comment))
      // The comment goes on behind a lone carriage return, where editors start a line.
      let rest = lines.bytes[end..<gap.upperBound]
      place = rest.firstIndex(of: UInt8(ascii: "\n")) ?? gap.upperBound
    }
    return result
  }
}

extension SymbolTable.Kind {
  fileprivate var semanticKind: SemanticToken.Kind {
    switch self {
    case .dimension, .genericDimension: .enum
    case .data, .quantity, .index, .local, .fit, .prediction, .guide, .model: .variable
    case .function, .net, .factor: .function
    case .distribution: .class
    case .argument: .parameter
    }
  }
}
