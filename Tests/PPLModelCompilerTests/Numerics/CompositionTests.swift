import Foundation
import PPLModelCompiler
import PPLSourceText
import Testing

/// What holds of distributions made of others besides their densities at single points.
@Suite struct CompositionTests {
  // MARK: Against latents that are summed out

  /// The same density by a latent that is summed out; both add the same terms in another order.
  private func expectEqual(
    _ one: String,
    _ other: String,
    _ data: [String: CaseData]
  ) throws {
    let (a, b) = (
      try CompiledCase(text: one, data: data), try CompiledCase(text: other, data: data)
    )
    try #require(a.dimension == b.dimension)
    for trial in 0..<4 {
      let position = a.position(trial)
      let (x, y) = (a.gradient(at: position), b.gradient(at: position))
      for (p, q) in zip(x, y) { #expect(abs(p - q) <= 1e-10 * (1 + abs(q)), "\(x) and \(y)") }
    }
  }

  private let head = """
    dim obs, part = 3
    data y[obs]: real
    w: simplex[part] ~ Dirichlet(2)
    m: ordered[part] ~ Normal(0, 3)
    s ~ Exponential(1)

    """
  private let values: [String: CaseData] = ["y": .vector(0.3, -1.4, 2.5, 1, 4)]

  @Test func aMixtureIsASumOverCategories() throws {
    try expectEqual(
      head + "y[i: obs] ~ Mixture(w, Normal(m[1], s), Normal(m[2], s), Normal(m[3], s))",
      head + "z[i: obs] ~ Categorical(w)\ny[i: obs] ~ Normal(m[z[i]], s)",
      values
    )
  }

  @Test func anIfOverALatentIsAMixture() throws {
    try expectEqual(
      head + "y[i: obs] ~ Mixture([w[1], 1 - w[1]], StudentT(3, m[1], s), Normal(m[2], 2))",
      head
        + """
        z[i: obs] ~ Bernoulli(w[1])
        y[i: obs] ~ if z[i] then StudentT(3, m[1], s) else Normal(m[2], 2)
        """,
      values
    )
  }

  /// Both the condition on data and that on a latent: one of the branches is not defined for the first element.
  @Test func conditionsMayBeNested() throws {
    try expectEqual(
      head
        + """
        y[1] ~ Normal(0, s)
        y[i: obs[2..]] ~ Mixture([w[1], 1 - w[1]], Normal(y[i - 1], s), Normal(m[2], 2))
        """,
      head
        + """
        z[i: obs] ~ Bernoulli(w[1])
        y[i: obs] ~ if i == 1 then Normal(0, s) else if z[i] then Normal(y[i - 1], s) else Normal(m[2], 2)
        """,
      values
    )
  }

  /// Truncating by a type and by `truncated` is one thing.
  @Test func truncatedIsWhatABoundIs() throws {
    try expectEqual(
      head
        + """
        y[i: obs] ~ truncated(Normal(m[2], s), lower: -2)
        x ~ truncated(Normal(s, 1), upper: 1)
        factor f = -x^2
        """,
      head
        + """
        y[i: obs]: real > -2 ~ Normal(m[2], s)
        x: real < 1 ~ Normal(s, 1)
        factor f = -x^2
        """,
      values
    )
  }

  // MARK: Normalisation

  /// Mid-point rule with 4000 points over smooth densities: an error below 1e-6.
  @Test(arguments: [
    ("truncated(Normal(0.3 + 0 * m, 1.5), lower: -1, upper: 3)", ""),
    ("Mixture([0.2, 0.8], Uniform(-1, 3), truncated(Logistic(m, 1), lower: -1, upper: 3))", ""),
    ("censored(Normal(0.3, 1.5), lower: -1, upper: 3)", "-1, 3"),
    ("censored(truncated(Normal(0.3, 1.5), lower: -1), upper: 3)", "3"),
    ("censored(Mixture([0.3, 0.7], Normal(m, 1), Cauchy(m, 1)), lower: -1, upper: 3)", "-1, 3"),
    ("if m > 0 then truncated(Normal(m, 1), lower: -1, upper: 3) else Uniform(-1, 3)", ""),
    ("Wave()", ""),
  ])
  func densityIntegratesToOne(_ distribution: String, _ atoms: String) throws {
    let grid = "sum(exp(logp(\(distribution), -1 + (i - 0.5) / 1000)) / 1000 for i: 4000)"
    let terms = atoms.split(separator: ",").map { "exp(logp(\(distribution), \($0)))" }
    let text = """
      dist Wave() -> real in (-1, 3) { logp(x) = log((1 + sin(pi * x)) / 4) }
      m ~ Flat()
      mass = \(([grid] + terms).joined(separator: " + "))
      factor f = log(mass)
      """
    let compiled = try CompiledCase(text: text)
    #expect(abs(compiled.density(at: [0.4]).alone) < 1e-6)
  }

  @Test(arguments: [
    ("rounded(Normal(m, 1.5), to: 0.5)", "0.5 * (i - 51)", 101),
    ("rounded(Poisson(4), to: 3)", "3 * (i - 1)", 101),
    ("censored(Poisson(4), lower: 2, upper: 8)", "i + 1", 7),
    ("truncated(Poisson(4), lower: 2, upper: 7)", "i", 101),
    ("Mixture([0.25, 0.75], Poisson(3), DiscreteUniform(1, 9))", "i - 1", 101),
    ("ZeroInflated(0.2, 3)", "i - 1", 101),
  ])
  func massesSumToOne(_ distribution: String, _ value: String, _ count: Int) throws {
    let text = """
      dist ZeroInflated(pi: real, rate: real) -> int >= 0 {
        logp(k) = if k == 0 then log_sum_exp(log(pi), log1m(pi) - rate) else log1m(pi) + logp(Poisson(rate), k)
      }
      m ~ Flat()
      mass = sum(exp(logp(\(distribution), \(value))) for i: \(count))
      factor f = log(mass)
      """
    let compiled = try CompiledCase(text: text)
    #expect(abs(compiled.density(at: [0.4]).alone) < 1e-9)
  }

  // MARK: Problems that show with the data

  @Test(arguments: [
    ("y[i: obs] ~ truncated(Normal(m, 1), lower: 0)", -1.0, "E0809"),
    ("y[i: obs] ~ rounded(Normal(m, 1), to: 0.5)", 0.3, "E0809"),
    ("y[i: obs] ~ rounded(Normal(m, 1), to: step[i] - 1)", 1.0, "E0805"),
    ("y[i: obs] ~ censored(Gamma(exp(m), 1), upper: 1)", 2.0, "E0305"),
    ("y[i: obs] ~ truncated(StudentT(exp(m), 0, 1), upper: 1)", 0.5, "E0305"),
    ("y[i: obs] ~ Mixture([0.2, 0.7], Normal(m, 1), Normal(0, 1))", 0.3, "E0308"),
    ("y[i: obs] ~ Mixture([step[i], 0.7], Normal(m, 1), Normal(0, 1))", 0.1, "E0805"),
    ("y[i: obs] ~ Mixture(three, Normal(m, 1), Normal(0, 1))", 0.1, "E0203"),
    ("y[i: obs] ~ From(0.5)", 0.25, "E0809"),
  ])
  func problemsWithDataAreReported(_ statement: String, _ value: Double, _ code: String) throws {
    let problem = try CompiledCase.problem(
      text: """
        dim obs, k
        data y[obs], step[obs]: real
        data three[k]: real
        dist From(a: real) -> real > a { logp(x) = a - x }
        m ~ Normal(0, 1)
        \(statement)
        """,
      data: ["y": .vector(value), "three": .vector(0.25, 0.25, 0.5), "step": .vector(value)]
    )
    #expect(problem?.code == code, "\(String(describing: problem))")
  }
}
