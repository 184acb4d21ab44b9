import Foundation
import PPL
import Testing

/// `train(optimizer: lbfgs())`.
@Suite struct QuasiNewtonTests {
  private func fits(_ outcome: RunOutcome) throws -> [[String: Any]] {
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.json.utf8)) as? [String: Any]
    )
    return try #require(object["fits"] as? [[String: Any]])
  }

  private func logDensity(_ fit: [String: Any]) throws -> Double {
    let approximation = try #require(fit["approximation"] as? [String: Any])
    return try #require(approximation["log_density"] as? Double)
  }

  /// Least squares in closed form: where the search ends the slope is 0 to single precision of the parameters.
  @Test(arguments: ["", "batch: (obs: 40), "])
  func theSearchEndsAtTheOptimum(_ batch: String) async throws {
    let (_, outcome) = try await runScript(
      """
      dim obs = 40
      data x[i: obs] = i / 20 - 1
      data y[i: obs] = 1 + 2 * x[i] + 0.3 * sin(7 * i)
      param a: real
      param b: real
      y[i: obs] ~ Normal(a + b * x[i], 1)
      infer fit = train(\(batch)optimizer: lbfgs(), seed: 1)
      show E(fit.a), E(fit.b)
      """
    )
    var (sx, sy, sxx, sxy) = (0.0, 0.0, 0.0, 0.0)
    for index in 1...40 {
      let x: Double = Double(index) / 20 - 1
      let y: Double = 1 + 2 * x + 0.3 * sin(7 * Double(index))
      sx += x
      sy += y
      sxx += x * x
      sxy += x * y
    }
    let slope: Double = (40 * sxy - sx * sy) / (40 * sxx - sx * sx)
    let intercept: Double = (sy - slope * sx) / 40
    let found = try answers(of: outcome)
    let b = try #require(found["E(fit.b)"] as? Double)
    let a = try #require(found["E(fit.a)"] as? Double)
    #expect(abs(b - slope) < 1e-6)
    #expect(abs(a - intercept) < 1e-6)
    let evaluations = try #require(try fits(outcome)[0]["gradient_evaluations"] as? Int)
    #expect(evaluations < 30)
  }

  /// A net of tanh units: as many evaluations of Adam, at any of three rates, come less far.
  @Test func quasiNewtonStepsGoFartherThanAdam() async throws {
    let (_, outcome) = try await runScript(
      """
      dim obs = 60
      data x[i: obs] = i / 30 - 1
      data y[i: obs] = sin(3 * x[i])
      net f(x: real) -> real = [x] |> Dense(20, tanh) |> Dense(1)
      y[i: obs] ~ Normal(f(x[i]), 0.05)
      infer a = train(optimizer: lbfgs(), steps: 150, seed: 1)
      infer b = train(optimizer: adam(0.03), steps: 200, seed: 1)
      infer c = train(optimizer: adam(0.01), steps: 200, seed: 1)
      infer d = train(optimizer: adam(0.001), steps: 200, seed: 1)
      """
    )
    let all = try fits(outcome)
    #expect(try #require(all[0]["gradient_evaluations"] as? Int) <= 200)
    let best = try logDensity(all[0])
    for fit in all.dropFirst() {
      let other = try logDensity(fit)
      #expect(other < best - 10)
    }
  }
}
