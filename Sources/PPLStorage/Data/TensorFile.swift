import PPLJSON

/// One named array of a safetensors file.
package struct NamedArray: Sendable, Equatable {
  package var name: String
  package var shape: [Int]
  /// Row by row, as many as the shape has.
  package var values: [Double]

  package init(name: String, shape: [Int], values: [Double]) {
    self.name = name
    self.shape = shape
    self.values = values
  }
}

/// Reads arrays in the safetensors form: eight bytes of length, a JSON header, then the elements.
///
/// Floating-point numbers of 16 to 64 bits, `bfloat16`, integers and truth values are read. Format:
/// github.com/huggingface/safetensors.
///
/// - Parameters:
///   - bytes: content of the file.
///   - path: its name for messages.
/// - Returns: the arrays in the order of the header.
/// - Throws: where the file is damaged or of a type that is not read.
package func readTensorFile(_ bytes: [UInt8], path: String) throws(DataFileError) -> [NamedArray] {
  try TensorFile(bytes, path: path).arrays().map(\.value)
}

/// A file in the safetensors form, of which the header has been read.
struct TensorFile {
  private let bytes: [UInt8]
  private let path: String
  private let members: [JSONNode.Member]
  /// Where the elements begin.
  let start: Int

  init(_ bytes: [UInt8], path: String) throws(DataFileError) {
    self.bytes = bytes
    self.path = path
    func failure(_ message: String) -> DataFileError {
      DataFileError(message, at: DataLocation(path: path))
    }
    guard bytes.count >= 8 else { throw failure("this is not a safetensors file") }
    var length: UInt64 = 0
    for index in (0..<8).reversed() { length = length << 8 | UInt64(bytes[index]) }
    guard let headerLength = Int(exactly: length), headerLength <= bytes.count - 8 else {
      throw failure("the header is cut short, or this is not a safetensors file")
    }
    start = 8 + headerLength
    let header: JSONDocument
    do {
      header = try JSONDocument(Array(bytes[8..<start]))
    } catch {
      throw failure("the header is not JSON: \(error.message)")
    }
    guard case .object(let members) = header.root.kind else {
      throw failure("the header is no JSON object")
    }
    self.members = members
  }

  /// What the file says of itself.
  var metadata: JSONNode? { members.first { $0.name == "__metadata__" }?.value }

  /// The arrays in the order of the header, and which are of single precision.
  func arrays() throws(DataFileError) -> [(value: NamedArray, isSingle: Bool)] {
    var arrays: [(value: NamedArray, isSingle: Bool)] = []
    for member in members where member.name != "__metadata__" {
      func damaged(_ what: String) -> DataFileError {
        DataFileError("the array \"\(member.name)\" \(what)", at: DataLocation(path: path))
      }
      guard let type = member.value["dtype"]?.string,
        let element = TensorFileElement(rawValue: type)
      else { throw damaged("has a type that is not read; save it as F32 or F64") }
      guard let shape = sizes(member.value["shape"]),
        let ends = sizes(member.value["data_offsets"]),
        ends.count == 2, ends[0] <= ends[1], ends[1] <= bytes.count - start
      else { throw damaged("has a malformed or cut entry") }
      var count = 1
      for size in shape {
        let (product, overflow) = count.multipliedReportingOverflow(by: size)
        guard !overflow else { throw damaged("has too large a shape") }
        count = product
      }
      let (size, overflow) = count.multipliedReportingOverflow(by: element.size)
      guard !overflow, size == ends[1] - ends[0] else {
        throw damaged("has other bytes than its shape and type ask for")
      }
      let values = element.values(in: bytes, from: start + ends[0], count: count)
      arrays.append(
        (NamedArray(name: member.name, shape: shape, values: values), element == .float32)
      )
    }
    return arrays
  }
}

private func sizes(_ node: JSONNode?) -> [Int]? {
  switch node?.kind {
  case .array(let nodes)? where nodes.isEmpty: return []
  case .numbers(let numbers)? where numbers.missing.isEmpty && numbers.shape.count == 1:
    let sizes = numbers.values.compactMap { Int(exactly: $0) }.filter { $0 >= 0 }
    return sizes.count == numbers.values.count ? sizes : nil
  default: return nil
  }
}

/// Writes arrays in the safetensors form, in single precision; the file appears whole or not at all.
///
/// - Parameters:
///   - arrays: what is written, each name once.
///   - path: the file.
///   - replacing: whether a file that is there may be replaced.
/// - Throws: what could not be written.
package func writeTensorFile(_ arrays: [NamedArray], to path: String, replacing: Bool)
  throws(FitError)
{
  if SystemCalls.kind(of: path) != nil, !replacing { throw .exists(path: path) }
  var members: [JSONMember] = [
    JSONMember("__metadata__", ["format": "pt"])
  ]
  var offset = 0
  for array in arrays {
    let end = offset + 4 * array.values.count
    members.append(
      JSONMember(
        array.name,
        [
          "dtype": "F32", "shape": .integers(array.shape),
          "data_offsets": .integers([offset, end]),
        ]
      )
    )
    offset = end
  }
  var bytes = tensorFileHead(members)
  bytes.reserveCapacity(bytes.count + offset)
  for array in arrays {
    for value in array.values {
      let bits = Float(value).bitPattern
      for index in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(8 * index))) }
    }
  }
  try asFitError { () throws(FileError) in try writeWhole(bytes, to: path) }
}

/// What stands before the elements: the header and its length.
func tensorFileHead(_ members: [JSONMember]) -> [UInt8] {
  var header = Array(JSONValue.object(members).text(.line).utf8)
  // The elements begin at a multiple of eight bytes.
  header += [UInt8](repeating: 0x20, count: (8 - header.count % 8) % 8)
  return (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) } + header
}

/// Element types of safetensors files that are read, by the format's names.
private enum TensorFileElement: String {
  case boolean = "BOOL"
  case uint8 = "U8"
  case int8 = "I8"
  case int16 = "I16"
  case uint16 = "U16"
  case float16 = "F16"
  case brain16 = "BF16"
  case int32 = "I32"
  case uint32 = "U32"
  case float32 = "F32"
  case int64 = "I64"
  case uint64 = "U64"
  case float64 = "F64"

  /// Bytes of an element.
  var size: Int {
    switch self {
    case .boolean, .uint8, .int8: 1
    case .int16, .uint16, .float16, .brain16: 2
    case .int32, .uint32, .float32: 4
    case .int64, .uint64, .float64: 8
    }
  }

  /// The numbers of `count` elements at an offset.
  func values(in bytes: [UInt8], from start: Int, count: Int) -> [Double] {
    func decode(_ element: ArrayFileElement) -> [Double] {
      element.values(in: bytes, from: start, count: count)
    }
    return switch self {
    case .boolean: decode(.boolean)
    case .uint8: decode(.uint8)
    case .int8: decode(.int8)
    case .int16: decode(.int16)
    case .uint16: decode(.uint16)
    case .int32: decode(.int32)
    case .uint32: decode(.uint32)
    case .int64: decode(.int64)
    case .uint64: decode(.uint64)
    case .float32: decode(.float32)
    case .float64: decode(.float64)
    case .brain16:
      decode(.uint16).map { Double(Float(bitPattern: UInt32($0) << 16)) }
    case .float16: decode(.uint16).map { Self.half(UInt32($0)) }
    }
  }

  /// The number that sixteen bits of IEEE 754 stand for.
  private static func half(_ bits: UInt32) -> Double {
    let (exponent, fraction) = (bits >> 10 & 0x1f, bits & 0x3ff)
    let magnitude: Double
    switch exponent {
    case 0: magnitude = Double(fraction) * 0x1p-24
    case 0x1f: magnitude = fraction == 0 ? .infinity : .nan
    default:
      magnitude =
        Double(sign: .plus, exponent: Int(exponent) - 15, significand: 1)
        * (1 + Double(fraction) * 0x1p-10)
    }
    return bits >> 15 == 0 ? magnitude : -magnitude
  }
}
