import Foundation
import PPL
import Testing

/// Log marginal likelihoods by bridge sampling against closed forms, within five standard errors of the estimate.
@Suite struct EvidenceTests {
  private func expect(_ text: String, _ data: String, _ value: Double) async throws {
    let result = try await runScript(
      text + "\ninfer post = nuts(seed: 5)\nshow marginal_likelihood(post)",
      data: data
    )
    let values = try answers(of: result.outcome)
    let found = try #require(values["marginal_likelihood(post)"] as? [String: Double])
    let estimate = try #require(found["log_marginal_likelihood"])
    let error = try #require(found["se"])
    #expect(error < 0.02)
    #expect(abs(estimate - value) < 5 * error, "\(estimate), wanted \(value), se \(error)")
  }

  /// y = mu + e: jointly normal with variance 1 on the diagonal and 4 between all.
  @Test func normalMean() async throws {
    let y = [0.5, 1.5, 2.5, 1.5]
    let n = Double(y.count)
    let sum = y.reduce(0, +)
    let squares = y.reduce(0) { $0 + $1 * $1 }
    let exponent = -0.5 * (squares - 4 * sum * sum / (1 + 4 * n))
    let value = exponent - 0.5 * log(1 + 4 * n) - 0.5 * n * log(2 * Double.pi)
    try await expect(
      "dim obs\ndata y[obs]: real\nmu ~ Normal(0, 2)\ny[i: obs] ~ Normal(mu, 1)",
      "{\"y\": \(y)}",
      value
    )
  }

  /// C(10, 7) B(2 + 7, 3 + 3) / B(2, 3).
  @Test func betaBinomial() async throws {
    func logBeta(_ a: Double, _ b: Double) -> Double { lgamma(a) + lgamma(b) - lgamma(a + b) }
    try await expect(
      "data k: int\np ~ Beta(2, 3)\nk ~ Binomial(10, p)",
      "{\"k\": 7}",
      log(120) + logBeta(9, 6) - logBeta(2, 3)
    )
  }

  /// Γ(3 + s) / Γ(3) · 2^3 / (2 + n)^(3 + s) / ∏ k!.
  @Test func gammaPoisson() async throws {
    let k = [1.0, 3, 2, 0, 4]
    let (s, n) = (k.reduce(0, +), Double(k.count))
    var value = lgamma(3 + s) - lgamma(3)
    value += 3 * log(2) - (3 + s) * log(2 + n)
    for count in k { value -= lgamma(count + 1) }
    try await expect(
      "dim obs\ndata k[obs]: int\nr ~ Gamma(3, 2)\nk[i: obs] ~ Poisson(r)",
      "{\"k\": [1, 3, 2, 0, 4]}",
      value
    )
  }

  /// y ~ Normal(0, I + X X'), by the matrix determinant lemma with A = I + X'X in two dimensions.
  @Test func regressionOfKnownVariance() async throws {
    let x = [-1.0, -0.5, 0.2, 0.7, 1.3]
    let y = [-0.4, 0.1, 0.8, 0.9, 2.0]
    let n = Double(x.count)
    let (sx, sxx) = (x.reduce(0, +), x.reduce(0) { $0 + $1 * $1 })
    let (sy, syy) = (y.reduce(0, +), y.reduce(0) { $0 + $1 * $1 })
    let sxy = zip(x, y).reduce(0) { $0 + $1.0 * $1.1 }
    let (a, b, d) = (1 + n, sx, 1 + sxx)
    let determinant = a * d - b * b
    let quadratic = (d * sy * sy - 2 * b * sy * sxy + a * sxy * sxy) / determinant
    let value = -0.5 * (n * log(2 * Double.pi) + log(determinant) + syy - quadratic)
    try await expect(
      """
      dim obs
      data x[obs], y[obs]: real
      c[k: 1..2] ~ Normal(0, 1)
      y[i: obs] ~ Normal(c[1] + c[2] * x[i], 1)
      """,
      "{\"x\": \(x), \"y\": \(y)}",
      value
    )
  }

  /// Discrete latents and generated quantities are no part of it: a mixture of known components, y given its weight.
  @Test func discreteLatentsAreSummedOut() async throws {
    func normal(_ x: Double, _ m: Double) -> Double {
      exp(-0.5 * (x - m) * (x - m)) / (2 * Double.pi).squareRoot()
    }
    // With one observation E(w) = 1/2 is all that matters.
    try await expect(
      """
      data y: real
      w ~ Beta(1, 1)
      z ~ Bernoulli(w)
      y ~ Normal(if z then 2 else 0, 1)
      next ~ Normal(w, 1)
      """,
      "{\"y\": 0.5}",
      log(0.5 * normal(0.5, 2) + 0.5 * normal(0.5, 0))
    )
  }
}
