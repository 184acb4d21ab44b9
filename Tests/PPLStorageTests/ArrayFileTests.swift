import Foundation
import PPLStorage
import Testing

/// A `.npy` file as NumPy writes it.
private func file(
  _ header: String,
  _ content: [UInt8],
  version: UInt8 = 1
) -> [UInt8] {
  let text = Array(header.utf8) + [0x0A]
  var length: [UInt8] = [UInt8(text.count & 255), UInt8(text.count >> 8)]
  if version > 1 { length += [0, 0] }
  return [0x93] + Array("NUMPY".utf8) + [version, 0] + length + text + content
}

private func header(_ type: String, _ shape: String, fortran: Bool = false) -> String {
  "{'descr': '\(type)', 'fortran_order': \(fortran ? "True" : "False"), 'shape': \(shape), }"
}

private func littleEndian(_ values: [some FixedWidthInteger]) -> [UInt8] {
  values.flatMap { value in
    (0..<value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}

@Suite struct ArrayFileTests {
  @Test(arguments: [
    ("<f8", littleEndian([1.5, -2].map(\.bitPattern)), [1.5, -2], NumericArray.Kind.real),
    ("<f4", littleEndian([Float(1), -2].map(\.bitPattern)), [1, -2], .integer),
    ("|i1", [1, 254], [1, -2], .integer), ("<i1", [1, 254], [1, -2], .integer),
    ("<i2", littleEndian([Int16(1), -2]), [1, -2], .integer),
    ("<i4", littleEndian([Int32(1), -2]), [1, -2], .integer),
    ("<i8", littleEndian([Int64(1), -2]), [1, -2], .integer),
    ("|u1", [1, 254], [1, 254], .integer),
    ("<u2", littleEndian([UInt16(1), 65534]), [1, 65534], .integer),
    ("<u4", littleEndian([UInt32(1), .max]), [1, 4_294_967_295], .integer),
    ("<u8", littleEndian([UInt64(1), .max]), [1, 18_446_744_073_709_551_616], .real),
    ("|b1", [1, 0], [1, 0], .boolean),
  ])
  func typesAreRead(
    type: String,
    content: [UInt8],
    values: [Double],
    kind: NumericArray.Kind
  ) throws {
    for version: UInt8 in 1...3 {
      let array = try readArrayFile(
        file(header(type, "(2,)"), content, version: version),
        path: "x.npy"
      )
      #expect(array == NumericArray(shape: [2], values: values, kind: kind))
    }
  }

  @Test func fortranOrderIsTurned() throws {
    let content = [UInt8](0..<24)
    let array = try readArrayFile(
      file(header("|u1", "(2, 3, 4)", fortran: true), content),
      path: "x.npy"
    )
    #expect(array.shape == [2, 3, 4])
    for i in 0..<2 {
      for j in 0..<3 {
        for k in 0..<4 {
          #expect(array.values[(i * 3 + j) * 4 + k] == Double(i + 2 * j + 6 * k))
        }
      }
    }
  }

  @Test func scalarsAndEmptyArraysAreRead() throws {
    #expect(try readArrayFile(file(header("|u1", "()"), [7]), path: "x.npy").shape == [])
    let empty = try readArrayFile(
      file(header("<f8", "(0, 3)", fortran: true), []),
      path: "x.npy"
    )
    #expect(empty.shape == [0, 3])
    #expect(empty.values == [])
  }

  @Test(arguments: [
    ([], "this is not a .npy file"), (Array("not an array file".utf8), "this is not a .npy file"),
    (file(header("<f8", "(1,)"), [0], version: 9), "version 9 of .npy is unknown"),
    (
      file(header(">f8", "(1,)"), [0, 0, 0, 0, 0, 0, 0, 0]),
      "arrays of type >f8 are not read; save it as float64 or int64"
    ),
    (
      file(header("<f8", "(2,)"), [0, 0, 0, 0, 0, 0, 0, 0]),
      "the header promises 2 elements of 8 bytes, but 8 bytes follow"
    ),
    (file(header("|u1", "(4611686018427387904, 4)"), []), "the shape in the header is too large"),
    (
      file(header("<f8", "(4611686018427387904,)"), []),
      "the header promises 4611686018427387904 elements of 8 bytes, but 0 bytes follow"
    ),
    (file(header("|u1", "(-1,)"), []), "the header is malformed"),
    (file(header("|u1", "(x,)"), []), "the header is malformed"),
    (file("{}", []), "the header is malformed"),
    (Array(file(header("|u1", "(1,)"), []).prefix(20)), "the header is cut short"),
  ])
  func mistakesAreReported(bytes: [UInt8], message: String) {
    #expect {
      _ = try readArrayFile(bytes, path: "x.npy")
    } throws: { error in
      (error as? DataFileError)?.message == message
    }
  }

  /// Files on the disk are read a part at a time: what lies on both sides of where parts meet is what the bytes hold.
  @Test(arguments: [("|u1", 1), ("|b1", 1), ("<i2", 2), ("<f4", 4), ("<f8", 8)])
  func filesOfSeveralPartsAreReadAsTheirBytes(type: String, size: Int) throws {
    let directory = try TemporaryDirectory()
    let count = (5 << 20) / 2 / size + 3
    let content = (0..<count * size).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
    let bytes = file(header(type, "(\(count),)"), content)
    let path = try directory.file("x.npy", bytes)
    let found = try readArrayFile(path)
    #expect(found == (try readArrayFile(bytes, path: path)))
    #expect(found.values.count == count)
    #expect(found.values.contains { $0 != found.values[0] })
  }

  /// Rows that stay in the file are those that the whole array has, one by one and many at once.
  @Test(arguments: [
    "|b1", "|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f4", "<f8",
  ])
  func rowsOfFilesAreThoseOfTheWhole(type: String) throws {
    let directory = try TemporaryDirectory()
    let size = Int(type.dropFirst(2)) ?? 1
    let (rows, width) = (7, 15)
    var content = (0..<rows * width * size).map { UInt8(truncatingIfNeeded: $0 &* 97 &+ 11) }
    if type == "<f4" { content = littleEndian((0..<105).map { (Float($0) / 7 - 3).bitPattern }) }
    if type == "<f8" { content = littleEndian((0..<105).map { (Double($0) / 7 - 3).bitPattern }) }
    let bytes = file(header(type, "(7, 3, 5)"), content)
    let path = try directory.file("pixels.npy", bytes)
    let whole = try readArrayFile(bytes, path: path).values
    let array = try #require(try ArrayFileRows(path, leastCount: rows * width))
    #expect(array.name == "pixels")
    #expect(array.shape == [7, 3, 5])
    #expect(array.rowCount == width)
    #expect(array.rowSize == width * size)
    #expect(array.isWhole == !type.hasPrefix("<f"))
    #expect(try array.elements(of: 0..<7) == whole)
    #expect(try array.elements(of: 2..<4) == Array(whole[30..<60]))
    var numbers = [Float](repeating: 0, count: width)
    var buffer = [UInt8](repeating: 0, count: array.rowSize)
    for row in [6, 0, 3] {
      try unsafe numbers.withUnsafeMutableBufferPointer { numbers in
        try unsafe buffer.withUnsafeMutableBytes { buffer in
          try unsafe array.readElements(of: row, into: numbers, buffer: buffer)
        }
      }
      #expect(numbers == whole[(15 * row)..<(15 * row + 15)].map { Float($0) })
    }
  }

  /// Small arrays, vectors and arrays in Fortran order are read at once, and so is what has no places.
  @Test func arraysWithoutUseOfRowsAreNone() throws {
    let directory = try TemporaryDirectory()
    let pair = file(header("|u1", "(2, 2)"), [1, 2, 3, 4])
    let path = try directory.file("x.npy", pair)
    #expect(try ArrayFileRows(path, leastCount: 4) != nil)
    #expect(try ArrayFileRows(path, leastCount: 5) == nil)
    let flat = try directory.file("y.npy", file(header("|u1", "(4,)"), [1, 2, 3, 4]))
    #expect(try ArrayFileRows(flat, leastCount: 1) == nil)
    let turned = file(header("|u1", "(2, 2)", fortran: true), [1, 2, 3, 4])
    #expect(try ArrayFileRows(try directory.file("z.npy", turned), leastCount: 1) == nil)
    #expect(try ArrayFileRows("/dev/null", leastCount: 1) == nil)
    #expect(try ArrayFileRows(try directory.file("x.json", pair), leastCount: 1) == nil)
  }

  /// A file that is cut short while it is open is an error, and no signal.
  @Test func rowsThatAreGoneAreReported() throws {
    let directory = try TemporaryDirectory()
    let bytes = file(header("|u1", "(4, 2)"), [1, 2, 3, 4, 5, 6, 7, 8])
    let path = try directory.file("x.npy", bytes)
    let array = try #require(try ArrayFileRows(path, leastCount: 1))
    let handle = try #require(FileHandle(forWritingAtPath: path))
    try handle.truncate(atOffset: UInt64(bytes.count - 3))
    try handle.close()
    #expect(try array.elements(of: 1..<2) == [3, 4])
    for rows in [2..<3, 3..<4, 0..<4] {
      #expect {
        _ = try array.elements(of: rows)
      } throws: { error in
        (error as? DataFileError)?.message == "it was cut short while it was read"
      }
    }
  }

  @Test func filesThatAreNoneAreReported() throws {
    let directory = try TemporaryDirectory()
    for (path, message) in [
      (directory.path, "cannot read \(directory.path): it is a directory"),
      (
        directory.path + "/x",
        "cannot read \(directory.path)/x: there is no such file or directory"
      ),
      (try directory.file("empty.npy", []), "this is not a .npy file"),
      (
        try directory.file("cut.npy", file(header("<f8", "(3,)"), [0, 0, 0, 0])),
        "the header promises 3 elements of 8 bytes, but 4 bytes follow"
      ),
    ] {
      #expect {
        _ = try readArrayFile(path)
      } throws: { error in
        (error as? DataFileError)?.message == message
      }
    }
  }

  /// A pipe has no places to read at, and gives its bytes once.
  @Test func pipesAreRead() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/pipe.npy"
    let status = unsafe mkfifo(path, 0o600)
    #expect(status == 0)
    let bytes = file(header("|u1", "(3,)"), [1, 2, 3])
    let writer = Thread {
      try? FileHandle(forWritingTo: URL(fileURLWithPath: path)).write(contentsOf: Data(bytes))
    }
    writer.start()
    #expect(try readArrayFile(path).values == [1, 2, 3])
  }

  @Test(arguments: [[], [0], [3], [2, 3], [1, 4, 2, 1]])
  func writtenArraysAreRead(_ shape: [Int]) throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/new/a.npy"
    let values = (0..<shape.reduce(1, *)).map { 0.1 * Double($0) - 0.3 }
    try writeArrayFile(shape: shape, values: values, to: path, replacing: false)
    let bytes = try readFile(path)
    let array = try readArrayFile(bytes, path: path)
    #expect(array.shape == shape)
    #expect(array.values == values)
    // NumPy maps files whose elements begin at such a place.
    #expect((bytes.count - 8 * values.count) % 64 == 0)
    #expect(throws: FitError.exists(path: path)) {
      try writeArrayFile(shape: [], values: [1], to: path, replacing: false)
    }
    try writeArrayFile(shape: [], values: [1], to: path, replacing: true)
    #expect(try readArrayFile(try readFile(path), path: path).values == [1])
  }

  @Test func mutatedFilesAreReadOrRefused() {
    let seed = file(header("<f8", "(2, 1)", fortran: true), [UInt8](repeating: 1, count: 16))
    var random = Congruential(state: 11)
    let alphabet = Array("0123456789(),'<|ifub:{} Tre".utf8) + [0, 0x80, 0xFF]
    var accepted = 0
    for _ in 0..<5000 {
      let bytes = random.mutated(seed, alphabet: alphabet)
      if let array = try? readArrayFile(bytes, path: "x.npy") {
        accepted += 1
        #expect(array.shape.reduce(1, *) == array.values.count)
      }
    }
    #expect(accepted > 50)
    #expect(accepted < 5000)
  }
}
