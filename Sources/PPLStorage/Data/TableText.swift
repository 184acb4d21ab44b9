/// The text of a table: fields, records and their lines (RFC 4180).
///
/// Fields may be quoted, `""` in them is a quote, and line breaks in quotes belong to the field.
/// Records end in LF, CRLF or CR. Where a table has more than one column, blank lines are skipped;
/// blank lines at the end always are.
struct TableText: Sendable {
  let bytes: [UInt8]
  let separator: UInt8
  /// Offset of the first record after the header.
  var firstRow = 0
  /// Whether blank lines are records: tables of one column.
  var hasBlankRows = false

  /// A field of a record.
  struct Field {
    /// Content without quotes around it; doubled quotes are still doubled.
    var range: Range<Int>
    var isQuoted: Bool
    /// Whether this is the last field of its record.
    var endsRecord: Bool
    /// Offset behind the field and what ends it.
    var next: Int
  }

  /// Where a quote is wrong.
  struct QuoteError: Error {
    var offset: Int
    var message: String
  }

  /// The field that begins at `start`.
  func field(at start: Int) throws(QuoteError) -> Field {
    var position = start
    if position < bytes.count && bytes[position] == UInt8(ascii: "\"") {
      position += 1
      let content = position
      while true {
        guard position < bytes.count else {
          throw QuoteError(offset: start, message: "this field has no closing quote")
        }
        if bytes[position] == UInt8(ascii: "\"") {
          guard position + 1 < bytes.count, bytes[position + 1] == UInt8(ascii: "\"") else { break }
          position += 1
        }
        position += 1
      }
      let range = content..<position
      position += 1
      while position < bytes.count, bytes[position] == 0x20 { position += 1 }
      guard let field = ending(range, isQuoted: true, at: position) else {
        throw QuoteError(
          offset: start,
          message: "after the closing quote of a field the next one must begin"
        )
      }
      return field
    }
    while true {
      if let field = ending(start..<position, isQuoted: false, at: position) { return field }
      position += 1
    }
  }

  private func ending(_ range: Range<Int>, isQuoted: Bool, at position: Int) -> Field? {
    guard position < bytes.count else {
      return Field(range: range, isQuoted: isQuoted, endsRecord: true, next: position)
    }
    switch bytes[position] {
    case separator:
      return Field(range: range, isQuoted: isQuoted, endsRecord: false, next: position + 1)
    case UInt8(ascii: "\n"):
      return Field(range: range, isQuoted: isQuoted, endsRecord: true, next: position + 1)
    case UInt8(ascii: "\r"):
      let isPair = position + 1 < bytes.count && bytes[position + 1] == UInt8(ascii: "\n")
      return Field(
        range: range,
        isQuoted: isQuoted,
        endsRecord: true,
        next: position + (isPair ? 2 : 1)
      )
    default:
      return nil
    }
  }

  /// Start of the next record at or after an offset; `nil` at the end.
  func record(from offset: Int) -> Int? {
    var position = offset
    while position < bytes.count, Self.isLineBreak(bytes[position]) { position += 1 }
    if position == bytes.count { return nil }
    return hasBlankRows ? offset : position
  }

  private static func isLineBreak(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
  }

  /// Line of the file on which a byte is, from 1.
  func line(ofOffset offset: Int) -> Int {
    var line = 1
    var index = 0
    while index < min(offset, bytes.count) {
      if bytes[index] == UInt8(ascii: "\n") {
        line += 1
      } else if bytes[index] == UInt8(ascii: "\r") {
        line += 1
        if index + 1 < bytes.count && bytes[index + 1] == UInt8(ascii: "\n") { index += 1 }
      }
      index += 1
    }
    return line
  }

  /// Line of the file on which a row begins.
  ///
  /// - Parameter row: from 0, the header not counted.
  /// - Returns: the line, from 1.
  func line(ofRow row: Int) -> Int {
    var start = record(from: firstRow) ?? firstRow
    for _ in 0..<max(row, 0) {
      var next = start
      while let field = try? field(at: next) {
        next = field.next
        if field.endsRecord { break }
      }
      guard let following = record(from: next) else { break }
      start = following
    }
    return line(ofOffset: start)
  }

  /// Content of a field as text; `nil` if it is not UTF-8.
  func text(of field: Field) -> String? {
    let content = bytes[field.range]
    guard field.isQuoted, content.contains(UInt8(ascii: "\"")) else {
      return String(validating: content, as: UTF8.self)
    }
    var plain: [UInt8] = []
    var isSecond = false
    for byte in content {
      isSecond = byte == UInt8(ascii: "\"") && !isSecond
      if byte != UInt8(ascii: "\"") || isSecond { plain.append(byte) }
    }
    return String(validating: plain, as: UTF8.self)
  }

  /// Range of a field without blanks around it.
  func trimmed(_ field: Field) -> Range<Int> {
    var range = field.range
    while let first = range.first, bytes[first] == 0x20 || bytes[first] == 0x09 {
      range.removeFirst()
    }
    while let last = range.last, bytes[last] == 0x20 || bytes[last] == 0x09 {
      range.removeLast()
    }
    return range
  }
}
