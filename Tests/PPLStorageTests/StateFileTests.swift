import PPLStorage
import Testing

/// Values that are saved bit by bit.
@Suite struct StateFileTests {
  private enum Shape: Codable, Equatable {
    case point
    case circle(radius: Double)
    case polygon([Double], closed: Bool)
  }

  private struct Value: Codable, Equatable {
    var name = "ä\n"
    var count = Int.min
    var key = UInt64.max
    var isOn = true
    var number = -0.0
    var none: Double?
    var some: Int? = 3
    var numbers: [Double] = [1.5, .infinity, .leastNonzeroMagnitude]
    var empty: [Double] = []
    var integers = [1, -2]
    var nested: [[Double]] = [[1], [], [2, 3]]
    var gaps: [[Double]?] = [nil, [4]]
    var shapes: [Shape] = [.point, .circle(radius: 2), .polygon([1, 2], closed: false)]
    var range = 3..<9
    var word = Word.second
  }

  private enum Word: String, Codable {
    case first, second
  }

  @Test func valuesComeBack() throws {
    let value = Value()
    let bytes = try StateFile.bytes(of: value)
    let read = try StateFile.value(Value.self, of: bytes)
    #expect(read == value)
    #expect(read.number.sign == .minus)
    #expect(try StateFile.bytes(of: read) == bytes)
  }

  @Test func numbersKeepTheirBits() throws {
    let bits: [UInt64] = [0x7ff8_0000_0000_1234, 0xfff0_0000_0000_0000, 1, 0x8000_0000_0000_0000]
    let values = bits.map { Double(bitPattern: $0) }
    let read = try StateFile.value([Double].self, of: StateFile.bytes(of: values))
    #expect(read.map(\.bitPattern) == bits)
  }

  /// A part may be read without knowing the rest.
  @Test func membersThatAreNotAskedForAreLeftOut() throws {
    struct Part: Codable, Equatable {
      var name: String
      var integers: [Int]
    }
    let read = try StateFile.value(Part.self, of: StateFile.bytes(of: Value()))
    #expect(read == Part(name: Value().name, integers: Value().integers))
  }

  @Test func damagedFilesAreRefused() throws {
    let bytes = try StateFile.bytes(of: Value())
    for length in 0..<bytes.count {
      #expect(throws: StateError.self) {
        try StateFile.value(Value.self, of: Array(bytes.prefix(length)))
      }
    }
    for index in bytes.indices {
      var other = bytes
      other[index] ^= 0x20
      #expect(throws: StateError.self, "byte \(index)") {
        try StateFile.value(Value.self, of: other)
      }
    }
  }

  @Test func otherContentIsRefused() throws {
    #expect(throws: StateError.self) {
      try StateFile.value(Value.self, of: StateFile.bytes(of: [1.0]))
    }
    #expect(throws: StateError.self) {
      try StateFile.value([Int].self, of: StateFile.bytes(of: Value()))
    }
  }

  @Test func numbersOfLessThan64BitsAreRefused() {
    #expect(throws: (any Error).self) { try StateFile.bytes(of: Float(1)) }
  }
}
