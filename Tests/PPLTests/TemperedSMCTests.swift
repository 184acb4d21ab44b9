import Foundation
import PPL
import PPLInference
import PPLTensorCore
import Testing

/// Particles that are moved from the prior to the posterior.
@Suite struct TemperedSMCTests {
  private static let data = #"{"y": [1.1, 2.9, 5.2, 2.8, 3.1, 2.0, 1.5, 4.0, 3.3, 2.6]}"#

  private func query(_ outcome: RunOutcome, _ text: String) throws -> (value: Double, se: Double) {
    let found = try #require(try answers(of: outcome)[text] as? [String: Any])
    return (
      try #require(found["log_marginal_likelihood"] as? Double),
      try #require(found["se"] as? Double)
    )
  }

  /// A normal mean: draws within 4 standard errors of 4,000 independent ones by half, the marginal likelihood within 4 of its
  /// own and of bridge sampling's.
  @Test func conjugateMean() async throws {
    let text = """
      dim obs
      data y[obs]: real
      mu ~ Normal(0, 3)
      y[obs] ~ Normal(mu, 1)
      infer p = smc(seed: 1)
      infer q = nuts(seed: 1)
      show marginal_likelihood(p)
      show marginal_likelihood(q)
      show E(p.mu)
      show SD(p.mu)
      """
    let (_, outcome) = try await runScript(text, data: Self.data)
    // N(0, I + 9 11ᵀ) at the data.
    let exact = -18.283606294096344
    let (value, se) = try query(outcome, "marginal_likelihood(p)")
    #expect(se > 0 && se < 0.1)
    #expect(abs(value - exact) < 4 * se, "\(value)")
    let bridge = try query(outcome, "marginal_likelihood(q)")
    #expect(abs(value - bridge.value) < 4 * (se * se + bridge.se * bridge.se).squareRoot())
    let mean = try #require(try answers(of: outcome)["E(p.mu)"] as? Double)
    let sd = try #require(try answers(of: outcome)["SD(p.mu)"] as? Double)
    #expect(abs(mean - 2.818681) < 4 * 0.3145 / 2000.0.squareRoot(), "\(mean)")
    #expect(abs(sd / 0.314485 - 1) < 0.09, "\(sd)")
  }

  /// Two modes with weights 1/3 and 2/3 that no chain would pass between, and scales with transforms.
  @Test func modesHaveTheirWeights() async throws {
    let text = """
      data y: real
      w: real in (0, 1) ~ Beta(2, 2)
      a ~ Normal(0, 10)
      y ~ Mixture([1 / 3, 2 / 3], Normal(a - 8, 0.5), Normal(a + 8, 0.5))
      infer p = smc(particles: 4000, seed: 2)
      show P(p.a > 0)
      show E(p.w)
      """
    let (_, outcome) = try await runScript(text, data: #"{"y": 0}"#)
    let share = try #require(try answers(of: outcome)["P(p.a > 0)"] as? Double)
    // a = 8 with the first component's weight, a = -8 with the second's.
    #expect(abs(share - 1.0 / 3) < 0.05, "\(share)")
    let w = try #require(try answers(of: outcome)["E(p.w)"] as? Double)
    #expect(abs(w - 0.5) < 0.02, "\(w)")
  }

  @Test func drawsFollowTheSeed() async throws {
    func mean(_ seed: Int) async throws -> Double? {
      let text =
        "mu ~ Normal(0, 1)\ndata y: real\ny ~ Normal(mu, 1)\n"
        + "infer p = smc(particles: 100, chains: 2, seed: \(seed))\nshow E(p.mu)\n"
      return try answers(of: try await runScript(text, data: #"{"y": 1}"#).outcome)["E(p.mu)"]
        as? Double
    }
    let first = try await mean(1)
    #expect(try await mean(1) == first)
    #expect(try await mean(2) != first)
  }

  /// Data that the prior makes impossible are an error that says so.
  @Test func impossibleDataAreAnError() async throws {
    let text = "mu ~ Uniform(0, 1)\ndata y: real\ny ~ Uniform(mu, mu + 1)\ninfer p = smc(seed: 1)\n"
    await #expect(throws: SamplingFailure.self) {
      _ = try await runScript(text, data: #"{"y": 5}"#)
    }
  }

  /// A factor is no prior that can be drawn from.
  @Test func factorsAreRefused() async throws {
    let text = "mu ~ Normal(0, 1)\nfactor f = -mu^2\ninfer p = smc(seed: 1)\n"
    do {
      _ = try await runScript(text)
      Issue.record("a factor must be refused")
    } catch SamplingFailure.program(let diagnostic) {
      #expect(diagnostic.code == "E1006")
    }
  }
}
