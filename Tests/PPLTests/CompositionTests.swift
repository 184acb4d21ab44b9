import Foundation
import PPL
import Testing

/// Fits and draws of distributions made of others.
@Suite struct CompositionTests {
  /// With d deaths in a time at risk T, a rate with the prior Gamma(2, 1) has the posterior Gamma(2 + d, 1 + T).
  ///
  /// The mean is then 0.5, the standard deviation 0.189; 4 x 4000 draws give them to about 0.003, and 5 standard
  /// errors are allowed.
  @Test func survivalWithRightCensoringHasTheKnownPosterior() async throws {
    let result = try await runScript(
      """
      dim patient
      data time[patient]: real > 0
      data died[patient]: bool
      rate ~ Gamma(2, 1)
      time[i: patient] ~ censored(Exponential(rate), right: not died[i])
      infer post = nuts(draws: 4000, seed: 5)
      show E(post.rate), SD(post.rate)
      """,
      data: "{\"time\": [1, 2, 0.5, 4, 3.5, 1, 0.25, 0.75], \"died\": [1, 0, 1, 0, 1, 1, 1, 0]}"
    )
    let values = try answers(of: result.outcome)
    let mean = try #require(values["E(post.rate)"] as? Double)
    #expect(abs(mean - 7.0 / 14) < 0.015)
    let sd = try #require(values["SD(post.rate)"] as? Double)
    #expect(abs(sd - 7.0.squareRoot() / 14) < 0.015)
  }

  /// Means of draws that nothing observed depends on; 16,000 independent draws of variables with standard deviations
  /// up to 3, 5 errors are at most 0.12.
  @Test func drawsFollowTheComposition() async throws {
    let result = try await runScript(
      """
      dim d = 2
      data f[d]: bool
      data y: real
      mu ~ Flat()
      y ~ Normal(mu, 1)
      dist ZeroInflated(pi: real, rate: real) -> int >= 0 {
        logp(k) = if k == 0 then log_sum_exp(log(pi), log1m(pi) - rate) else log1m(pi) + logp(Poisson(rate), k)
        draw = (1 - z) * n   with z ~ Bernoulli(pi), n ~ Poisson(rate)
      }
      dist Pair[e](centre: real[e]) -> real[e] {
        logp(x) = sum(logp(Normal(centre, 1), x))
        draw = centre + z + [0, 1]   with z ~ Normal(0, 1)
      }
      clamped ~ censored(Normal(0, 1), lower: 0)
      half ~ truncated(Normal(0, 1), lower: 0)
      step ~ rounded(Uniform(0, 1), to: 1)
      mix ~ Mixture([0.25, 0.75], Normal(-1, 1), Normal(3, 1))
      which[i: d] ~ if f[i] then Normal(5, 1) else Normal(-5, 1)
      zero ~ ZeroInflated(0.25, 4)
      pair: real[d] ~ Pair([1, 2])
      vector: real[d] ~ Mixture([0.5, 0.5], MultiNormal(0, cov: diag_matrix([1, 1])), MultiNormal([2, 4], cov: diag_matrix([1, 1])))
      infer post = nuts(draws: 4000, seed: 3)
      show E(post.clamped), E(post.half), E(post.step), E(post.mix), E(post.which), E(post.zero), E(post.pair)
      show E(post.vector), P(post.clamped == 0), P(post.zero == 0), P(post.step == 0 or post.step == 1)
      """,
      data: "{\"y\": 2, \"f\": [1, 0]}"
    )
    let values = try answers(of: result.outcome)
    func expect(_ text: String, _ known: Double...) throws {
      let found =
        try (values[text] as? [Double]) ?? [#require(values[text] as? Double, "\(values)")]
      #expect(found.count == known.count)
      for (x, y) in zip(found, known) { #expect(abs(x - y) < 0.12, "\(text) is \(found)") }
    }
    let density = 1 / (2 * Double.pi).squareRoot()
    try expect("E(post.clamped)", density)
    try expect("E(post.half)", 2 * density)
    try expect("E(post.step)", 0.5)
    try expect("E(post.mix)", 2)
    try expect("E(post.which)", 5, -5)
    try expect("E(post.zero)", 3)
    try expect("E(post.pair)", 1, 3)
    try expect("E(post.vector)", 1, 2)
    try expect("P(post.clamped == 0)", 0.5)
    try expect("P(post.zero == 0)", 0.25 + 0.75 * exp(-4))
    try expect("P(post.step == 0 or post.step == 1)", 1)
  }

  /// Two clusters that lie far apart: the component of each observation is drawn back from the posterior.
  @Test func latentsOfAnIfAreDrawnBack() async throws {
    let result = try await runScript(
      """
      dim obs
      data y[obs]: real
      p ~ Beta(2, 2)
      z[obs] ~ Bernoulli(p)
      y[i: obs] ~ if z[i] then Normal(0, 1) else truncated(Normal(10, 1), lower: 5)
      infer post = nuts(seed: 1)
      show E(post.z), E(post.p)
      """,
      data: "{\"y\": [0.5, 9, -1, 11, 10]}"
    )
    let values = try answers(of: result.outcome)
    #expect(values["E(post.z)"] as? [Double] == [1, 0, 1, 0, 0])
    // Beta(4, 5); its standard deviation is 0.157, 5 errors with a few hundred effective draws 0.04.
    let p = try #require(values["E(post.p)"] as? Double)
    #expect(abs(p - 4.0 / 9) < 0.04)
  }
}
