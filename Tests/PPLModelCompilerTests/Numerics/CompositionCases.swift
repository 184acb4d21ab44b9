import Foundation

/// Distributions made of others, and those that programs define.
let compositionCases: [NumericCase] = [
  NumericCase(
    name: "censored at bounds",
    text: """
      dim obs = 5
      data y[obs], end[obs], limit[obs]: real
      data k[obs]: int
      m ~ Normal(0, 1)
      s ~ Exponential(1)
      y[i: obs] ~ censored(Normal(m, s), lower: -1, upper: 2)
      end ~ censored(Normal(m + 1, s), upper: limit)
      k[i: obs] ~ censored(Poisson(s * i), lower: 1, upper: 4)
      """,
    data: [
      "y": .vector(-1, 0.5, 2, 2.5, -3), "end": .vector(1, 2, 0.5, -1, 3),
      "k": .vector(0, 1, 3, 4, 6), "limit": .vector(2, 2, 2.5, -1, 3),
    ]
  ) { v in
    let (m, s) = (v("m"), v("s"))
    var sum = Plain.normal(m, 0, 1) + Plain.exponential(s, 1)
    let low = Plain.log(Plain.normalCDF(-1, m, s))
    let high = Plain.log(Plain.normalCDF(-2, -m, s))
    sum += low + Plain.normal(0.5, m, s) + 2 * high + low
    for (index, end) in v["end"].enumerated() {
      let isObserved = index == 0 || index == 2
      sum +=
        isObserved
        ? Plain.normal(end, m + 1, s) : Plain.log(Plain.normalCDF(-end, -m - 1, s))
    }
    for (index, k) in v["k"].enumerated() {
      let rate = s * Double(index + 1)
      let below = (0...3).map { Plain.exp(Plain.poisson(Double($0), rate)) }
      if k >= 4 {
        sum += Plain.log(1 - below.reduce(0, +))
      } else if k <= 1 {
        sum += Plain.log(below[0] + below[1])
      } else {
        sum += Plain.poisson(k, rate)
      }
    }
    return sum
  },
  NumericCase(
    name: "censored by flags",
    text: """
      dim patient = 4, visit = 3
      data time[patient]: real > 0
      data died[patient], all[patient]: bool
      data seen[visit], until[visit]: real
      data early[visit]: bool
      shape ~ Exponential(0.5)
      b ~ Normal(0, 1)
      time[i: patient] ~ censored(Weibull(shape, exp(b * i)), right: not died[i])
      seen[j: visit] ~ censored(Logistic(b, shape), interval: until[j])
      factor more = sum(logp(censored(Exponential(shape), right: all), time)) +
        sum(logp(censored(Cauchy(b, 1), left: early[j]), seen[j]) for j: visit)
      """,
    data: [
      "time": .vector(1, 2.5, 0.3, 4), "died": .vector(1, 0, 1, 0), "all": .vector(1, 1, 1, 1),
      "seen": .vector(0, 1, -2), "until": .vector(1.5, 1, .infinity), "early": .vector(0, 1, 0),
    ]
  ) { v in
    let (shape, b) = (v("shape"), v("b"))
    var sum = Plain.exponential(shape, 0.5) + Plain.normal(b, 0, 1)
    for i in 0..<4 {
      let (t, scale) = (v["time"][i], Plain.exp(b * Double(i + 1)))
      sum += v["died"][i] == 1 ? Plain.weibull(t, shape, scale) : -pow(t / scale, shape)
      sum -= shape * t
    }
    func below(_ x: Double) -> Double { x == .infinity ? 1 : Plain.logistic((x - b) / shape) }
    sum += Plain.log(below(1.5) - below(0)) + Plain.log(1 - below(-2))
    let p = below(1)
    sum += Plain.log(p * (1 - p) / shape)
    func cauchy(_ x: Double) -> Double { -Plain.log(.pi * (1 + (x - b) * (x - b))) }
    return sum + cauchy(0) + cauchy(-2) + Plain.log(0.5 + atan(1 - b) / .pi)
  },
  NumericCase(
    name: "truncated within parameters",
    text: """
      dim obs = 4
      data y[obs]: real
      data k[obs]: int
      m ~ Normal(0, 1)
      w ~ Exponential(1)
      x[obs] ~ truncated(Normal(m, 2), lower: -1, upper: w)
      y[i: obs] ~ truncated(Normal(m, w), lower: -w - 1, upper: 3)
      k[i: obs] ~ truncated(Poisson(w), lower: 1)
      z: real < 1 ~ truncated(Logistic(m, 1), lower: -2)
      factor needed = 0 * (z + sum(x))
      """,
    data: ["y": .vector(0, 1, -0.5, 2.5), "k": .vector(1, 2, 1, 4)]
  ) { v in
    let (m, w, z) = (v("m"), v("w"), v("z"))
    var sum = Plain.normal(m, 0, 1) + Plain.exponential(w, 1)
    for x in v["x"] {
      sum += Plain.normal(x, m, 2)
      sum -= Plain.log(Plain.normalCDF(w, m, 2) - Plain.normalCDF(-1, m, 2))
    }
    for y in v["y"] {
      sum += Plain.normal(y, m, w)
      sum -= Plain.log(Plain.normalCDF(3, m, w) - Plain.normalCDF(-w - 1, m, w))
    }
    for k in v["k"] { sum += Plain.poisson(k, w) - Plain.log(1 - Plain.exp(-w)) }
    let p = Plain.logistic(z - m)
    return sum + Plain.log(p * (1 - p))
      - Plain.log(Plain.logistic(1 - m) - Plain.logistic(-2 - m))
  },
  NumericCase(
    name: "rounded",
    text: """
      dim obs = 3
      data y[obs], h[obs]: real
      m ~ Normal(0, 1)
      s ~ Exponential(1)
      y[i: obs] ~ rounded(Normal(m, s), to: 0.1)
      h[i: obs] ~ rounded(truncated(Normal(m, s), lower: -4), to: i / 2)
      factor f = logp(censored(truncated(Normal(m, s), upper: 3), lower: 1, upper: 2), 2)
      """,
    data: ["y": .vector(0.3, -1.2, 0), "h": .vector(1.5, -2, 3)]
  ) { v in
    let (m, s) = (v("m"), v("s"))
    func between(_ a: Double, _ b: Double) -> Double {
      // Of the tail that is smaller, so that nothing cancels.
      a > m
        ? Plain.log(Plain.normalCDF(-a, -m, s) - Plain.normalCDF(-b, -m, s))
        : Plain.log(Plain.normalCDF(b, m, s) - Plain.normalCDF(a, m, s))
    }
    var sum = Plain.normal(m, 0, 1) + Plain.exponential(s, 1)
    for y in v["y"] { sum += between(y - 0.05, y + 0.05) }
    for (index, h) in v["h"].enumerated() {
      let half = Double(index + 1) / 4
      sum += between(h - half, h + half) - Plain.log(Plain.normalCDF(4, -m, s))
    }
    return sum + between(2, 3) - Plain.log(Plain.normalCDF(3, m, s))
  },
  NumericCase(
    name: "mixtures",
    text: """
      dim obs = 4, part = 3
      data y[obs], h[obs]: real
      data k[obs]: int >= 0
      data c[obs]: part
      w: simplex[part] ~ Dirichlet([1, 2, 2])
      m: ordered[part] ~ Normal(0, 2)
      s ~ Exponential(1)
      p ~ Beta(2, 2)
      x[obs] ~ Mixture([p, 1 - p], Normal(m[1], s), Normal(m[3], 1))
      y ~ Mixture(w, Normal(m[1], s), StudentT(3, m[2], 1), Normal(h / 2, 2))
      k[i: obs] ~ Mixture([p, 1 - p], DiscreteUniform(0, 3 * i), Poisson(s))
      c[i: obs] ~ Mixture([p / i, 1 - p / i], Categorical(w), Categorical([1 / 2, 1 / 4, 1 / 4]))
      v: real[part] ~ Mixture([0.25, 0.75], MultiNormal(m, cov: diag_matrix([1, 1, 1])), MultiNormal(0, cov: diag_matrix([4, 4, 4])))
      factor needed = 0 * (sum(x) + sum(v))
      """,
    data: [
      "y": .vector(0.3, -1.4, 2.5, 1), "k": .vector(0, 3, 2, 9), "c": .vector(1, 2, 3, 1),
      "h": .vector(1, 0, -1, 3),
    ],
    coordinates: ["w": .simplex(3)]
  ) { v in
    let (w, m, s, p) = (v["w"], v["m"], v("s"), v("p"))
    func mix(_ weights: [Double], _ parts: [Double]) -> Double {
      Plain.logSumExp(zip(weights, parts).map { Plain.log($0) + $1 })
    }
    var sum = Plain.dirichlet(w, [1, 2, 2]) + Plain.exponential(s, 1) + Plain.beta(p, 2, 2)
    for m in m { sum += Plain.normal(m, 0, 2) }
    for x in v["x"] {
      sum += mix([p, 1 - p], [Plain.normal(x, m[0], s), Plain.normal(x, m[2], 1)])
    }
    for (y, h) in zip(v["y"], v["h"]) {
      sum += mix(
        w,
        [Plain.normal(y, m[0], s), Plain.studentT(y, 3, m[1], 1), Plain.normal(y, h / 2, 2)]
      )
    }
    for i in 0..<4 {
      let count = Double(i + 1)
      let k = v["k"][i]
      let uniform = k <= 3 * count ? -Plain.log(3 * count + 1) : -.infinity
      sum += mix([p, 1 - p], [uniform, Plain.poisson(k, s)])
      let c = Int(v["c"][i]) - 1
      sum += mix([p / count, 1 - p / count], [Plain.log(w[c]), Plain.log([0.5, 0.25, 0.25][c])])
    }
    let x = v["v"]
    let near = (0..<3).map { Plain.normal(x[$0], m[$0], 1) }.reduce(0, +)
    let far = (0..<3).map { Plain.normal(x[$0], 0, 2) }.reduce(0, +)
    return sum + mix([0.25, 0.75], [near, far])
  },
  NumericCase(
    name: "conditions over distributions",
    text: """
      dim obs = 4, group = 3
      data y[obs]: real
      data f[obs]: bool
      data g[group, obs]: real
      data odd[obs]: bool
      a ~ Normal(0, 1)
      s ~ Exponential(1)
      x[i: obs] ~ if f[i] then Exponential(s) else Normal(a, 1)
      y[i: obs] ~ if i > 1 then Normal(a + y[i - 1], s) else Cauchy(0, 1)
      g[j: group, i: obs] ~ if odd[i] then Normal(a * j, s) else StudentT(3, a, s)
      factor sign[i: obs] = logp(if a > 0 then Normal(a, 1) else Laplace(a, s), y[i])
      factor lifted = sum(logp(if f then Normal(a, s) else Logistic(y, s), x))
      factor whole = sum(logp(if 1 > 2 then Uniform(y, y - 1) else Normal(y, s), x))
      """,
    data: [
      "y": .vector(0.3, -1.4, 2.5, 1), "f": .vector(1, 0, 0, 1), "odd": .vector(0, 1, 0, 1),
      "g": .matrix([1, 2, 0, 0.5], [0.25, -1, 2, 1], [0, 3, -2, 0.5]),
    ]
  ) { v in
    let (a, s, y, f) = (v("a"), v("s"), v["y"], v["f"])
    func logistic(_ x: Double, _ at: Double, _ scale: Double) -> Double {
      let p = Plain.logistic((x - at) / scale)
      return Plain.log(p * (1 - p) / scale)
    }
    var sum = Plain.normal(a, 0, 1) + Plain.exponential(s, 1)
    for i in 0..<4 {
      let x = v["x"][i]
      sum += f[i] == 1 ? Plain.exponential(x, s) : Plain.normal(x, a, 1)
      sum += i > 0 ? Plain.normal(y[i], a + y[i - 1], s) : -Plain.log(.pi * (1 + y[0] * y[0]))
      for j in 0..<3 {
        let g = v["g"][j * 4 + i]
        sum +=
          i % 2 == 1 ? Plain.normal(g, a * Double(j + 1), s) : Plain.studentT(g, 3, a, s)
      }
      sum += a > 0 ? Plain.normal(y[i], a, 1) : Plain.laplace(y[i], a, s)
      sum += f[i] == 1 ? Plain.normal(x, a, s) : logistic(x, y[i], s)
      sum += Plain.normal(x, y[i], s)
    }
    return sum
  },
  NumericCase(
    name: "distributions of the program",
    text: """
      dim obs = 4, coef = 3
      data k[obs]: int >= 0
      data n[obs]: int >= 0
      data low[obs]: real
      dist ZeroInflated(pi: real in [0, 1], rate: real > 0) -> int >= 0 {
        logp(k) = if k == 0 then log_sum_exp(log(pi), log1m(pi) - rate) else log1m(pi) + logp(Poisson(rate), k)
        draw    = (1 - z) * n   with z ~ Bernoulli(pi), n ~ Poisson(rate)
      }
      dist Shifted(from: real, rate: real) -> real > from {
        logp(x) = log(rate) - rate * d   with d = x - from
        draw = from + e   with e ~ Exponential(rate)
      }
      dist Sphere[d](centre: real[d], scale: real) -> real[d] {
        logp(x) = -0.5 * sum(((x[i] - centre[i]) / scale)^2 for i: d) - size(d) * log(scale)
      }
      dist Wave() -> real in (0, 1) { logp(x) = log1p(x * (1 - x)) }
      pz   ~ Beta(1, 2)
      rate ~ Gamma(2, 1)
      k[obs] ~ ZeroInflated(pz, rate)
      n ~ ZeroInflated(pz / 2, rate * [1, 2, 3, 4])
      x[i: obs] ~ Shifted(low[i], rate)
      u: real[coef] ~ Sphere([1, 2, 3], rate)
      t ~ Wave()
      b ~ Mixture([pz, 1 - pz], Shifted(0, 1), Shifted(0, 3))
      n_rep ~ ZeroInflated(pz, rate)
      factor needed = 0 * (b + sum(x))
      factor f = logp(if pz > 2 then Shifted(0, 1) else Shifted(1, 2), rate + 2)
      """,
    data: [
      "k": .vector(0, 2, 0, 1), "n": .vector(1, 0, 5, 3), "low": .vector(0, -1, 2, 0.5),
    ]
  ) { v in
    let (pz, rate, t, b) = (v("pz"), v("rate"), v("t"), v("b"))
    func inflated(_ k: Double, _ pi: Double, _ rate: Double) -> Double {
      k == 0
        ? Plain.log(pi + (1 - pi) * Plain.exp(-rate))
        : Plain.log(1 - pi) + Plain.poisson(k, rate)
    }
    var sum = Plain.beta(pz, 1, 2) + Plain.gamma(rate, 2, 1)
    for i in 0..<4 {
      sum += inflated(v["k"][i], pz, rate) + inflated(v["n"][i], pz / 2, rate * Double(i + 1))
      sum += Plain.exponential(v["x"][i] - v["low"][i], rate)
    }
    for (index, u) in v["u"].enumerated() {
      let z = (u - Double(index + 1)) / rate
      sum += -0.5 * z * z - Plain.log(rate)
    }
    sum += Plain.log(1 + t * (1 - t))
    sum += Plain.log(pz * Plain.exp(-b) + (1 - pz) * 3 * Plain.exp(-3 * b))
    return sum + Plain.exponential(rate + 1, 2)
  },
  NumericCase(
    name: "distribution functions",
    text: """
      dim obs = 4
      data y[obs]: real
      data k[obs]: int
      data f[obs]: bool
      m ~ Normal(0, 1)
      s ~ Exponential(1)
      p ~ Beta(2, 2)
      factor a = sum(cdf(Normal(m, s), y)) + sum(cdf(Poisson(s), k[i]) for i: obs)
      factor b = cdf(truncated(Logistic(m, 1), lower: m - 1), m + s) + quantile(Normal(m, s), p)
      factor c = quantile(truncated(Exponential(s), lower: 1, upper: 4), p) + quantile(censored(Normal(0, 1), upper: 0.5), p)
      factor d[i: obs] = quantile(if f[i] then Exponential(s) else Normal(m, 1), p) + cdf(if f[i] then Cauchy(m, 1) else Normal(m, s), y[i])
      factor e = sum(cdf(Mixture([p, 1 - p], Normal(m, s), Normal(0, 1)), y)) + cdf(rounded(Normal(m, s), to: 0.5), 1.2)
      """,
    data: [
      "y": .vector(0.3, -1.4, 2.5, 1), "k": .vector(0, 3, 1, 5), "f": .vector(1, 0, 0, 1),
    ]
  ) { v in
    let (m, s, p) = (v("m"), v("s"), v("p"))
    // By bisection.
    func normalQuantile(_ p: Double) -> Double {
      var (low, high) = (-20.0, 20.0)
      for _ in 0..<200 {
        let middle = (low + high) / 2
        if Plain.normalCDF(middle, 0, 1) < p { low = middle } else { high = middle }
      }
      return low
    }
    var sum = Plain.normal(m, 0, 1) + Plain.exponential(s, 1) + Plain.beta(p, 2, 2)
    for i in 0..<4 {
      let y = v["y"][i]
      sum += Plain.normalCDF(y, m, s)
      for k in 0...Int(v["k"][i]) { sum += Plain.exp(Plain.poisson(Double(k), s)) }
      let isFirst = v["f"][i] == 1
      sum += isFirst ? -Plain.log(1 - p) / s : m + normalQuantile(p)
      sum += isFirst ? 0.5 + atan(y - m) / .pi : Plain.normalCDF(y, m, s)
      sum += p * Plain.normalCDF(y, m, s) + (1 - p) * Plain.normalCDF(y, 0, 1)
    }
    let below = Plain.logistic(-1)
    sum += (Plain.logistic(s) - below) / (1 - below) + m + s * normalQuantile(p)
    let (first, last) = (1 - Plain.exp(-s), 1 - Plain.exp(-4 * s))
    sum += -Plain.log(1 - first - p * (last - first)) / s + min(normalQuantile(p), 0.5)
    return sum + Plain.normalCDF(1.25, m, s)
  },
]
