/// Supports: joint types, bounds, truncation.
let supportCases: [NumericCase] = [
  NumericCase(
    name: "a plate of simplexes",
    text: """
      dim state = 3, step = 4
      data from_state[step], to_state[step]: state
      P[s: state]: simplex[state] ~ Dirichlet(1.5)
      q: simplex[state] ~ Dirichlet([1, 2, 3])
      to_state[t: step] ~ Categorical(P[from_state[t]])
      from_state[1] ~ Categorical(q)
      """,
    data: ["from_state": .vector(1, 2, 3, 3), "to_state": .vector(2, 3, 3, 1)],
    coordinates: ["P": .simplex(3), "q": .simplex(3)]
  ) { v in
    var sum = Plain.dirichlet(v["q"], [1, 2, 3]) + Plain.log(v["q"][0])
    for s in 0..<3 { sum += Plain.dirichlet(v.row("P", s, width: 3), [1.5, 1.5, 1.5]) }
    for (a, b) in [(0, 1), (1, 2), (2, 2), (2, 0)] { sum += Plain.log(v["P"][a * 3 + b]) }
    return sum
  },
  NumericCase(
    name: "ordered vectors",
    text: """
      dim cut = 3, obs = 2
      data y[obs]: real
      c: ordered[cut] ~ Normal(0, 3)
      r: positive_ordered[cut] ~ Exponential(1)
      m[obs]: positive_ordered[cut] ~ Normal([1, 2, 3], 1)
      y[i: obs] ~ Normal(c[1] + c[3] * r[2] + m[i, 2], 1)
      """,
    data: ["y": .vector(0.4, 1.3)]
  ) { v in
    var sum = 0.0
    for c in v["c"] { sum += Plain.normal(c, 0, 3) }
    for r in v["r"] { sum += Plain.exponential(r, 1) }
    for i in 0..<2 {
      let m = v.row("m", i, width: 3)
      for k in 0..<3 { sum += Plain.normal(m[k], Double(k + 1), 1) }
      sum += Plain.normal(v["y"][i], v["c"][0] + v["c"][2] * v["r"][1] + m[1], 1)
    }
    return sum
  },
  NumericCase(
    name: "vectors of sum zero",
    text: """
      dim area = 4, edge
      data node1[edge], node2[edge]: area
      phi: sum_to_zero[area] ~ Flat()
      e: sum_to_zero[area] ~ Normal(0, 2)
      factor icar = -0.5 * sum((phi[node1[k]] - phi[node2[k]])^2 for k: edge)
      factor both = -dot(phi, e)
      """,
    data: ["node1": .vector(1, 2, 3, 1), "node2": .vector(2, 3, 4, 4)],
    coordinates: ["phi": .sumToZero(4), "e": .sumToZero(4)]
  ) { v in
    let phi = v["phi"]
    var sum = -Plain.dot(phi, v["e"])
    for e in v["e"] { sum += Plain.normal(e, 0, 2) }
    // Less the density of the sum over √n at 0.
    sum -= Plain.normal(0, 0, 2)
    for (a, b) in [(0, 1), (1, 2), (2, 3), (0, 3)] {
      sum -= 0.5 * (phi[a] - phi[b]) * (phi[a] - phi[b])
    }
    return sum
  },
  NumericCase(
    name: "directions",
    text: """
      dim axis = 3
      data mu[axis]: real
      k ~ HalfNormal(3)
      u: unit[axis] ~ Flat()
      factor fisher = k * dot(mu, u)
      """,
    data: ["mu": .vector(0, 0.6, 0.8)],
    coordinates: ["u": .none]
  ) { v in
    Plain.halfNormal(v("k"), 3) + v("k") * Plain.dot(v["mu"], v["u"])
  },
  NumericCase(
    name: "correlations and standard deviations",
    text: """
      dim group = 2, coef = 3, trait = 2
      data u[group, trait]: real
      Omega: corr[coef] ~ LKJ(2)
      tau[coef] ~ HalfCauchy(2.5)
      gamma[trait, coef] ~ Normal(0, 5)
      beta[j: group] ~ MultiNormal(u[j] @ gamma, sd: tau, corr: Omega)
      """,
    data: ["u": .matrix([1, 0.5], [1, -2])],
    coordinates: ["Omega": .strictLower(3)]
  ) { v in
    var sum = Plain.lkj(v["Omega"], 2, size: 3)
    for t in v["tau"] { sum += Plain.halfCauchy(t, 2.5) }
    for g in v["gamma"] { sum += Plain.normal(g, 0, 5) }
    var covariance = v["Omega"]
    for i in 0..<9 { covariance[i] *= v["tau"][i / 3] * v["tau"][i % 3] }
    for j in 0..<2 {
      let u = v.row("u", j, width: 2)
      let mean = (0..<3).map { u[0] * v["gamma"][$0] + u[1] * v["gamma"][3 + $0] }
      sum += Plain.multiNormal(v.row("beta", j, width: 3), mean, covariance)
    }
    return sum
  },
  NumericCase(
    name: "Cholesky factors",
    text: """
      dim coef = 3, obs = 2
      data y[obs, coef]: real
      L: cholesky_corr[coef] ~ LKJCholesky(1.5)
      s[coef] ~ HalfNormal(1)
      y[i: obs] ~ MultiNormal(0, cholesky: diag_matrix(s) @ L)
      """,
    data: ["y": .matrix([0.1, 0.2, -0.3], [1.1, -1.2, 0.3])],
    coordinates: ["L": .strictLower(3)]
  ) { v in
    let l = v["L"]
    // Density of the factor: that of L Lᵀ by the Jacobian Π L_kk^(n − k) (Stan Reference Manual).
    var sum = Plain.lkj(Plain.outer(l, size: 3), 1.5, size: 3) + Plain.log(l[4])
    for s in v["s"] { sum += Plain.halfNormal(s, 1) }
    var scaled = l
    for i in 0..<9 { scaled[i] *= v["s"][i / 3] }
    let covariance = Plain.outer(scaled, size: 3)
    for i in 0..<2 {
      sum += Plain.multiNormal(v.row("y", i, width: 3), [0, 0, 0], covariance)
    }
    return sum
  },
  NumericCase(
    name: "covariances and precisions",
    text: """
      dim d = 2, obs = 2
      data y[obs, d]: real
      S: cov[d] ~ Flat()
      C: cholesky_cov[d] ~ Flat()
      m[d] ~ Normal(0, 1)
      y[i: obs] ~ MultiNormal(m, S)
      factor prior = -sum(diag(S)) - logp(MultiNormal(0, precision: S), m) - sum(C * C) - C[1, 1]
      """,
    data: ["y": .matrix([0.1, 0.2], [1.1, -1.2])],
    coordinates: ["S": .lower(2), "C": .lower(2)]
  ) { v in
    let (s, c) = (v["S"], v["C"])
    var sum = -s[0] - s[3] - Plain.dot(c, c) - c[0]
    for m in v["m"] { sum += Plain.normal(m, 0, 1) }
    for i in 0..<2 { sum += Plain.multiNormal(v.row("y", i, width: 2), v["m"], s) }
    let determinant = s[0] * s[3] - s[1] * s[2]
    let inverse = [s[3], -s[1], -s[2], s[0]].map { $0 / determinant }
    return sum - Plain.multiNormal(v["m"], [0, 0], inverse)
  },
  NumericCase(
    name: "bounds that depend on other latents",
    text: """
      dim obs = 3
      data y[obs]: real
      alpha: real in (0, 1) ~ Flat()
      beta: real in (0, 1 - alpha) ~ Flat()
      low ~ Normal(0, 1)
      high: real > low ~ Flat()
      x[i: obs]: real in (low, high + i) ~ Uniform(low, high + i)
      g: real < low * beta ~ Flat()
      factor tail = -0.5 * (high - low)^2 - (low * beta - g)
      y[i: obs] ~ Normal(x[i] + alpha - beta, 1)
      """,
    data: ["y": .vector(0.5, 1.5, 2.5)]
  ) { v in
    let (low, high) = (v("low"), v("high"))
    var sum = Plain.normal(low, 0, 1) - 0.5 * (high - low) * (high - low)
    sum -= low * v("beta") - v("g")
    for i in 0..<3 {
      sum -= Plain.log(high + Double(i + 1) - low)
      sum += Plain.normal(v["y"][i], v["x"][i] + v("alpha") - v("beta"), 1)
    }
    return sum
  },
  NumericCase(
    name: "truncation with normalisers that depend on latents",
    text: """
      dim obs = 3
      data lo[obs]: real
      data y[obs]: real
      mu ~ Normal(0, 1)
      s ~ HalfNormal(1)
      x[i: obs]: real > lo[i] ~ Normal(mu, s)
      t: real in (mu, 2 + mu) ~ Normal(0, 1)
      r: real < 1 ~ Normal(mu, 2)
      y[i: obs]: real > lo[i] ~ Normal(x[i] + t + r, s)
      """,
    data: ["lo": .vector(-1, 0, 0.5), "y": .vector(0.5, 1.5, 2.5)]
  ) { v in
    let (mu, s, t, r) = (v("mu"), v("s"), v("t"), v("r"))
    var sum = Plain.normal(mu, 0, 1) + Plain.halfNormal(s, 1)
    for i in 0..<3 {
      let (lo, x) = (v["lo"][i], v["x"][i])
      sum += Plain.normal(x, mu, s) - Plain.log(1 - Plain.normalCDF(lo, mu, s))
      sum += Plain.normal(v["y"][i], x + t + r, s)
      sum -= Plain.log(1 - Plain.normalCDF(lo, x + t + r, s))
    }
    sum += Plain.normal(t, 0, 1)
    sum -= Plain.log(Plain.normalCDF(mu + 2, 0, 1) - Plain.normalCDF(mu, 0, 1))
    return sum + Plain.normal(r, mu, 2) - Plain.log(Plain.normalCDF(1, mu, 2))
  },
  NumericCase(
    name: "truncated counts and constant bounds",
    text: """
      dim obs = 3
      data k[obs], few[obs], some[obs]: int >= 0
      p: real in (0.2, 0.8) ~ Beta(2, 3)
      rate ~ Gamma(2, 1)
      e: real in [0.5, 3] ~ Exponential(1.5)
      k[i: obs]: int >= 1 ~ Poisson(rate * e)
      few[i: obs]: int < 3 ~ Poisson(rate)
      some[i: obs]: int in 2..4 ~ Binomial(5, p)
      factor more = log(p)
      """,
    data: ["k": .vector(1, 4, 2), "few": .vector(2, 0, 1), "some": .vector(4, 2, 3)]
  ) { v in
    let (p, e) = (v("p"), v("e"))
    let mean = v("rate") * e
    // The distribution function of Beta(2, 3) is 6 p² − 8 p³ + 3 p⁴: 0.9728 − 0.1808 within the bounds.
    var sum = Plain.beta(p, 2, 3) - Plain.log(0.792) + Plain.log(p)
    sum += Plain.gamma(v("rate"), 2, 1) + Plain.exponential(e, 1.5)
    sum -= Plain.log(Plain.exp(-0.75) - Plain.exp(-4.5))
    for k in v["k"] { sum += Plain.poisson(k, mean) - Plain.log(1 - Plain.exp(-mean)) }
    for k in v["few"] {
      sum += Plain.poisson(k, v("rate"))
      sum -= Plain.logSumExp([0, 1, 2].map { Plain.poisson($0, v("rate")) })
    }
    for k in v["some"] {
      sum += Plain.binomial(k, 5, p)
      sum -= Plain.logSumExp([2, 3, 4].map { Plain.binomial($0, 5, p) })
    }
    return sum
  },
  NumericCase(
    name: "elements of one quantity with different bounds",
    text: """
      dim i = 4
      x[1]: real > 0 ~ Normal(0, 1)
      x[k: i[2..3]]: real in (0, k) ~ Flat()
      y ~ Normal(x[1] * x[2], x[3])
      x[4] ~ Cauchy(0, 1)
      """
  ) { v in
    let x = v["x"]
    let d = x[3]
    return Plain.halfNormal(x[0], 1) + Plain.normal(v("y"), x[0] * x[1], x[2])
      - Plain.log(.pi * (1 + d * d))
  },
]
