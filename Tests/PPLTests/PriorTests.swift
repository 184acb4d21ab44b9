import Foundation
import PPL
import Testing

/// Draws from the prior, whatever is observed.
@Suite struct PriorTests {
  /// Moments of 4 x 2000 independent draws, within five standard errors of what the statements say.
  @Test func latentsAndReplicatesFollowTheirStatements() async throws {
    let result = try await runScript(
      """
      dim time = 4, comp = 2
      data y[time]: real
      tau ~ Gamma(4, 2)
      z ~ Bernoulli(0.25)
      m: ordered[comp] ~ Normal(0, 1)
      u: real in (0, 3) ~ Flat()
      phi ~ Uniform(0, 1)
      y[1] ~ Normal(10 * z, tau)
      y[t: time[2..]] ~ Normal(phi * y[t-1], 1)
      infer p = prior(draws: 2000, seed: 4)
      show E(p.tau), E(p.z), E(p.m[2] - p.m[1]), E(p.u), E(p.y[1]), E(p.y[2])
      """,
      data: "{\"y\": [1, 2, 3, 4]}"
    )
    let values = try answers(of: result.outcome)
    func expect(_ text: String, _ value: Double, _ deviation: Double) throws {
      let found = try #require(values[text] as? Double)
      #expect(abs(found - value) < 5 * deviation / 8000.0.squareRoot(), "\(text) \(found)")
    }
    try expect("E(p.tau)", 2, 1)
    try expect("E(p.z)", 0.25, 0.433)
    // The range of two standard normals: 2 / sqrt(pi), of variance 2 - 4 / pi.
    try expect("E(p.m[2] - p.m[1])", 2 / Double.pi.squareRoot(), (2 - 4 / Double.pi).squareRoot())
    try expect("E(p.u)", 1.5, 0.866)
    try expect("E(p.y[1])", 2.5, 5)
    try expect("E(p.y[2])", 1.25, 4)
  }

  /// Where nothing is observed, what depends on a discrete latent is drawn after it, by engines of posteriors too.
  @Test func discreteLatentsAreDrawnBeforeWhatDependsOnThem() async throws {
    let result = try await runScript(
      """
      dim k = 2
      z: k ~ Categorical([0.3, 0.7])
      a ~ Normal(if z == 1 then -4 else 4, 0.5)
      c = a + 1
      b ~ Normal(c, 1)
      s ~ Normal(0, 1)
      infer p = nuts(draws: 2000, seed: 4)
      show E(p.a), P(p.a > 0), E(p.b), E(p.s)
      """
    )
    let values = try answers(of: result.outcome)
    func expect(_ text: String, _ value: Double, _ deviation: Double) throws {
      let found = try #require(values[text] as? Double)
      #expect(abs(found - value) < 5 * deviation / 8000.0.squareRoot(), "\(text) \(found)")
    }
    try expect("E(p.a)", 1.6, (0.84 * 16 + 0.25).squareRoot())
    try expect("P(p.a > 0)", 0.7, 0.21.squareRoot())
    try expect("E(p.b)", 2.6, (0.84 * 16 + 1.25).squareRoot())
    // `s` is sampled.
    try expect("E(p.s)", 0, 2)
  }

  /// Equal seeds give equal draws; nothing is diagnosed.
  @Test func drawsDependOnTheSeedAlone() async throws {
    let text = """
      data y: real
      mu ~ Normal(0, 1)
      y ~ Normal(mu, 1)
      infer p = prior(draws: 5, chains: 1, seed: 9)
      show E(p.mu)
      """
    let first = try await runScript(text, data: "{\"y\": 1}")
    let second = try await runScript(text, data: "{\"y\": 5}")
    #expect(!first.outcome.diagnosticsFailed)
    #expect(
      try answers(of: first.outcome)["E(p.mu)"] as? Double
        == answers(of: second.outcome)["E(p.mu)"] as? Double
    )
  }

  /// Many vectors that ascend are drawn one by one, and vectors of normals with sum 0 are projected.
  @Test func restrictedVectorsAreDrawn() async throws {
    let result = try await runScript(
      """
      dim item = 12, k = 3
      a[item]: ordered[k] ~ Normal(0, 1)
      b[item]: ordered[k] ~ Normal([0, 1, 2], 1)
      c[item]: positive_ordered[k] ~ Normal(0, 1)
      s: sum_to_zero[k] ~ Normal(0, 2)
      infer p = prior(draws: 2000, seed: 4)
      show E(p.a[7,2]), E(p.a[7,3] - p.a[7,1]), P(min(p.c) > 0), P(p.b[3,1] < p.b[3,2] and p.b[3,2] < p.b[3,3])
      show SD(p.s[1]), P(abs(sum(p.s)) < 1e-9)
      """
    )
    let values = try answers(of: result.outcome)
    func value(_ text: String) throws -> Double { try #require(values[text] as? Double) }
    // Of three standard normals the middle one has variance 0.449, the range mean 1.693 and variance 0.789.
    #expect(abs(try value("E(p.a[7,2])")) < 5 * (0.449 / 8000).squareRoot())
    #expect(abs(try value("E(p.a[7,3] - p.a[7,1])") - 1.693) < 5 * (0.789 / 8000).squareRoot())
    #expect(try value("P(min(p.c) > 0)") == 1)
    #expect(try value("P(p.b[3,1] < p.b[3,2] and p.b[3,2] < p.b[3,3])") == 1)
    // 4 (1 - 1/3).
    #expect(abs(try value("SD(p.s[1])") - (8.0 / 3).squareRoot()) < 0.07)
    #expect(try value("P(abs(sum(p.s)) < 1e-9)") == 1)
  }
}
