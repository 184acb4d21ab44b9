/// Reads an array in NumPy's `.npy` form, versions 1 to 3.
///
/// Little-endian `f4`, `f8`, `i1` to `i8`, `u1` to `u8` and `b1`; Fortran order is turned to C
/// order. NaN stays a number, it is not missing. Integers of magnitude 2^53 and above make the array
/// real. Format: numpy.org/doc/stable/reference/generated/numpy.lib.format.html.
///
/// - Parameters:
///   - bytes: content of the file.
///   - path: its name for messages.
/// - Returns: the array.
/// - Throws: where the file is damaged or of a type that is not read.
package func readArrayFile(
  _ bytes: [UInt8],
  path: String
) throws(DataFileError) -> NumericArray {
  try readArrayFile(path: path, size: bytes.count) { start, count in
    Array(bytes[start..<start + count])
  }
}

/// Reads an array in NumPy's `.npy` form from a file, a part of it at a time: beside the numbers a part is held.
///
/// The file is read and not mapped, so that one which another program cuts short meanwhile is an error and no signal.
///
/// - Parameter path: the file, as the process sees it.
/// - Returns: the array.
/// - Throws: where the file cannot be read, is damaged, or of a type that is not read.
package func readArrayFile(_ path: String) throws(DataFileError) -> NumericArray {
  func failure(_ error: FileError) -> DataFileError {
    DataFileError(error.message, at: DataLocation(path: path), fileError: error)
  }
  let file: RandomAccessFile?
  do throws(FileError) {
    file = try RandomAccessFile(path)
  } catch {
    throw failure(error)
  }
  guard let file else {
    // A pipe has its bytes once.
    let bytes: [UInt8]
    do throws(FileError) { bytes = try SystemCalls.read(path) } catch { throw failure(error) }
    return try readArrayFile(bytes, path: path)
  }
  return try readArrayFile(path: path, size: file.size) { start, count throws(DataFileError) in
    let bytes: [UInt8]
    do throws(FileError) { bytes = try file.read(start, count) } catch { throw failure(error) }
    guard bytes.count == count else {
      throw DataFileError("it was cut short while it was read", at: DataLocation(path: path))
    }
    return bytes
  }
}

/// Reads an array of `size` bytes, of which `read` gives some: the first of them and their count.
private func readArrayFile(
  path: String,
  size: Int,
  read: (Int, Int) throws(DataFileError) -> [UInt8]
) throws(DataFileError) -> NumericArray {
  let layout = try ArrayFileLayout(path: path, size: size, read: read)
  let element = layout.element
  var values: [Double] = []
  values.reserveCapacity(layout.count)
  let part = partSize / element.size
  for first in stride(from: 0, to: layout.count, by: part) {
    let count = min(part, layout.count - first)
    let bytes = try read(layout.start + first * element.size, count * element.size)
    element.append(bytes[...], to: &values)
  }
  if layout.isFortranOrder { values = rowMajor(values, shape: layout.shape) }
  return NumericArray(
    shape: layout.shape,
    values: values,
    kind: element == .boolean ? .boolean : nil
  )
}

/// Where the elements of a `.npy` file are, and what they are.
struct ArrayFileLayout {
  var shape: [Int]
  var isFortranOrder: Bool
  var element: ArrayFileElement
  /// Number of elements.
  var count: Int
  /// Bytes before the first of them.
  var start: Int

  /// Reads the header of a file of `size` bytes, of which `read` gives some: the first of them and their count.
  ///
  /// - Throws: where the file is damaged, or of a type that is not read.
  init(path: String, size: Int, read: (Int, Int) throws(DataFileError) -> [UInt8])
    throws(DataFileError)
  {
    func failure(_ message: String) -> DataFileError {
      DataFileError(message, at: DataLocation(path: path))
    }
    let head = try read(0, min(size, 12))
    guard head.starts(with: [0x93] + Array("NUMPY".utf8)), size >= 10 else {
      throw failure("this is not a .npy file")
    }
    let lengthSize = head[6] == 1 ? 2 : 4
    guard (1...3).contains(head[6]), size >= 8 + lengthSize else {
      throw failure("version \(head[6]) of .npy is unknown")
    }
    var headerLength = 0
    for index in (0..<lengthSize).reversed() {
      headerLength = headerLength << 8 | Int(head[8 + index])
    }
    let start = 8 + lengthSize
    guard size - start >= headerLength else { throw failure("the header is cut short") }
    let header = String(decoding: try read(start, headerLength), as: UTF8.self)
    guard let layout = ArrayFileHeader(header) else { throw failure("the header is malformed") }
    guard let element = ArrayFileElement(rawValue: layout.element) else {
      throw failure("arrays of type \(layout.element) are not read; save it as float64 or int64")
    }
    var count = 1
    for length in layout.shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: length)
      guard !overflow else { throw failure("the shape in the header is too large") }
      count = product
    }
    let (length, overflow) = count.multipliedReportingOverflow(by: element.size)
    let content = start + headerLength
    guard !overflow, size - content == length else {
      throw failure(
        "the header promises \(count) elements of \(element.size) bytes, but "
          + "\(size - content) bytes follow"
      )
    }
    shape = layout.shape
    isFortranOrder = layout.isFortranOrder
    self.element = element
    self.count = count
    self.start = content
  }
}

/// Bytes of a file that are read at once, a multiple of the size of every element.
let partSize = 1 << 20

/// Writes an array in NumPy's `.npy` form, version 1, in double precision and C order; the file appears whole or not at all.
///
/// - Parameters:
///   - shape: its sizes; none for a single number.
///   - values: its elements, the last axis fastest.
///   - path: the file.
///   - replacing: whether a file that is there may be replaced.
/// - Throws: what could not be written.
package func writeArrayFile(shape: [Int], values: [Double], to path: String, replacing: Bool)
  throws(FitError)
{
  precondition(shape.reduce(1, *) == values.count, "an array has as many elements as its shape")
  if SystemCalls.kind(of: path) != nil, !replacing { throw .exists(path: path) }
  let sizes = shape.map { "\($0)," }.joined(separator: " ")
  var header = "{'descr': '<f8', 'fortran_order': False, 'shape': (\(sizes)), }"
  // The elements begin at a multiple of 64 bytes, as NumPy has it.
  let start = 10
  header += String(repeating: " ", count: 63 - (start + header.utf8.count) % 64) + "\n"
  let length = header.utf8.count
  var bytes: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0]
  bytes += [UInt8(truncatingIfNeeded: length), UInt8(truncatingIfNeeded: length >> 8)]
  bytes += Array(header.utf8)
  bytes.reserveCapacity(bytes.count + 8 * values.count)
  for value in values {
    let bits = value.bitPattern
    for index in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: bits >> UInt64(8 * index))) }
  }
  try asFitError { () throws(FileError) in try writeWhole(bytes, to: path) }
}

/// Reorders values with the first axis fastest to values with the last axis fastest.
private func rowMajor(_ values: [Double], shape: [Int]) -> [Double] {
  guard shape.count > 1, !values.isEmpty else { return values }
  var strides = [1]
  for length in shape.dropLast() { strides.append((strides.last ?? 1) * length) }
  var result: [Double] = []
  result.reserveCapacity(values.count)
  var index = [Int](repeating: 0, count: shape.count)
  var position = 0
  for _ in values.indices {
    result.append(values[position])
    var axis = shape.count - 1
    while axis >= 0 {
      index[axis] += 1
      position += strides[axis]
      if index[axis] < shape[axis] { break }
      position -= strides[axis] * shape[axis]
      index[axis] = 0
      axis -= 1
    }
  }
  return result
}

/// The header of a `.npy` file, the text of a Python dictionary.
struct ArrayFileHeader {
  /// NumPy's name of the element type, `<f8`.
  var element: String
  var isFortranOrder: Bool
  var shape: [Int]

  init?(_ text: String) {
    guard let element = Self.value(of: "descr", in: text), let quote = element.first,
      quote == "'" || quote == "\"",
      let end = element.dropFirst().firstIndex(of: quote),
      let order = Self.value(of: "fortran_order", in: text),
      let tuple = Self.value(of: "shape", in: text), tuple.first == "(",
      let close = tuple.firstIndex(of: ")")
    else { return nil }
    let name = String(element[element.index(after: element.startIndex)..<end])
    // One-byte types carry no byte order; some writers give one.
    self.element = name.hasSuffix("1") ? "|" + name.dropFirst() : name
    if order.hasPrefix("True") {
      isFortranOrder = true
    } else if order.hasPrefix("False") {
      isFortranOrder = false
    } else {
      return nil
    }
    shape = []
    for part in tuple[..<close].dropFirst().split(separator: ",") {
      let digits = part.filter { $0 != " " }
      if digits.isEmpty { continue }
      guard let length = Int(digits), length >= 0 else { return nil }
      shape.append(length)
    }
  }

  /// Text after the key and its colon.
  private static func value(of key: String, in text: String) -> Substring? {
    for quote in ["'", "\""] {
      let quoted = Array((quote + key + quote).utf8)
      let bytes = Array(text.utf8)
      guard bytes.count >= quoted.count else { continue }
      for start in 0...bytes.count - quoted.count
      where bytes[start..<start + quoted.count].elementsEqual(quoted) {
        let rest = Substring(
          String(decoding: bytes[(start + quoted.count)...], as: UTF8.self)
        )
        let value = rest.drop { $0 == " " }
        guard value.first == ":" else { return nil }
        return value.dropFirst().drop { $0 == " " }
      }
    }
    return nil
  }
}
