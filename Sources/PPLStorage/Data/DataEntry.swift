import PPLJSON

/// One named value of a data file, with what is needed to say where its elements stand.
package struct DataEntry: Sendable {
  /// Name: a key of the JSON object, a column of the table, the stem of the file name.
  package let key: String
  /// The value.
  package let value: DataValue
  private let path: String
  private let source: Source

  /// Where the value came from.
  enum Source: Sendable {
    case json(JSONDocument, offset: Int)
    case table(TableText, column: Int)
    case array(shape: [Int])
    case characters(TextArray)
  }

  init(key: String, value: DataValue, path: String, source: Source) {
    self.key = key
    self.value = value
    self.path = path
    self.source = source
  }

  /// Where the value stands.
  package var location: DataLocation {
    switch source {
    case .json(let document, let offset):
      let place = TextPosition(offset: offset, in: document.bytes)
      return DataLocation(path: path, row: place.line, column: place.column)
    case .table(_, let column):
      return DataLocation(path: path, row: 1, column: column + 1, columnName: key)
    case .array, .characters:
      return DataLocation(path: path)
    }
  }

  /// Where one element stands: the text is read again as far as it.
  ///
  /// - Parameter index: flat position in the value, row by row; in lists counted through.
  /// - Returns: the place in the file.
  package func location(ofFlatIndex index: Int) -> DataLocation {
    switch source {
    case .json(let document, let offset):
      let place = document.position(ofElement: index, inArrayAt: offset)
      return DataLocation(path: path, row: place.line, column: place.column)
    case .table(let text, let column):
      return DataLocation(
        path: path,
        row: text.line(ofRow: index),
        column: column + 1,
        columnName: key
      )
    case .characters(let text):
      let before = text.values.prefix(index)
      let row = before.count { $0 == "\n" }
      let start = before.lastIndex(of: "\n").map { $0 + 1 } ?? 0
      return DataLocation(path: path, row: row + 1, column: index - start + 1)
    case .array(let shape):
      var rest = index
      var place: [Int] = []
      for length in shape.reversed() where length > 0 {
        place.append(rest % length + 1)
        rest /= length
      }
      return DataLocation(path: path, element: place.reversed())
    }
  }
}

/// A place in a data file.
package struct DataLocation: Sendable, Equatable, CustomStringConvertible {
  /// Path of the file.
  package var path: String
  /// Line of the file, from 1.
  package var row: Int?
  /// Column of a table or of the line, from 1.
  package var column: Int?
  /// Name of the column of a table.
  package var columnName: String?
  /// Index of the element of an array file, from 1.
  package var element: [Int]?

  init(
    path: String,
    row: Int? = nil,
    column: Int? = nil,
    columnName: String? = nil,
    element: [Int]? = nil
  ) {
    self.path = path
    self.row = row
    self.column = column
    self.columnName = columnName
    self.element = element
  }

  /// `data.csv, row 3, column "floor"`, `data.json:4:12`, or `x.npy, element [2, 5]`.
  package var description: String {
    if let element {
      return element.isEmpty
        ? path : "\(path), element [\(element.map(\.description).joined(separator: ", "))]"
    }
    guard let row else { return path }
    if let columnName { return "\(path), row \(row), column \"\(columnName)\"" }
    guard let column else { return "\(path), row \(row)" }
    return "\(path):\(row):\(column)"
  }
}

/// Why a data file could not be read.
package struct DataFileError: Error, Sendable, Equatable {
  /// What is wrong, one sentence.
  package var message: String
  /// Where; without row and column if the whole file is meant.
  package var location: DataLocation
  /// The error of the file system, if it was one.
  package var fileError: FileError?

  init(_ message: String, at location: DataLocation, fileError: FileError? = nil) {
    self.message = message
    self.location = location
    self.fileError = fileError
  }
}
