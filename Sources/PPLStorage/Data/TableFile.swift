/// Reads a table (CSV): a header with names, then one record a row.
///
/// A column is numeric if every cell is a number or missing; of truth values if every cell is one
/// of `true`, `TRUE`, `True` and their opposites or missing; otherwise text. Missing in the first
/// two are empty cells, `NA`, `NaN`, `null` and `.`; in text, empty cells and `NA` that are not in
/// quotes. Blanks around cells and names do not count, except in quoted text. Columns without a name
/// (row numbers, as some programs write) are left out.
///
/// - Parameters:
///   - bytes: the text, UTF-8, with or without a byte-order mark.
///   - path: name of the file for messages.
///   - separator: the byte between fields; if `nil`, the one of `,`, `;` and tab that the header
///     has most often.
/// - Returns: one entry a named column, in order.
/// - Throws: an error with the row, and the column if one cell is meant.
/// - Complexity: linear; text columns are read a second time.
package func readTable(
  _ bytes: [UInt8],
  path: String,
  separator: UInt8? = nil
) throws(DataFileError) -> [DataEntry] {
  var reader = TableReader(bytes, path: path, separator: separator)
  return try reader.read()
}

private struct TableReader {
  private var text: TableText
  private let path: String
  private var names: [String] = []

  init(_ bytes: [UInt8], path: String, separator: UInt8?) {
    text = TableText(bytes: bytes, separator: separator ?? Self.separator(of: bytes))
    self.path = path
  }

  mutating func read() throws(DataFileError) -> [DataEntry] {
    try readHeader()
    let columns = try readColumns()
    let texts = try readTexts(columns)
    var entries: [DataEntry] = []
    for (index, name) in names.enumerated() where !name.isEmpty {
      let column = columns[index]
      let value: DataValue =
        if let array = texts[index] {
          .strings(array)
        } else {
          .numbers(
            NumericArray(
              shape: [column.values.count],
              values: column.values,
              missing: column.missing,
              kind: column.kind == .truth ? .boolean : nil
            )
          )
        }
      entries.append(
        DataEntry(key: name, value: value, path: path, source: .table(text, column: index))
      )
    }
    return entries
  }

  /// The candidate that stands most often outside quotes on the first line.
  private static func separator(of bytes: [UInt8]) -> UInt8 {
    var counts: [UInt8: Int] = [:]
    var isQuoted = false
    for byte in bytes {
      if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
      if isQuoted { continue }
      if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") { break }
      counts[byte, default: 0] += 1
    }
    var best = UInt8(ascii: ",")
    for candidate in [UInt8(ascii: ";"), UInt8(ascii: "\t")]
    where counts[candidate, default: 0] > counts[best, default: 0] {
      best = candidate
    }
    return best
  }

  private mutating func readHeader() throws(DataFileError) {
    var position = text.bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    guard let start = text.record(from: position) else {
      throw DataFileError("the file is empty", at: DataLocation(path: path))
    }
    position = start
    while true {
      let field = try field(at: position)
      let name: String?
      if field.isQuoted {
        name = text.text(of: field)
      } else {
        name = String(validating: text.bytes[text.trimmed(field)], as: UTF8.self)
      }
      guard let name else {
        throw failure("this name is not valid UTF-8", row: position, column: names.count)
      }
      if !name.isEmpty && names.contains(name) {
        throw failure("two columns are named \"\(name)\"", row: position, column: names.count)
      }
      names.append(name)
      position = field.next
      if field.endsRecord { break }
    }
    text.firstRow = position
    text.hasBlankRows = names.count == 1
  }

  private func readColumns() throws(DataFileError) -> [TableColumn] {
    var columns = [TableColumn](repeating: TableColumn(), count: names.count)
    try forEachField { column, field, _ throws(DataFileError) in
      columns[column].append(text.bytes, text.trimmed(field))
    }
    return columns
  }

  private func readTexts(_ columns: [TableColumn]) throws(DataFileError) -> [TextArray?] {
    var texts: [TextArray?] = columns.map { column in
      column.kind == .text ? TextArray(shape: [0], values: []) : nil
    }
    guard texts.contains(where: { $0 != nil }) else { return texts }
    try forEachField { column, field, start throws(DataFileError) in
      guard texts[column] != nil else { return }
      var value: String?
      if field.isQuoted {
        value = text.text(of: field)
      } else {
        value = String(validating: text.bytes[text.trimmed(field)], as: UTF8.self)
      }
      guard var value else {
        throw failure("this text is not valid UTF-8", row: start, column: column)
      }
      if !field.isQuoted && (value.isEmpty || value == "NA") {
        let row = texts[column]?.values.count ?? 0
        texts[column]?.missing.append(row)
        value = ""
      }
      texts[column]?.values.append(value)
    }
    return texts.map { array in
      array.map { TextArray(shape: [$0.values.count], values: $0.values, missing: $0.missing) }
    }
  }

  /// Calls `body` with column, field and start of each field's record; checks the records' length.
  private func forEachField(
    _ body: (Int, TableText.Field, Int) throws(DataFileError) -> Void
  ) throws(DataFileError) {
    var position = text.firstRow
    while let start = text.record(from: position) {
      position = start
      var column = 0
      while true {
        let field = try field(at: position)
        if column < names.count { try body(column, field, start) }
        column += 1
        position = field.next
        if field.endsRecord { break }
      }
      if column != names.count {
        throw failure(
          "this row has \(column) field\(column == 1 ? "" : "s"), the header has \(names.count)",
          row: start,
          column: nil
        )
      }
    }
  }

  private func field(at position: Int) throws(DataFileError) -> TableText.Field {
    do {
      return try text.field(at: position)
    } catch {
      throw failure(error.message, row: error.offset, column: nil)
    }
  }

  private func failure(_ message: String, row offset: Int, column: Int?) -> DataFileError {
    var location = DataLocation(path: path, row: text.line(ofOffset: offset))
    if let column {
      location.column = column + 1
      if column < names.count { location.columnName = names[column] }
    }
    return DataFileError(message, at: location)
  }
}
