import Foundation
import PPL
import Testing

/// Flows as guides of `vi`, beside the normal distributions that they start from.
@Suite struct FlowGuideTests {
  /// A curved posterior of two latents with E y = 1 and Var y = 3.
  private static let banana = """
    x ~ Normal(0, 1)
    y ~ Normal(x^2, 1)
    factor f = 0 * (x + y)

    """

  private func fit(_ text: String) async throws -> [String: Any] {
    let (_, outcome) = try await runScript(text)
    let json = try JSONSerialization.jsonObject(with: Data(outcome.json.utf8))
    let fits = try #require((json as? [String: Any])?["fits"] as? [[String: Any]])
    return try #require(fits.first)
  }

  private func approximation(_ fit: [String: Any]) throws -> (elbo: Double, shape: Double) {
    let found = try #require(fit["approximation"] as? [String: Any])
    return (try #require(found["elbo"] as? Double), try #require(found["pareto_k"] as? Double))
  }

  @Test(arguments: ["iaf", "coupling"])
  func flowsFollowBends(guide: String) async throws {
    let found = try await fit(Self.banana + "infer p = vi(guide: \(guide), draws: 4000, seed: 1)")
    let plain = try await fit(Self.banana + "infer p = vi(guide: full_rank, draws: 4000, seed: 1)")
    let (own, normal) = (try approximation(found), try approximation(plain))
    #expect(own.elbo > normal.elbo + 0.2, "\(own), \(normal)")
    #expect(own.shape < normal.shape, "\(own), \(normal)")
    #expect(own.shape < 0.7)
    let parameters = try #require(found["parameters"] as? [String: [String: Any]])
    let mean = try #require(parameters["y"]?["mean"] as? Double)
    let sd = try #require(parameters["y"]?["sd"] as? Double)
    #expect(abs(mean - 1) < 0.15)
    #expect(abs(sd / 3.0.squareRoot() - 1) < 0.15)
  }

  @Test func settingsOfFlowsAreTaken() async throws {
    let text =
      Self.banana
      + "infer p = vi(guide: coupling, layers: 2, hidden: 8, samples: 4, steps: 400, seed: 1)"
    let first = try await fit(text)
    let second = try await fit(text)
    #expect(try approximation(first).elbo == approximation(second).elbo)
    let warnings = try #require(first["warnings"] as? [[String: Any]])
    #expect(warnings.contains { $0["code"] as? String == "convergence" })
  }

  @Test(arguments: ["iaf", "coupling"])
  func flowsOfOneParameterAreRefused(guide: String) async throws {
    let failure = await #expect(throws: SamplingFailure.self) {
      _ = try await runScript("x ~ Normal(0, 1)\nfactor f = 0 * x\ninfer p = vi(guide: \(guide))")
    }
    #expect(failure?.message.contains("one only, `x`") == true, "\(failure?.message ?? "")")
  }
}
