import Foundation
import PPL
import Testing

/// Engines that approximate the posterior, on models whose answers are known.
@Suite struct ApproximationTests {
  private static let normal =
    "dim obs\ndata y[obs]: real\nmu ~ Normal(0, 2)\ny[i: obs] ~ Normal(mu, 1)\n"
  private static let normalData = "{\"y\": [0.5, 1.5, 2.5, 1.5]}"

  /// The first fit's object of a run.
  private func fit(_ text: String, data: String) async throws -> [String: Any] {
    let (_, outcome) = try await runScript(text, data: data)
    let json = try JSONSerialization.jsonObject(with: Data(outcome.json.utf8))
    let fits = try #require((json as? [String: Any])?["fits"] as? [[String: Any]])
    return try #require(fits.first)
  }

  private func figure(_ fit: [String: Any], _ name: String, _ figure: String) throws -> Double {
    let parameters = try #require(fit["parameters"] as? [String: Any])
    let values = try #require(parameters[name] as? [String: Any])
    return try #require(values[figure] as? Double)
  }

  /// The posterior is normal with precision 1/4 + n and mean Σy / (1/4 + n); the bound is the log evidence.
  @Test(arguments: [
    "laplace(seed: 1)", "vi(seed: 1)", "vi(guide: full_rank, seed: 1)",
    "vi(guide: low_rank, rank: 1, seed: 1)", "vi(method: deterministic, seed: 1)",
    "pathfinder(seed: 1)",
  ])
  func normalPosterior(engine: String) async throws {
    let fit = try await fit(Self.normal + "infer post = \(engine)", data: Self.normalData)
    let y = [0.5, 1.5, 2.5, 1.5]
    let (n, sum) = (4.0, y.reduce(0, +))
    let precision = 0.25 + n
    let error = 1 / (precision * 1000).squareRoot()
    #expect(abs(try figure(fit, "mu", "mean") - sum / precision) < 5 * error)
    #expect(abs(try figure(fit, "mu", "sd") * precision.squareRoot() - 1) < 0.12)
    let squares = y.reduce(0) { $0 + $1 * $1 }
    let exponent = -0.5 * (squares - 4 * sum * sum / (1 + 4 * n))
    let evidence = exponent - 0.5 * log(1 + 4 * n) - 0.5 * n * log(2 * Double.pi)
    let approximation = try #require(fit["approximation"] as? [String: Any])
    let elbo = try #require(approximation["elbo"] as? Double)
    let elboError = try #require(approximation["elbo_se"] as? Double)
    #expect(abs(elbo - evidence) < 5 * elboError + 0.02, "\(elbo), wanted \(evidence)")
    #expect((fit["warnings"] as? [Any])?.isEmpty == true)
  }

  /// The mode is of the density of the model's own quantities: Gamma(3, 2) is highest at 1, whatever its transform.
  @Test func modesAreOfTheModelsOwnQuantities() async throws {
    let fit = try await fit("x ~ Gamma(3, 2)\nfactor f = 0 * x\ninfer p = map(seed: 1)", data: "{}")
    #expect(abs(try figure(fit, "x", "mean") - 1) < 1e-4)
    let probability = try await self.fit(
      "data k: int\np ~ Beta(2, 3)\nk ~ Binomial(10, p)\ninfer post = map(seed: 1)",
      data: "{\"k\": 7}"
    )
    #expect(abs(try figure(probability, "p", "mean") - 8.0 / 13) < 1e-4)
  }

  @Test func modesArePrintedAsValues() async throws {
    let (output, _) = try await runScript(
      "x ~ Gamma(3, 2)\nfactor f = 0 * x\ninfer p = map(seed: 1)\nshow p"
    )
    #expect(output.joined().contains("value"))
    #expect(!output.joined().contains("rhat"))
  }

  /// On the logarithmic scale Gamma(a, b) has its mode at log(a / b) and curvature a there.
  @Test func laplaceIsOnTheUnconstrainedScale() async throws {
    let text = "x ~ Gamma(50, 10)\nl = log(x)\nfactor f = 0 * x\n"
    let fit = try await fit(text + "infer p = laplace(draws: 4000, seed: 1)", data: "{}")
    let sd = 1 / 50.0.squareRoot()
    #expect(abs(try figure(fit, "l", "mean") - log(5)) < 5 * sd / 4000.0.squareRoot())
    #expect(abs(try figure(fit, "l", "sd") / sd - 1) < 0.06)
  }

  @Test func drawsDoNotDependOnTheRun() async throws {
    let text = Self.normal + "infer post = vi(guide: full_rank, seed: 9)"
    let first = try await fit(text, data: Self.normalData)
    let second = try await fit(text, data: Self.normalData)
    #expect(try figure(first, "mu", "mean") == figure(second, "mu", "mean"))
  }

  /// A mean field misses the correlation of these two, and says so.
  @Test func poorApproximationsAreWarnedOf() async throws {
    let text = """
      a, b ~ Normal(0, 10)
      data y: real
      y ~ Normal(a + b, 0.01)
      infer p = vi(seed: 1)
      """
    let fit = try await fit(text, data: "{\"y\": 1}")
    let warnings = try #require(fit["warnings"] as? [[String: Any]])
    #expect(warnings.map { $0["code"] as? String } == ["pareto_k"])
  }

  @Test(arguments: ["map(seed: 1)", "laplace(seed: 1)"])
  func hierarchiesWithoutModeAreRefused(engine: String) async throws {
    let text = """
      dim g = 3
      data y[g]: real
      s ~ HalfNormal(1)
      a[g] ~ Normal(0, s)
      y[i: g] ~ Normal(a[i], 1)
      infer p = \(engine)
      """
    let failure = await #expect(throws: SamplingFailure.self) {
      _ = try await runScript(text, data: "{\"y\": [0.1, -0.2, 0]}")
    }
    #expect(failure?.message.contains("no mode was found") == true)
  }

  @Test func queriesAndPredictionsWork() async throws {
    let (output, outcome) = try await runScript(
      Self.normal
        + "infer post = laplace(seed: 1)\npredict rep = y given post\nshow loo(post), P(post.mu > 0)",
      data: Self.normalData
    )
    #expect(output.joined().contains("elpd"))
    #expect(try answers(of: outcome).keys.contains("P(post.mu > 0)"))
  }

  @Test func modesHaveNoLogLikelihoodsToCompare() async throws {
    await #expect(throws: SamplingFailure.self) {
      _ = try await runScript(
        Self.normal + "infer post = map(seed: 1)\nshow loo(post)",
        data: Self.normalData
      )
    }
  }
}
