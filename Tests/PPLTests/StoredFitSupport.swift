import Foundation
import PPL
import PPLInference
import PPLJSON
import PPLTypeSystem
import Testing

/// A short program for each engine.
struct FitProgram: Sendable, CustomTestStringConvertible {
  let engine: String
  let text: String

  static let model = """
    dim obs
    data y[obs]: real
    mu ~ Normal(0, 1)
    z[i: obs] ~ Normal(mu, 1)
    y[i: obs] ~ Normal(z[i], 1)

    """
  static let data = "{\"obs\": [\"a\", \"b\", \"c\", \"d\"], \"y\": [0.5, 1.5, 2.5, 1.5]}"

  /// As engines are named in programs.
  private static let engines = [
    "nuts(draws: 50, seed: 1)", "walnuts(draws: 50, seed: 1)", "hmc(draws: 50, seed: 1)",
    "mams(draws: 50, seed: 1)", "slice(draws: 50, seed: 1)", "elliptical_slice(draws: 50, seed: 1)",
    "metropolis(draws: 50, seed: 1)", "de(draws: 50, seed: 1)", "ensemble(draws: 50, seed: 1)",
    "tempering(draws: 50, seed: 1)", "gibbs(draws: 50, seed: 1)", "prior(draws: 50, seed: 1)",
    "map(seed: 1)", "laplace(seed: 1)", "pathfinder(seed: 1)", "vi(seed: 1)",
    "importance(seed: 1)", "svi(steps: 200, seed: 1)", "smc(particles: 100, seed: 1)",
    "abc_smc(summary: total, particles: 100, seed: 2)",
    "npe(summary: total, simulations: 1000, epochs: 3, draws: 50, seed: 2)",
    "nle(summary: total, simulations: 1000, epochs: 3, draws: 50, seed: 2)",
    "synthetic(summary: total, simulations: 10, draws: 50, warmup: 50, seed: 2)",
    "pmmh(particles: 20, draws: 20, warmup: 10, seed: 1)", "train(steps: 400, seed: 1)",
  ]

  /// What an engine needs of its model.
  private static func model(for engine: String) -> String {
    switch engine {
    case "pmmh":
      """
      dim obs
      data y[obs]: real
      s ~ HalfNormal(1)
      x[1] ~ Normal(0, 1)
      x[t: obs[2..]] ~ Normal(x[t-1], s)
      y[t: obs] ~ Normal(x[t], 1)

      """
    case "train":
      """
      dim obs
      data y[obs]: real
      param a: real = 0.5
      y[i: obs] ~ Normal(a, 1)

      """
    case "abc_smc", "npe", "nle", "synthetic":
      "fn total[d](x: real[d]) = [sum(x)]\n" + model
    default: model
    }
  }

  static let all = engines.map { call in
    let engine = String(call.prefix { $0 != "(" })
    return FitProgram(engine: engine, text: model(for: engine) + "infer post = \(call)\n")
  }

  var testDescription: String { engine }
}

/// A fit in a folder of its own, with what the run said.
final class MadeFit {
  let path: String
  var notes: [String] = []
  let outcome: RunOutcome
  private let folder: URL

  init(_ text: String, data: String = FitProgram.data) async throws {
    folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let file = folder.appending(path: "data.json")
    try data.write(to: file, atomically: true, encoding: .utf8)
    let program = Program(name: "folder/model.ppl", text: text)
    try #require(program.diagnostics.isEmpty, "\(program.diagnostics)")
    path = folder.appending(path: "model.fit.zarr").path
    var options = RunOptions()
    options.path = path
    var notes: [String] = []
    outcome = try await program.compile(DataSet(paths: [file.path])).model.run(options) { event in
      if case .note(let text) = event { notes.append(text) }
    }
    self.notes = notes
  }

  convenience init(_ program: FitProgram) async throws {
    try await self.init(program.text)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func other(_ name: String) -> String { folder.appending(path: name).path }

  /// The names of the elements that the run reports.
  func names() throws -> [String] {
    let root = try JSONDocument([UInt8](outcome.json.utf8)).root
    guard case .array(let fits)? = root["fits"]?.kind,
      case .object(let members)? = fits.first?["parameters"]?.kind
    else { return [] }
    return members.map(\.name)
  }
}
