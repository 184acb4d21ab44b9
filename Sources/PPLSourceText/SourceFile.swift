/// The text of a program with the table of its lines.
public struct SourceFile: Sendable {
  /// The name shown in messages, as the user gave it.
  public let name: String
  /// The text as UTF-8; may hold bytes that are not valid UTF-8, which the lexer reports.
  public let bytes: [UInt8]
  /// Offset of the first byte of each line, a byte order mark left out; never empty, ascending.
  private let lineStarts: [Int]

  /// Makes a source file of bytes read elsewhere.
  ///
  /// - Parameters:
  ///   - name: shown in messages.
  ///   - bytes: the text in UTF-8.
  public init(name: String, bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
    var starts = [bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0]
    for (offset, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") {
      starts.append(offset + 1)
    }
    lineStarts = starts
  }

  /// Makes a source file of a string.
  ///
  /// - Parameters:
  ///   - name: shown in messages.
  ///   - text: the text.
  public init(name: String, text: String) {
    self.init(name: name, bytes: Array(text.utf8))
  }

  /// Number of lines; text without a newline has one.
  public var lineCount: Int { lineStarts.count }

  /// Line and column of a byte offset, both from 1; the column counts characters as code points, and
  /// each byte or group of bytes that is not UTF-8 as the U+FFFD that is shown for it.
  ///
  /// - Parameter offset: bytes from the beginning of the text.
  /// - Returns: line and column.
  /// - Complexity: O(log lines + length of the line).
  public func position(of offset: Int) -> (line: Int, column: Int) {
    let clamped = min(max(offset, 0), bytes.count)
    var low = 0
    var high = lineStarts.count - 1
    while low < high {
      let middle = (low + high + 1) / 2
      if lineStarts[middle] <= clamped { low = middle } else { high = middle - 1 }
    }
    let before = bytes[lineStarts[low]..<max(clamped, lineStarts[low])]
    let isASCII = before.allSatisfy { $0 < 0x80 }
    let column =
      isASCII ? before.count : String(decoding: before, as: UTF8.self).unicodeScalars.count
    return (low + 1, column + 1)
  }

  /// The bytes of a line (from 1) without its line end; empty outside the file.
  ///
  /// - Parameter number: of the line, from 1.
  /// - Returns: its bytes.
  public func line(_ number: Int) -> ArraySlice<UInt8> {
    guard number >= 1, number <= lineStarts.count else { return [] }
    let start = lineStarts[number - 1]
    var end = number < lineStarts.count ? lineStarts[number] - 1 : bytes.count
    if end > start, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
    return bytes[start..<end]
  }

  /// The text of a span; bytes that are not UTF-8 become U+FFFD.
  ///
  /// - Parameter span: a part of the text.
  /// - Returns: what stands there.
  public func text(of span: SourceSpan) -> String {
    let start = min(max(span.start, 0), bytes.count)
    let end = min(max(span.end, start), bytes.count)
    return String(decoding: bytes[start..<end], as: UTF8.self)
  }
}
