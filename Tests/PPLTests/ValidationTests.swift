import Foundation
import PPL
import PPLTraining
import Testing

/// `train`, with rows that are held out.
@Suite struct ValidationTests {
  private func training(_ outcome: RunOutcome) throws -> [String: Any] {
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.json.utf8)) as? [String: Any]
    )
    let fits = try #require(object["fits"] as? [[String: Any]])
    return try #require(fits.first?["training"] as? [String: Any])
  }

  private func history(_ outcome: RunOutcome, _ name: String) throws -> [Double] {
    let history = try #require(try training(outcome)["history"] as? [String: Any])
    return try #require(history[name] as? [Double])
  }

  /// Rows whose mean is known: with one constant fitted to the rows that are left, what is left follows from the fit.
  private static let constant = """
    dim obs = 40
    data y[i: obs] = sin(7 * i) + 0.1 * i
    param m: real
    y[i: obs] ~ Normal(m, 1)

    """

  private static let outcomes = (1...40).map { sin(7 * Double($0)) + 0.1 * Double($0) }

  /// The gradient is that of the rows that are left, and the validation that of the others: Σ y of the former is (N − V) m, so m
  /// tells the mean of the latter, and its mean log likelihood follows if their squares are those of the other rows.
  @Test func rowsThatAreHeldOutAreNotTrainedOn() async throws {
    let (output, outcome) = try await runScript(
      Self.constant
        + "infer fit = train(batch: (obs: 40), epochs: 4000, validation: 0.25, optimizer: adam(0.02),"
        + " schedule: cosine, seed: 3)\nshow fit\nshow E(fit.m)"
    )
    let m = try #require(try answers(of: outcome)["E(fit.m)"] as? Double)
    let total = Self.outcomes.reduce(0, +)
    let squares = Self.outcomes.reduce(0) { $0 + ($1 - m) * ($1 - m) }
    let objective = try #require(try history(outcome, "objective").last)
    let validation = try #require(try history(outcome, "validation").last)
    // Means over 30 rows and over 10 rows add up to all rows.
    let constant = -0.5 * log(2 * Double.pi)
    #expect(abs(30 * objective + 10 * validation - (40 * constant - squares / 2)) < 1e-3)
    // At the optimum of 30 rows, not of 40.
    #expect(abs(m - total / 40) > 1e-3)
    let heldMean = (total - 30 * m) / 10
    let spread = Self.outcomes.map { abs($0 - heldMean) }.max() ?? 0
    #expect(-2 * (validation - constant) < spread * spread + 1)
    #expect(output.contains { $0.contains("10 of 40 rows of `obs` held out") })
  }

  /// Every subset of ten rows has its own optimum: those of two seeds are the means of other rows.
  @Test func theSeedChoosesTheRows() async throws {
    func mean(_ seed: Int) async throws -> Double {
      let (_, outcome) = try await runScript(
        Self.constant
          + "infer fit = train(batch: (obs: 30), epochs: 2000, validation: 0.25, optimizer: adam(0.02),"
          + " schedule: cosine, seed: \(seed))\nshow E(fit.m)"
      )
      return try #require(try answers(of: outcome)["E(fit.m)"] as? Double)
    }
    let (first, second, third) = (try await mean(1), try await mean(2), try await mean(1))
    #expect(first == third)
    #expect(abs(first - second) > 1e-3)
  }

  /// Validation by other data is the mean log likelihood that the parameters give there.
  @Test(arguments: ["batch: (obs: 7), epochs: 300", "steps: 2000"])
  func otherDataAreValidatedOn(_ length: String) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "valid.json").path
    try Data(#"{"y": [0.5, 3, 1], "x": [1, 2, -1]}"#.utf8).write(to: URL(filePath: file))
    let (output, outcome) = try await runScript(
      """
      dim obs
      data x[obs], y[obs]: real
      b ~ Normal(0, 1)
      y[i: obs] ~ Normal(b * x[i], 2)
      infer fit = train(\(length), validation: "\(file)", optimizer: adam(0.01), seed: 3)
      show fit
      show E(fit.b)
      """,
      data: #"{"x": [1, 2, 3, 4, 5, 6, 7, 8], "y": [1, 2, 3, 4, 6, 6, 6, 8]}"#
    )
    let b = try #require(try answers(of: outcome)["E(fit.b)"] as? Double)
    let rows: [(Double, Double)] = [(1, 0.5), (2, 3), (-1, 1)]
    let constant = log(2 * (2 * Double.pi).squareRoot())
    var expected = 0.0
    for (x, y) in rows {
      let distance = y - b * x
      expected -= distance * distance / 8 + constant
    }
    let found = try #require(try history(outcome, "validation").last)
    #expect(abs(found - expected / 3) < 1e-5)
    #expect(output.contains { $0.contains("3 other rows of `obs`") })
  }

  /// Dropout acts on the steps alone: with the parameters fixed, validation is the same after each epoch.
  @Test func validationSeesNoDropout() async throws {
    let (_, outcome) = try await runScript(
      """
      dim obs = 60
      data x[i: obs] = i / 30 - 1
      data y[i: obs] = sin(3 * x[i])
      net f(x: real) -> real = [x] |> Dense(30, tanh) |> Dropout(0.5) |> Dense(1)
      y[i: obs] ~ Normal(f(x[i]), 0.1)
      infer fit = train(batch: (obs: 16), epochs: 5, validation: 0.2, optimizer: sgd(0), seed: 1)
      """
    )
    let validation = try history(outcome, "validation")
    #expect(validation.count == 5)
    #expect(Set(validation).count == 1)
    #expect(Set(try history(outcome, "objective")).count == 5)
  }

  /// A net that learns its few rows by heart gets worse on others: the fit ends, and its parameters are those of the best epoch.
  @Test func patienceEndsWithTheBestEpoch() async throws {
    let model = """
      dim obs = 24
      data x[i: obs] = i / 12 - 1
      data y[i: obs] = sin(3 * x[i]) + 0.8 * sin(50 * i)
      net f(x: real) -> real = [x] |> Dense(60, tanh) |> Dense(60, tanh) |> Dense(1)
      y[i: obs] ~ Normal(f(x[i]), 0.3)

      """
    let settings = "batch: (obs: 8), validation: 0.3, optimizer: adam(0.01), seed: 2"
    let (_, outcome) = try await runScript(
      model + "infer fit = train(\(settings), patience: 8)\nshow E(fit.f.dense_3.bias[1])"
    )
    let validation = try history(outcome, "validation")
    let best = try #require(validation.indices.max { validation[$0] < validation[$1] })
    #expect(validation.count == best + 1 + 8)
    let place = try #require(try training(outcome)["validation"] as? [String: Any])
    #expect(place["best_round"] as? Int == best + 1)
    // A fit of so many epochs ends with the same parameters.
    let (_, short) = try await runScript(
      model + "infer fit = train(\(settings), epochs: \(best + 1))\nshow E(fit.f.dense_3.bias[1])"
    )
    let name = "E(fit.f.dense_3.bias[1])"
    let (a, b) = (
      try answers(of: outcome)[name] as? Double, try answers(of: short)[name] as? Double
    )
    #expect(a != nil && a == b)
  }

  /// Statistics over all rows are those of all rows, also where some are held out.
  @Test func statisticsAreThoseOfAllRows() async throws {
    let (_, outcome) = try await runScript(
      """
      dim obs = 10
      data x[i: obs] = i / 1
      data y[i: obs] = x[i]
      param m: real = 0
      y[i: obs] ~ Normal(m + mean(x), 1)
      infer fit = train(batch: (obs: 5), epochs: 1, validation: 0.5, optimizer: sgd(0), seed: 1)
      """
    )
    let objective = try #require(try history(outcome, "objective").last)
    let validation = try #require(try history(outcome, "validation").last)
    // Σ (i − 5.5)² of 1 to 10.
    let squares = 82.5
    #expect(abs(objective + validation + log(2 * Double.pi) + squares / 10) < 1e-5)
  }
}
