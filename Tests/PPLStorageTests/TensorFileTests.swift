import Foundation
import PPLStorage
import Testing

/// Arrays in the safetensors form.
@Suite struct TensorFileTests {
  private static let arrays = [
    NamedArray(name: "f.dense_1.weight", shape: [2, 3], values: [1, -2, 0.5, 4, 1e-3, -7]),
    NamedArray(name: "scalar", shape: [], values: [0.25]),
    NamedArray(name: "none", shape: [0, 4], values: []),
  ]

  private func file(_ header: String, _ content: [UInt8]) -> [UInt8] {
    let text = Array(header.utf8)
    return (0..<8).map { UInt8(text.count >> (8 * $0) & 0xff) } + text + content
  }

  @Test func whatIsWrittenIsReadAgain() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "deep/w.safetensors").path
    try writeTensorFile(Self.arrays, to: path, replacing: false)
    let found = try readTensorFile(try readFile(path), path: path)
    #expect(found.map(\.name) == Self.arrays.map(\.name))
    for (a, b) in zip(found, Self.arrays) {
      #expect(a.shape == b.shape)
      #expect(a.values == b.values.map { Double(Float($0)) })
    }
    #expect(throws: FitError.self) {
      try writeTensorFile(Self.arrays, to: path, replacing: false)
    }
    try writeTensorFile([Self.arrays[1]], to: path, replacing: true)
    #expect(try readTensorFile(try readFile(path), path: path).count == 1)
    let entries = try readDataFile(path)
    #expect(entries.map(\.key) == ["scalar"])
  }

  /// 1.5 and -2 in each type of floating-point numbers, and integers.
  @Test(
    arguments: [
      ("F16", [0x00, 0x3e, 0x00, 0xc0], [1.5, -2.0]),
      ("BF16", [0xc0, 0x3f, 0x00, 0xc0], [1.5, -2.0]),
      ("F32", [0, 0, 0xc0, 0x3f, 0, 0, 0, 0xc0], [1.5, -2.0]),
      ("I8", [0x05, 0xff], [5.0, -1.0]), ("U8", [0x05, 0xff], [5.0, 255.0]),
      ("BOOL", [1, 0], [1.0, 0.0]),
      ("F16", [0x01, 0x00, 0x00, 0x04], [0x1p-24, 0x1p-14]),
    ] as [(String, [UInt8], [Double])]
  )
  func elementsOfAllTypesAreRead(type: String, bytes: [UInt8], values: [Double]) throws {
    let header = "{\"x\":{\"dtype\":\"\(type)\",\"shape\":[2],\"data_offsets\":[0,\(bytes.count)]}}"
    let found = try readTensorFile(file(header, bytes), path: "x.safetensors")
    #expect(found.first?.values == values)
  }

  @Test(arguments: [
    "", "[1, 2]", "{\"x\": 3}", "{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,9]}}",
    "{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}",
    "{\"x\":{\"dtype\":\"C64\",\"shape\":[1],\"data_offsets\":[0,8]}}",
    "{\"x\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}",
    "{\"x\":{\"dtype\":\"F32\",\"shape\":[9007199254740992,4096],\"data_offsets\":[0,8]}}",
  ])
  func damagedFilesAreReported(header: String) {
    let bytes = file(header, [UInt8](repeating: 0, count: 8))
    #expect(throws: DataFileError.self) { try readTensorFile(bytes, path: "x.safetensors") }
  }

  @Test func cutFilesAreReported() {
    for bytes in [
      [], [1, 2, 3], [255, 255, 255, 255, 255, 255, 255, 255, 0], [100, 0, 0, 0, 0, 0, 0, 0, 1],
    ]
      as [[UInt8]]
    {
      #expect(throws: DataFileError.self) { try readTensorFile(bytes, path: "x.safetensors") }
    }
  }
}
