import Foundation
import PPLStorage
import Testing

@Suite struct FitReplacementTests {
  private let fixture = FitFixture()

  private func write(_ path: String, draws: Int, replacing: Bool) throws {
    let writer = try FitWriter(path: path, schema: fixture.schema, replacing: replacing)
    for chain in 0..<2 {
      let recorder = writer.makeRecorder(chain: chain)
      for draw in 0..<draws { try recorder.append(fixture.row(chain: chain, draw: draw)) }
      try recorder.finish()
    }
    _ = try writer.finish()
  }

  private func drawCount(_ path: String) throws -> Int {
    try #require(try FitReader(path: path).group("posterior")).variables[0].shape[1]
  }

  @Test func anExistingFitIsReplacedOnlyIfAsked() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/a.zarr"
    try write(path, draws: 2, replacing: false)
    #expect(throws: FitError.exists(path: path)) { try write(path, draws: 3, replacing: false) }
    #expect(try drawCount(path) == 2)
    try write(path, draws: 3, replacing: true)
    #expect(try drawCount(path) == 3)
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["a.zarr"])
  }

  /// Two runs never write one fit at the same time; the mark of a run that has ended is gone, however it ended.
  @Test func aFitThatIsWrittenIsLeftAlone() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/a.zarr"
    var first: FitWriter? = try FitWriter(path: path, schema: fixture.schema, replacing: true)
    #expect(throws: FitError.inUse(path: path)) { try write(path, draws: 1, replacing: true) }
    // In its place, too.
    for chain in 0..<2 {
      let recorder = try #require(first).makeRecorder(chain: chain)
      for draw in 0..<2 { try recorder.append(fixture.row(chain: chain, draw: draw)) }
      try recorder.flush()
    }
    #expect(FileManager.default.fileExists(atPath: path))
    #expect(throws: FitError.inUse(path: path)) { try write(path, draws: 1, replacing: true) }
    let reader = try FitReader(path: path)
    #expect(throws: FitError.inUse(path: path)) {
      try FitWriter(resuming: reader, path: path, schema: fixture.schema)
    }
    first = nil
    try write(path, draws: 3, replacing: true)
    #expect(try drawCount(path) == 3)
  }

  @Test func theOldFitStaysUntilTheNewOneHasDraws() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/a.zarr"
    try write(path, draws: 2, replacing: false)
    let writer = try FitWriter(path: path, schema: fixture.schema, replacing: true)
    #expect(try drawCount(path) == 2)
    try writer.discard()
    #expect(try drawCount(path) == 2)
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["a.zarr"])

    // A run that is killed leaves its store beside; the next one clears it away.
    _ = try FitWriter(path: path, schema: fixture.schema, replacing: true)
    try write(path, draws: 4, replacing: true)
    #expect(try drawCount(path) == 4)
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["a.zarr"])
  }

  /// A run that is killed while it removes the fit that it replaced leaves a part of it beside its own.
  @Test func whatIsLeftOfARemovedFitIsClearedAway() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/a.zarr"
    let old = path + ".new"
    try write(path, draws: 2, replacing: false)
    try write(old, draws: 1, replacing: false)
    for name in ["checkpoint.safetensors", "run.json", "training.json"] {
      _ = try directory.file("a.zarr.new/" + name, "x".utf8)
    }
    let removals = try FitDirectory.removals(old)
    #expect(removals.count > 40 && removals.last == old)
    let spare = directory.path + "/spare"
    for entry in removals {
      try FileManager.default.copyItem(atPath: old, toPath: spare)
      try write(path, draws: 3, replacing: true)
      #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).count == 2)
      try FileManager.default.moveItem(atPath: spare, toPath: old)
      try FileManager.default.removeItem(atPath: entry)
    }
    #expect(try drawCount(path) == 3)
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["a.zarr"])
  }

  @Test func whatIsNotAFitIsNeverReplaced() throws {
    let directory = try TemporaryDirectory()
    let file = try directory.file("notes.txt", "precious".utf8)
    #expect(throws: FitError.notAFit(path: file)) { try write(file, draws: 1, replacing: true) }
    let folder = directory.path + "/folder"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    let kept = try directory.file("folder/notes.txt", "precious".utf8)
    #expect(throws: FitError.notAFit(path: folder)) { try write(folder, draws: 1, replacing: true) }
    let link = directory.path + "/link"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: folder)
    #expect(throws: FitError.notAFit(path: link)) { try write(link, draws: 1, replacing: true) }
    let beside = directory.path + "/b.zarr"
    try FileManager.default.createDirectory(
      atPath: beside + ".new",
      withIntermediateDirectories: false
    )
    // Empty, it may be all that a killed run had made.
    try write(beside, draws: 1, replacing: true)
    try FileManager.default.createDirectory(
      atPath: beside + ".new",
      withIntermediateDirectories: false
    )
    let notes = try directory.file("b.zarr.new/notes.txt", "precious".utf8)
    #expect(throws: FitError.exists(path: beside + ".new")) {
      try write(beside, draws: 1, replacing: true)
    }
    #expect(FileManager.default.contents(atPath: notes) == Data("precious".utf8))
    #expect(FileManager.default.contents(atPath: kept) == Data("precious".utf8))
    #expect(FileManager.default.contents(atPath: file) == Data("precious".utf8))
  }

  @Test func linksInsideAFitAreNotFollowedWhenItIsReplaced() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/a.zarr"
    let outside = directory.path + "/outside"
    try FileManager.default.createDirectory(atPath: outside, withIntermediateDirectories: false)
    let kept = try directory.file("outside/notes.txt", "precious".utf8)
    try write(path, draws: 1, replacing: false)
    try FileManager.default.createSymbolicLink(
      atPath: path + "/link",
      withDestinationPath: outside
    )
    try write(path, draws: 2, replacing: true)
    #expect(FileManager.default.contents(atPath: kept) == Data("precious".utf8))
  }

  @Test func pathsThatCannotBeMadeAreReported() throws {
    let directory = try TemporaryDirectory()
    let file = try directory.file("f", [])
    #expect {
      try write(file + "/a.zarr", draws: 1, replacing: false)
    } throws: { error in
      guard case .file(let error) = error as? FitError else { return false }
      return error.reason == .notDirectory
    }
    let long = directory.path + "/" + String(repeating: "a", count: 300)
    #expect {
      try write(long, draws: 1, replacing: false)
    } throws: { error in
      guard case .file(let error) = error as? FitError else { return false }
      return error.reason == .nameTooLong
    }
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
  func aFullDiskIsReported() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/a.zarr"
    let writer = try FitWriter(path: path, schema: fixture.schema)
    let recorder = writer.makeRecorder(chain: 0)
    try recorder.append(fixture.row(chain: 0, draw: 0))
    // The place of a chunk is a device that is always full.
    try FileManager.default.createSymbolicLink(
      atPath: path + ".new/posterior/mu/0.0",
      withDestinationPath: "/dev/full"
    )
    #expect {
      try recorder.finish()
    } throws: { error in
      guard case .file(let error) = error as? FitError else { return false }
      return error.reason == .diskFull && error.message.hasSuffix("the disk is full")
    }
    // What could not be written is not shown, and the next attempt succeeds.
    try recorder.finish()
    #expect(try writer.finish().drawsPerChain == [1, 0])
  }
}
