import PPLJSON

/// What a fit that goes by steps keeps to go on from where it was: arrays under names.
///
/// It lies in the fit's directory as a safetensors file, so that other programs can look into it. Its metadata hold the version that
/// wrote it, what it belongs to, and a checksum of the arrays.
package struct FitCheckpoint: Sendable, Equatable {
  /// The version of the project that wrote it.
  package var version: String
  /// Tells apart programs, data and settings.
  package var identity: String
  package var doubles: [String: [Double]]
  package var singles: [String: [Float]]

  package init(
    version: String,
    identity: String,
    doubles: [String: [Double]],
    singles: [String: [Float]]
  ) {
    self.version = version
    self.identity = identity
    self.doubles = doubles
    self.singles = singles
  }

  /// Its name in the directory of a fit.
  package static let fileName = "checkpoint.safetensors"

  /// The content of the file.
  package var bytes: [UInt8] {
    var data: [UInt8] = []
    data.reserveCapacity(
      doubles.values.reduce(0) { $0 + 8 * $1.count }
        + singles.values.reduce(0) { $0 + 4 * $1.count }
    )
    var members: [JSONMember] = []
    func add<Element: BitwiseCopyable>(_ name: String, _ type: String, _ values: [Element]) {
      let start = data.count
      unsafe values.withUnsafeBytes { unsafe data.append(contentsOf: $0) }
      members.append(
        JSONMember(
          name,
          [
            "dtype": .string(type), "shape": .integers([values.count]),
            "data_offsets": .integers([start, data.count]),
          ]
        )
      )
    }
    for (name, values) in doubles.sorted(by: { $0.key < $1.key }) { add(name, "F64", values) }
    for (name, values) in singles.sorted(by: { $0.key < $1.key }) { add(name, "F32", values) }
    var digest = Digest()
    digest.add(data)
    let metadata: JSONValue = [
      "version": .string(version), "identity": .string(identity),
      "checksum": .string(digest.text),
    ]
    return tensorFileHead([JSONMember("__metadata__", metadata)] + members) + data
  }

  /// Reads a checkpoint.
  ///
  /// - Parameters:
  ///   - bytes: content of the file.
  ///   - path: its name for messages.
  /// - Throws: where it is cut, damaged or something else.
  package init(_ bytes: [UInt8], path: String) throws(DataFileError) {
    let file = try TensorFile(bytes, path: path)
    guard let metadata = file.metadata, let version = metadata["version"]?.string,
      let identity = metadata["identity"]?.string, let checksum = metadata["checksum"]?.string
    else {
      throw DataFileError("this is not the checkpoint of a fit", at: DataLocation(path: path))
    }
    var digest = Digest()
    digest.add(Array(bytes[file.start...]))
    guard digest.text == checksum else {
      throw DataFileError(
        "its numbers are not those that were written: the file is damaged",
        at: DataLocation(path: path)
      )
    }
    self.init(version: version, identity: identity, doubles: [:], singles: [:])
    for array in try file.arrays() {
      if array.isSingle {
        singles[array.value.name] = array.value.values.map { Float($0) }
      } else {
        doubles[array.value.name] = array.value.values
      }
    }
  }
}

/// A number of 64 bits that tells contents apart, by the words of their bytes.
///
/// Each word is mixed in by the finaliser of MurmurHash3 (Appleby 2011, `fmix64`). It finds accidents, not forgeries.
package struct Digest: Sendable {
  private var state: UInt64 = 0x9e37_79b9_7f4a_7c15

  package init() {}

  /// Adds a word.
  package mutating func add(_ word: UInt64) {
    var mixed = state ^ word
    mixed ^= mixed >> 33
    mixed &*= 0xff51_afd7_ed55_8ccd
    mixed ^= mixed >> 33
    mixed &*= 0xc4ce_b9fe_1a85_ec53
    mixed ^= mixed >> 33
    state = mixed &+ 0x9e37_79b9_7f4a_7c15
  }

  /// Adds bytes and their number.
  package mutating func add(_ bytes: [UInt8]) {
    add(UInt64(bytes.count))
    var word: UInt64 = 0
    for (index, byte) in bytes.enumerated() {
      word = word << 8 | UInt64(byte)
      if index % 8 == 7 { add(word) }
    }
    add(word)
  }

  /// Adds a text.
  package mutating func add(_ text: String) { add(Array(text.utf8)) }

  /// Adds numbers and their count.
  package mutating func add(_ values: [Double]) {
    add(UInt64(values.count))
    for value in values { add(value.bitPattern) }
  }

  /// Sixteen hexadecimal digits.
  package var text: String {
    let digits = String(state, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
