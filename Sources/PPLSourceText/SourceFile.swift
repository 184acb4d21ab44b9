/// The text of a program with the table of its lines.
public struct SourceFile: Sendable {
  /// The name shown in messages, as the user gave it.
  public let name: String
  /// The text as UTF-8; may hold bytes that are not valid UTF-8, which the lexer reports.
  public let bytes: [UInt8]
  /// Offset of the first byte of each line; never empty, ascending.
  private let lineStarts: [Int]

  /// Makes a source file of bytes read elsewhere.
  public init(name: String, bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
    var starts = [0]
    for (offset, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") {
      starts.append(offset + 1)
    }
    lineStarts = starts
  }

  /// Makes a source file of a string.
  public init(name: String, text: String) {
    self.init(name: name, bytes: Array(text.utf8))
  }

  /// Number of lines; text without a newline has one.
  public var lineCount: Int { lineStarts.count }

  /// Line and column of a byte offset, both from 1; the column counts characters as code points.
  ///
  /// - Complexity: O(log lines + length of the line).
  public func position(of offset: Int) -> (line: Int, column: Int) {
    let clamped = min(max(offset, 0), bytes.count)
    var low = 0
    var high = lineStarts.count - 1
    while low < high {
      let middle = (low + high + 1) / 2
      if lineStarts[middle] <= clamped { low = middle } else { high = middle - 1 }
    }
    let column = bytes[lineStarts[low]..<clamped].count { !isContinuationByte($0) } + 1
    return (low + 1, column)
  }

  /// The bytes of a line (from 1) without its line end; empty outside the file.
  public func line(_ number: Int) -> ArraySlice<UInt8> {
    guard number >= 1, number <= lineStarts.count else { return [] }
    let start = lineStarts[number - 1]
    var end = number < lineStarts.count ? lineStarts[number] - 1 : bytes.count
    if end > start, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
    return bytes[start..<end]
  }

  /// The text of a span; bytes that are not UTF-8 become U+FFFD.
  public func text(of span: SourceSpan) -> String {
    let start = min(max(span.start, 0), bytes.count)
    let end = min(max(span.end, start), bytes.count)
    return String(decoding: bytes[start..<end], as: UTF8.self)
  }
}

/// Whether the byte continues a UTF-8 sequence begun before it.
private func isContinuationByte(_ byte: UInt8) -> Bool {
  byte & 0b1100_0000 == 0b1000_0000
}
