import Foundation
import PPL
import Testing

/// Fits by steps of models with discrete latents that cannot be summed out, from the text to the answers.
@Suite struct DiscreteGuideTests {
  private func answer(_ outcome: RunOutcome, _ text: String) throws -> Double {
    try #require(try answers(of: outcome)[text] as? Double)
  }

  /// Columns of a Hadamard matrix: 16 rows of 8 inputs, all orthogonal.
  private static let inputs: [[Double]] = (0..<16).map { row in
    (1...8).map { column in (row & column).nonzeroBitCount % 2 == 0 ? 1 : -1 }
  }

  private static let outcomes: [Double] = inputs.enumerated().map { index, row in
    0.9 * row[0] - 0.55 * row[2] + 0.45 * row[5] + 0.3 * row[7] + 0.8 * sin(5 * Double(index))
  }

  private static func json(_ values: [Double]) -> String {
    "[" + values.map { "\($0)" }.joined(separator: ", ") + "]"
  }

  private static let data =
    "{\"y\": \(json(outcomes)), \"x\": [\(inputs.map(json).joined(separator: ", "))]}"

  private static let spikeAndSlab = """
    dim obs, feature
    data y[obs]: real
    data x[obs, feature]: real
    gamma[feature] ~ Bernoulli(0.4)
    beta[feature] ~ Normal(0, 1)
    y[i: obs] ~ Normal(sum(gamma[j] * beta[j] * x[i, j] for j: feature), 1)
    param m[feature]: real
    param t[feature]: real
    guide g {
      beta[j: feature] ~ Normal(if gamma[j] then m[j] else 0, if gamma[j] then exp(t[j]) else 1)
    }
    infer fit = svi(guide: g, steps: 4000, optimizer: adam(0.02), schedule: cosine, average: true, seed: 1)

    """

  /// With orthogonal inputs the posterior is a product over the features of what the guide can say exactly: a coefficient given
  /// whether it counts.
  @Test func inclusionProbabilitiesAreExactWhereInputsAreOrthogonal() async throws {
    let features = (1...8).map { "E(fit.gamma[\($0)])" }
    let (_, outcome) = try await runScript(
      Self.spikeAndSlab + "show \(features.joined(separator: ", ")), elbo(fit)",
      data: Self.data
    )
    var evidence = Self.outcomes.reduce(0) { $0 - 0.5 * $1 * $1 - 0.5 * log(2 * Double.pi) }
    var exact: [Double] = []
    for feature in 0..<8 {
      let product = zip(Self.inputs, Self.outcomes).reduce(0) { $0 + $1.0[feature] * $1.1 }
      // The Bayes factor of a coefficient from N(0, 1) with 16 observations of variance 1.
      let factor = exp(0.5 * product * product / 17) / 17.0.squareRoot()
      exact.append(0.4 * factor / (0.4 * factor + 0.6))
      evidence += log(0.4 * factor + 0.6)
    }
    // Some are surely in, and for some it is open.
    #expect(exact.max() ?? 0 > 0.95 && exact.contains { $0 > 0.2 && $0 < 0.8 }, "\(exact)")
    for (text, exact) in zip(features, exact) {
      let found = try answer(outcome, text)
      // 1000 draws.
      let error = (exact * (1 - exact) / 1000).squareRoot()
      #expect(abs(found - exact) < 4 * error + 0.02, "\(text): \(found), \(exact)")
    }
    let bound = try #require(try answers(of: outcome)["elbo(fit)"] as? [String: Any])
    let elbo = try #require(bound["elbo"] as? Double)
    let error = try #require(bound["se"] as? Double)
    #expect(abs(elbo - evidence) < 5 * error + 0.1, "\(elbo), \(evidence)")
  }

  /// A net says from its row whether an element is true; a statement reads their sum, so that they cannot be summed out.
  @Test(arguments: ["", "batch: (obs: 20), "])
  func guidesWithNetsReachThePosterior(_ batch: String) async throws {
    let model = """
      dim obs = 200
      data y[i: obs] = sin(3 * i) + 0.7 * sin(i) + cos(2 * i)
      z[i: obs] ~ Bernoulli(0.5)
      y[i: obs] ~ Normal(2 * z[i] - 1, 1)
      \(batch.isEmpty ? "factor weak = -0.0000001 * sum(z)" : "")
      net encoder(y: real) -> (logit: real) = (logit: [y] |> Dense(1))
      guide amortised { z[i: obs] ~ Bernoulli(logit: encoder(y[i]).logit) }
      infer fit = svi(guide: amortised, \(batch)epochs: \(batch.isEmpty ? 3000 : 600),
                      optimizer: adam(0.02), schedule: cosine, seed: 1)
      show E(fit.encoder.dense_1.weight[1, 1]), E(fit.encoder.dense_1.bias[1]), elbo(fit)
      """
    let (_, outcome) = try await runScript(model)
    // p(z = 1 | y) has the log-odds 2 y.
    #expect(abs(try answer(outcome, "E(fit.encoder.dense_1.weight[1, 1])") - 2) < 0.15)
    #expect(abs(try answer(outcome, "E(fit.encoder.dense_1.bias[1])")) < 0.15)
    var evidence = 0.0
    for index in 1...200 {
      let i = Double(index)
      let y = sin(3 * i) + 0.7 * sin(i) + cos(2 * i)
      evidence -= 0.5 * log(2 * Double.pi)
      evidence += log(0.5 * exp(-0.5 * (y - 1) * (y - 1)) + 0.5 * exp(-0.5 * (y + 1) * (y + 1)))
    }
    let found = try #require(try answers(of: outcome)["elbo(fit)"] as? [String: Any])
    let elbo = try #require(found["elbo"] as? Double)
    let error = try #require(found["se"] as? Double)
    #expect(abs(elbo - evidence) < 5 * error + 1, "\(elbo), \(evidence), \(error)")
  }

  /// Draws of a count are integers; predictions and tables read them.
  @Test func countsWithoutEndsAreRecordedAndRead() async throws {
    let (_, outcome) = try await runScript(
      """
      dim obs = 30
      data y[i: obs] = 7.3 + sin(i)
      n ~ Poisson(10)
      y[i: obs] ~ Normal(n, 2)
      infer fit = svi(steps: 3000, optimizer: adam(0.02), schedule: cosine, seed: 1)
      predict more = y given fit
      show E(fit.n), P(fit.n == 7), E(more[1]), P(fit.n == floor(fit.n))
      """
    )
    let mean = 7.3 + (1...30).reduce(0) { $0 + sin(Double($1)) } / 30
    let weights = (0...40).map { n -> Double in
      let value = Double(n)
      return exp(
        value * log(10) - lgamma(value + 1) - 10 - 30 / 8 * (value - mean) * (value - mean)
      )
    }
    let total = weights.reduce(0, +)
    let expected = weights.enumerated().reduce(0) { $0 + Double($1.offset) * $1.element } / total
    #expect(abs(try answer(outcome, "E(fit.n)") - expected) < 0.1)
    #expect(abs(try answer(outcome, "P(fit.n == 7)") - weights[7] / total) < 0.08)
    #expect(abs(try answer(outcome, "E(more[1])") - expected) < 0.4)
    #expect(try answer(outcome, "P(fit.n == floor(fit.n))") == 1)
  }

  private static let trials = """
    dim obs = 3
    data y[obs]: int >= 0
    n[i: obs] ~ Poisson(10)
    y[i: obs] ~ Binomial(n[i], 0.5)

    """

  /// Trials of which some succeeded: how many failed has a Poisson distribution of mean 5, whatever was observed.
  @Test func guidesMayLeaveOutWhatObservationsExclude() async throws {
    let (_, outcome) = try await runScript(
      Self.trials + """
        param r[obs]: real > 0 = 5
        guide g { n[i: obs] ~ truncated(Poisson(r[i]), lower: y[i]) }
        infer fit = svi(guide: g, steps: 3000, optimizer: adam(0.02), schedule: cosine, seed: 1)
        show E(fit.n[1]), E(fit.n[2]), E(fit.n[3])
        """,
      data: "{\"y\": [4, 0, 9]}"
    )
    for (number, successes) in [4, 0, 9.0].enumerated() {
      #expect(abs(try answer(outcome, "E(fit.n[\(number + 1)])") - successes - 5) < 0.4)
    }
  }

  @Test func valuesThatObservationsExcludeAreNamed() async throws {
    do {
      _ = try await runScript(
        Self.trials + "infer fit = svi(steps: 100, seed: 1)",
        data: "{\"y\": [4, 0, 9]}"
      )
      Issue.record("the bound is not finite")
    } catch let failure as SamplingFailure {
      guard case .run(let message) = failure else { throw failure }
      #expect(message.contains("Values of `n` that are drawn may be impossible"), "\(message)")
    }
  }

  @Test func thePlanSaysWhatIsApproximatedAndWhy() throws {
    let program = Program(
      name: "model.ppl",
      text: """
        dim obs = 4, k = 3, state = 3
        data y[i: obs] = 0.5 * i
        b ~ Normal(0, 1)
        u[i: obs] ~ Bernoulli(0.4)
        z[j: k] ~ Bernoulli(0.3)
        n ~ Poisson(2)
        s[i: obs] ~ DiscreteUniform(state)
        param w[state]: real
        mean[i: obs] = b * u[i] + sum(z) + n + w[s[i]]
        y[i: obs] ~ Normal(mean[i], 1)
        guide g { s[i: obs] ~ Categorical(logit: y[i] * w) }
        infer fit = svi(guide: g, steps: 9)
        """
    )
    #expect(program.diagnostics.isEmpty, "\(program.diagnostics)")
    let plan = try program.compile().model.planDescription
    #expect(
      plan == """
        dim obs: 4 (1..4)
        dim k: 3 (1..3)
        dim state: 3 (1..3)
        observed y: real[obs] [4]
        fit fit: svi
        sampled b: real, mean field, 2 parameters
        summed out u: bool[obs]
        approximated z: bool[k], Bernoulli, log-odds for each element, 3 parameters; score function with leave-one-out of 2 draws
          not summed out: line 9: several of its elements are read at once
        approximated n: int, discretised logistic, location and scale for each element, 2 parameters; score function with leave-one-out of 2 draws
          not summed out: it has infinitely many values
        approximated s: index of state[obs], by the guide; score function with leave-one-out of 2 draws
          not summed out: the guide says how it is distributed
        fitted w: real[state], 3 parameters
        derived mean: real[obs]
        sum out u: 4 elements of 2 states one by one, a table of 8 terms
        engine svi on 10 parameters, 2 draws of all latents in each evaluation

        """
    )
  }
}
