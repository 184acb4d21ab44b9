import Foundation
import PPLJSON
import PPLStorage
import Testing

@Suite struct FitRoundTripTests {
  private let fixture = FitFixture()

  private func write(
    to path: String,
    draws: [Int],
    replacing: Bool = false,
    interval: Double = 10
  ) throws -> FitExtent {
    let writer = try FitWriter(
      path: path,
      schema: fixture.schema,
      replacing: replacing,
      flushInterval: interval
    )
    for chain in 0..<fixture.chainCount {
      let recorder = writer.makeRecorder(chain: chain)
      for draw in 0..<draws[chain] {
        try recorder.append(fixture.row(chain: chain, draw: draw))
      }
      try recorder.finish()
    }
    return try writer.finish(attributes: [JSONMember("sampling_time", 1.5)])
  }

  /// zarr-python 3 finds the arrays of a group only so.
  @Test func consolidatedArraysOfAGroupStandTogether() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/a.fit.zarr"
    _ = try write(to: path, draws: [7, 7])
    let bytes = try Data(contentsOf: URL(filePath: path + "/.zmetadata"))
    let root = try JSONDocument([UInt8](bytes)).root
    guard case .object(let entries)? = root["metadata"]?.kind else {
      Issue.record("no metadata")
      return
    }
    let paths = entries.map { $0.name.split(separator: "/") }
    let groups = paths.filter { $0.count == 3 }.map { $0[0] }
    let changes = zip(groups, groups.dropFirst()).count { $0 != $1 }
    #expect(changes == Set(groups).count - 1)
    #expect(Set(groups).count == 3)
  }

  /// A variable that is added to a finished fit, in chunks, and again under another name.
  @Test func addedVariablesAreReadBack() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/a.fit.zarr"
    _ = try write(to: path, draws: [7, 7])
    let dimension = FitDimension(name: "obs", labels: .strings(["p", "q"]))
    for (name, shift) in [("y", 0.0), ("z", 100.0)] {
      try addVariable(
        FitVariable(name: name, dimensions: ["obs"]),
        dimensions: [dimension],
        draws: (0..<2).map { chain in (0..<14).map { Double(100 * chain + $0) + shift } },
        drawCount: 7,
        group: "posterior_predictive",
        to: path
      )
    }
    let reader = try FitReader(path: path)
    let group = try #require(reader.group("posterior_predictive"))
    #expect(group.variables.map(\.name).sorted() == ["y", "z"])
    #expect(group.dimensions == [dimension])
    let added = try #require(group.variables.first { $0.name == "z" })
    #expect(added.shape == [2, 7, 2])
    let expected = (0..<28).map { number -> Double in
      let place = number % 14
      return Double(place + number / 14 * 100 + 100)
    }
    #expect(try reader.values(of: added) == expected)
    #expect(reader.group("posterior")?.variables.count == 6)
  }

  @Test func whatIsWrittenIsReadBack() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/new/a.fit.zarr/"
    let extent = try write(to: path, draws: [7, 7])
    #expect(extent == FitExtent(drawsPerChain: [7, 7], isFinal: true))
    #expect(!extent.hidesDraws)

    let fit = try FitReader(path: directory.path + "/new/a.fit.zarr")
    #expect(fit.groups.map(\.name) == ["posterior", "sample_stats", "observed_data"])
    let posterior = try #require(fit.group("posterior"))
    let names = ["mu", "theta", "R", "z", "odd", "nothing"]
    #expect(posterior.variables.map(\.name) == names)
    #expect(
      posterior.variables.map(\.dimensions)
        == [[], ["school"], ["year", "year"], ["school", "year"], ["draw"], ["none"]]
    )
    #expect(posterior.dimensions == fixture.schema.dimensions)
    #expect(posterior.attributes["seed"]?.integer == 1)
    #expect(posterior.attributes["sampling_time"]?.real == 1.5)
    #expect(posterior.attributes["created_at"]?.string?.count == 25)
    #expect(fit.drawsPerChain == [7, 7])

    var start = 0
    for (variable, count) in zip(posterior.variables, [1, 3, 4, 6, 1, 0]) {
      #expect(variable.shape.prefix(2) == [2, 7])
      #expect(
        try fit.values(of: variable) == fixture.values(start..<start + count, draws: 7)
      )
      start += count
    }
    #expect(posterior.variables.map(\.element) == [.real, .real, .real, .integer, .real, .real])
    let statistics = try #require(fit.group("sample_stats"))
    for (index, variable) in statistics.variables.enumerated() {
      #expect(
        try fit.values(of: variable) == fixture.values(15 + index..<16 + index, draws: 7)
      )
    }
    #expect(statistics.variables.map(\.element) == [.real, .boolean, .integer])
    let observed = try #require(fit.group("observed_data"))
    let y = try fit.values(of: observed.variables[0])
    #expect(y[0] == 28 && y[1].isNaN && y[2] == -3)
    #expect(try fit.values(of: observed.variables[1]) == [3])
    #expect(observed.variables[1].shape == [])
  }

  /// More files than are waited for one by one, written once or, flushed after each draw, many times.
  @Test(arguments: [10, 0])
  func aFitOfManyVariablesIsReadBack(interval: Double) throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/a.zarr"
    let names = (0..<100).map { "x\($0)" }
    let schema = FitSchema(
      chainCount: 2,
      drawCount: 6,
      posterior: names.map { FitVariable(name: $0) }
    )
    func value(_ index: Int, _ chain: Int, _ draw: Int) -> Double {
      Double(index * 100 + chain * 10 + draw)
    }
    let writer = try FitWriter(path: path, schema: schema, flushInterval: interval)
    let recorders = (0..<2).map { writer.makeRecorder(chain: $0) }
    for draw in 0..<5 {
      for (chain, recorder) in recorders.enumerated() {
        try recorder.append(names.indices.map { value($0, chain, draw) })
      }
    }
    for recorder in recorders { try recorder.finish() }
    _ = try writer.finish()
    let fit = try FitReader(path: path)
    let posterior = try #require(fit.group("posterior"))
    #expect(posterior.variables.map(\.name) == names)
    for (index, variable) in posterior.variables.enumerated() {
      let expected = (0..<2).flatMap { chain in (0..<5).map { value(index, chain, $0) } }
      #expect(try fit.values(of: variable) == expected)
    }
    let entries = try FileManager.default.subpathsOfDirectory(atPath: path)
    #expect(!entries.contains { $0.hasSuffix(".tmp") })
  }

  @Test func chainsOfDifferentLengthShowWhatAllHave() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/a.zarr"
    let extent = try write(to: path, draws: [5, 3])
    #expect(extent.drawCount == 3)
    #expect(extent.hidesDraws)
    let fit = try FitReader(path: path)
    let theta = try #require(fit.group("posterior")).variables[1]
    #expect(theta.shape == [2, 3, 3])
    #expect(try fit.values(of: theta) == fixture.values(1..<4, draws: 3))
    #expect(fit.drawsPerChain == [5, 3])
    let all = try fit.draws(of: theta, chain: 0)
    #expect(all == (0..<5).flatMap { Array(fixture.row(chain: 0, draw: $0)[1..<4]) })
    #expect(try fit.draws(of: theta, chain: 2) == [])
  }

  @Test func chainsAtTheEndWithoutDrawsAreLeftOut() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/a.zarr"
    let extent = try write(to: path, draws: [5, 0])
    #expect(extent == FitExtent(drawsPerChain: [5, 0], isFinal: true))
    #expect(extent.chainCount == 1 && extent.drawCount == 5)
    let fit = try FitReader(path: path)
    #expect(try #require(fit.group("posterior")).variables[1].shape == [1, 5, 3])
    #expect(!extent.hidesDraws)
  }

  @Test func aFitWithoutDrawsIsReadable() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/a.zarr"
    _ = try write(to: path, draws: [0, 0])
    let fit = try FitReader(path: path)
    let posterior = try #require(fit.group("posterior"))
    #expect(posterior.variables[0].shape == [2, 0])
    #expect(try fit.values(of: posterior.variables[0]) == [])
  }

  /// After every flush of all chains a reader sees their draws; between flushes it sees fewer,
  /// never wrong ones.
  @Test func drawsAreSeenWhileChainsRun() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/a.zarr"
    let writer = try FitWriter(path: path, schema: fixture.schema, flushInterval: 0)
    let recorders = (0..<2).map { writer.makeRecorder(chain: $0) }
    #expect(throws: FitError.self) { try FitReader(path: path) }
    for draw in 0..<7 {
      for (chain, recorder) in recorders.enumerated() {
        try recorder.append(fixture.row(chain: chain, draw: draw))
        try recorder.flush()
        let fit = try FitReader(path: path)
        let shown = chain == 1 ? draw + 1 : draw
        let theta = try #require(fit.group("posterior")).variables[1]
        #expect(theta.shape == [2, shown, 3])
        #expect(try fit.values(of: theta) == fixture.values(1..<4, draws: shown))
        #expect(recorder.drawCount == draw + 1)
      }
    }
    for recorder in recorders { try recorder.finish() }
    #expect(try writer.finish().drawCount == 7)
    let names = try FileManager.default.subpathsOfDirectory(atPath: path)
    #expect(!names.contains { $0.hasSuffix(".tmp") })
  }

  /// Draws so wide that memory holds a few: chunks are full, partial, and read back as one.
  @Test func largeDrawsAreSplitIntoChunks() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/a.zarr"
    let width = 300_000
    let schema = FitSchema(
      chainCount: 2,
      drawCount: 8,
      dimensions: [FitDimension(name: "i", labels: .integers(Array(0..<width)))],
      posterior: [FitVariable(name: "x", dimensions: ["i"])]
    )
    let writer = try FitWriter(path: path, schema: schema)
    for chain in 0..<2 {
      let recorder = writer.makeRecorder(chain: chain)
      for draw in 0..<8 {
        try recorder.append(
          [Double](repeating: Double(10 * chain + draw), count: width)
        )
      }
      try recorder.finish()
    }
    _ = try writer.finish()
    let files = try FileManager.default.contentsOfDirectory(atPath: path + "/posterior/x")
    #expect(
      files.filter { !$0.hasPrefix(".") }.sorted() == [
        "0.0.0", "0.1.0", "0.2.0", "1.0.0", "1.1.0", "1.2.0",
      ]
    )
    let fit = try FitReader(path: path)
    let values = try fit.values(of: try #require(fit.group("posterior")).variables[0])
    #expect(values.count == 16 * width)
    for row in 0..<16 {
      #expect(values[row * width] == Double(10 * (row / 8) + row % 8))
      #expect(values[(row + 1) * width - 1] == Double(10 * (row / 8) + row % 8))
    }
  }

  @Test func manyScalarsMakeFewFiles() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/a.zarr"
    let schema = FitSchema(
      chainCount: 2,
      drawCount: 3000,
      posterior: (0..<600).map { FitVariable(name: "v\($0)") }
    )
    let writer = try FitWriter(path: path, schema: schema)
    let recorder = writer.makeRecorder(chain: 0)
    try recorder.append([Double](repeating: 1, count: 600))
    try recorder.finish()
    _ = try writer.finish()
    let fit = try FitReader(path: path)
    #expect(try fit.values(of: try #require(fit.group("posterior")).variables[599]) == [1])
    let size = try FileManager.default.attributesOfItem(atPath: path + "/posterior/v0/0.0")[.size]
    // 8 MiB over 600 variables are 1747 draws; two equal chunks a chain have 1500.
    #expect(size as? Int == 1500 * 8)
  }
}
