import PPLJSON

/// Element types of the arrays that are written, by Zarr's names.
enum ZarrElement: Equatable {
  case float64
  case int64
  case boolean
  /// Text of fixed length in Unicode scalars, four bytes each.
  case text(length: Int)

  init(_ element: FitElement) {
    self =
      switch element {
      case .real: .float64
      case .integer: .int64
      case .boolean: .boolean
      }
  }

  init?(name: String) {
    switch name {
    case "<f8": self = .float64
    case "<i8": self = .int64
    case "|b1": self = .boolean
    default:
      guard name.hasPrefix("<U"), let length = Int(name.dropFirst(2)),
        (1...1 << 20).contains(length)
      else { return nil }
      self = .text(length: length)
    }
  }

  var name: String {
    switch self {
    case .float64: "<f8"
    case .int64: "<i8"
    case .boolean: "|b1"
    case .text(let length): "<U\(length)"
    }
  }

  /// Bytes of an element.
  var size: Int {
    switch self {
    case .float64, .int64: 8
    case .boolean: 1
    case .text(let length): 4 * length
    }
  }

  /// The bytes of numbers of this type, little-endian.
  ///
  /// Numbers that are not whole or not finite cannot be integers; they become the smallest one.
  func encode(_ values: [Double]) -> [UInt8] {
    switch self {
    case .float64: littleEndianBytes(values.map { $0.bitPattern })
    case .int64: littleEndianBytes(values.map { UInt64(bitPattern: Int64(exactly: $0) ?? .min) })
    case .boolean: values.map { $0 == 0 ? 0 : 1 }
    case .text: preconditionFailure("numbers are not stored as text")
    }
  }

  /// The numbers in bytes of this type; `nil` of text.
  func decode(_ bytes: [UInt8]) -> [Double]? {
    let element: ArrayFileElement
    switch self {
    case .float64: element = .float64
    case .int64: element = .int64
    case .boolean: element = .boolean
    case .text: return nil
    }
    return element.values(in: bytes, from: 0, count: bytes.count / size)
  }

  private func littleEndianBytes(_ words: [UInt64]) -> [UInt8] {
    // Closures, not key paths: those are looked up anew for each element.
    unsafe words.map { $0.littleEndian }.withUnsafeBytes { unsafe Array($0) }
  }
}

/// Metadata of a Zarr array of format 2, uncompressed, in C order, with no fill value.
struct ZarrArray {
  /// Path in the store, `posterior/mu`.
  var path: String
  var element: ZarrElement
  var shape: [Int]
  var chunks: [Int]
  var dimensions: [String]
  /// The model's name of it, if the array had to be named otherwise.
  var modelName: String?

  /// Content of `.zarray`.
  var metadata: JSONValue {
    [
      "chunks": .integers(chunks.map { max($0, 1) }),
      "compressor": nil,
      "dtype": .string(element.name),
      "fill_value": nil,
      "filters": nil,
      "order": "C",
      "shape": .integers(shape),
      "zarr_format": 2,
    ]
  }

  /// Content of `.zattrs`.
  var attributes: JSONValue {
    var members = [JSONMember("_ARRAY_DIMENSIONS", .strings(dimensions))]
    if let modelName { members.append(JSONMember("ppl_name", .string(modelName))) }
    return .object(members)
  }
}

/// Labels as bytes of an array, with their type.
func encodedLabels(_ labels: FitLabels) -> (element: ZarrElement, bytes: [UInt8]) {
  switch labels {
  case .integers(let values):
    var bytes: [UInt8] = []
    for value in values {
      for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * shift))) }
    }
    return (.int64, bytes)
  case .strings(let values):
    let length = max(values.map(\.unicodeScalars.count).max() ?? 0, 1)
    var bytes: [UInt8] = []
    for value in values {
      for scalar in value.unicodeScalars {
        for shift in 0..<4 {
          bytes.append(UInt8(truncatingIfNeeded: scalar.value >> UInt32(8 * shift)))
        }
      }
      let rest = length - value.unicodeScalars.count
      bytes.append(contentsOf: repeatElement(0, count: 4 * rest))
    }
    return (.text(length: length), bytes)
  }
}
