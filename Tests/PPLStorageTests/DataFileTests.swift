import PPLStorage
import Testing

@Suite struct DataFileTests {
  @Test func theExtensionChoosesTheReader() throws {
    let directory = try TemporaryDirectory()
    let json = try directory.file("d.json", "{\"J\": 8}".utf8)
    let csv = try directory.file("d.CSV", "a,b\n1,2\n".utf8)
    let tsv = try directory.file("d.tsv", "a,b\tc\n1\t2\n".utf8)
    let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 2), }\n"
    let npy = try directory.file(
      "train.images.npy",
      [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8)
        + [1, 2, 3, 4]
    )
    #expect(try readDataFile(json).map(\.key) == ["J"])
    #expect(try readDataFile(csv).map(\.key) == ["a", "b"])
    #expect(try readDataFile(tsv).map(\.key) == ["a,b", "c"])
    let images = try readDataFile(npy)
    #expect(images.map(\.key) == ["train.images"])
    #expect(images[0].value == .numbers(NumericArray(shape: [2, 2], values: [1, 2, 3, 4])))
    #expect(images[0].location(ofFlatIndex: 2).description == "\(npy), element [2, 1]")
  }

  @Test func filesThatCannotBeReadAreReported() throws {
    let directory = try TemporaryDirectory()
    let missing = directory.path + "/no.json"
    #expect {
      _ = try readDataFile(missing)
    } throws: { error in
      guard let error = error as? DataFileError else { return false }
      return error.fileError?.reason == .notFound
        && error.message == "cannot read \(missing): there is no such file or directory"
    }
    #expect {
      _ = try readDataFile(directory.path + "/x.rds")
    } throws: { error in
      (error as? DataFileError)?.message
        == "the name of a data file ends in .json, .csv, .tsv, .npy, .txt or .safetensors"
    }
    let other = try directory.file("a.json", [])
    #expect {
      _ = try readDataFile(other + "/b.json")
    } throws: { error in
      (error as? DataFileError)?.fileError?.reason == .notDirectory
    }
  }

  /// A text file is its characters, with one for each end of a line.
  @Test func textFilesAreTheirCharacters() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.file("verse.txt", Array("\u{FEFF}ab\r\né\n".utf8))
    let entry = try #require(try readDataFile(path).first)
    #expect(entry.key == "verse")
    #expect(entry.value == .strings(TextArray(shape: [5], values: ["a", "b", "\n", "é", "\n"])))
    #expect(entry.location(ofFlatIndex: 3).description == "\(path):2:1")
    #expect(entry.location(ofFlatIndex: 2).description == "\(path):1:3")
    let broken = try directory.file("broken.txt", [97, 10, 0xFF])
    #expect {
      _ = try readDataFile(broken)
    } throws: { error in
      guard let error = error as? DataFileError else { return false }
      return error.message == "this is not UTF-8 text" && error.location.row == 2
    }
  }
}
