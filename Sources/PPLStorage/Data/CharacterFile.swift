/// Reads a text file as an array of its characters, one position each.
///
/// Characters are Unicode scalars; the end of a line is one of them (`"\n"`), and an ending of two (`"\r\n"`) counts as that one. A mark of
/// the byte order at the start is left out.
///
/// - Throws: where the bytes are no UTF-8.
func readCharacters(_ bytes: [UInt8], path: String) throws(DataFileError) -> TextArray {
  var labels: [Unicode.Scalar: String] = [:]
  var values: [String] = []
  values.reserveCapacity(bytes.count)
  var decoder = UTF8()
  var iterator = bytes.makeIterator()
  var line = 1
  var previous: Unicode.Scalar?
  decoding: while true {
    switch decoder.decode(&iterator) {
    case .emptyInput: break decoding
    case .error:
      throw DataFileError(
        "this is not UTF-8 text",
        at: DataLocation(path: path, row: line)
      )
    case .scalarValue(let scalar):
      defer { previous = scalar }
      if scalar == "\u{FEFF}", values.isEmpty { continue }
      if scalar == "\n" {
        line += 1
        if previous == "\r" { values.removeLast() }
      }
      let label = labels[scalar] ?? String(Character(scalar))
      labels[scalar] = label
      values.append(label)
    }
  }
  guard !values.isEmpty else {
    throw DataFileError("the file is empty", at: DataLocation(path: path))
  }
  return TextArray(shape: [values.count], values: values)
}
