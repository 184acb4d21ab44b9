import Foundation
import PPLStorage
import Testing

@Suite struct FitReaderTests {
  private let fixture = FitFixture()

  private func makeFit(_ directory: TemporaryDirectory) throws -> String {
    let path = directory.path + "/a.zarr"
    let writer = try FitWriter(path: path, schema: fixture.schema)
    for chain in 0..<2 {
      let recorder = writer.makeRecorder(chain: chain)
      for draw in 0..<7 { try recorder.append(fixture.row(chain: chain, draw: draw)) }
      try recorder.finish()
    }
    _ = try writer.finish()
    return path
  }

  @Test func missingAndForeignPathsAreTold() throws {
    let directory = try TemporaryDirectory()
    let missing = directory.path + "/no"
    #expect(
      throws: FitError.file(FileError(operation: .read, path: missing, reason: .notFound))
    ) { try FitReader(path: missing) }
    #expect(throws: FitError.notAFit(path: directory.path)) { try FitReader(path: directory.path) }
  }

  @Test func damagedFilesAreReported() throws {
    let directory = try TemporaryDirectory()
    let path = try makeFit(directory)
    let fit = try FitReader(path: path)
    let mu = try #require(fit.group("posterior")).variables[0]
    _ = try directory.file("a.zarr/posterior/mu/1.0", [1, 2, 3])
    #expect(
      throws: FitError.malformed(
        path: path + "/posterior/mu/1.0",
        reason: "the file has 3 bytes instead of 56"
      )
    ) { try fit.values(of: mu) }
    try FileManager.default.removeItem(atPath: path + "/posterior/mu/1.0")
    #expect(throws: FitError.self) { try fit.values(of: mu) }
  }

  /// Whatever the metadata say, reading ends with numbers or with an error.
  @Test func mutatedMetadataAreReadOrRefused() throws {
    let directory = try TemporaryDirectory()
    let path = try makeFit(directory)
    let seed = Array(try #require(FileManager.default.contents(atPath: path + "/.zmetadata")))
    var random = Congruential(state: 3)
    var accepted = 0
    for _ in 0..<2000 {
      let bytes = random.mutated(seed, alphabet: Array("0123456789[]{}\",:-.ebfiU<|".utf8))
      _ = try directory.file("a.zarr/.zmetadata", bytes)
      guard let fit = try? FitReader(path: path) else { continue }
      accepted += 1
      for variable in fit.groups.flatMap(\.variables) { _ = try? fit.values(of: variable) }
    }
    #expect(accepted > 100)
    #expect(accepted < 2000)
  }
}
