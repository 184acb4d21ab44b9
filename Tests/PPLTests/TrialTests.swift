import Glibc
import PPL
import PPLSourceText
import Testing

/// What models that a user tried first got wrong.
struct TrialTests {
  /// Log density at unconstrained values.
  private func logDensity(_ text: String, at position: [Double]) throws -> Double {
    let program = Program(name: "model.ppl", text: text)
    try #require(program.diagnostics.filter(\.isError).map(\.message) == [])
    return try program.compile().model.density(at: position).logDensity
  }

  @Test func observedIndicesHaveCategoricalDensity() throws {
    let value = try logDensity(
      """
      dim n = 3, k = ["a", "b"]
      data c[i: n] = k(if i == 2 then 1 else 2)
      eta ~ Normal(0, 1)
      c[i: n] ~ Categorical([1 / 4, 3 / 4])
      """,
      at: [0]
    )
    #expect(abs(value - (2 * log(0.75) + log(0.25) - 0.5 * log(2 * .pi))) < 1e-12)
  }

  /// By bound of the observed type, the counts of at most 9 that it allows.
  @Test(arguments: [
    ("int", Array(0...9)), ("int >= 0", Array(0...9)), ("int > 0", Array(1...9)),
    ("int >= 1", Array(1...9)), ("int > 0.5", Array(1...9)), ("int in 0..3", Array(0...3)),
    ("int in (0, 3]", Array(1...3)), ("int in [1, 4)", Array(1...3)), ("int < 4", Array(0...3)),
    ("int <= 3.5", Array(0...3)),
  ])
  func boundsOfCountsIncludeTheirEnds(type: String, allowed: [Int]) throws {
    let value = try logDensity(
      """
      dim n = 2
      data k[i: n] = 1 + 2 * (i == 2)
      rate ~ Exponential(1)
      k[i: n]: \(type) ~ Binomial(9, rate / 2)
      """,
      at: [0]
    )
    func mass(_ k: Int) -> Double {
      tgamma(10) / tgamma(Double(k + 1)) / tgamma(Double(10 - k)) / 512
    }
    let normalizer = allowed.map(mass).reduce(0, +)
    #expect(abs(value - (-1 + log(mass(1)) + log(mass(3)) - 2 * log(normalizer))) < 1e-12)
  }

  @Test func valuesOutsideOfAKnownBoundAreADataError() {
    let program = Program(
      name: "model.ppl",
      text: """
        dim n = 3
        data y[i: n] = i - 2
        m ~ Normal(0, 1)
        y[i: n]: real > -0.5 ~ Normal(m, 1)
        """
    )
    let failure = #expect(throws: BindingFailure.self) { try program.compile() }
    #expect(failure?.diagnostics.map(\.code) == ["E0805"])
    #expect(failure?.isAboutData == true)
  }

  @Test func valuesOutsideOfALatentBoundHaveNoDensity() throws {
    let text = """
      dim n = 3
      data y[i: n] = 1.5 * i
      m ~ Normal(0, 1)
      y[i: n]: real >= m ~ Normal(0, 1)
      """
    #expect(try logDensity(text, at: [1.4]).isFinite)
    #expect(try logDensity(text, at: [1.6]) == -.infinity)
  }
}
