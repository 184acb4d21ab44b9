import Foundation
import PPL
import PPLInference
import PPLTypeSystem
import Testing

/// Engines of chains as programs name them: on a model of the examples, and by simulation.
@Suite struct EngineScriptTests {
  /// As the engines are named in programs, with settings where others are worth a test.
  private static let engines = [
    "nuts()", "walnuts()", "hmc()", "mams()", "slice()", "elliptical_slice()", "metropolis()",
    "metropolis(adapt: diagonal, steps: 5)", "de()", "ensemble()", "ensemble(move: de)",
    "tempering(levels: 4)", "tempering(levels: 4, explore: metropolis)", "gibbs()",
  ]

  /// Engines that need states have tests of their own: `ParticleFilterTests`.
  @Test func everyEngineIsTested() {
    for engine in EngineLibrary.chains where engine.signature.needs != .states {
      let name = engine.signature.name
      #expect(Self.engines.contains { $0.hasPrefix("\(name)(") }, "\(name)")
    }
  }

  private static func fits(_ outcome: RunOutcome) throws -> [String: Any] {
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.json.utf8)) as? [String: Any]
    )
    let fits = try #require(object["fits"] as? [[String: Any]])
    return try #require(fits.first)
  }

  /// A regression with a group level: means of all engines are those of NUTS within 4 standard errors, a false alarm at
  /// 6e-5 a mean.
  @Test(arguments: engines)
  func posteriorsOfARegressionAgree(engine: String) async throws {
    func run(_ engine: String) async throws -> [String: Any] {
      let text = """
        dim group, obs
        data group_of[obs]: group
        data x[obs]: real
        data y[obs]: int >= 0
        a ~ Normal(0, 2)
        b ~ Normal(0, 1)
        tau ~ HalfNormal(1)
        z[group] ~ Normal(0, 1)
        y[i: obs] ~ Poisson(exp(a + tau * z[group_of[i]] + b * x[i]))
        infer p = \(engine)
        """
      let data = """
        {"group_of": ["a", "a", "b", "b", "c", "c", "d", "d"],
         "x": [-1.0, 0.5, 1.2, -0.3, 0.1, 0.8, -0.9, 0.4], "y": [1, 4, 9, 3, 0, 2, 2, 5]}
        """
      return try Self.fits(try await runScript(text, data: data).outcome)
    }
    let settings = engine.hasSuffix("()") ? "seed: 3" : ", seed: 3"
    let found = try await run(String(engine.dropLast()) + settings + ")")
    let reference = try await run("nuts(draws: 5000, seed: 1)")
    #expect(found["engine"] as? String == engine.prefix { $0 != "(" }.description)
    let means = try #require(found["parameters"] as? [String: [String: Any]])
    let expected = try #require(reference["parameters"] as? [String: [String: Any]])
    #expect(means.count == 7)
    for (name, summary) in means {
      let other = try #require(expected[name])
      func number(_ key: String, _ summary: [String: Any]) throws -> Double {
        try #require(summary[key] as? Double)
      }
      let error = try number("mcse", summary)
      let otherError = try number("mcse", other)
      let difference = try number("mean", summary) - number("mean", other)
      let bound = 4 * (error * error + otherError * otherError).squareRoot()
      #expect(abs(difference) < bound, "\(name): \(difference), \(bound)")
    }
    let gradients = try #require(found["gradient_evaluations"] as? Int)
    let densities = found["density_evaluations"] as? Int
    let signature = try #require(
      EngineLibrary.chainEngine(engine.prefix { $0 != "(" }.description)
    ).signature
    #expect((gradients > 0) == (signature.needs == .gradient || signature.movesBlocks))
    #expect((densities ?? 0 > 0) == (signature.needs == .density))
  }

  /// Simulation-based calibration: a false alarm at 1 % an engine, the seed is fixed.
  @Test(arguments: engines + ["smc()", "smc(path: data)", "importance()"])
  func enginesAreCalibrated(engine: String) async throws {
    let text = """
      dim obs = 5
      data y[obs]: real
      mu ~ Normal(0, 2)
      sigma ~ HalfNormal(1)
      y[i: obs] ~ Normal(mu, sigma)
      infer p = \(engine)
      """
    var options = CalibrationOptions()
    options.replicates = 100
    options.draws = 31
    options.warmup = 300
    options.seed = 11
    let outcome = try await calibration(of: text, data: "{\"y\": [0, 0, 0, 0, 0]}", options)
    #expect(outcome.hasPassed, "\(outcome.text(withBins: true))")
  }

  /// Evidence and probabilities of what was summed out are read from the draws of any engine of chains.
  @Test func drawsOfOtherEnginesServeAllQueries() async throws {
    let text = """
      dim obs
      data y[obs]: real
      mu ~ Normal(0, 10)
      y[i: obs] ~ Normal(mu, 1)
      infer p = slice(seed: 2)
      show marginal_likelihood(p)
      show loo(p)
      check p
      """
    let (output, outcome) = try await runScript(text, data: "{\"y\": [0.5, -0.2, 1.1, 0.3]}")
    let answers = try answers(of: outcome)
    let evidence = try #require(answers["marginal_likelihood(p)"] as? [String: Any])
    // y ~ Normal(0, I + 100 11ᵀ): determinant 401, and 1.7 squares less 2.89 · 100/401.
    let squares = 0.25 + 0.04 + 1.21 + 0.09
    let sum = 1.7
    let expected =
      -2 * Foundation.log(2 * Double.pi) - 0.5 * Foundation.log(401)
      - 0.5 * (squares - sum * sum * 100 / 401)
    let found = try #require(evidence["log_marginal_likelihood"] as? Double)
    let error = try #require(evidence["se"] as? Double)
    #expect(abs(found - expected) < 5 * error + 1e-3)
    #expect(output.count >= 3)
  }

  /// What an engine cannot do with a model is said before it starts, and a start that is not found without gradient too.
  @Test(arguments: [
    (
      "a ~ Normal(0, 1)\ninfer p = mams()",
      "`mams` must have two directions at least to turn to, and the model has one unconstrained"
        + " value: use `nuts()`"
    ),
    (
      "a ~ Normal(0, 1)\nb ~ Normal(a, 1)\nc ~ Normal(b, 1)\ninfer p = ensemble(chains: 6)",
      "`chains` must be at least 8 for an ensemble that moves in 3 dimensions: leave it out, or"
        + " take more walkers"
    ),
    (
      "a ~ Normal(0, 1)\nfactor f = log(-1 - a^2)\ninfer p = slice(seed: 1)",
      "no start was found: after 100 tries in chain 1 the log density was still not finite"
    ),
  ])
  func failuresSayWhatToDo(text: String, message: String) async throws {
    do {
      _ = try await runScript(text)
      Issue.record("The run went on.")
    } catch let failure as SamplingFailure {
      #expect(failure.message.hasPrefix(message), "\(failure.message)")
    }
  }

  /// What is known of engines is shown to people without being written twice.
  @Test func everyEngineIsDescribed() throws {
    for engine in EngineLibrary.standard.engines {
      let text = try #require(EngineIndex.description(of: engine.name))
      #expect(EngineIndex.overview.contains("\n\(engine.name) ") || engine.name == "nuts")
      for setting in engine.settings { #expect(text.contains("\n\(setting.name) ")) }
    }
    #expect(EngineIndex.description(of: "emcee") == nil)
  }

  @Test func planNamesTheEnginesOfTheProgram() throws {
    let program = Program(
      name: "m.ppl",
      text: "a ~ Normal(0, 1)\nb ~ Normal(a, 1)\ninfer p = slice()\ninfer q = de()\n"
    )
    let plan = try program.compile().model.planDescription
    #expect(plan.contains("engine slice on 2 unconstrained values\nengine de on 2"))
    #expect(!plan.contains("nuts"))
  }
}
