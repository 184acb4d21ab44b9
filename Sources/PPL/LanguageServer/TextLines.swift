/// The lines of a text, and its places as editors count them: line and UTF-16 unit, both from 0.
///
/// Lines end in `\n`, `\r\n` or `\r` (Language Server Protocol 3.17, "Position").
package struct TextLines: Sendable {
  package let bytes: [UInt8]
  /// Offsets of the first byte of each line.
  private let starts: [Int]

  package init(_ text: String) {
    let bytes = Array(text.utf8)
    var starts = [0]
    for (index, byte) in bytes.enumerated() {
      let isReturn = byte == UInt8(ascii: "\r")
      let joins = isReturn && index + 1 < bytes.count && bytes[index + 1] == UInt8(ascii: "\n")
      if byte == UInt8(ascii: "\n") || isReturn && !joins { starts.append(index + 1) }
    }
    self.bytes = bytes
    self.starts = starts
  }

  package var text: String { String(decoding: bytes, as: UTF8.self) }

  /// A place.
  package struct Position: Sendable, Hashable, Comparable {
    package var line: Int
    package var character: Int

    package init(line: Int, character: Int) {
      self.line = line
      self.character = character
    }

    package static func < (a: Position, b: Position) -> Bool {
      (a.line, a.character) < (b.line, b.character)
    }
  }

  /// The bytes of a line without its end.
  private func content(of line: Int) -> Range<Int> {
    let start = starts[line]
    var end = line + 1 < starts.count ? starts[line + 1] : bytes.count
    while end > start, bytes[end - 1] == UInt8(ascii: "\n") || bytes[end - 1] == UInt8(ascii: "\r")
    {
      end -= 1
    }
    return start..<end
  }

  /// The offset of a place; one behind the end of its line or of the text is that end.
  package func offset(of position: Position) -> Int {
    guard position.line >= 0 else { return 0 }
    guard position.line < starts.count else { return bytes.count }
    let line = content(of: position.line)
    var units = 0
    var offset = line.lowerBound
    for scalar in String(decoding: bytes[line], as: UTF8.self).unicodeScalars {
      units += UTF16.width(scalar)
      if units > position.character { return offset }
      offset += UTF8.width(scalar)
    }
    return line.upperBound
  }

  /// The place of an offset; within a line end it is the end of the line.
  package func position(of offset: Int) -> Position {
    let offset = min(max(offset, 0), bytes.count)
    var low = 0
    var high = starts.count - 1
    while low < high {
      let middle = (low + high + 1) / 2
      if starts[middle] <= offset { low = middle } else { high = middle - 1 }
    }
    let line = content(of: low)
    let before = bytes[line.lowerBound..<min(offset, line.upperBound)]
    return Position(line: low, character: String(decoding: before, as: UTF8.self).utf16.count)
  }

  /// The text after a change: of a range of it, or of all.
  package func changed(_ range: (start: Position, end: Position)?, to text: String) -> String {
    guard let range else { return text }
    let start = offset(of: range.start)
    let end = max(start, offset(of: range.end))
    return String(decoding: bytes[..<start] + Array(text.utf8) + bytes[end...], as: UTF8.self)
  }
}
