/// An array in NumPy's `.npy` form whose rows stay in the file and are read when they are wanted.
///
/// A row is what one index of the first axis has. The file stays open, so that it may be renamed or removed meanwhile. It is read and not
/// mapped: a file that another program cuts short is an error then, and no signal.
package final class ArrayFileRows: Sendable {
  /// The file name without its extension.
  package let name: String
  /// Sizes of the array; the first is the number of rows.
  package let shape: [Int]
  /// Numbers of a row.
  package let rowCount: Int
  private let layout: ArrayFileLayout
  private let file: RandomAccessFile
  private let path: String

  /// Opens an array of at least `leastCount` numbers in rows; nil for what is better read at once.
  ///
  /// That is: smaller ones, those with less than two axes or in Fortran order, and what is no regular file of that form.
  ///
  /// - Throws: where the file cannot be read, is damaged, or of a type that is not read.
  package init?(_ path: String, leastCount: Int) throws(DataFileError) {
    guard path.lowercased().hasSuffix(".npy") else { return nil }
    let opened: RandomAccessFile?
    do throws(FileError) { opened = try RandomAccessFile(path) } catch {
      throw DataFileError(error.message, at: DataLocation(path: path), fileError: error)
    }
    guard let file = opened else { return nil }
    layout = try ArrayFileLayout(path: path, size: file.size) {
      start,
      count throws(DataFileError) in
      do throws(FileError) { return try file.read(start, count) } catch {
        throw DataFileError(error.message, at: DataLocation(path: path), fileError: error)
      }
    }
    guard layout.count >= leastCount, layout.shape.count >= 2, !layout.isFortranOrder,
      let rows = layout.shape.first, rows > 0
    else { return nil }
    shape = layout.shape
    rowCount = layout.count / rows
    self.file = file
    self.path = path
    let last = fileName(path)
    name = last.lastIndex(of: ".").map { String(last[..<$0]) } ?? last
  }

  /// Bytes of a row, what a buffer for `readElements` must hold.
  package var rowSize: Int { rowCount * layout.element.size }

  /// Whether all elements are whole numbers, as the file's type has it.
  package var isWhole: Bool {
    switch layout.element {
    case .float32, .float64: false
    case .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64, .boolean: true
    }
  }

  /// Rows that are read together where all of them are gone through.
  package var rowsOfPart: Int { max(1, partSize / max(1, rowSize)) }

  /// The numbers of rows one behind the other.
  ///
  /// - Throws: where the file cannot be read, or was cut short.
  package func elements(of rows: Range<Int>) throws(DataFileError) -> [Double] {
    let count = rows.count * rowCount
    let start = layout.start + rows.lowerBound * rowSize
    let bytes: [UInt8]
    do throws(FileError) { bytes = try file.read(start, rows.count * rowSize) } catch {
      throw DataFileError(error.message, at: DataLocation(path: path), fileError: error)
    }
    guard bytes.count == rows.count * rowSize else { throw cutShort }
    return layout.element.values(in: bytes, from: 0, count: count)
  }

  /// Reads one row.
  ///
  /// - Parameters:
  ///   - row: which of them, from 0.
  ///   - numbers: receives its numbers in single precision; at least `rowCount`.
  ///   - buffer: at least `rowSize` bytes to work with.
  /// - Throws: where the file cannot be read, or was cut short.
  package func readElements(
    of row: Int,
    into numbers: UnsafeMutableBufferPointer<Float>,
    buffer: UnsafeMutableRawBufferPointer
  ) throws(DataFileError) {
    precondition(row >= 0 && row < shape[0], "a row of the array")
    let part = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[0..<rowSize])
    let received: Int
    do throws(FileError) {
      received = try unsafe file.read(layout.start + row * rowSize, into: part)
    } catch {
      throw DataFileError(error.message, at: DataLocation(path: path), fileError: error)
    }
    guard received == rowSize else { throw cutShort }
    unsafe layout.element.decode(
      UnsafeRawBufferPointer(part),
      into: .init(rebasing: numbers[0..<rowCount])
    )
  }

  private var cutShort: DataFileError {
    DataFileError("it was cut short while it was read", at: DataLocation(path: path))
  }
}
