import Foundation
import PPL
import PPLJSON
import Testing

/// Whether a simulator in Python can be run.
private let hasPython: Bool = {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = ["python3", "-c", "import json"]
  process.standardError = FileHandle.nullDevice
  do { try process.run() } catch { return false }
  process.waitUntilExit()
  return process.terminationStatus == 0
}()

/// An epidemic by a simulator in Python: without a density, with one around its results, and in the language alone.
@Suite(.enabled(if: hasPython, "there is no python3"))
struct EpidemicTests {
  private struct Row {
    var mean: Double
    var sd: Double
  }

  /// The rows of `beta`, `gamma` and `R0` of each fit.
  private func rows(_ file: String, replacing: [(String, String)] = []) async throws
    -> [[String: Row]]
  {
    let path = Example.root.appending(path: "epidemic/\(file)").path()
    var text = try String(contentsOfFile: path, encoding: .utf8)
    for (old, new) in replacing {
      try #require(text.contains(old))
      text = text.replacing(old, with: new)
    }
    let program = Program(name: path, text: text)
    try #require(program.isValid, "\(program.diagnostics)")
    let directory = try TemporaryDirectory()
    defer { withExtendedLifetime(directory) {} }
    var options = RunOptions()
    options.path = directory.path + "/fit.zarr"
    let model = try program.compile(externals: ExternalAccess(.all)).model
    let outcome = try await model.run(options) { _ in }
    let report = try JSONDocument([UInt8](outcome.json.utf8)).root
    guard case .array(let fits)? = report["fits"]?.kind else { return [] }
    return try fits.map { fit in
      var result: [String: Row] = [:]
      for name in ["beta", "gamma", "R0"] {
        let row = try #require(fit["parameters"]?[name])
        result[name] = Row(
          mean: try #require(row["mean"]?.real),
          sd: try #require(row["sd"]?.real)
        )
      }
      return result
    }
  }

  /// Means within half a deviation of those of the model in the language, deviations within a third: fewer draws and
  /// simulations than in the example.
  @Test func allAgree() async throws {
    let exact = try await rows("ode.ppl")[0]
    var found = try await rows(
      "known.ppl",
      replacing: [("nuts(seed: 1)", "nuts(chains: 2, draws: 150, warmup: 150, seed: 1)")]
    )
    found += try await rows(
      "model.ppl",
      replacing: [
        ("particles: 500", "particles: 200"), ("simulations: 5000", "simulations: 2000"),
      ]
    )
    #expect(found.count == 3)
    for rows in found {
      for (name, row) in rows {
        let wanted = try #require(exact[name])
        #expect(abs(row.mean - wanted.mean) < 0.5 * wanted.sd, "\(name): \(row), \(wanted)")
        #expect(abs(log(row.sd / wanted.sd)) < log(1.4), "\(name): \(row), \(wanted)")
      }
    }
  }
}
