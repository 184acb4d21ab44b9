import Foundation
import PPLStorage
import Testing

/// Chains that go on while their draws are written.
@Suite struct WriteBehindTests {
  private let fixture = FitFixture(chainCount: 2, drawCount: 450)

  private func write(to path: String, isWritingBehind: Bool, interval: Double) throws {
    let writer = try FitWriter(
      path: path,
      schema: fixture.schema,
      flushInterval: interval,
      isWritingBehind: isWritingBehind
    )
    let recorders = (0..<2).map { writer.makeRecorder(chain: $0) }
    for draw in 0..<450 {
      for (chain, recorder) in recorders.enumerated() {
        try recorder.append(fixture.row(chain: chain, draw: draw))
      }
    }
    for recorder in recorders { try recorder.finish() }
    #expect(try writer.finish().drawCount == 450)
  }

  @Test(arguments: [0.0, 10.0])
  func filesAreThose(interval: Double) throws {
    let directory = try TemporaryDirectory()
    try write(to: directory.path + "/a.zarr", isWritingBehind: true, interval: interval)
    try write(to: directory.path + "/b.zarr", isWritingBehind: false, interval: interval)
    let names = try FileManager.default.subpathsOfDirectory(atPath: directory.path + "/b.zarr")
    let others = try FileManager.default.subpathsOfDirectory(atPath: directory.path + "/a.zarr")
    #expect(Set(names) == Set(others))
    for name in names where !name.hasSuffix(".zattrs") && !name.hasSuffix(".zmetadata") {
      let first = FileManager.default.contents(atPath: directory.path + "/a.zarr/" + name)
      let second = FileManager.default.contents(atPath: directory.path + "/b.zarr/" + name)
      #expect(first == second, "\(name)")
    }
  }

  @Test func failuresComeOut() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/a.zarr"
    let writer = try FitWriter(path: path, schema: fixture.schema, isWritingBehind: true)
    let recorder = writer.makeRecorder(chain: 0)
    try FileManager.default.removeItem(atPath: path + ".new")
    #expect(throws: FitError.self) {
      for draw in 0..<450 { try recorder.append(fixture.row(chain: 0, draw: draw)) }
      try recorder.finish()
      _ = try writer.finish()
    }
    #expect(!FileManager.default.fileExists(atPath: path))
  }
}
