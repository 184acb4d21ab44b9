import Foundation
import PPL
import Testing

@Suite struct ScriptTests {
  /// With y ~ Normal(mu, 1), a flat prior and one datum 2, mu is Normal(2, 1); 4 x 4000 draws give its
  /// moments to about 0.02, and 5 standard errors are allowed.
  @Test func queriesReduceOverDraws() async throws {
    let result = try await runScript(
      """
      dim pair = ["low", "high"]
      data y: real
      mu ~ Flat()
      y ~ Normal(mu, 1)
      shifted[p: pair] = mu + (if p == "high" then 10 else 0)
      infer post = nuts(draws: 4000, seed: 5)
      show E(post.mu)
      show SD(post.mu), P(post.mu > 2), Q(post.mu, 0.975)
      show E(post.shifted)
      show E(post.mu) + 100 * P(post.mu > 2)
      show E(post.shifted["high"] - post.shifted["low"])
      show size(pair)
      """,
      data: "{\"y\": 2}"
    )
    let values = try answers(of: result.outcome)
    let mean = try #require(values["E(post.mu)"] as? Double)
    #expect(abs(mean - 2) < 0.1)
    let sd = try #require(values["SD(post.mu)"] as? Double)
    #expect(abs(sd - 1) < 0.06)
    let probability = try #require(values["P(post.mu > 2)"] as? Double)
    #expect(abs(probability - 0.5) < 0.04)
    let quantile = try #require(values["Q(post.mu, 0.975)"] as? Double)
    #expect(abs(quantile - 3.96) < 0.15)
    let array = try #require(values["E(post.shifted)"] as? [Double])
    #expect(array.count == 2)
    #expect(abs(array[0] - mean) < 1e-12 && abs(array[1] - mean - 10) < 1e-12)
    let joined = try #require(values["E(post.mu) + 100 * P(post.mu > 2)"] as? Double)
    #expect(abs(joined - mean - 100 * probability) < 1e-9)
    let difference = try #require(
      values["E(post.shifted[\"high\"] - post.shifted[\"low\"])"] as? Double
    )
    #expect(abs(difference - 10) < 1e-9)
    #expect(values["size(pair)"] as? Double == 2)
  }

  /// A program without `infer` and `show` is fitted and shown.
  @Test func programsWithoutAScriptAreFittedAndShown() async throws {
    let result = try await runScript(
      "data y: real\nm ~ Normal(0, 1)\ny ~ Normal(m, 1)",
      data: "{\"y\": 1}"
    )
    #expect(result.output.count == 1)
    #expect(result.output[0].contains("ess_bulk"))
    #expect(result.output[0].contains("\nm "))
  }

  /// A random expression prints its summary row, with labels.
  @Test func randomExpressionsAreSummarised() async throws {
    let result = try await runScript(
      """
      dim city = ["Bern", "Chur"]
      a[city] ~ Normal(0, 1)
      infer post = nuts(seed: 1)
      show 2 * post.a
      """
    )
    #expect(result.output.count == 1)
    #expect(result.output[0].contains("2 * post.a[\"Chur\"]"))
  }

  /// Generated quantities follow their distribution given the draws.
  @Test func generatedQuantitiesAreDrawnForward() async throws {
    let result = try await runScript(
      """
      data y: real
      mu ~ Flat()
      y ~ Normal(mu, 1)
      replicate ~ Normal(mu, 2)
      infer post = nuts(draws: 4000, seed: 2)
      show E(post.replicate), SD(post.replicate - post.mu), SD(post.replicate)
      """,
      data: "{\"y\": 2}"
    )
    let values = try answers(of: result.outcome)
    // sd(replicate - mu) = 2, sd(replicate) = √5; 16,000 independent draws of the noise: 5 errors 0.06.
    let noise = try #require(values["SD(post.replicate - post.mu)"] as? Double)
    #expect(abs(noise - 2) < 0.06)
    let total = try #require(values["SD(post.replicate)"] as? Double)
    #expect(abs(total - 5.0.squareRoot()) < 0.1)
  }

  /// A start that cannot be found is explained statement by statement.
  @Test func failedStartsAreExplained() async throws {
    let program = Program(
      name: "model.ppl",
      text: """
        dim obs = 3
        data y[obs]: real
        m ~ Normal(0, 1)
        y[i: obs] ~ Gamma(2, 1)
        factor pull = log(-m^2 * y[2])
        """
    )
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let dataFile = folder.appending(path: "data.json")
    try "{\"y\": [1, 2, 3]}".write(to: dataFile, atomically: true, encoding: .utf8)
    let model = try program.compile(DataSet(paths: [dataFile.path])).model
    var options = RunOptions()
    options.path = folder.appending(path: "fit.zarr").path
    let failure = await #expect(throws: SamplingFailure.self) {
      _ = try await model.run(options) { _ in }
    }
    let message = try #require(failure).message
    #expect(message.contains("100 tries"))
    let line = try #require(message.split(separator: "\n").first { $0.contains("pull") })
    #expect(line.contains("5") && line.contains("nan"))
    #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "fit.zarr").path))
  }

  /// Indices are shown by their labels, alone as in tables; missing cells have draws to be reduced.
  @Test func indicesAreShownByTheirLabels() async throws {
    let (_, outcome) = try await runScript(
      """
      dim year = 2001..2004, obs
      data y[obs]: real
      z ~ DiscreteUniform(year)
      y[i: obs] ~ Normal(if z == 2003 then 5 else 0, 1)
      copy = z
      infer post = nuts(seed: 1)
      show post.z, post.copy, E(post.z), E(post.y[3])
      """,
      data: "{\"y\": [5.1, 4.9, null, 5.2]}"
    )
    let values = try answers(of: outcome)
    for text in ["post.z", "post.copy"] {
      let summary = try #require(values[text] as? [String: Any])
      let own = try #require(summary[text] as? [String: Any])
      #expect(abs(try #require(own["mean"] as? Double) - 2003) < 0.01)
    }
    #expect(abs(try #require(values["E(post.z)"] as? Double) - 2003) < 0.01)
    #expect(abs(try #require(values["E(post.y[3])"] as? Double) - 5) < 0.1)
  }

  /// Groups are left out whole: by a dimension in the brackets, or by data that hold an index, with equal results.
  @Test func groupsAreLeftOutTogether() async throws {
    let data =
      "{\"y\": [[1, 2, 1.5], [2, 2.5, 3], [0.5, 1, 0.2]], \"flat\": [1, 2, 1.5, 2, 2.5, 3, 0.5, 1, 0.2],"
      + " \"person_of\": [1, 1, 1, 2, 2, 2, 3, 3, 3]}"
    let (_, wide) = try await runScript(
      """
      dim person, visit = 3
      data y[person, visit]: real
      m ~ Normal(0, 5)
      y[p: person, v: visit] ~ Normal(m, 2)
      infer post = nuts(seed: 1)
      show loo(post, by: person), loo(post)
      """,
      data: data
    )
    let (_, long) = try await runScript(
      """
      dim person = 3, row
      data flat[row]: real
      data person_of[row]: person
      m ~ Normal(0, 5)
      flat[row] ~ Normal(m, 2)
      infer post = nuts(seed: 1)
      show loo(post, by: person_of)
      """,
      data: data
    )
    let first = try #require(try answers(of: wide)["loo(post, by: person)"] as? [String: Double])
    let second = try #require(
      try answers(of: long)["loo(post, by: person_of)"] as? [String: Double]
    )
    #expect(first["observations"] == 3)
    #expect(abs(try #require(first["elpd"]) - (try #require(second["elpd"]))) < 0.05)
    // Of a group of three normals with a normal mean, given the other six: in closed form.
    let y = [[1, 2, 1.5], [2, 2.5, 3], [0.5, 1, 0.2]]
    var expected = 0.0
    for left in 0..<3 {
      let rest = y.enumerated().filter { $0.offset != left }.flatMap(\.element)
      let precision = 1 / 25.0 + Double(rest.count) / 4
      let mean = rest.reduce(0, +) / 4 / precision
      // Covariance 4 I + 11'/precision; determinant 4^3 (1 + 3 / (4 precision)).
      let residuals = y[left].map { $0 - mean }
      let (sum, squares) = (residuals.reduce(0, +), residuals.reduce(0) { $0 + $1 * $1 })
      let shrink = 1 / precision / (4 + 3 / precision)
      let quadratic = (squares - shrink * sum * sum) / 4
      let logDeterminant = 3 * log(4) + log(1 + 3 / (4 * precision))
      expected -= 0.5 * (quadratic + logDeterminant + 3 * log(2 * Double.pi))
    }
    #expect(abs(try #require(first["elpd"]) - expected) < 0.1, "\(first), wanted \(expected)")
  }

  /// An answer stands behind its own text, fields included, and a NaN has no sign.
  @Test func answersStandBehindTheirText() async throws {
    let (output, outcome) = try await runScript(
      """
      fn ends(x: real) -> (low: real, high: real) = (low: x - 1, high: x + 1)
      z ~ Normal(0, 1)
      infer p = prior(chains: 1, draws: 1, seed: 1)
      show ends(2).high, sqrt(-1)
      """
    )
    #expect(output.contains("ends(2).high = 3"), "\(output)")
    #expect(output.contains("sqrt(-1) = nan"), "\(output)")
    #expect(try answers(of: outcome)["ends(2).high"] as? Double == 3)
  }

  @Test func groupsThatStatementsDoNotHaveAreRefused() async throws {
    await #expect(throws: SamplingFailure.self) {
      _ = try await runScript(
        """
        dim person = 2, row
        data y[row]: real
        m ~ Normal(0, 5)
        y[row] ~ Normal(m, 2)
        infer post = nuts(seed: 1)
        show loo(post, by: person)
        """,
        data: "{\"y\": [1, 2, 3]}"
      )
    }
  }

  /// Factors over data count as observations; those that read them as indices alone do where nothing else does.
  @Test func factorsOverDataAreLeftOutOneByOne() async throws {
    let start =
      "dim row, item = 3\ndata y[row]: real\ndata best[row]: item\nm ~ Normal(0, 1)\nu[item] ~ Normal(0, 1)\n"
    let end = "\ninfer post = nuts(seed: 1)\nshow loo(post)"
    let data = "{\"y\": [1, 2, 3], \"best\": [1, 2, 1]}"
    for (body, count) in [
      ("y[i: row] ~ Normal(m, 1)", 3.0), ("factor f[i: row] = logp(Normal(m, 1), y[i])", 3),
      ("factor f[i: row] = u[best[i]] - log_sum_exp(u)", 3),
      ("y[i: row] ~ Normal(m, 1)\nfactor f[i: row] = -u[best[i]]^2", 3),
      ("y[i: row] ~ Normal(m, 1)\nfactor f[i: row] = logp(Normal(m, 1), y[i])", 6),
    ] {
      let (_, outcome) = try await runScript(start + body + end, data: data)
      let found = try #require(try answers(of: outcome)["loo(post)"] as? [String: Double])
      #expect(found["observations"] == count, "\(body)")
    }
  }
}
