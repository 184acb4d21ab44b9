import Foundation
import PPL
import Testing

/// Draws of a proposal weighted by the posterior, and observations taken in one after the other.
@Suite struct ImportanceTests {
  private static let data = #"{"y": [1.1, 2.9, 5.2, 2.8, 3.1, 2.0, 1.5, 4.0, 3.3, 2.6]}"#
  /// N(0, I + 9 11ᵀ) at the data.
  private static let exact = -18.283606294096344

  private func model(_ engine: String) -> String {
    """
    dim obs
    data y[obs]: real
    mu ~ Normal(0, 3)
    y[obs] ~ Normal(mu, 1)
    infer p = \(engine)
    show marginal_likelihood(p), E(p.mu), SD(p.mu)
    """
  }

  private func evidence(_ outcome: RunOutcome) throws -> (value: Double, se: Double) {
    let found = try #require(
      try answers(of: outcome)["marginal_likelihood(p)"] as? [String: Any]
    )
    return (
      try #require(found["log_marginal_likelihood"] as? Double),
      try #require(found["se"] as? Double)
    )
  }

  /// Means within 4 standard errors of as many independent draws as the weights are worth, and the marginal likelihood.
  @Test(arguments: [
    "importance(seed: 1)", "importance(proposal: prior, seed: 2)",
    "importance(proposal: laplace, samples: 2000, seed: 3)",
    "importance(proposal: pathfinder, seed: 4)", "importance(proposal: mean_field, seed: 5)",
  ])
  func conjugateMean(engine: String) async throws {
    let (_, outcome) = try await runScript(model(engine), data: Self.data)
    let (value, se) = try evidence(outcome)
    #expect(se < 0.06)
    #expect(abs(value - Self.exact) < 4 * se + 1e-9, "\(value) ± \(se)")
    let mean = try #require(try answers(of: outcome)["E(p.mu)"] as? Double)
    let sd = try #require(try answers(of: outcome)["SD(p.mu)"] as? Double)
    #expect(abs(mean - 2.818681) < 4 * 0.3145 / 450.0.squareRoot(), "\(mean)")
    #expect(abs(sd / 0.314485 - 1) < 4 / 900.0.squareRoot(), "\(sd)")
  }

  /// A proposal that the posterior lies far from is warned of: its weights are a few draws'.
  @Test func aProposalFarOffIsWarnedOf() async throws {
    let text = """
      dim obs
      data y[obs]: real
      a ~ Normal(0, 30)
      b ~ Normal(0, 30)
      c ~ Normal(0, 30)
      y[obs] ~ Normal(a + b + 2 * c, 0.3)
      infer p = importance(proposal: prior, samples: 2000, seed: 1)
      """
    let (_, outcome) = try await runScript(text, data: Self.data)
    #expect(outcome.json.contains("pareto_k"))
  }

  /// Without a gradient the prior is drawn from unless the program says otherwise, which is refused.
  @Test func functionsWithoutGradient() async throws {
    var externals = ExternalAccess.none
    externals.register("twice") { arguments in [2 * arguments[0][0]] }
    func text(_ engine: String) -> String {
      """
      data y: real
      extern fn twice(a: real) -> real = host()
      a ~ Normal(0, 1)
      y ~ Normal(twice(a), 1)
      infer p = \(engine)
      show E(p.a)
      """
    }
    let (_, outcome) = try await runScript(
      text("importance(seed: 1)"),
      data: #"{"y": 2}"#,
      externals: externals
    )
    let mean = try #require(try answers(of: outcome)["E(p.a)"] as? Double)
    #expect(abs(mean - 0.8) < 4 * 0.447 / 900.0.squareRoot(), "\(mean)")
    await #expect {
      _ = try await runScript(
        text("importance(proposal: laplace)"),
        data: #"{"y": 2}"#,
        externals: externals
      )
    } throws: { error in
      "\(error)".contains("take `proposal: prior`")
    }
  }

  /// Observations one after the other, the last of which tells much by itself.
  @Test func particlesThatTakeInObservations() async throws {
    let text =
      model("smc(path: data, seed: 1)")
      .replacing("infer p", with: "data last: real\nlast ~ Normal(mu, 0.02)\ninfer p")
    let data = Self.data.dropLast() + #", "last": 3.4}"#
    let (_, outcome) = try await runScript(text, data: String(data))
    let y = [1.1, 2.9, 5.2, 2.8, 3.1, 2.0, 1.5, 4.0, 3.3, 2.6]
    let precision = 1.0 / 9 + 10 + 2500
    let mean = (y.reduce(0, +) + 2500 * 3.4) / precision
    let squares = y.reduce(0) { $0 + $1 * $1 } + 2500 * 3.4 * 3.4
    let expected =
      -5.5 * Foundation.log(2 * Double.pi) - Foundation.log(3) - Foundation.log(0.02)
      - 0.5 * Foundation.log(precision) - 0.5 * (squares - mean * mean * precision)
    let (value, se) = try evidence(outcome)
    #expect(se > 0 && se < 0.2)
    #expect(abs(value - expected) < 4 * se, "\(value) ± \(se), \(expected)")
    let found = try #require(try answers(of: outcome)["E(p.mu)"] as? Double)
    #expect(abs(found - mean) < 4 * 0.02 / 2000.0.squareRoot(), "\(found), \(mean)")
  }

  @Test func tooManyObservationsAreTemperedOnly() async throws {
    let text = """
      dim obs = 10001
      data y[obs]: real
      a ~ Normal(0, 1)
      y[i: obs] ~ Normal(a, 1)
      infer p = smc(path: data)
      """
    let zeros = [Int](repeating: 0, count: 10_001)
    await #expect {
      _ = try await runScript(text, data: "{\"y\": \(zeros)}")
    } throws: { error in
      "\(error)".contains("does not come apart into observations")
    }
  }
}
