/// Every family of the library inside of a program, with the ways to write its parameters.
let familyCases: [NumericCase] = [
  NumericCase(
    name: "families of counts",
    text: """
      dim obs = 3, item = 3
      data k[obs]: int >= 0
      data n[obs]: int >= 0
      data b[obs]: bool
      data c[obs]: item
      a ~ Normal(0, 1)
      phi ~ Gamma(2, 0.5)
      r[item] ~ Normal(0, 1)
      eta[i: obs] = a + r[c[i]]
      k[i: obs] ~ Poisson(log: eta[i])
      n[i: obs] ~ NegativeBinomial(log: eta[i], phi)
      b[i: obs] ~ Bernoulli(logit: eta[i] - 1)
      c[i: obs] ~ Categorical(logit: r * a)
      factor more[i: obs] = logp(NegativeBinomial(exp(eta[i]), phi), k[i]) + logp(Binomial(9, logit: eta[i]), n[i]) +
        logp(Binomial(8, inv_logit(a)), k[i]) + logp(Bernoulli(inv_logit(a)), b[i]) + logp(DiscreteUniform(0, 9), k[i])
      """,
    data: [
      "k": .vector(0, 4, 2), "n": .vector(3, 0, 7), "b": .vector(1, 0, 1), "c": .vector(2, 3, 3),
    ]
  ) { v in
    let (a, phi, r) = (v("a"), v("phi"), v["r"])
    var sum = Plain.normal(a, 0, 1) + Plain.gamma(phi, 2, 0.5)
    for value in r { sum += Plain.normal(value, 0, 1) }
    let p = Plain.softmax(r.map { $0 * a })
    for i in 0..<3 {
      let item = Int(v["c"][i]) - 1
      let (k, n, b) = (v["k"][i], v["n"][i], v["b"][i])
      let eta = a + r[item]
      let rate = Plain.exp(eta)
      sum += Plain.poisson(k, rate) + Plain.negativeBinomial(n, rate, phi)
      sum += Plain.bernoulli(b, Plain.logistic(eta - 1)) + Plain.log(p[item])
      sum += Plain.negativeBinomial(k, rate, phi) + Plain.binomial(n, 9, Plain.logistic(eta))
      sum += Plain.binomial(k, 8, Plain.logistic(a)) + Plain.bernoulli(b, Plain.logistic(a))
      sum -= Plain.log(10)
    }
    return sum
  },
  NumericCase(
    name: "families of the positive numbers",
    text: """
      dim obs = 3
      data y[obs]: real > 0
      g ~ Gamma(3, 2)
      i ~ InverseGamma(3, 2)
      l ~ LogNormal(0, 0.5)
      w ~ Weibull(1.5, 2)
      e ~ Exponential(0.7)
      h ~ HalfNormal(2)
      c ~ HalfCauchy(2)
      y ~ Gamma(g, i)
      factor more[o: obs] = logp(InverseGamma(g, h), y[o]) + logp(LogNormal(e, l), y[o]) +
        logp(Weibull(w, h), y[o]) + logp(Exponential(e), y[o]) + logp(HalfNormal(c), y[o]) + logp(HalfCauchy(w), y[o])
      """,
    data: ["y": .vector(0.3, 1.4, 2.5)]
  ) { v in
    let (g, i, l, w, e, h, c) = (v("g"), v("i"), v("l"), v("w"), v("e"), v("h"), v("c"))
    var sum = Plain.gamma(g, 3, 2) + Plain.inverseGamma(i, 3, 2) + Plain.logNormal(l, 0, 0.5)
    sum += Plain.weibull(w, 1.5, 2) + Plain.exponential(e, 0.7)
    sum += Plain.halfNormal(h, 2) + Plain.halfCauchy(c, 2)
    for y in v["y"] {
      sum += Plain.gamma(y, g, i) + Plain.inverseGamma(y, g, h) + Plain.logNormal(y, e, l)
      sum += Plain.weibull(y, w, h) + Plain.exponential(y, e)
      sum += Plain.halfNormal(y, c) + Plain.halfCauchy(y, w)
    }
    return sum
  },
  NumericCase(
    name: "families of the real numbers",
    text: """
      dim obs = 3
      data y[obs]: real
      t ~ StudentT(3, 1, 2)
      l ~ Laplace(0, 2)
      c ~ Cauchy(0, 1.5)
      g ~ Logistic(0.5, 2)
      u ~ Uniform(-2, 3)
      b ~ Beta(2, 2)
      y ~ StudentT(2 + b, l, 1)
      factor more[o: obs] = logp(Cauchy(t, b), y[o]) + logp(Logistic(c, b), y[o]) + logp(Laplace(g, b), y[o]) +
        logp(Normal(u, b), y[o]) + logp(Beta(1 + b, 2), inv_logit(y[o] + u))
      """,
    data: ["y": .vector(0.3, -1.4, 2.5)]
  ) { v in
    let (t, l, c, g, u, b) = (v("t"), v("l"), v("c"), v("g"), v("u"), v("b"))
    func cauchy(_ x: Double, _ at: Double, _ scale: Double) -> Double {
      -Plain.log(.pi * scale * (1 + (x - at) * (x - at) / scale / scale))
    }
    func logistic(_ x: Double, _ at: Double, _ scale: Double) -> Double {
      let p = Plain.logistic((x - at) / scale)
      return Plain.log(p * (1 - p) / scale)
    }
    var sum = Plain.studentT(t, 3, 1, 2) + Plain.laplace(l, 0, 2) + cauchy(c, 0, 1.5)
    sum += logistic(g, 0.5, 2) - Plain.log(5) + Plain.beta(b, 2, 2)
    for y in v["y"] {
      sum += Plain.studentT(y, 2 + b, l, 1) + cauchy(y, t, b) + logistic(y, c, b)
      sum += Plain.laplace(y, g, b) + Plain.normal(y, u, b)
      sum += Plain.beta(Plain.logistic(y + u), 1 + b, 2)
    }
    return sum
  },
  NumericCase(
    name: "ordered categories and vectors of counts",
    text: """
      dim obs = 4, grade = 3, cut = 2, item = 3
      data y[obs]: int
      data g[obs]: grade
      data k[obs, item]: int >= 0
      data n[obs]: int >= 0
      b ~ Normal(0, 1)
      c: ordered[cut] ~ Normal(0, 3)
      p: simplex[item] ~ Dirichlet(2)
      y[i: obs] ~ OrderedLogistic(b * i, c)
      g[i: obs] ~ OrderedLogistic(b, c)
      k[i: obs] ~ Multinomial(n[i], p)
      y_rep[i: obs] ~ OrderedProbit(b * i, c)
      g_rep[i: obs]: grade ~ OrderedProbit(b * i, c)
      k_rep[i: obs] ~ Multinomial(n[i], p)
      factor more[i: obs] = logp(OrderedLogistic(b, [-1, 1]), y[i]) + logp(Multinomial(n[i], logit: p), k[i])
      """,
    data: [
      "y": .vector(1, 3, 2, 3), "g": .vector(2, 1, 3, 3), "n": .vector(3, 0, 2, 4),
      "k": .matrix([1, 2, 0], [0, 0, 0], [0, 0, 2], [2, 1, 1]),
    ],
    coordinates: ["p": .simplex(3)]
  ) { v in
    let (b, c, p) = (v("b"), v["c"], v["p"])
    func ordered(_ category: Double, _ eta: Double, _ cutpoints: [Double]) -> Double {
      let below = [0] + cutpoints.map { Plain.logistic($0 - eta) } + [1]
      return Plain.log(below[Int(category)] - below[Int(category) - 1])
    }
    func multinomial(_ counts: [Double], _ p: [Double]) -> Double {
      var sum = Plain.logGamma(counts.reduce(1, +))
      for (count, p) in zip(counts, p) { sum += count * Plain.log(p) - Plain.logGamma(count + 1) }
      return sum
    }
    var sum = Plain.normal(b, 0, 1) + Plain.dirichlet(p, [2, 2, 2])
    for cut in c { sum += Plain.normal(cut, 0, 3) }
    for i in 0..<4 {
      let counts = v.row("k", i, width: 3)
      sum += ordered(v["y"][i], b * Double(i + 1), c) + ordered(v["g"][i], b, c)
      sum += ordered(v["y"][i], b, [-1, 1])
      sum += multinomial(counts, p) + multinomial(counts, Plain.softmax(p))
    }
    return sum
  },
  NumericCase(
    name: "Wishart matrices and Student's t vectors",
    text: """
      dim obs = 2, d = 2
      data y[obs, d]: real
      S: cov[d] ~ Wishart(5, [[2, 0.5], [0.5, 1]])
      R: cov[d] ~ InverseWishart(4, S)
      y[i: obs] ~ MultiStudentT(3, [1, 2], R)
      S_rep: cov[d] ~ Wishart(5, R)
      R_rep: cov[d] ~ InverseWishart(4, cholesky: cholesky(R))
      y_rep[i: obs] ~ MultiStudentT(3, [1, 2], R)
      """,
    data: ["y": .matrix([0.1, 0.2], [1.1, -1.2])],
    coordinates: ["S": .lower(2), "R": .lower(2)]
  ) { v in
    func determinant(_ m: [Double]) -> Double { m[0] * m[3] - m[1] * m[2] }
    func inverse(_ m: [Double]) -> [Double] {
      [m[3], -m[1], -m[2], m[0]].map { $0 / determinant(m) }
    }
    let (s, r, c) = (v["S"], v["R"], [2, 0.5, 0.5, 1])
    func logGamma2(_ a: Double) -> Double {
      0.5 * Plain.log(.pi) + Plain.logGamma(a) + Plain.logGamma(a - 0.5)
    }
    var sum = Plain.log(determinant(s)) - 0.5 * Plain.dot(inverse(c), s)
    sum -= 2.5 * Plain.log(determinant(c)) + 5 * Plain.log(2) + logGamma2(2.5)
    sum += 2 * Plain.log(determinant(s)) - 3.5 * Plain.log(determinant(r))
    sum -= 0.5 * Plain.dot(s, inverse(r)) + 4 * Plain.log(2) + logGamma2(2)
    for i in 0..<2 {
      let y = v.row("y", i, width: 2)
      let d = [y[0] - 1, y[1] - 2]
      let p = inverse(r)
      let q = p[0] * d[0] * d[0] + 2 * p[1] * d[0] * d[1] + p[3] * d[1] * d[1]
      sum += Plain.logGamma(2.5) - Plain.logGamma(1.5) - Plain.log(3 * .pi)
      sum -= 0.5 * Plain.log(determinant(r)) + 2.5 * Plain.log(1 + q / 3)
    }
    return sum
  },
  NumericCase(
    name: "normal vectors in four parameterisations",
    text: """
      dim obs = 2, d = 2
      data y[obs, d]: real
      m[d] ~ Normal(0, 1)
      s[d] ~ HalfNormal(1)
      r: real in (-1, 1) ~ Uniform(-1, 1)
      R: real[d, d] = [[1, r], [r, 1]]
      C = diag_matrix(s) @ R @ diag_matrix(s)
      y[i: obs] ~ MultiNormal(m * i, C)
      factor same[i: obs] = logp(MultiNormal(m, cholesky: cholesky(C)), y[i]) + logp(MultiNormal(m, sd: s, corr: R), y[i]) +
        logp(MultiNormal(0, precision: C), y[i])
      """,
    data: ["y": .matrix([0.1, 0.2], [1.1, -1.2])]
  ) { v in
    let (m, s, r) = (v["m"], v["s"], v("r"))
    var sum = -Plain.log(2)
    for k in 0..<2 { sum += Plain.normal(m[k], 0, 1) + Plain.halfNormal(s[k], 1) }
    let c = [s[0] * s[0], r * s[0] * s[1], r * s[0] * s[1], s[1] * s[1]]
    let determinant = c[0] * c[3] - c[1] * c[2]
    let inverse = [c[3], -c[1], -c[2], c[0]].map { $0 / determinant }
    for i in 0..<2 {
      let y = v.row("y", i, width: 2)
      sum += Plain.multiNormal(y, m.map { $0 * Double(i + 1) }, c)
      sum += 2 * Plain.multiNormal(y, m, c) + Plain.multiNormal(y, [0, 0], inverse)
    }
    return sum
  },
]
