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

  /// Of a link the file behind it is written, a pipe takes the bytes, and files of like names stay.
  @Test func linksAndPipesStayWhatTheyAre() throws {
    let directory = try TemporaryDirectory()
    func path(_ name: String) -> String { directory.path + "/" + name }
    try writeFile([1], to: path("a.txt"), replacing: false)
    try writeFile([9], to: path("a.txt.tmp"), replacing: false)
    try FileManager.default.createSymbolicLink(
      atPath: path("link.txt"),
      withDestinationPath: "a.txt"
    )
    #expect(throws: FitError.exists(path: path("link.txt"))) {
      try writeFile([2], to: path("link.txt"), replacing: false)
    }
    try writeFile([2], to: path("link.txt"), replacing: true)
    #expect(try readFile(path("a.txt")) == [2])
    #expect(try readFile(path("a.txt.tmp")) == [9])
    let link = try FileManager.default.destinationOfSymbolicLink(atPath: path("link.txt"))
    #expect(link == "a.txt")
    // A device takes what is written, and says that it cannot where it cannot.
    try writeFile([3], to: "/dev/null", replacing: false)
    #expect(throws: FitError.self) { try writeFile([3], to: "/dev/full", replacing: true) }
    #expect(try listDirectory(directory.path) == ["a.txt", "a.txt.tmp", "link.txt"])
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
