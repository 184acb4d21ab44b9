package import PPLSourceText

/// Values that a data file gives under one key, not yet held against the model.
package struct DataArray: Sendable {
  /// The elements in row-major order.
  package enum Content: Sendable, Equatable {
    /// Numbers; `missing` holds the positions of missing cells in ascending order (their values are NaN).
    case numbers([Double], missing: [Int])
    case strings([String], missing: [Int])
    /// Numbers that stay in their file; none is missing.
    case rows(any RowSource)
    /// Something that no declaration can take, in words.
    case other(String)

    /// Equal elements, or the same rows.
    package static func == (left: Content, right: Content) -> Bool {
      switch (left, right) {
      case (.numbers(let a, let gone), .numbers(let b, let missing)): a == b && gone == missing
      case (.strings(let a, let gone), .strings(let b, let missing)): a == b && gone == missing
      case (.rows(let a), .rows(let b)): a === b
      case (.other(let a), .other(let b)): a == b
      case (.numbers, _), (.strings, _), (.rows, _), (.other, _): false
      }
    }
  }

  package var key: String
  package var shape: [Int]
  /// Of nested lists of different lengths these lengths; the elements are one axis then.
  package var rowLengths: [Int]?
  package var content: Content
  /// The file as the user named it.
  package var file: String
  /// Row and column of an element in the file.
  package var locate: @Sendable (Int) -> (row: Int?, column: String?)

  package init(
    key: String,
    shape: [Int],
    content: Content,
    rowLengths: [Int]? = nil,
    file: String,
    locate: @escaping @Sendable (Int) -> (row: Int?, column: String?)
  ) {
    self.key = key
    self.shape = shape
    self.content = content
    self.rowLengths = rowLengths
    self.file = file
    self.locate = locate
  }

  /// Where an element (or, without one, the whole) stands, for a message.
  package func location(of element: Int? = nil) -> Diagnostic.DataLocation {
    let place = locate(element ?? 0)
    guard element != nil else {
      return Diagnostic.DataLocation(file: file, row: nil, column: key)
    }
    return Diagnostic.DataLocation(file: file, row: place.row, column: place.column ?? key)
  }
}
