import Foundation
import PPLJSON
import Testing

/// What `show` says, against the draws themselves.
@Suite struct ShowTests {
  @Test func queriesReduceTheDraws() throws {
    let script = """
      infer p = nuts(seed: 2, draws: 500)
      show E(p.mu), SD(p.mu), Q(p.mu, 0.25), P(p.mu > 1 and p.mu < 2), E(p.mu)^2 + size(obs)
      show p.mu * 2 + sum(y), [p.mu, -p.mu], E(p.gap), p.gap, sum(y)
      show p
      """
    let model = ConjugateModel.text + "\ngap[i: obs] = y[i] - mu\n"
    let place = try Workplace(["m.ppl": model + script, "d.json": ConjugateModel.data])
    let result = try place.run(
      "run",
      "m.ppl",
      "--data",
      "d.json",
      "--format",
      "json",
      "--out",
      "f.zarr"
    )
    #expect(result.status == 0, "\(result.errors)")
    let values = try Draws(place.path + "/f.zarr").values("mu")
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let variance = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / (count - 1)
    let sorted = values.sorted()
    let queries = try #require(result.json()["queries"]?.elements)
    #expect(queries.count == 10)
    func value(_ index: Int) throws -> Double { try #require(queries[index]["value"]?.real) }
    #expect(abs(try value(0) - mean) < 1e-12)
    #expect(abs(try value(1) - variance.squareRoot()) < 1e-12)
    // Between the neighbours of position 499.75.
    #expect(try value(2) >= sorted[499] && value(2) <= sorted[500])
    #expect(abs(try value(3) - Double(values.count { $0 > 1 && $0 < 2 }) / count) < 1e-12)
    #expect(abs(try value(4) - (mean * mean + 4)) < 1e-12)
    func figure(_ index: Int, _ name: String, _ key: String) throws -> Double {
      try #require(
        queries[index]["value"]?[name]?[key]?.real,
        "\(queries[index]["value"]?.keys ?? [])"
      )
    }
    let own = try #require(queries[5]["value"]?.keys.first)
    #expect(abs(try figure(5, own, "mean") - (2 * mean + 6)) < 1e-10)
    #expect(abs(try figure(5, own, "sd") - 2 * variance.squareRoot()) < 1e-10)
    let pair = try #require(queries[6]["value"]?.keys)
    #expect(pair.count == 2)
    #expect(abs(try figure(6, pair[1], "mean") + mean) < 1e-10)
    guard case .numbers(let gaps)? = queries[7]["value"]?.kind else {
      Issue.record("an expectation of an array is an array")
      return
    }
    for (gap, y) in zip(gaps.values, [0.5, 1.5, 2.5, 1.5]) { #expect(abs(gap - y + mean) < 1e-10) }
    #expect(queries[8]["value"]?.keys.count == 4)
    #expect(try value(9) == 6)

    let text = try place.run("run", "m.ppl", "--data", "d.json", "--out", "g.zarr")
    #expect(text.output.contains("E(p.mu) = "))
    #expect(text.output.contains("sum(y) = 6"))
    #expect(text.output.contains("p.gap[4]"))
    #expect(text.output.contains("gap[4]"))
  }

  /// Predictions have the moments of the posterior predictive distribution, within five Monte Carlo errors:
  /// one in two million, for some ten comparisons at a fixed seed.
  @Test func generatedQuantitiesHaveTheirMoments() throws {
    let model =
      ConjugateModel.text + """

        next ~ Normal(mu, 2)
        replicate[i: obs] ~ Normal(mu, 1)
        count ~ Poisson(exp(0.5 + 0 * mu))
        kind ~ Categorical([0.2, 0.3, 0.5])
        cut: real in (0, 1) ~ Normal(mu, 1)
        after = next + 1
        infer p = nuts(seed: 3)
        """
    let place = try Workplace(["m.ppl": model, "d.json": ConjugateModel.data])
    let result = try place.run("run", "m.ppl", "--data", "d.json", "--out", "f.zarr")
    #expect(result.status == 0, "\(result.errors)")
    let draws = try Draws(place.path + "/f.zarr")
    func check(_ values: [Double], mean: Double, variance: Double) {
      let count = Double(values.count)
      let found = values.reduce(0, +) / count
      // Of 4000 draws at least 1000 count: those of mu are correlated.
      #expect(abs(found - mean) < 5 * (variance / 1000).squareRoot(), "\(found), \(mean)")
      let spread = values.map { ($0 - found) * ($0 - found) }.reduce(0, +) / (count - 1)
      // A kurtosis of at most 9: the error of a variance v is v √(8 / n).
      #expect(abs(spread / variance - 1) < 5 * (8.0 / 1000).squareRoot(), "\(spread), \(variance)")
    }
    check(try draws.values("next"), mean: 1.2, variance: 4.2)
    check(try draws.values("replicate"), mean: 1.2, variance: 1.2)
    check(try draws.values("count"), mean: exp(0.5), variance: exp(0.5))
    check(try draws.values("kind"), mean: 2.3, variance: 0.61)
    let next = try draws.values("next")
    #expect(try draws.values("after") == next.map { $0 + 1 })
    #expect(try draws.values("cut").allSatisfy { $0 > 0 && $0 < 1 })
    // Replicates of one draw share its mean: the covariance of two is the variance of mu, 1/5.
    let rows = try draws.values("replicate")
    let products = stride(from: 0, to: rows.count, by: 4).map {
      (rows[$0] - 1.2) * (rows[$0 + 1] - 1.2)
    }
    let covariance = products.reduce(0, +) / Double(products.count)
    // A product of two such normals has variance (1.44 + 0.04).
    #expect(abs(covariance - 0.2) < 5 * (1.48 / 1000).squareRoot())
  }
}
