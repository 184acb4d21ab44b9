package import PPLModelCompiler
public import PPLSourceText
import PPLStorage

/// Data by key: values of a program's own, or what files give.
///
/// ```swift
/// let data: DataSet = [
///   "school": ["Choate", "Deerfield"], "y": [28.0, 8], "sigma": [15.0, nil] as [Double?],
/// ]
/// ```
///
/// What is wrong with the files is in ``diagnostics``; whether values suit a program is found when it is compiled with them.
public struct DataSet: Sendable {
  package private(set) var arrays: [String: DataArray] = [:]
  /// The files as the user named them.
  public private(set) var files: [String] = []
  /// Everything that was wrong with the files.
  public private(set) var diagnostics: [Diagnostic] = []
  /// Numbers from which on the rows of an npy array stay in its file until they are wanted.
  package var leastStreamed = Self.leastStreamed

  /// Smaller arrays are held: 128 MiB in double precision.
  package static let leastStreamed = 1 << 24

  /// No data.
  public init() {}

  /// No data yet, of files that are read as those of another set.
  init(like other: DataSet) { leastStreamed = other.leastStreamed }

  /// Reads files: JSON objects, CSV and TSV tables by column, npy arrays by name, safetensors by key, and texts of which each character
  /// is an element.
  ///
  /// What cannot be read is in ``diagnostics``.
  ///
  /// - Parameter paths: the files.
  public init(paths: [String]) {
    for path in paths { add(path: path) }
  }

  package var source: DataSource { DataSource(arrays: arrays, files: files) }

  /// Whether all files could be read.
  public var isValid: Bool { !diagnostics.contains(where: \.isError) }

  /// Reads one more file.
  ///
  /// - Parameters:
  ///   - path: where it is.
  ///   - name: how the user named it, if not by that path.
  public mutating func add(path: String, name: String? = nil) {
    let name = name ?? path
    files.append(name)
    let found: [DataArray]
    do {
      if let rows = try ArrayFileRows(path, leastCount: leastStreamed) {
        found = [Self.array(rows, name)]
      } else {
        found = try readDataFile(path).map { Self.array($0, name) }
      }
    } catch {
      diagnostics.append(
        Diagnostic(
          code: "E0807",
          message: error.message,
          dataLocation: .init(
            file: name,
            row: error.location.row,
            column: error.location.columnName ?? error.location.column.map { "\($0)" }
          )
        )
      )
      return
    }
    for array in found {
      if let other = arrays[array.key] {
        diagnostics.append(
          Diagnostic(
            code: "E0808",
            message: "the key `\(array.key)` is in two data files",
            dataLocation: .init(file: name, column: array.key),
            notes: ["it is also in \(other.file)"],
            help: "remove it from one of them"
          )
        )
        continue
      }
      arrays[array.key] = array
    }
  }

  /// Adds an array of another set.
  mutating func add(array: DataArray, key: String) {
    arrays[key] = array
    if !files.contains(array.file) { files.append(array.file) }
  }

  /// Takes an array away.
  mutating func remove(_ key: String) { arrays[key] = nil }

  private static func array(_ rows: ArrayFileRows, _ file: String) -> DataArray {
    DataArray(key: rows.name, shape: rows.shape, content: .rows(rows), file: file) { _ in
      (nil, nil)
    }
  }

  private static func array(_ entry: DataEntry, _ file: String) -> DataArray {
    let shape: [Int]
    let content: DataArray.Content
    var rowLengths: [Int]?
    switch entry.value {
    case .numbers(let numbers):
      shape = numbers.shape
      content = .numbers(numbers.values, missing: numbers.missing)
    case .strings(let texts):
      shape = texts.shape
      content = .strings(texts.values, missing: texts.missing)
    case .list(let rows):
      if let joined = joined(rows) {
        shape = [joined.lengths.reduce(0, +)]
        content = joined.content
        rowLengths = joined.lengths
      } else {
        shape = []
        content = .other("a list of rows of unequal length, or of several kinds of values")
      }
    case .object:
      shape = []
      content = .other("an object")
    }
    return DataArray(
      key: entry.key,
      shape: shape,
      content: content,
      rowLengths: rowLengths,
      file: file
    ) { element in
      let place = entry.location(ofFlatIndex: element)
      return (place.row, place.columnName ?? place.column.map { "\($0)" })
    }
  }

  /// Rows of different lengths one behind the other; nil if they are not all of numbers or all of text.
  private static func joined(_ rows: [DataValue])
    -> (content: DataArray.Content, lengths: [Int])?
  {
    var (numbers, texts, missing, lengths): ([Double], [String], [Int], [Int]) = ([], [], [], [])
    for row in rows {
      let start = lengths.reduce(0, +)
      switch row {
      case .numbers(let array) where array.shape.count == 1:
        numbers += array.values
        missing += array.missing.map { $0 + start }
        lengths.append(array.values.count)
      case .strings(let array) where array.shape.count == 1:
        texts += array.values
        missing += array.missing.map { $0 + start }
        lengths.append(array.values.count)
      case .numbers, .strings, .list, .object: return nil
      }
    }
    guard numbers.isEmpty || texts.isEmpty else { return nil }
    return (
      texts.isEmpty ? .numbers(numbers, missing: missing) : .strings(texts, missing: missing),
      lengths
    )
  }
}
