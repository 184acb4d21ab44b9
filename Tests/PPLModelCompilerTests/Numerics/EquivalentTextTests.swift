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
      name: "a missing part of an observed vector, as a latent",
      first: """
        dim t, k = 2
        data y[t, k]: real
        m ~ Normal(0, 1)
        y[i: t] ~ MultiNormal(m, sd: [1, 2], corr: [[1, 0.5], [0.5, 1]])
        """,
      second: """
        m ~ Normal(0, 1)
        u, v ~ Flat()
        factor f = logp(MultiNormal(m, sd: [1, 2], corr: [[1, 0.5], [0.5, 1]]), [0.5, u])
        factor g = logp(MultiNormal(m, sd: [1, 2], corr: [[1, 0.5], [0.5, 1]]), [v, -1])
        """,
      data: ["y": .numbers([0.5, .nan, .nan, -1], shape: [2, 2])]
    ),
    // n = 3 and pdet(D - W) = 3 for two edges: 1 and 3 are the eigenvalues other than 0.
    EquivalentTexts(
      name: "an intrinsic autoregression and its definition",
      first: """
        dim a = 3
        data W[a, a]: int in 0..1
        s ~ HalfNormal(1)
        x: sum_to_zero[a] ~ ICAR(W, s)
        factor f = x[1] - x[2]^2
        """,
      second: """
        dim a = 3
        data W[a, a]: int in 0..1
        s ~ HalfNormal(1)
        x: sum_to_zero[a] ~ Flat()
        factor f = x[1] - x[2]^2
        factor g = -0.5 * sum(W[i, j] * (x[i] - x[j])^2 for i: a, j: a) / 2 / s^2 - 2 * log(s)
        factor h = 0.5 * log(3) - log(2 * pi)
        """,
      data: ["W": .numbers([0, 1, 0, 1, 0, 1, 0, 1, 0], shape: [3, 3])]
    ),
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
      name: "chains along the rows of an array that are read together",
      first: """
        dim time, unit = 2
        data y[time]: real
        on, stay ~ Beta(1, 1)
        z[u: unit, 1] ~ Bernoulli(0.5)
        z[u: unit, t: time[2..]] ~ Bernoulli(if z[u, t-1] then stay else on)
        y[t: time] ~ Normal(sum(u * z[u, t] for u: unit), 1)
        """,
      second: """
        dim time
        data y[time]: real
        on, stay ~ Beta(1, 1)
        a[1] ~ Bernoulli(0.5)
        b[1] ~ Bernoulli(0.5)
        a[t: time[2..]] ~ Bernoulli(if a[t-1] then stay else on)
        b[t: time[2..]] ~ Bernoulli(if b[t-1] then stay else on)
        y[t: time] ~ Normal(a[t] + 2 * b[t], 1)
        """,
      data: series
    ),
    EquivalentTexts(
      name: "normals of sum 0 are normals in the plane",
      first: """
        dim g = 2, d = 3
        sd ~ HalfNormal(1)
        tau[g] ~ HalfNormal(1)
        s: sum_to_zero[d] ~ Normal(0.3, sd)
        r[i: g]: sum_to_zero[d] ~ Normal(0, tau[i])
        """,
      second: """
        dim g = 2
        sd ~ HalfNormal(1)
        tau[g] ~ HalfNormal(1)
        s[k: 1..2] ~ Normal(0, sd)
        r[i: g, k: 1..2] ~ Normal(0, tau[i])
        """
    ),
    EquivalentTexts(
      name: "a small lattice",
      first: """
        dim row = 2, col = 3
        data y[row, col]: real
        a ~ Normal(0, 1)
        z[i: row, j: col] ~ Bernoulli(0.4)
        factor across[i: row, j: col[2..]] = a * (z[i, j] == z[i, j-1])
        factor down[i: row[2..], j: col] = a * (z[i, j] == z[i-1, j])
        y[i: row, j: col] ~ Normal(z[i, j], 1)
        """,
      second: """
        data y[2, 3]: real
        a ~ Normal(0, 1)
        fn own(z: int, y: real) -> real = logp(Bernoulli(0.4), z - 1) + logp(Normal(z - 1, 1), y)
        factor f = log_sum_exp(own(p, y[1, 1]) + own(q, y[1, 2]) + own(r, y[1, 3]) + own(s, y[2, 1]) + own(t, y[2, 2]) + own(u, y[2, 3]) + a * ((p == q) + (q == r) + (s == t) + (t == u) + (p == s) + (q == t) + (r == u)) for p: 1..2, q: 1..2, r: 1..2, s: 1..2, t: 1..2, u: 1..2)
        """,
      data: ["y": .matrix([0, 1, 0], [1, 0.5, 0.2])]
    ),
    EquivalentTexts(
      name: "a total that is thinned",
      first: """
        dim i
        data y[i]: real
        w ~ Beta(1, 1)
        n[i]: int in 0..2 ~ Poisson(1)
        s[k: i]: int in 0..2 ~ Binomial(n[k], w)
        y[k: i] ~ Normal(s[k], 1)
        """,
      second: """
        dim i
        data y[i]: real
        w ~ Beta(1, 1)
        factor f[k: i] = log_sum_exp(logp(Poisson(1), n - 1) + logp(Binomial(n - 1, w), s - 1) + logp(Normal(s - 1, 1), y[k]) for n: 1..3, s: 1..3) - log(cdf(Poisson(1), 2))
        """,
      data: ["y": .vector(0.3, 1.8)]
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
      name: "series of different lengths",
      first: """
        dim s
        data n[s]: int
        dim t[i: s] = n[i]
        data y[s, t]: real
        data m = mean(y)
        phi ~ Uniform(-1, 1)
        a[s] ~ Normal(m, 1)
        y[i: s, 1] ~ Normal(a[i], 2)
        y[i: s, k: t[i][2..]] ~ Normal(a[i] + phi * (y[i, k-1] - size(t[i]) * y[i, 1]), 1)
        factor f[i: s] = y[i, last(t[i])] * a[i] + sum(y[i]) + max(y[i]^2) * a[i]
        factor h[i: s] = -min(y[i]) - log_sum_exp(a[i] * y[i]) + prod(1 + y[i]^2 * a[i]^2)
        factor g[i: s where n[i] > 1] = var(a[i]^2 * y[i])
        """,
      second: """
        dim s = 3, c
        data y[c]: real
        data m = mean(y)
        phi ~ Uniform(-1, 1)
        a[s] ~ Normal(m, 1)
        y[1] ~ Normal(a[1], 2)
        y[2] ~ Normal(a[1] + phi * (y[1] - 2 * y[1]), 1)
        y[3] ~ Normal(a[2], 2)
        y[4] ~ Normal(a[3], 2)
        y[k: c[5..]] ~ Normal(a[3] + phi * (y[k-1] - 3 * y[4]), 1)
        factor f = y[2] * a[1] + y[3] * a[2] + y[6] * a[3] + sum(y) + 2.8^2 * a[1] + 3.1^2 * a[2] + 2.5^2 * a[3]
        factor h = -(0.3 + 3.1 - 0.4) - log(exp(a[1] * y[1]) + exp(a[1] * y[2])) - a[2] * y[3]
        factor m3 = -log(sum(exp(a[3] * y[k]) for k: c[4..])) + (1 + y[1]^2 * a[1]^2) * (1 + y[2]^2 * a[1]^2)
        factor m4 = (1 + y[3]^2 * a[2]^2) + prod(1 + y[k]^2 * a[3]^2 for k: c[4..])
        factor g = a[1]^4 * (2.8 - 0.3)^2 / 2 + a[3]^4 * var([y[4], y[5], y[6]])
        """,
      data: [
        "n": .vector(2, 1, 3), "y": .numbers([0.3, 2.8, 3.1, 0.2, -0.4, 2.5], shape: [6]),
      ]
    ),
    EquivalentTexts(
      name: "latents and hidden states of different lengths",
      first: """
        dim s, state = 2
        data n[s]: int
        dim t[i: s] = n[i]
        data y[s, t]: real
        p[state]: simplex[state] ~ Dirichlet(2)
        h[s, t] ~ Normal(0, 1)
        z[i: s, 1] ~ DiscreteUniform(state)
        z[i: s, k: t[i][2..]] ~ Categorical(p[z[i, k-1]])
        y[i: s, k: t[i]] ~ Normal(h[i, k] + (if z[i, k] == 1 then 0 else 3), 1)
        """,
      second: """
        dim c, state = 2
        data y[c]: real
        p[state]: simplex[state] ~ Dirichlet(2)
        h[c] ~ Normal(0, 1)
        z[1] ~ DiscreteUniform(state)
        z[2] ~ Categorical(p[z[1]])
        z[3] ~ DiscreteUniform(state)
        z[4] ~ DiscreteUniform(state)
        z[k: c[5..]] ~ Categorical(p[z[k-1]])
        y[k: c] ~ Normal(h[k] + (if z[k] == 1 then 0 else 3), 1)
        """,
      data: [
        "n": .vector(2, 1, 3), "y": .numbers([0.3, 2.8, 3.1, 0.2, -0.4, 2.5], shape: [6]),
      ]
    ),
    EquivalentTexts(
      name: "recursions of different lengths, from different starts",
      first: """
        dim s
        data n[s], from[s]: int
        dim t[i: s] = n[i]
        data y[s, t]: real
        a ~ Beta(2, 2)
        x[i: s, k: t[i] where k < from[i]] = 0
        x[i: s, k: t[i] where k == from[i]] = 5 * a
        x[i: s, k: t[i] where k > from[i]] = x[i, k-1] + a * (y[i, k-1] - x[i, k-1])
        y[i: s, k: t[i]] ~ Normal(x[i, k], 1)
        """,
      second: """
        dim c
        data y[c]: real
        a ~ Beta(2, 2)
        y[1] ~ Normal(5 * a, 1)
        y[2] ~ Normal(5 * a + a * (y[1] - 5 * a), 1)
        y[3] ~ Normal(5 * a, 1)
        y[4] ~ Normal(0, 1)
        y[5] ~ Normal(5 * a, 1)
        y[6] ~ Normal(5 * a + a * (y[5] - 5 * a), 1)
        """,
      data: [
        "n": .vector(2, 1, 3), "from": .vector(1, 1, 2),
        "y": .numbers([0.3, 2.8, 3.1, 0.2, -0.4, 2.5], shape: [6]),
      ]
    ),
    EquivalentTexts(
      name: "missing cells of rows of different lengths",
      first: """
        dim s
        data n[s]: int
        dim t[i: s] = n[i]
        data x[s, t], y[s, t]: real
        b ~ Normal(0, 1)
        x[s, t] ~ Normal(0, 1)
        y[i: s, k: t[i]] ~ Normal(b * x[i, k], 1)
        """,
      second: """
        dim c
        data y[c]: real
        b ~ Normal(0, 1)
        m[k: 1..2] ~ Normal(0, 1)
        factor f = logp(Normal(0, 1), 0.5) + logp(Normal(0, 1), 0.1)
        y[1] ~ Normal(b * 0.5, 1)
        y[2] ~ Normal(b * m[1], 1)
        y[3] ~ Normal(b * m[2], 1)
        y[4] ~ Normal(b * 0.1, 1)
        """,
      data: [
        "n": .vector(2, 0, 2), "x": .vector(0.5, .nan, .nan, 0.1),
        "y": .numbers([0.3, 2.8, 3.1, 0.2], shape: [4]),
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
