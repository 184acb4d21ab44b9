/// A JSON text and the value it holds.
package struct JSONDocument: Sendable {
  /// The text, UTF-8.
  package let bytes: [UInt8]
  /// The value.
  package let root: JSONNode

  /// Reads a JSON text (RFC 8259).
  ///
  /// Beyond the standard, a leading byte-order mark and bare `NaN`, `Inf`, `Infinity` with or
  /// without `-` are taken. Two members of the same name in one object, nesting deeper than 256,
  /// and text that is not UTF-8 are errors.
  ///
  /// - Complexity: linear; arrays of numbers take eight bytes a number.
  package init(_ bytes: [UInt8]) throws(JSONError) {
    self.bytes = bytes
    var parser = JSONParser(bytes)
    root = try parser.parseDocument()
  }

  /// Line and column of a value.
  package func position(of node: JSONNode) -> TextPosition {
    TextPosition(offset: node.offset, in: bytes)
  }

  /// Line and column of one scalar in nested arrays, found by reading them again.
  ///
  /// - Parameters:
  ///   - index: flat position, in order of the text.
  ///   - offset: offset of the outermost array.
  /// - Returns: the place of the scalar, or of the array if it has fewer.
  package func position(ofElement index: Int, inArrayAt offset: Int) -> TextPosition {
    var seen = 0
    var position = offset
    while position < bytes.count {
      let start = position
      switch bytes[position] {
      case UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: ","), 0x20, 0x0A, 0x0D, 0x09:
        position += 1
        continue
      case UInt8(ascii: "\""):
        position += 1
        while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
          position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
        }
        position += 1
      default:
        position += 1
        while position < bytes.count, !JSONParser.endsNumber(bytes[position]) { position += 1 }
      }
      if seen == index { return TextPosition(offset: start, in: bytes) }
      seen += 1
    }
    return TextPosition(offset: offset, in: bytes)
  }
}
