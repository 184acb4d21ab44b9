import PPLJSON

/// An array of a store as its metadata describe it, checked to be of the form that is written here.
struct StoredArray: Sendable {
  /// Path in the store.
  var key: String
  var element: ZarrElement
  var shape: [Int]
  var chunks: [Int]
  var dimensions: [String]
  /// The model's name of it.
  var modelName: String
  /// Elements of a chunk.
  private var chunkCount: Int

  init?(key: String, metadata: JSONNode, attributes: JSONNode?) {
    guard metadata["zarr_format"]?.integer == 2,
      let type = metadata["dtype"]?.string, let element = ZarrElement(name: type),
      let shape = metadata["shape"]?.integers, let chunks = metadata["chunks"]?.integers,
      let dimensions = attributes?["_ARRAY_DIMENSIONS"]?.strings,
      case .null? = metadata["compressor"]?.kind, case .null? = metadata["filters"]?.kind,
      metadata["order"]?.string == "C",
      shape.count == chunks.count, shape.count == dimensions.count,
      shape.allSatisfy({ $0 >= 0 }), chunks.allSatisfy({ $0 >= 1 })
    else { return nil }
    // Chunks span all axes but chain and draw.
    let isDrawn = dimensions.first == "chain" && dimensions.count > 1
    if isDrawn && (dimensions[1] != "draw" || chunks[0] != 1) { return nil }
    // Numbers by chain alone are none of ours.
    if dimensions == ["chain"] && fileName(key) != "chain" { return nil }
    let isDrawCoordinate = dimensions == ["chain"] || dimensions == ["draw"]
    for axis in (isDrawn ? 2 : 0)..<shape.count
    where chunks[axis] != max(shape[axis], 1) && !isDrawCoordinate {
      return nil
    }
    var count = 1
    for length in chunks + [element.size] {
      let (product, overflow) = count.multipliedReportingOverflow(by: length)
      if overflow { return nil }
      count = product
    }
    self.key = key
    self.element = element
    self.shape = shape
    self.chunks = chunks
    self.dimensions = dimensions
    modelName = attributes?["ppl_name"]?.string ?? fileName(key)
    chunkCount = count / element.size
  }

  var arrayName: String { fileName(key) }
  var isCoordinate: Bool { dimensions == [arrayName] }
  var isDrawCoordinate: Bool { isCoordinate && (arrayName == "chain" || arrayName == "draw") }

  var fitElement: FitElement {
    switch element {
    case .float64, .text: .real
    case .int64: .integer
    case .boolean: .boolean
    }
  }

  /// Key of the only chunk of an array without draws.
  var wholeKey: String {
    shape.isEmpty ? key + "/0" : key + "/" + shape.map { _ in "0" }.joined(separator: ".")
  }

  /// Key of a chunk of an array with draws.
  func key(chain: Int, chunk: Int) -> String {
    key + "/\(chain).\(chunk)" + String(repeating: ".0", count: shape.count - 2)
  }

  /// The numbers of a chunk.
  func chunk(_ chunkKey: String, in root: String) throws(FitError) -> [Double] {
    if shape.dropFirst(dimensions.first == "chain" ? 2 : 0).contains(0) { return [] }
    let bytes = try self.bytes(chunkKey, in: root)
    guard let values = element.decode(bytes) else {
      throw .malformed(path: root + "/" + chunkKey, reason: "it holds text, not numbers")
    }
    return values
  }

  /// The labels of a coordinate.
  func labels(in root: String) throws(FitError) -> FitLabels {
    let count = shape[0]
    let bytes = count == 0 ? [] : try self.bytes(wholeKey, in: root)
    guard case .text(let length) = element else {
      guard element == .int64 else {
        throw .malformed(path: root + "/" + key, reason: "labels are integers or text")
      }
      return .integers(
        (0..<count).map { index in
          var word: UInt64 = 0
          for byte in (0..<8).reversed() { word = word << 8 | UInt64(bytes[8 * index + byte]) }
          return Int(truncatingIfNeeded: word)
        }
      )
    }
    var labels: [String] = []
    for index in 0..<count {
      var label = String.UnicodeScalarView()
      for place in 0..<length {
        let start = 4 * (index * length + place)
        var code: UInt32 = 0
        for byte in (0..<4).reversed() { code = code << 8 | UInt32(bytes[start + byte]) }
        guard code != 0 else { break }
        label.append(Unicode.Scalar(code) ?? "\u{FFFD}")
      }
      labels.append(String(label))
    }
    return .strings(labels)
  }

  private func bytes(_ chunkKey: String, in root: String) throws(FitError) -> [UInt8] {
    let path = root + "/" + chunkKey
    let bytes = try asFitError { () throws(FileError) in try SystemCalls.read(path) }
    guard bytes.count == chunkCount * element.size else {
      throw .malformed(
        path: path,
        reason: "the file has \(bytes.count) bytes instead of \(chunkCount * element.size)"
      )
    }
    return bytes
  }
}
