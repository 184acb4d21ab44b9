/// Element types of `.npy` files that are read, by NumPy's names.
enum ArrayFileElement: String {
  case float32 = "<f4"
  case float64 = "<f8"
  case int8 = "|i1"
  case int16 = "<i2"
  case int32 = "<i4"
  case int64 = "<i8"
  case uint8 = "|u1"
  case uint16 = "<u2"
  case uint32 = "<u4"
  case uint64 = "<u8"
  case boolean = "|b1"

  /// Bytes of an element.
  var size: Int {
    switch self {
    case .int8, .uint8, .boolean: 1
    case .int16, .uint16: 2
    case .float32, .int32, .uint32: 4
    case .float64, .int64, .uint64: 8
    }
  }

  /// The numbers of `count` elements at an offset.
  func values(in bytes: [UInt8], from start: Int, count: Int) -> [Double] {
    var result: [Double] = []
    result.reserveCapacity(count)
    append(bytes[start..<start + count * size], to: &result)
    return result
  }

  /// Adds the numbers that bytes hold, which are those of whole elements.
  func append(_ bytes: ArraySlice<UInt8>, to values: inout [Double]) {
    let count = bytes.count / size
    values += unsafe [Double](unsafeUninitializedCapacity: count) { numbers, initialized in
      unsafe bytes.withUnsafeBytes { unsafe decode($0, into: .init(rebasing: numbers[0..<count])) }
      initialized = count
    }
  }
}

extension ArrayFileElement {
  /// Puts the numbers that bytes hold into an array, in single precision.
  func decode(_ bytes: UnsafeRawBufferPointer, into numbers: UnsafeMutableBufferPointer<Float>) {
    unsafe decoded(bytes, into: numbers)
  }

  /// Puts the numbers that bytes hold into an array, in double precision.
  func decode(_ bytes: UnsafeRawBufferPointer, into numbers: UnsafeMutableBufferPointer<Double>) {
    unsafe decoded(bytes, into: numbers)
  }

  private func decoded<Number: BinaryFloatingPoint>(
    _ bytes: UnsafeRawBufferPointer,
    into numbers: UnsafeMutableBufferPointer<Number>
  ) {
    precondition(bytes.count >= numbers.count * size, "bytes for all numbers")
    func each<Word: BitwiseCopyable>(_: Word.Type, _ number: (Word) -> Number) {
      let size = MemoryLayout<Word>.size
      for index in 0..<numbers.count {
        unsafe numbers[index] = number(
          bytes.loadUnaligned(fromByteOffset: index * size, as: Word.self)
        )
      }
    }
    switch self {
    case .float32: each(UInt32.self) { Number(Float(bitPattern: UInt32(littleEndian: $0))) }
    case .float64: each(UInt64.self) { Number(Double(bitPattern: UInt64(littleEndian: $0))) }
    case .int8: each(Int8.self) { Number($0) }
    case .int16: each(Int16.self) { Number(Int16(littleEndian: $0)) }
    case .int32: each(Int32.self) { Number(Int32(littleEndian: $0)) }
    case .int64: each(Int64.self) { Number(Int64(littleEndian: $0)) }
    case .uint8: each(UInt8.self) { Number($0) }
    case .uint16: each(UInt16.self) { Number(UInt16(littleEndian: $0)) }
    case .uint32: each(UInt32.self) { Number(UInt32(littleEndian: $0)) }
    case .uint64: each(UInt64.self) { Number(UInt64(littleEndian: $0)) }
    case .boolean: each(UInt8.self) { $0 == 0 ? 0 : 1 }
    }
  }
}
