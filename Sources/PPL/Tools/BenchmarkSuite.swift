import PPLJSON
import PPLReporting
import PPLStorage

/// A model with data that the suite measures.
package struct BenchmarkExample: Sendable, Hashable {
  /// Name of its folder.
  package var name: String
  /// Where the model is.
  package var modelPath: String
  /// Where its data are.
  package var dataPaths: [String]

  /// The examples of a folder that are sampled: each folder in it that holds a `model.ppl` and files `data.*`.
  ///
  /// - Throws: why the folder cannot be read.
  package static func all(in folder: String) throws(ProgramFileError) -> [BenchmarkExample] {
    do {
      var examples: [BenchmarkExample] = []
      for name in try listDirectory(folder) {
        let path = folder + "/" + name
        // A plain file is no example.
        guard let files = try? listDirectory(path), files.contains("model.ppl"),
          files.contains(where: { $0.hasPrefix("data.") })
        else { continue }
        examples.append(
          BenchmarkExample(
            name: name,
            modelPath: path + "/model.ppl",
            dataPaths: files.filter { $0.hasPrefix("data.") }.map { path + "/" + $0 }
          )
        )
      }
      return examples
    } catch {
      throw ProgramFileError(message: error.message)
    }
  }
}

/// What whole processes of `ppl run` needed.
package struct ProcessBenchmark: Sendable {
  /// How many were run.
  package var repetitions: Int
  /// From the start of the process to the first draw after tuning, median in seconds.
  package var firstDrawSeconds: Double
  /// From the start of the process to its end, median in seconds.
  package var totalSeconds: Double
  /// Most resident memory, of the largest.
  package var peakMemoryBytes: Int

  /// What one process needed.
  package struct Run: Sendable {
    /// From the start to the first draw after tuning, in seconds.
    package var firstDrawSeconds: Double
    /// From the start to the end, in seconds.
    package var totalSeconds: Double
    /// Most resident memory.
    package var peakMemoryBytes: Int

    /// What one process needed.
    package init(firstDrawSeconds: Double, totalSeconds: Double, peakMemoryBytes: Int) {
      self.firstDrawSeconds = firstDrawSeconds
      self.totalSeconds = totalSeconds
      self.peakMemoryBytes = peakMemoryBytes
    }
  }

  /// Sums up runs, of which there is at least one.
  package init(_ runs: [Run]) {
    precondition(!runs.isEmpty, "there is at least one run")
    repetitions = runs.count
    firstDrawSeconds = median(runs.map(\.firstDrawSeconds))
    totalSeconds = median(runs.map(\.totalSeconds))
    peakMemoryBytes = runs.map(\.peakMemoryBytes).max() ?? 0
  }

  fileprivate var json: JSONValue {
    [
      "repetitions": .integer(repetitions),
      "first_draw_s": .real(firstDrawSeconds),
      "total_s": .real(totalSeconds),
      "peak_memory_bytes": .integer(peakMemoryBytes),
    ]
  }
}

/// What the suite has measured of one example.
package struct SuiteEntry: Sendable {
  /// Name of the example.
  package var name: String
  /// Times of gradient and compilation.
  package var gradient: GradientBenchmark
  /// A run of the sampler in memory.
  package var sampling: SamplingBenchmark
  /// Whole processes.
  package var process: ProcessBenchmark

  /// What was measured.
  package init(
    name: String,
    gradient: GradientBenchmark,
    sampling: SamplingBenchmark,
    process: ProcessBenchmark
  ) {
    self.name = name
    self.gradient = gradient
    self.sampling = sampling
    self.process = process
  }

  fileprivate var json: JSONValue {
    .object(
      [JSONMember("name", .string(name))] + gradient.members + [
        JSONMember("sampling", sampling.json(gradient)), JSONMember("process", process.json),
      ]
    )
  }
}

/// The results of `ppl bench --suite`.
package struct SuiteReport: Sendable {
  /// Version of the form of the JSON object.
  package static let schema = 1

  /// The examples in order.
  package var entries: [SuiteEntry]

  /// A report.
  package init(_ entries: [SuiteEntry]) {
    self.entries = entries
  }

  /// As JSON.
  package var json: String {
    let value: JSONValue = [
      "schema": .integer(Self.schema), "version": .string(Version.text),
      "examples": .array(entries.map(\.json)),
    ]
    return value.text(.indented)
  }

  /// For people: a row an example, then the medians.
  package var text: String {
    let columns: [(head: String, value: (SuiteEntry) -> Double)] = [
      ("values", { Double($0.gradient.dimension) }),
      ("gradient us", { $0.gradient.gradientNanoseconds / 1e3 }),
      ("reference us", { $0.gradient.referenceNanoseconds / 1e3 }),
      ("compile ms", { $0.gradient.compileSeconds * 1e3 }),
      ("sampling s", { $0.sampling.samplingSeconds }),
      ("min ESS", { $0.sampling.minimumBulkESS }),
      ("ESS/s", { $0.sampling.bulkESSPerSecond }),
      ("with warm-up", { $0.sampling.bulkESSPerSecondWithWarmup }),
      ("ESS/gradient", { $0.sampling.bulkESSPerGradient }),
      ("outside %", { $0.sampling.shareOutsideGradient($0.gradient) * 100 }),
      ("first draw ms", { $0.process.firstDrawSeconds * 1e3 }),
      ("process ms", { $0.process.totalSeconds * 1e3 }),
      ("memory MiB", { Double($0.process.peakMemoryBytes) / 1_048_576 }),
    ]
    var rows = [[""] + columns.map(\.head)]
    for entry in entries {
      rows.append([entry.name] + columns.map { threeDigits($0.value(entry)) })
    }
    rows.append(["median"] + columns.map { threeDigits(median(entries.map($0.value))) })
    return alignedTable(rows)
  }
}

/// The middle value, or the mean of the two; NaN of none.
private func median(_ values: [Double]) -> Double {
  guard !values.isEmpty else { return .nan }
  let sorted = values.sorted()
  return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
}
