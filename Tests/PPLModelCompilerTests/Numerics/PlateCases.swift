/// Plates: what an equation runs over, and which elements it defines.
let plateCases: [NumericCase] = [
  NumericCase(
    name: "groups by text labels",
    text: """
      dim county, house
      data county_of[house]: county key "county"
      data floor[house], y[house]: real
      mu, b ~ Normal(0, 10)
      s, sigma ~ HalfNormal(1)
      a[county] ~ Normal(mu, s)
      y[h: house] ~ Normal(a[county_of[h]] + b * floor[h], sigma)
      """,
    data: [
      "county": .texts(["B", "A", "C", "A", "B"]), "floor": .vector(0, 1, 0.5, 1, 0),
      "y": .vector(1.2, -0.3, 0.8, 2.1, 0.4),
    ]
  ) { v in
    var sum = Plain.normal(v("mu"), 0, 10) + Plain.normal(v("b"), 0, 10)
    sum += Plain.halfNormal(v("s"), 1) + Plain.halfNormal(v("sigma"), 1)
    for a in v["a"] { sum += Plain.normal(a, v("mu"), v("s")) }
    for (h, county) in [1, 0, 2, 0, 1].enumerated() {
      sum += Plain.normal(v["y"][h], v["a"][county] + v("b") * v["floor"][h], v("sigma"))
    }
    return sum
  },
  NumericCase(
    name: "where splits a plate",
    text: """
      dim item = 5
      data g[item]: int
      data y[item]: real
      mu ~ Normal(0, 1)
      x[i: item where g[i] == 1] ~ Normal(mu, 0.5)
      x[i: item where g[i] != 1] ~ StudentT(4, 2 * mu, 1.5)
      y[i: item where g[i] > 1 and i != 3] ~ Normal(x[i], 0.7)
      """,
    data: ["g": .vector(1, 2, 2, 1, 3), "y": .vector(0.1, 0.2, 0.3, 0.4, 0.5)]
  ) { v in
    var sum = Plain.normal(v("mu"), 0, 1)
    for i in 0..<5 {
      let x = v["x"][i]
      sum +=
        v["g"][i] == 1
        ? Plain.normal(x, v("mu"), 0.5) : Plain.studentT(x, 4, 2 * v("mu"), 1.5)
      if v["g"][i] > 1, i + 1 != 3 { sum += Plain.normal(v["y"][i], x, 0.7) }
    }
    return sum
  },
  NumericCase(
    name: "two axes with where",
    text: """
      dim row = 3, col = 4
      data y[row, col]: real
      r[row], c[col] ~ Normal(0, 1)
      s ~ HalfNormal(1)
      y[i: row, j: col where j > i] ~ Normal(r[i] * c[j], s)
      y[i: row, j: col where not j > i] ~ Normal(r[i] - c[j], 2 * s)
      """,
    data: [
      "y": .matrix([0.1, 0.2, 0.3, 0.4], [1.1, -1.2, 1.3, 0.4], [-0.5, 0.6, -0.7, 0.8])
    ]
  ) { v in
    var sum = Plain.halfNormal(v("s"), 1)
    for x in v["r"] + v["c"] { sum += Plain.normal(x, 0, 1) }
    for i in 0..<3 {
      for j in 0..<4 {
        let (r, c, y) = (v["r"][i], v["c"][j], v["y"][i * 4 + j])
        sum += j > i ? Plain.normal(y, r * c, v("s")) : Plain.normal(y, r - c, 2 * v("s"))
      }
    }
    return sum
  },
  NumericCase(
    name: "recursion through a fixed first element",
    text: """
      dim time
      data y[time]: real
      phi: real in (-1, 1) ~ Uniform(-1, 1)
      s ~ HalfCauchy(1)
      x[1] ~ Normal(0, 2)
      x[t: time[2..]] ~ Normal(phi * x[t-1], s)
      y[t: time] ~ Normal(x[t], 0.3)
      """,
    data: ["y": .vector(0.3, 0.1, -0.4, 0.9, 1.2)]
  ) { v in
    var sum = -Plain.log(2) + Plain.halfCauchy(v("s"), 1)
    for t in 0..<5 {
      let x = v["x"][t]
      sum += t == 0 ? Plain.normal(x, 0, 2) : Plain.normal(x, v("phi") * v["x"][t - 1], v("s"))
      sum += Plain.normal(v["y"][t], x, 0.3)
    }
    return sum
  },
  NumericCase(
    name: "pieces at both ends and between",
    text: """
      dim time = 6
      data y[time]: real
      s ~ Exponential(2)
      x[first(time)] ~ Normal(1, 1)
      x[last(time)] ~ Laplace(0, s)
      x[t: time[2..3]] ~ Normal(0.8 * x[t-1], s)
      x[time(4)], x[5] ~ Normal(0.5, 2)
      y[t: time[..4]] ~ Normal(x[t] * x[t+2], 1)
      y[5] ~ Normal(x[last(time)], s)
      """,
    data: ["y": .vector(0.3, 0.1, -0.4, 0.9, 1.2, 7)]
  ) { v in
    let x = v["x"]
    var sum = Plain.exponential(v("s"), 2) + Plain.normal(x[0], 1, 1)
    sum += Plain.laplace(x[5], 0, v("s"))
    for t in 1...2 { sum += Plain.normal(x[t], 0.8 * x[t - 1], v("s")) }
    sum += Plain.normal(x[3], 0.5, 2) + Plain.normal(x[4], 0.5, 2)
    for t in 0..<4 { sum += Plain.normal(v["y"][t], x[t] * x[t + 2], 1) }
    return sum + Plain.normal(v["y"][4], x[5], v("s"))
  },
  NumericCase(
    name: "recursions over one of two axes",
    text: """
      dim unit = 2, time = 4
      data y[unit, time]: real
      a[unit] ~ Normal(0, 1)
      x[u: unit, 1] ~ Normal(a[u], 1)
      x[u: unit, t: time[2..]] ~ Normal(a[u] * x[u, t-1], 0.5)
      y[u: unit, t: time[..3]] ~ Normal(x[u, t+1] - x[u, t], 1)
      y[2, 4] ~ Normal(x[1, 4], 2)
      y[1, t: time[4..]] ~ Normal(x[2, t], 3)
      """,
    data: ["y": .matrix([0.1, 0.2, 0.3, 0.4], [1.1, -1.2, 1.3, 0.4])]
  ) { v in
    var sum = 0.0
    for u in 0..<2 {
      let (a, x, y) = (v["a"][u], v.row("x", u, width: 4), v.row("y", u, width: 4))
      sum += Plain.normal(a, 0, 1) + Plain.normal(x[0], a, 1)
      for t in 1..<4 { sum += Plain.normal(x[t], a * x[t - 1], 0.5) }
      for t in 0..<3 { sum += Plain.normal(y[t], x[t + 1] - x[t], 1) }
    }
    return sum + Plain.normal(v["y"][7], v["x"][3], 2) + Plain.normal(v["y"][3], v["x"][7], 3)
  },
  NumericCase(
    name: "integer axes without a name",
    text: """
      data n: int
      data y[4]: real
      m[k: 1..3] ~ Normal(k, 2)
      b: real[4] ~ Normal(0, 1)
      y[i: 1..n] ~ Normal(m[1] * i + sum(m[k] * b[k + 1] for k: 2..n), 0.5)
      """,
    data: ["n": .scalar(3), "y": .vector(0.5, 0.25, 0.125, 9)]
  ) { v in
    var sum = 0.0
    for k in 0..<3 { sum += Plain.normal(v["m"][k], Double(k + 1), 2) }
    for b in v["b"] { sum += Plain.normal(b, 0, 1) }
    for i in 1...3 {
      var mean = v["m"][0] * Double(i)
      for k in 2...3 { mean += v["m"][k - 1] * v["b"][k] }
      sum += Plain.normal(v["y"][i - 1], mean, 0.5)
    }
    return sum
  },
  NumericCase(
    name: "whole arrays",
    text: """
      dim obs, coef
      data X[obs, coef]: real
      data y[obs]: real
      data e[obs]: real > 0
      a ~ Normal(0, 3)
      b[coef] ~ Normal(0, 1)
      s ~ HalfNormal(1)
      y ~ Normal(a + X @ b, sqrt(s^2 + e^2))
      """,
    data: [
      "X": .matrix([1, 2], [0.5, -1], [-0.3, 0.4]), "y": .vector(0.4, 1.3, -0.2),
      "e": .vector(0.1, 0.2, 0.7),
    ]
  ) { v in
    var sum = Plain.normal(v("a"), 0, 3) + Plain.halfNormal(v("s"), 1)
    for b in v["b"] { sum += Plain.normal(b, 0, 1) }
    for i in 0..<3 {
      let mean = v("a") + Plain.dot(v.row("X", i, width: 2), v["b"])
      let sd = (v("s") * v("s") + v["e"][i] * v["e"][i]).squareRoot()
      sum += Plain.normal(v["y"][i], mean, sd)
    }
    return sum
  },
  NumericCase(
    name: "typed joint targets",
    text: """
      dim obs = 3, coef = 2
      data y[obs]: real
      beta: real[coef] ~ Normal([1, -1], [0.5, 2])
      z[obs]: real[coef] ~ Normal(beta, 1)
      y[i: obs] ~ Normal(z[i, 1] * z[i, 2], 1)
      """,
    data: ["y": .vector(0.4, 1.3, -0.2)]
  ) { v in
    var sum = Plain.normal(v["beta"][0], 1, 0.5) + Plain.normal(v["beta"][1], -1, 2)
    for i in 0..<3 {
      let z = v.row("z", i, width: 2)
      for k in 0..<2 { sum += Plain.normal(z[k], v["beta"][k], 1) }
      sum += Plain.normal(v["y"][i], z[0] * z[1], 1)
    }
    return sum
  },
  NumericCase(
    name: "computed data are observed",
    text: """
      dim animal, occasion
      data y[animal, occasion]: bool
      data s[i: animal] = sum(y[i])
      data centred[i: animal] = s[i] - mean(s)
      p ~ Beta(2, 3)
      t ~ HalfNormal(1)
      s[i: animal] ~ Binomial(size(occasion), p)
      centred[i: animal where s[i] > 0] ~ Normal(0, t)
      """,
    data: ["y": .matrix([0, 1, 1], [0, 0, 0], [1, 1, 1], [1, 0, 0])]
  ) { v in
    var sum = Plain.beta(v("p"), 2, 3) + Plain.halfNormal(v("t"), 1)
    for s in [2.0, 0, 3, 1] {
      sum += Plain.binomial(s, 3, v("p"))
      if s > 0 { sum += Plain.normal(s - 1.5, 0, v("t")) }
    }
    return sum
  },
  NumericCase(
    name: "factors with a plate, a condition and locals",
    text: """
      dim obs = 4
      data x[obs], y[obs]: real
      a, b ~ Normal(0, 5)
      fn huber(r: real, c: real) -> real = if abs(r) < c then r^2 / 2 else c * (abs(r) - c / 2)
      factor robust[i: obs] = -huber(r, 1.5)   with r = y[i] - a - b * x[i]
      factor penalty = -0.1 * (a^2 + b^2)
      factor pairs[i: obs, j: obs where i < j] = -0.01 * (a * x[i] - b * y[j])^2
      factor count[i: obs] = 0.3 * a
      """,
    data: ["x": .vector(0.5, 1, 2, 3), "y": .vector(0.1, 8, -3, 1)]
  ) { v in
    let (a, b) = (v("a"), v("b"))
    var sum = Plain.normal(a, 0, 5) + Plain.normal(b, 0, 5) - 0.1 * (a * a + b * b)
    for i in 0..<4 {
      let r = v["y"][i] - a - b * v["x"][i]
      sum -= abs(r) < 1.5 ? r * r / 2 : 1.5 * (abs(r) - 0.75)
      for j in (i + 1)..<max(4, i + 1) {
        let d = a * v["x"][i] - b * v["y"][j]
        sum -= 0.01 * d * d
      }
      sum += 0.3 * a
    }
    return sum
  },
  NumericCase(
    name: "products whose factors run over different indices",
    text: """
      dim pair = 2, here = 3, there = 2, k = 2
      data y[pair, here, there]: real
      data z[here, pair], w[here, pair], u[here, pair]: real
      f[pair, here, k] ~ Normal(0, 1)
      g[pair, there, k] ~ Normal(0, 1)
      h[here, k] ~ Normal(0, 1)
      M[pair, here, k] ~ Normal(0, 1)
      Q[here, k, there] ~ Normal(0, 1)
      y[n: pair, i: here, j: there] ~ Normal(f[n, i] @ g[n, j], 1)
      z[i: here, n: pair] ~ Normal((M[n] @ h[i])[2], 1)
      w[i: here, n: pair] ~ Normal((h[i] @ Q[i])[1] + (h[i] @ Q[here(n)])[2], 1)
      u[i: here, n: pair] ~ Normal((M[n] @ Q[i])[3, 2], 1)
      """,
    data: [
      "y": .numbers((0..<12).map { 0.3 * Double($0) - 1 }, shape: [2, 3, 2]),
      "z": .matrix([0.1, 0.2], [-0.4, 1.2], [0.7, -0.9]),
      "w": .matrix([1.1, 0.2], [-0.3, 0.2], [0.5, -0.8]),
      "u": .matrix([0.4, -0.2], [0.3, 0.6], [1.5, 0.8]),
    ]
  ) { v in
    func dot(_ a: (Int) -> Double, _ b: (Int) -> Double) -> Double { a(0) * b(0) + a(1) * b(1) }
    var sum = 0.0
    for name in ["f", "g", "h", "M", "Q"] {
      for x in v[name] { sum += Plain.normal(x, 0, 1) }
    }
    for n in 0..<2 {
      for i in 0..<3 {
        for j in 0..<2 {
          let mean = dot({ v["f"][(n * 3 + i) * 2 + $0] }, { v["g"][(n * 2 + j) * 2 + $0] })
          sum += Plain.normal(v["y"][(n * 3 + i) * 2 + j], mean, 1)
        }
        let h = { (k: Int) in v["h"][i * 2 + k] }
        let z = dot({ v["M"][(n * 3 + 1) * 2 + $0] }, h)
        let w = dot(h) { v["Q"][(i * 2 + $0) * 2] } + dot(h) { v["Q"][(n * 2 + $0) * 2 + 1] }
        let u = dot({ v["M"][(n * 3 + 2) * 2 + $0] }) { v["Q"][(i * 2 + $0) * 2 + 1] }
        sum += Plain.normal(v["z"][i * 2 + n], z, 1) + Plain.normal(v["w"][i * 2 + n], w, 1)
        sum += Plain.normal(v["u"][i * 2 + n], u, 1)
      }
    }
    return sum
  },
]
