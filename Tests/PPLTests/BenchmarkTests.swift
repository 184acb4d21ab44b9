import Foundation
import PPL
import Testing

@Suite struct BenchmarkTests {
  @Test func examplesAreFoldersWithAModel() throws {
    let folder = try TemporaryFolder()
    for name in ["b", "a", "none"] {
      let path = "\(folder.path)/\(name)"
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      let model = name == "none" ? [] : ["model.ppl"]
      for file in ["data.csv", "data.json", "reference.json"] + model {
        try Data().write(to: URL(filePath: "\(path)/\(file)"))
      }
    }
    try Data().write(to: URL(filePath: "\(folder.path)/README.md"))
    let examples = try BenchmarkExample.all(in: folder.path)
    #expect(examples.map(\.name) == ["a", "b"])
    #expect(examples.first?.modelPath == "\(folder.path)/a/model.ppl")
    #expect(
      examples.first?.dataPaths
        == ["\(folder.path)/a/data.csv", "\(folder.path)/a/data.json"]
    )
    #expect(throws: ProgramFileError.self) {
      try BenchmarkExample.all(in: folder.path + "/nowhere")
    }
  }

  @Test func aTemporaryFolderIsRemovedWithItsContent() throws {
    var folder: TemporaryFolder? = try TemporaryFolder()
    let path = try #require(folder?.path)
    try Data([1]).write(to: URL(filePath: path + "/file"))
    #expect(FileManager.default.fileExists(atPath: path + "/file"))
    folder = nil
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test func processesAreSummedUpByMedians() {
    func run(_ first: Double, _ total: Double, _ memory: Int) -> ProcessBenchmark.Run {
      ProcessBenchmark.Run(firstDrawSeconds: first, totalSeconds: total, peakMemoryBytes: memory)
    }
    let three = ProcessBenchmark([run(3, 30, 5), run(1, 10, 7), run(2, 20, 6)])
    #expect(three.repetitions == 3)
    #expect(three.firstDrawSeconds == 2)
    #expect(three.totalSeconds == 20)
    #expect(three.peakMemoryBytes == 7)
    let two = ProcessBenchmark([run(3, 30, 5), run(1, 10, 7)])
    #expect(two.firstDrawSeconds == 2)
  }

  private func model(_ text: String) throws -> Model {
    let program = Program(name: "model.ppl", text: text)
    try #require(program.isValid)
    return try program.compile().model
  }

  @Test func samplingTellsTheWorstOfTheSampledQuantities() async throws {
    let model = try model("mu ~ Normal(0, 1)\nconstant = 0 * mu")
    var options = SamplerOptions()
    options.chains = 2
    options.draws = 200
    let benchmark = try await model.benchmarkSampling(options)
    #expect(benchmark.chains == 2)
    #expect(benchmark.draws == 200)
    #expect(benchmark.minimumBulkESSName == "mu")
    #expect(benchmark.minimumBulkESS > 20)
    #expect(benchmark.gradients >= 400)
    #expect(benchmark.bulkESSPerGradient == benchmark.minimumBulkESS / Double(benchmark.gradients))
    #expect(benchmark.bulkESSPerSecondWithWarmup < benchmark.bulkESSPerSecond)
  }

  @Test func aLimitEndsSampling() async throws {
    let model = try model("mu ~ Normal(0, 1)")
    var options = SamplerOptions()
    options.chains = 1
    options.warmup = 20
    options.draws = 100_000_000
    let benchmark = try await model.benchmarkSampling(options, limit: .milliseconds(500))
    #expect(benchmark.draws < options.draws ?? 0)
  }

  @Test func aModelThatCannotBeSampledHasNoShare() async throws {
    let model = try model("mu ~ Normal(0, 1)\nfactor f = log(-exp(mu))")
    #expect(await model.benchmarkWithSampling().shareOutsideGradient == nil)
  }
}
