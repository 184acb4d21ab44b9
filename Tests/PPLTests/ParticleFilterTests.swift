import Foundation
import PPL
import PPLPosteriorAnalysis
import PPLReporting
import Testing

/// Particle filters and particle Markov chains against closed forms and against `nuts()`.
///
/// Seeds are fixed; bounds are four standard errors, a false alarm at 6e-5 each.
@Suite struct ParticleFilterTests {
  /// A model that a Kalman filter knows: its text without fits, data, and where its states are.
  struct LinearModel: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var text: String
    var kalman: KalmanFilter
    /// Names of the states in the order of the closed form's; `#` stands for the step.
    var states: [String]
    var data: [Double?]

    var json: String { Self.json(data) }

    static func json(_ data: [Double?]) -> String {
      "{\"y\": [" + data.map { $0.map { "\($0)" } ?? "null" }.joined(separator: ", ") + "]}"
    }
  }

  private static let series: [Double?] = [
    0.3, -0.4, 1.1, 0.9, 2.4, 1.7, 2.9, 2.2, 0.6, -0.2, 0.8, -1.0, -1.9, -0.7, 0.4, 1.3, 0.2, 1.9,
    2.6, 1.4,
  ]

  private static var gappySeries: [Double?] {
    var data = series
    for place in [3, 4, 11, 19] { data[place] = nil }
    return data
  }

  static let models = [
    LinearModel(
      testDescription: "one state",
      text: """
        dim t
        data y[t]: real
        x[1] ~ Normal(0, 1)
        x[k: t[2..]] ~ Normal(0.8 * x[k-1], 0.6)
        y[k: t] ~ Normal(x[k], 0.5)
        """,
      kalman: KalmanFilter(
        F: [[0.8]],
        Q: [[0.36]],
        h: [1],
        r: 0.25,
        mean: [0],
        covariance: [[1]]
      ),
      states: ["x[#]"],
      data: series
    ),
    LinearModel(
      testDescription: "level and slope, with gaps",
      text: """
        dim t
        data y[t]: real
        level[1] ~ Normal(0, 1)
        slope[1] ~ Normal(0, 0.5)
        slope[k: t[2..]] ~ Normal(0.9 * slope[k-1], 0.3)
        level[k: t[2..]] ~ Normal(level[k-1] + slope[k-1], 0.4)
        y[k: t] ~ Normal(level[k], 0.5)
        """,
      kalman: KalmanFilter(
        F: [[1, 1], [0, 0.9]],
        Q: [[0.16, 0], [0, 0.09]],
        h: [1, 0],
        r: 0.25,
        mean: [0, 0],
        covariance: [[1, 0], [0, 0.25]]
      ),
      states: ["level[#]", "slope[#]"],
      data: gappySeries
    ),
    LinearModel(
      testDescription: "vectors with a covariance, of which a sum is seen",
      text: """
        dim t, part = ["a", "b"]
        data y[t]: real
        A: real[part, part] = [[0.7, 0.2], [0, 0.5]]
        x[1]: real[part] ~ MultiNormal([0, 0], cov: [[1, 0], [0, 1]])
        x[k: t[2..]]: real[part] ~ MultiNormal(A @ x[k-1], cov: [[0.25, 0.1], [0.1, 0.16]])
        y[k: t] ~ Normal(x[k, "a"] + x[k, "b"], 0.5)
        """,
      kalman: KalmanFilter(
        F: [[0.7, 0.2], [0, 0.5]],
        Q: [[0.25, 0.1], [0.1, 0.16]],
        h: [1, 1],
        r: 0.25,
        mean: [0, 0],
        covariance: [[1, 0], [0, 1]]
      ),
      states: ["x[#,\"a\"]", "x[#,\"b\"]"],
      data: gappySeries
    ),
    LinearModel(
      testDescription: "an autoregression of order two by its innovations",
      text: """
        dim t
        data y[t]: real
        z[t] ~ Normal(0, 1)
        x[1] = z[1]
        x[2] = 0.5 * x[1] + sqrt(0.58) * z[2]
        x[k: t[3..]] = 0.5 * x[k-1] + 0.3 * x[k-2] + 0.7 * z[k]
        y[k: t] ~ Normal(x[k], 0.5)
        """,
      kalman: KalmanFilter(
        F: [[0.5, 0.3], [1, 0]],
        Q: [[0.49, 0], [0, 0]],
        h: [1, 0],
        r: 0.25,
        mean: [0, 0],
        covariance: [[1, 0], [0, 1]]
      ),
      states: ["x[#]"],
      data: series
    ),
  ]

  /// The rows of a fit's table by name.
  private func rows(_ fit: FitReport) -> [String: QuantitySummary] {
    var result: [String: QuantitySummary] = [:]
    for array in fit.parameters {
      for (index, summary) in array.summaries.enumerated() {
        result[array.elementName(index)] = summary
      }
    }
    return result
  }

  private func evidence(_ outcome: RunOutcome, _ fit: String) throws -> (value: Double, se: Double)
  {
    let found = try #require(
      try answers(of: outcome)["marginal_likelihood(\(fit))"] as? [String: Any]
    )
    return (
      try #require(found["log_marginal_likelihood"] as? Double),
      try #require(found["se"] as? Double)
    )
  }

  /// Estimates of the likelihood have the mean that the Kalman filter gives, those of the guided filter a smaller spread, and
  /// trajectories the moments of smoothed states: means within four standard errors, deviations within 12 % and four of theirs.
  @Test(arguments: models)
  func filtersAgreeWithTheKalmanFilter(model: LinearModel) async throws {
    let settings = "chains: 4, warmup: 20, draws: 1500, seed: 1"
    let text = """
      \(model.text)
      infer b = pmmh(particles: 100, \(settings))
      infer g = pmmh(particles: 100, filter: guided, \(settings))
      show marginal_likelihood(b)
      show marginal_likelihood(g)
      """
    let (_, outcome) = try await runScript(text, data: model.json)
    let exact = model.kalman.run(model.data)
    let bootstrap = try evidence(outcome, "b")
    let guided = try evidence(outcome, "g")
    for found in [bootstrap, guided] {
      // The standard error of a logarithm is that of the ratio to the exact value.
      #expect(found.se > 0 && found.se < 0.05, "\(found)")
      let ratio = exp(found.value - exact.logLikelihood)
      #expect(abs(ratio - 1) < 4 * found.se * ratio, "\(found), exact \(exact.logLikelihood)")
    }
    #expect(guided.se < bootstrap.se, "\(guided.se), \(bootstrap.se)")
    for fit in outcome.fits {
      let rows = rows(fit)
      for step in model.data.indices {
        for (number, name) in model.states.enumerated() {
          let name = name.replacing("#", with: "\(step + 1)")
          let row = try #require(rows[name], "\(name)")
          let (mean, sd) = (exact.means[step][number], exact.sds[step][number])
          #expect(abs(row.mean - mean) < 4 * row.mcse, "\(fit.name) \(name): \(row.mean), \(mean)")
          #expect(
            abs(row.sd - sd) < 0.12 * sd + 4 * row.mcseOfSD,
            "\(fit.name) \(name): \(row.sd), \(sd)"
          )
        }
      }
    }
  }

  /// Two engines on one model: means of parameters and states within four joint standard errors.
  private func expectAgreement(_ text: String, _ data: String, _ names: [String]) async throws {
    let (_, outcome) = try await runScript(text, data: data)
    try #require(outcome.fits.count > 1)
    let reference = rows(outcome.fits[outcome.fits.count - 1])
    for fit in outcome.fits.dropLast() {
      let found = rows(fit)
      for name in names {
        let (row, other) = (try #require(found[name]), try #require(reference[name]))
        let error = (row.mcse * row.mcse + other.mcse * other.mcse).squareRoot()
        #expect(
          abs(row.mean - other.mean) < 4 * error,
          "\(fit.name) \(name): \(row.mean), \(other.mean), \(error)"
        )
        #expect(abs(row.sd / other.sd - 1) < 0.2, "\(fit.name) \(name): \(row.sd), \(other.sd)")
      }
    }
  }

  @Test func parametersAgreeWithNUTS() async throws {
    let text = """
      dim t
      data y[t]: real
      phi ~ Normal(0.7, 0.2)
      q, r ~ LogNormal(-0.5, 0.3)
      x[1] ~ Normal(0, 1)
      x[k: t[2..]] ~ Normal(phi * x[k-1], q)
      y[k: t] ~ Normal(x[k], r)
      infer b = pmmh(particles: 100, draws: 5000, seed: 2)
      infer g = pmmh(particles: 50, filter: guided, draws: 5000, seed: 2)
      infer n = nuts(draws: 4000, seed: 2)
      """
    let data = LinearModel.json(Self.gappySeries)
    try await expectAgreement(text, data, ["phi", "q", "r", "x[1]", "x[4]", "x[10]", "x[20]"])
  }

  /// Volatility whose innovations are sampled: the proposal leans on a density that is not normal.
  @Test func stochasticVolatilityAgreesWithNUTS() async throws {
    let text = """
      dim day
      data y[day]: real
      mu ~ Normal(0, 0.5)
      sigma ~ LogNormal(-1, 0.3)
      z[day] ~ Normal(0, 1)
      h[1] = mu + 1.5 * sigma * z[1]
      h[t: day[2..]] = mu + 0.8 * (h[t-1] - mu) + sigma * z[t]
      y[t: day] ~ Normal(0, exp(h[t] / 2))
      infer b = pmmh(particles: 100, draws: 5000, seed: 3)
      infer g = pmmh(particles: 50, filter: guided, draws: 5000, seed: 3)
      infer n = nuts(draws: 4000, seed: 3)
      """
    try await expectAgreement(
      text,
      LinearModel.json(Self.series),
      ["mu", "sigma", "h[1]", "h[7]", "h[20]"]
    )
  }

  /// States that are positive, counts that are seen, and a state that reads data: coordinates are those of the density.
  @Test func positiveStatesAgreeWithNUTS() async throws {
    let text = """
      dim t
      data y[t]: int >= 0
      a ~ LogNormal(0, 0.3)
      x[1] ~ Gamma(4, 1)
      x[k: t[2..]] ~ LogNormal(0.5 * log(x[k-1]) + 0.1 * y[k-1], 0.3)
      y[k: t] ~ Poisson(a * x[k])
      infer b = pmmh(particles: 100, draws: 5000, seed: 4)
      infer n = nuts(draws: 4000, seed: 4)
      """
    let data = #"{"y": [4, 5, 3, 7, 6, 2, 3, 8, 9, 5, 4, 3]}"#
    try await expectAgreement(text, data, ["a", "x[1]", "x[5]", "x[12]"])
  }

  /// Simulation-based calibration, a false alarm at 1 %.
  @Test func particleChainsAreCalibrated() async throws {
    let text = """
      dim t = 5
      data y[t]: real
      phi ~ Normal(0, 0.5)
      x[1] ~ Normal(0, 1)
      x[k: t[2..]] ~ Normal(phi * x[k-1], 0.7)
      y[k: t] ~ Normal(x[k], 0.7)
      infer p = pmmh(particles: 30)
      """
    var options = CalibrationOptions()
    options.replicates = 100
    options.draws = 31
    options.warmup = 300
    options.seed = 12
    let outcome = try await calibration(of: text, data: "{\"y\": [0, 0, 0, 0, 0]}", options)
    #expect(outcome.hasPassed, "\(outcome.text(withBins: true))")
  }

  /// The number of nodes follows the text, and the plan says what is stepped through.
  @Test func planNamesStates() throws {
    func plan(_ steps: Int) throws -> String {
      let text = """
        dim t = 1..\(steps)
        data y[t]: real
        q ~ HalfNormal(1)
        x[1] ~ Normal(0, 1)
        x[k: t[2..]] ~ Normal(x[k-1], q)
        y[k: t] ~ Normal(x[k], 1)
        infer p = pmmh(filter: guided, particles: 50)
        """
      let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      let file = folder.appending(path: "data.json")
      let values = [Double?](repeating: 0.5, count: steps)
      try LinearModel.json(values).write(to: file, atomically: true, encoding: .utf8)
      let program = Program(name: "model.ppl", text: text)
      return try program.compile(DataSet(paths: [file.path])).model.planDescription
    }
    let text = try plan(9)
    #expect(
      text.contains("filter (p): 50 particles of `x` along t, 9 steps, guided; 1 parameter\n"),
      "\(text)"
    )
  }

  /// A run that is stopped keeps the draws that it has.
  @Test func stoppedRunsKeepTheirDraws() async throws {
    let model = try #require(Self.models.first)
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "data.json")
    try model.json.write(to: file, atomically: true, encoding: .utf8)
    let text = model.text + "\ninfer p = pmmh(chains: 1, warmup: 5, draws: 100000000, seed: 1)\n"
    let program = Program(name: "model.ppl", text: text)
    let bound = try program.compile(DataSet(paths: [file.path])).model
    let interruption = Interruption()
    var options = RunOptions()
    options.path = folder.appending(path: "fit.zarr").path
    let outcome = try await bound.run(options, interruption: interruption) { progress in
      if progress.drawCount > 0 { interruption.raise() }
    } emit: { _ in
    }
    #expect(outcome.wasInterrupted)
    let fit = try #require(outcome.fits.first)
    let rows = rows(fit)
    #expect(rows["x[20]"]?.mean.isFinite == true)
  }
}
