/// Reads a data file, its form chosen by the extension of its name.
///
/// - `.json`: an object; its members. Numbers written as strings (`"NaN"`) are numbers inside an
///   array that has other numbers.
/// - `.csv`, `.tsv`: a table with a header; its columns.
/// - `.npy`: one array, its key the file name without the extension.
/// - `.safetensors`: its arrays.
/// - `.txt`: its characters, one array, its key the file name without the extension.
///
/// - Parameter path: the file, as the process sees it.
/// - Returns: the values in the order of the file.
/// - Throws: an error with the place in the file.
package func readDataFile(_ path: String) throws(DataFileError) -> [DataEntry] {
  let name = fileName(path)
  let dot = name.lastIndex(of: ".")
  let stem = dot.map { String(name[..<$0]) } ?? name
  let suffix = dot.map { name[$0...].lowercased() } ?? ""
  let read: ([UInt8]) throws(DataFileError) -> [DataEntry]
  switch suffix {
  case ".json":
    read = { bytes throws(DataFileError) in try readJSONData(bytes, path: path) }
  case ".csv":
    read = { bytes throws(DataFileError) in try readTable(bytes, path: path) }
  case ".tsv":
    read = { bytes throws(DataFileError) in
      try readTable(bytes, path: path, separator: UInt8(ascii: "\t"))
    }
  case ".npy":
    let array = try readArrayFile(path)
    let source = DataEntry.Source.array(shape: array.shape)
    return [DataEntry(key: stem, value: .numbers(array), path: path, source: source)]
  case ".safetensors":
    read = { bytes throws(DataFileError) in
      try readTensorFile(bytes, path: path).map { array in
        DataEntry(
          key: array.name,
          value: .numbers(NumericArray(shape: array.shape, values: array.values, kind: nil)),
          path: path,
          source: .array(shape: array.shape)
        )
      }
    }
  case ".txt":
    read = { bytes throws(DataFileError) in
      let text = try readCharacters(bytes, path: path)
      let source = DataEntry.Source.characters(text)
      return [DataEntry(key: stem, value: .strings(text), path: path, source: source)]
    }
  default:
    throw DataFileError(
      "the name of a data file ends in .json, .csv, .tsv, .npy, .txt or .safetensors",
      at: DataLocation(path: path)
    )
  }
  let bytes: [UInt8]
  do {
    bytes = try SystemCalls.read(path)
  } catch {
    throw DataFileError(error.message, at: DataLocation(path: path), fileError: error)
  }
  return try read(bytes)
}
