import PPLJSON
import PPLSourceText
import PPLSyntax

/// A text that the editor has open, with what is found in it.
struct OpenDocument: Sendable {
  let uri: String
  let version: Int?
  let lines: TextLines
  let program: Program
  let parsed: ParsedText
  let symbols: SymbolTable

  init(uri: String, version: Int?, text: String) {
    self.uri = uri
    self.version = version
    lines = TextLines(text)
    let source = SourceFile(name: Self.path(of: uri), bytes: lines.bytes)
    program = Program(source: source)
    parsed = Parser.read(source)
    symbols = SymbolCollector.symbols(of: parsed, in: source)
  }

  /// The path that a `file:` address names; other addresses are shown as they are.
  private static func path(of uri: String) -> String {
    guard uri.hasPrefix("file://") else { return uri }
    var bytes: [UInt8] = []
    var rest = Array(uri.dropFirst("file://".count).utf8)[...]
    while let byte = rest.popFirst() {
      let digits = rest.prefix(2)
      let text = String(decoding: digits, as: UTF8.self)
      if byte == UInt8(ascii: "%"), digits.count == 2, let code = UInt8(text, radix: 16) {
        bytes.append(code)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  // MARK: Places

  func position(_ offset: Int) -> JSONValue {
    let position = lines.position(of: offset)
    return ["line": .integer(position.line), "character": .integer(position.character)]
  }

  func range(_ span: SourceSpan) -> JSONValue {
    ["start": position(span.start), "end": position(span.end)]
  }

  /// A place with the address of the file.
  func location(_ span: SourceSpan) -> JSONValue {
    ["uri": .string(uri), "range": range(span)]
  }

  /// A range with the text that replaces it.
  func edit(_ span: SourceSpan, _ text: String) -> JSONValue {
    ["range": range(span), "newText": .string(text)]
  }

  func text(of token: Token) -> String { program.source.text(of: token.span) }
}
