import PPLTensorCore
import Testing

/// Two texts that say the same model.
struct EquivalentTexts: Sendable, CustomTestStringConvertible {
  var name: String
  var first: String
  var second: String
  var data: [String: CaseData] = [:]

  var testDescription: String { name }

  private static let series: [String: CaseData] = [
    "y": .numbers([0.3, 2.8, 3.1, 0.2, -0.4, 2.5], shape: [6])
  ]

  static let all: [EquivalentTexts] = [
    EquivalentTexts(
      name: "a chain with its start in one statement, distributions",
      first: """
        dim time, state = 2
        data y[time]: real
        P[state]: simplex[state] ~ Dirichlet(2)
        z[t: time]: state ~ if t == 1 then DiscreteUniform(state) else Categorical(P[z[t-1]])
        y[t: time] ~ Normal(if z[t] == 1 then 0 else 3, 1)
        """,
      second: """
        dim time, state = 2
        data y[time]: real
        P[state]: simplex[state] ~ Dirichlet(2)
        z[1] ~ DiscreteUniform(state)
        z[t: time[2..]] ~ Categorical(P[z[t-1]])
        y[t: time] ~ Normal(if z[t] == 1 then 0 else 3, 1)
        """,
      data: series
    ),
    EquivalentTexts(
      name: "a chain with its start in one statement, values",
      first: """
        dim time
        data y[time]: real
        on, stay ~ Beta(1, 1)
        z[t: time] ~ Bernoulli(if t > 1 then on + (stay - on) * z[t-1] else 0.5)
        y[t: time] ~ Normal(3 * z[t], 1)
        """,
      second: """
        dim time
        data y[time]: real
        on, stay ~ Beta(1, 1)
        z[1] ~ Bernoulli(0.5)
        z[t: time[2..]] ~ Bernoulli(on + (stay - on) * z[t-1])
        y[t: time] ~ Normal(3 * z[t], 1)
        """,
      data: series
    ),
    EquivalentTexts(
      name: "a missing discrete cell that others read, as a mixture",
      first: """
        dim i
        data s[i]: bool, y[i]: real
        p ~ Uniform(0, 1)
        b ~ Normal(0, 1)
        s[i] ~ Bernoulli(p)
        y[k: i] ~ Normal(b * s[k], 1)
        """,
      second: """
        dim i
        data y[i]: real
        p ~ Uniform(0, 1)
        b ~ Normal(0, 1)
        factor known = 2 * log(p) + log1m(p)
        y[1] ~ Normal(b, 1)
        y[2] ~ Normal(0, 1)
        y[3] ~ Mixture([p, 1 - p], Normal(b, 1), Normal(0, 1))
        y[4] ~ Normal(b, 1)
        """,
      data: [
        "s": .numbers([1, 0, .nan, 1], shape: [4]),
        "y": .numbers([0.2, 1.1, -0.4, 0.9], shape: [4]),
      ]
    ),
    EquivalentTexts(
      name: "a missing label",
      first: """
        dim i, kind = ["a", "b"]
        data s[i]: kind
        data y[i]: real
        p: simplex[kind] ~ Dirichlet(1)
        m[kind] ~ Normal(0, 1)
        s[i] ~ Categorical(p)
        y[k: i] ~ Normal(m[s[k]], 1)
        """,
      second: """
        dim i, kind = ["a", "b"]
        data y[i]: real
        p: simplex[kind] ~ Dirichlet(1)
        m[kind] ~ Normal(0, 1)
        factor known = log(p["a"])
        y[1] ~ Normal(m["a"], 1)
        y[2] ~ Mixture(p, Normal(m["a"], 1), Normal(m["b"], 1))
        """,
      data: [
        "s": .texts(["a", ""]),
        "y": .numbers([0.2, 1.1], shape: [2]),
      ]
    ),
    EquivalentTexts(
      name: "labels as fixed indices of a target",
      first: """
        dim coef = ["level", "slope"]
        m["level"] ~ Normal(20, 10)
        m["slope"] ~ Normal(0, 1)
        """,
      second: """
        dim coef = ["level", "slope"]
        m[k: coef] ~ Normal(if k == "level" then 20 else 0, if k == "level" then 10 else 1)
        """
    ),
    EquivalentTexts(
      name: "computed data with a type, a flag as it is",
      first: """
        dim i, coef = 2
        data y[i]: real
        data x[k: i]: real[coef] = [1, y[k]]
        b[coef] ~ Normal(0, 1)
        y[k: i] ~ censored(Normal(x[k] @ b, 1), right: true)
        """,
      second: """
        dim i
        data y[i]: real
        b[k: 1..2] ~ Normal(0, 1)
        factor f[k: i] = log(1 - cdf(Normal(b[1] + y[k] * b[2], 1), y[k]))
        """,
      data: ["y": .numbers([0.2, 1.1], shape: [2])]
    ),
  ]
}

@Suite("Texts that say the same model")
struct EquivalentTextTests {
  @Test("have one log density", arguments: EquivalentTexts.all)
  func density(texts: EquivalentTexts) throws {
    let first = try CompiledCase(text: texts.first, data: texts.data)
    let second = try CompiledCase(text: texts.second, data: texts.data)
    try #require(first.dimension == second.dimension)
    for trial in 0..<5 {
      let position = first.position(trial)
      let a = first.gradient(at: position)
      let b = second.gradient(at: position)
      for (x, y) in zip(a, b) { #expect(abs(x - y) < 1e-9 * max(1, abs(x))) }
    }
  }
}
