import Foundation
import PPLStorage
import Testing

/// Files that are written for users, and beside the arrays of a fit.
@Suite struct FileAccessTests {
  @Test func aFileIsReplacedOnlyIfAsked() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/deep/er/a.txt"
    #expect(!isThere(path))
    try writeFile([1, 2], to: path, replacing: false)
    #expect(isThere(path))
    #expect(throws: FitError.exists(path: path)) { try writeFile([3], to: path, replacing: false) }
    #expect(try readFile(path) == [1, 2])
    try writeFile([3], to: path, replacing: true)
    #expect(try readFile(path) == [3])
    #expect(try listDirectory(directory.path + "/deep/er") == ["a.txt"])
  }

  @Test func aDirectoryIsNeverReplaced() throws {
    let directory = try TemporaryDirectory()
    #expect(throws: FitError.exists(path: directory.path)) {
      try writeFile([1], to: directory.path, replacing: true)
    }
    #expect(isThere(directory.path))
  }

  /// The file goes with the fit: a new fit in its place has it no more.
  @Test func aFileBelongsToItsFit() throws {
    let fixture = FitFixture()
    let directory = try TemporaryDirectory()
    let path = directory.path + "/a.zarr"
    #expect(throws: FitError.notAFit(path: path)) {
      try attachFile([1], named: "note.json", to: path)
    }
    for _ in 0..<2 {
      let writer = try FitWriter(path: path, schema: fixture.schema, replacing: true)
      for chain in 0..<2 {
        let recorder = writer.makeRecorder(chain: chain)
        try recorder.append(fixture.row(chain: chain, draw: 0))
        try recorder.finish()
      }
      _ = try writer.finish()
      #expect(!isThere(path + "/note.json"))
      try attachFile([1], named: "note.json", to: path)
      try attachFile([2], named: "note.json", to: path)
      #expect(try readFile(path + "/note.json") == [2])
      #expect(try FitReader(path: path).group("posterior") != nil)
    }
  }
}
