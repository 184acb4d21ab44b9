import Foundation
import PPL
import PPLPosteriorAnalysis
import PPLReporting
import Testing

/// The workers of `Examples/callouts`: each gives the posterior that the language gives with the same function.
@Suite struct CalloutExampleTests {
  /// What stands in the model for each worker, and the shell's test whether it can run.
  private static let workers: [(line: String, isThere: String)] = [
    ("process(\"sh rod.sh\", gradient: finite_difference)", "true"),
    ("process(\"python3 rod.py\", gradient: given)", "python3 -c 'import json'"),
    ("process(\"Rscript rod.R\", gradient: given)", "Rscript -e 'library(jsonlite)'"),
    (
      "library(\"librod.so\", \"rod\", gradient: given)",
      "c=$(command -v clang || command -v cc) && \"$c\" -shared -fPIC -O2 -o librod.so rod.c -lm"
    ),
  ]

  private func run(_ text: String, in folder: String) async throws -> RunOutcome {
    let program = Program(name: folder + "/model.ppl", text: text)
    try #require(program.isValid, "\(program.diagnostics)")
    let model = try program.compile(
      DataSet(paths: [folder + "/sensors.csv"]),
      externals: ExternalAccess(.all)
    ).model
    var options = RunOptions()
    options.path = folder + "/fit.zarr"
    options.replacesFits = true
    options.sampler.chains = 1
    options.sampler.warmup = 200
    options.sampler.draws = 200
    return try await model.run(options) { _ in }
  }

  private func summaries(_ outcome: RunOutcome) -> [String: (
    mean: Double, sd: Double, mcse: Double
  )] {
    Dictionary(
      uniqueKeysWithValues: outcome.fits[0].parameters.compactMap { array in
        array.summaries.first.map { (array.name, ($0.mean, $0.sd, $0.mcse)) }
      }
    )
  }

  @Test(arguments: workers)
  func workerComputesTheRod(_ line: String, _ isThere: String) async throws {
    let directory = try TemporaryDirectory()
    defer { withExtendedLifetime(directory) {} }
    let folder = directory.path + "/callouts"
    try FileManager.default.copyItem(
      at: Example.root.appending(path: "callouts"),
      to: URL(filePath: folder)
    )
    let shell = Process()
    shell.executableURL = URL(filePath: "/bin/sh")
    shell.arguments = ["-c", "(\(isThere)) > /dev/null 2>&1"]
    shell.currentDirectoryURL = URL(filePath: folder)
    try shell.run()
    shell.waitUntilExit()
    guard shell.terminationStatus == 0 else {
      print("skipped: what runs \(line) is not there")
      return
    }
    let text = try String(contentsOf: URL(filePath: folder + "/model.ppl"), encoding: .utf8)
    let usual = Self.workers[0].line
    // The line stands in the comment, and in the README.
    #expect(text.contains(line))
    let readme = try String(contentsOf: URL(filePath: folder + "/README.md"), encoding: .utf8)
    #expect(readme.contains("`\(line)`"))
    let actual = summaries(try await run(text.replacing(usual, with: line), in: folder))
    let written = text.replacing(
      "extern fn rod(k: real, q: real) -> real[sensor] = \(usual)",
      with: "x[s: sensor] = (s - 1) / 4"
    ).replacing("rod(k, q)", with: "20 + q * exp(-k * x)")
    let expected = summaries(try await run(written, in: folder))
    for name in ["k", "q"] {
      let here = try #require(actual[name])
      let there = try #require(expected[name])
      // Both are samples; one pair in 15,000 differs by more.
      let error = (here.mcse * here.mcse + there.mcse * there.mcse).squareRoot()
      #expect(abs(here.mean - there.mean) < 4 * error, "\(name): \(here) and \(there)")
    }
  }
}
