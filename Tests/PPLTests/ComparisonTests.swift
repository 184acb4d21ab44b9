import Foundation
import PPL
import Testing

/// Engines that compare simulations with data, on programs.
@Suite struct ComparisonTests {
  private struct Row {
    var mean: Double
    var sd: Double
  }

  private func rows(_ outcome: RunOutcome) throws -> [[String: Row]] {
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.json.utf8)) as? [String: Any]
    )
    let fits = try #require(object["fits"] as? [[String: Any]])
    return try fits.map { fit in
      let parameters = try #require(fit["parameters"] as? [String: [String: Any]])
      return try parameters.mapValues { row in
        Row(
          mean: try #require(row["mean"] as? Double),
          sd: try #require(row["sd"] as? Double)
        )
      }
    }
  }

  /// Where the density is known, too: means within 0.2 posterior deviations of those by NUTS, deviations within a quarter.
  @Test(arguments: [
    "abc_smc(particles: 1500, ", "npe(simulations: 6000, ", "npe(simulations: 6000, rounds: 3, ",
    "nle(simulations: 4000, rounds: 2, ", "synthetic(simulations: 30, draws: 2000, ",
  ])
  func posteriorOfANormalSample(engine: String) async throws {
    let text = """
      dim obs
      data y[obs]: real
      mu ~ Normal(0, 3)
      s ~ HalfNormal(2)
      y[obs] ~ Normal(mu, s)
      fn features[d](y: real[d]) = [mean(y), log(sd(y))]
      infer found = \(engine)summary: features, seed: 3)
      infer exact = nuts(draws: 4000, seed: 1)
      """
    let data = #"{"y": [1.1, 2.9, 5.2, 2.8, 3.1, 2.0, 1.5, 4.0, 3.3, 2.6]}"#
    let fits = try rows(try await runScript(text, data: data).outcome)
    for (name, exact) in fits[1] {
      let found = try #require(fits[0][name])
      #expect(abs(found.mean - exact.mean) < 0.2 * exact.sd, "\(name): \(found) and \(exact)")
      #expect(abs(found.sd / exact.sd - 1) < 0.25, "\(name): \(found) and \(exact)")
    }
  }

  /// A simulator of the host with a posterior in closed form: twenty Poisson counts have a gamma posterior.
  private static let counts = """
    dim day
    data cases[day]: int >= 0
    extern dist outbreak(rate: real) -> int[day] = host()
    rate ~ Gamma(4, 1)
    cases ~ outbreak(rate)
    double = 2 * rate
    fn total[d](x: int[d]) = [sum(x)]

    """
  private static let data =
    "{\"cases\": [3, 5, 2, 6, 4, 4, 7, 3, 1, 5, 4, 6, 3, 4, 5, 2, 4, 3, 6, 5]}"

  private static var host: ExternalAccess {
    var access = ExternalAccess()
    access.register(simulator: "outbreak") { arguments, seed in
      // Counts by the product of uniforms, from a generator of its own.
      var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
      func uniform() -> Double {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Double(state >> 11) * 0x1p-53
      }
      for _ in 0..<8 { _ = uniform() }
      return (0..<20).map { _ in
        var (count, product) = (0.0, uniform())
        while product > exp(-arguments[0][0]) {
          count += 1
          product *= uniform()
        }
        return count
      }
    }
    return access
  }

  @Test(arguments: [
    "abc_smc(summary: total, seed: 2)", "npe(summary: total, simulations: 4000, seed: 2)",
    "nle(summary: total, simulations: 4000, seed: 2)",
    "synthetic(summary: total, simulations: 30, draws: 2000, seed: 2)",
  ])
  func simulatorOfTheHost(engine: String) async throws {
    let text = Self.counts + "infer post = \(engine)\n"
    let (_, outcome) = try await runScript(text, data: Self.data, externals: Self.host)
    let fit = try rows(outcome)[0]
    // Gamma(4 + 82, 1 + 20).
    let (mean, sd) = (86.0 / 21, 86.0.squareRoot() / 21)
    let found = try #require(fit["rate"])
    #expect(abs(found.mean - mean) < 0.2 * sd, "\(found)")
    #expect(abs(found.sd / sd - 1) < 0.2, "\(found)")
    let double = try #require(fit["double"])
    #expect(abs(double.mean - 2 * found.mean) < 1e-9)
  }

  @Test(arguments: [
    "abc_smc(summary: total, particles: 100, seed: 2)",
    "nle(summary: total, simulations: 1000, epochs: 5, draws: 50, seed: 2)",
    "synthetic(summary: total, simulations: 10, draws: 50, warmup: 50, seed: 2)",
  ])
  func runsAreRepeatable(engine: String) async throws {
    let text = Self.counts + "infer post = \(engine)\n"
    let first = try rows(try await runScript(text, data: Self.data, externals: Self.host).outcome)
    let second = try rows(try await runScript(text, data: Self.data, externals: Self.host).outcome)
    #expect(first[0]["rate"]?.mean == second[0]["rate"]?.mean)
  }

  /// Chains over densities that simulations give are judged and stored as others are.
  @Test func chainsOfSimulationsAreJudged() async throws {
    let text =
      Self.counts
      + "infer post = synthetic(summary: total, simulations: 10, draws: 20, warmup: 5, seed: 2)\n"
    let (_, outcome) = try await runScript(text, data: Self.data, externals: Self.host)
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.json.utf8)) as? [String: Any]
    )
    let fit = try #require((object["fits"] as? [[String: Any]])?.first)
    let parameters = try #require(fit["parameters"] as? [String: [String: Any]])
    #expect(parameters["rate"]?["rhat"] as? Double != nil)
    #expect(fit["density_evaluations"] as? Int ?? 0 > 100)
    // So few draws are not enough, and it is said.
    #expect((fit["warnings"] as? [[String: Any]])?.isEmpty == false)
  }

  /// Ranks of true rates among draws of each engine at their own simulations are even: a false alarm at 0.01 each.
  @Test(arguments: [
    "abc_smc(summary: total, particles: 100, simulations: 5000)",
    "npe(summary: total, simulations: 1000, layers: 2, hidden: 10, epochs: 30)",
    "nle(summary: total, simulations: 1000, layers: 2, hidden: 10, epochs: 30)",
    "synthetic(summary: total, simulations: 10, steps: 2)",
  ])
  func enginesAreCalibrated(engine: String) async throws {
    var options = CalibrationOptions()
    options.replicates = 40
    options.draws = 19
    options.seed = 4
    let outcome = try await calibration(
      of: Self.counts + "infer post = \(engine)\n",
      data: Self.data,
      externals: Self.host,
      options
    )
    #expect(outcome.hasPassed, "\(outcome.text(withBins: true))")
    #expect(outcome.text(withBins: false).contains("rate"))
  }

  @Test(arguments: [
    ("npe(simulations: 1000, rounds: 20)", "too few to learn from"),
    ("nle(simulations: 1000, rounds: 20)", "too few to learn from"),
    ("synthetic(simulations: 5)", "are too few for the covariance of 20 statistics"),
  ])
  func tooFewSimulationsAreRefused(engine: String, message: String) async throws {
    do {
      _ = try await runScript(
        Self.counts + "infer post = \(engine)\n",
        data: Self.data,
        externals: Self.host
      )
      Issue.record("it must be refused")
    } catch SamplingFailure.run(let text) {
      #expect(text.contains(message), "\(text)")
    }
  }

  /// The density of a simulator is not known: engines that need it say so where it stands.
  @Test func densitiesOfSimulatorsAreUnknown() throws {
    let program = Program(name: "m.ppl", text: Self.counts + "infer post = nuts(seed: 1)\n")
    let folder = FileManager.default.temporaryDirectory
    let file = folder.appending(path: "\(UUID().uuidString).json")
    try Self.data.write(to: file, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(at: file) }
    do {
      _ = try program.compile(DataSet(paths: [file.path]), externals: Self.host)
      Issue.record("nuts must not run it")
    } catch {
      #expect(error.diagnostics.map(\.code) == ["E1007"])
      #expect(!error.isAboutData)
    }
  }

  /// Latents of a simulator have no draws given the data: the advice is not to take an engine that is in use already.
  @Test func latentsOfSimulatorsAreRefused() async throws {
    let text = """
      data y: real
      extern dist outbreak(rate: real) -> real = host()
      rate ~ Gamma(4, 1)
      x ~ outbreak(rate)
      y ~ Normal(x, 1)
      infer post = abc_smc(seed: 1)
      """
    do {
      _ = try await runScript(text, data: #"{"y": 1}"#, externals: Self.host)
      Issue.record("it must be refused")
    } catch SamplingFailure.program(let diagnostic) {
      #expect(diagnostic.code == "E1007")
      #expect(diagnostic.help?.contains("y ~ outbreak(…)") == true)
    }
  }

  /// Nothing is called that was not allowed or given.
  @Test(arguments: ["host()", "process(\"touch never\")", "library(\"never.so\")"])
  func nothingIsCalledUnasked(place: String) async throws {
    let text =
      Self.counts.replacing("host()", with: place) + "infer post = abc_smc(seed: 1)\n"
    do {
      _ = try await runScript(text, data: Self.data)
      Issue.record("it must not run")
    } catch SamplingFailure.program(let diagnostic) {
      #expect(diagnostic.code == "E1003")
      #expect(diagnostic.help != nil)
    }
    #expect(!FileManager.default.fileExists(atPath: "never"))
  }
}
