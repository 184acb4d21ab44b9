import ArgumentParser
import PPL

/// Measures all examples.
struct BenchmarkSuiteRun {
  /// Runs of one example as a process, at most.
  private static let repetitions = 5
  /// No further one is begun after so many seconds.
  private static let processSeconds = 10.0

  private let examples: [BenchmarkExample]

  /// The examples of a folder that are named, or all.
  init(folder: String, only: [String]) throws {
    let all: [BenchmarkExample]
    do throws(ProgramFileError) {
      all = try BenchmarkExample.all(in: folder)
    } catch {
      Terminal.error("error: \(error.message)\n")
      throw ExitStatus.badData
    }
    for name in only where !all.contains(where: { $0.name == name }) {
      throw ValidationError("there is no example `\(name)` in \(folder)")
    }
    examples = all.filter { only.isEmpty || only.contains($0.name) }
    guard !examples.isEmpty else { throw ValidationError("there are no examples in \(folder)") }
  }

  /// Runs everything.
  func report() async throws -> SuiteReport {
    let models = try examples.map {
      try ModelArguments(file: $0.modelPath, data: $0.dataPaths).model()
    }
    // Processes first: while this one is small its memory does not count as theirs.
    let processes = try examples.map(processes)
    var entries: [SuiteEntry] = []
    for (index, example) in examples.enumerated() {
      Terminal.error("\(example.name): gradient and sampling\n")
      let gradient = models[index].benchmark()
      let sampling: SamplingBenchmark
      do {
        sampling = try await models[index].benchmarkSampling(Self.options)
      } catch {
        throw fail("\(example.name): \(error.message)")
      }
      entries.append(
        SuiteEntry(
          name: example.name,
          gradient: gradient,
          sampling: sampling,
          process: processes[index]
        )
      )
    }
    return SuiteReport(entries)
  }

  /// Four chains of 1000 draws, whatever the example's script says.
  private static var options: SamplerOptions {
    var options = SamplerOptions()
    options.seed = 1
    options.chains = 4
    options.draws = 1000
    return options
  }

  private func processes(of example: BenchmarkExample) throws -> ProcessBenchmark {
    Terminal.error("\(example.name): whole processes\n")
    let folder: TemporaryFolder
    do throws(ProgramFileError) {
      folder = try TemporaryFolder()
    } catch {
      throw fail(error.message)
    }
    let arguments =
      ["run", example.modelPath, "--report-first-draw", "--overwrite", "--format", "json"]
      + ["--seed", "1", "--chains", "4", "--draws", "1000", "--out", folder.path + "/fit.zarr"]
      + example.dataPaths.flatMap { ["--data", $0] }
    var runs: [ProcessBenchmark.Run] = []
    var spent = 0.0
    while runs.count < Self.repetitions, runs.isEmpty || spent < Self.processSeconds {
      let process: MeasuredProcess
      do {
        process = try MeasuredProcess.run(arguments)
      } catch {
        throw fail(error.message)
      }
      // A failed diagnostic, status 1, does not matter here.
      guard let status = process.exitStatus, status <= 1,
        let firstDraw = FirstDraw.time(in: process.errors)
      else { throw fail("\(example.name): `ppl run` failed:\n\(process.errors)") }
      runs.append(
        ProcessBenchmark.Run(
          firstDrawSeconds: firstDraw - process.start,
          totalSeconds: process.end - process.start,
          peakMemoryBytes: process.peakMemoryBytes
        )
      )
      spent += process.end - process.start
    }
    return ProcessBenchmark(runs)
  }

  private func fail(_ message: String) -> ExitCode {
    Terminal.error("error: \(message)\n")
    return ExitStatus.runFailed
  }
}
