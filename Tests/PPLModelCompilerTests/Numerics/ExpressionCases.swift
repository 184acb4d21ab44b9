/// Expressions: products, lists, functions, conditionals, reductions.
let expressionCases: [NumericCase] = [
  NumericCase(
    name: "contractions of every rank",
    text: """
      dim obs = 3, coef = 2, trait = 2
      data X[obs, coef]: real
      data y[obs]: real
      b[coef], c[coef] ~ Normal(0, 1)
      G[trait, coef] ~ Normal(0, 1)
      u[obs, trait] ~ Normal(0, 1)
      v = X @ b
      w = u @ G
      m = G @ transpose(G)
      q[i: obs] = X[i] @ c + u[i] @ G @ b + (G @ X[i]) @ u[i] + b @ c
      y[i: obs] ~ Normal(v[i] + q[i] + sum(w[i] * X[i]) + m[1, 2] + w[i] @ X[i], 1)
      """,
    data: ["X": .matrix([1, 2], [0.5, -1], [-0.3, 0.4]), "y": .vector(0.4, 1.3, -0.2)]
  ) { v in
    let (b, c, g) = (v["b"], v["c"], v["G"])
    var sum = 0.0
    for value in b + c + g + v["u"] { sum += Plain.normal(value, 0, 1) }
    for i in 0..<3 {
      let (x, u) = (v.row("X", i, width: 2), v.row("u", i, width: 2))
      var mean = Plain.dot(x, b) + Plain.dot(x, c) + Plain.dot(b, c)
      for t in 0..<2 {
        for k in 0..<2 {
          let entry = g[t * 2 + k]
          mean += u[t] * entry * b[k] + 3 * entry * x[k] * u[t]
        }
      }
      mean += g[0] * g[2] + g[1] * g[3]
      sum += Plain.normal(v["y"][i], mean, 1)
    }
    return sum
  },
  NumericCase(
    name: "lists as vectors, matrices and tables",
    text: """
      dim obs = 3, comp = 2, kind = 3
      data k[obs]: kind
      data z[obs]: comp
      data y[obs]: real
      data pair[obs, comp]: real
      a, b ~ Normal(0, 1)
      w ~ Beta(2, 2)
      r: real in (-1, 1) ~ Uniform(-1, 1)
      effect: real[kind] = [a, b, a * b]
      y[i: obs] ~ Normal(effect[k[i]], 1)
      z[i: obs] ~ Categorical([w, 1 - w])
      pair[i: obs] ~ MultiNormal([a, y[i]], [[1, r], [r, 1]])
      """,
    data: [
      "k": .vector(3, 1, 2), "z": .vector(1, 2, 1), "y": .vector(0.4, 1.3, -0.2),
      "pair": .matrix([0.1, 0.2], [-0.4, 1.1], [0.6, 0.3]),
    ]
  ) { v in
    let (a, b, w, r) = (v("a"), v("b"), v("w"), v("r"))
    var sum = Plain.normal(a, 0, 1) + Plain.normal(b, 0, 1) + Plain.beta(w, 2, 2) - Plain.log(2)
    for i in 0..<3 {
      let y = v["y"][i]
      sum += Plain.normal(y, [a, b, a * b][Int(v["k"][i]) - 1], 1)
      sum += Plain.log(v["z"][i] == 1 ? w : 1 - w)
      sum += Plain.multiNormal(v.row("pair", i, width: 2), [a, y], [1, r, r, 1])
    }
    return sum
  },
  NumericCase(
    name: "functions over any dimension, with locals and calls of others",
    text: """
      dim obs = 3, coef = 2
      data X[obs, coef]: real
      data y[obs]: real
      b[coef] ~ Normal(0, 1)
      fn norm[d](x: real[d]) -> real = sqrt(total + 1)   with squares = x^2, total = sum(squares)
      fn blend[d](x: real[d], t: real) -> real = norm(x) * t + norm(x + x) * (1 - t)   with x2 = x
      fn double(x: real) = 2 * x
      y[i: obs] ~ Normal(blend(X[i], norm(b)) + double(double(b[1])) + (b[2] |> double), 1)
      """,
    data: ["X": .matrix([1, 2], [0.5, -1], [-0.3, 0.4]), "y": .vector(0.4, 1.3, -0.2)]
  ) { v in
    func norm(_ x: [Double], _ scale: Double = 1) -> Double {
      var total = 1.0
      for value in x { total += value * value * scale * scale }
      return total.squareRoot()
    }
    let b = v["b"]
    var sum = Plain.normal(b[0], 0, 1) + Plain.normal(b[1], 0, 1)
    for i in 0..<3 {
      let x = v.row("X", i, width: 2)
      let t = norm(b)
      let mean = norm(x) * t + norm(x, 2) * (1 - t) + 4 * b[0] + 2 * b[1]
      sum += Plain.normal(v["y"][i], mean, 1)
    }
    return sum
  },
  NumericCase(
    name: "functions over axes without dimension and of joint types",
    text: """
      dim k = 2
      theta: real[3] ~ Normal(0, 1)
      R: corr[k] ~ LKJ(2)
      fn power[d](x: real[d]) -> real = sum(x[i]^2 * i for i: d) / size(d) + x[last(d)] * x[first(d)]
      fn scaled[e](x: real[e]) -> real[e] = [power(x) * x[i] for i: e]
      fn corners[d](A: corr[d], x: real[d]) -> real = sum(A[i, j] * x[j] for i: d, j: d[2..])
      data y: real
      y ~ Normal(power(theta) + sum(scaled(theta)[2..]) + corners(R, [0.5, 2]) + power([0.5, theta[1]]), 1)
      """,
    data: ["y": .scalar(0.4)],
    coordinates: ["R": .strictLower(2)]
  ) { v in
    func power(_ x: [Double]) -> Double {
      var sum = 0.0
      for i in x.indices { sum += x[i] * x[i] * Double(i + 1) }
      return sum / Double(x.count) + x[x.count - 1] * x[0]
    }
    let theta = v["theta"]
    var sum = Plain.lkj(v["R"], 2, size: 2)
    for value in theta { sum += Plain.normal(value, 0, 1) }
    let mean = power(theta) * (1 + theta[1] + theta[2]) + power([0.5, theta[0]])
    return sum + Plain.normal(v("y"), mean + (v["R"][1] + v["R"][3]) * 2, 1)
  },
  NumericCase(
    name: "selection by latents",
    text: """
      dim obs = 4
      data x[obs], y[obs]: real
      a, c ~ Normal(0, 1)
      b[obs] ~ Normal(0, 1)
      y[i: obs] ~ Normal(if x[i] < c then a * (c - x[i]) else (if b[i] > a and not c < 0 then b[i]^2 else -b[i]), 1)
      """,
    data: ["x": .vector(-0.5, 0.05, 0.5, 3), "y": .vector(0.1, 0.4, 1.3, -0.2)]
  ) { v in
    let (a, c) = (v("a"), v("c"))
    var sum = Plain.normal(a, 0, 1) + Plain.normal(c, 0, 1)
    for i in 0..<4 {
      let (b, x) = (v["b"][i], v["x"][i])
      let mean = x < c ? a * (c - x) : (b > a && !(c < 0) ? b * b : -b)
      sum += Plain.normal(b, 0, 1) + Plain.normal(v["y"][i], mean, 1)
    }
    return sum
  },
  NumericCase(
    name: "reductions over comprehensions and axes",
    text: """
      dim row = 3, col = 4
      data y[row]: real
      A[row, col] ~ Normal(0, 1)
      m[i: row] = mean(A[i]) + sd(A[i]) + var(A[_, 2]) + log_sum_exp(A[i]) + max(A[i, j] + 3 * (j mod 3) for j: col) - min(A[k, 1] * k^2 - 8 * k for k: row)
      n[i: row] = prod(1 + A[i, j]^2 for j: col) + log_sum_exp(A[i, j] * A[k, j] for j: col, k: row) +
                  max(A[k, 1] + 4 * k for k: row where k != 2) + sum(2 for j: col) + mean(A[k, 2] for k: row[2..])
      y[i: row] ~ Normal(m[i] + n[i] / 10, 2)
      """,
    data: ["y": .vector(1, 2, 3)]
  ) { v in
    func a(_ i: Int, _ j: Int) -> Double { v["A"][i * 4 + j] }
    func variance(_ x: [Double]) -> Double {
      let mean = x.reduce(0, +) / Double(x.count)
      return x.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(x.count - 1)
    }
    var sum = 0.0
    for value in v["A"] { sum += Plain.normal(value, 0, 1) }
    for i in 0..<3 {
      let row = v.row("A", i, width: 4)
      var m = row.reduce(0, +) / 4 + variance(row).squareRoot()
      m += variance([a(0, 1), a(1, 1), a(2, 1)]) + Plain.logSumExp(row)
      m += row[1] + 6 - min(a(0, 0) - 8, 4 * a(1, 0) - 16, 9 * a(2, 0) - 24)
      var product = 1.0
      var exponents: [Double] = []
      for j in 0..<4 {
        product *= 1 + a(i, j) * a(i, j)
        for k in 0..<3 { exponents.append(a(i, j) * a(k, j)) }
      }
      let n = product + Plain.logSumExp(exponents) + max(a(0, 0) + 4, a(2, 0) + 12) + 8
      sum += Plain.normal(v["y"][i], m + (n + (a(1, 1) + a(2, 1)) / 2) / 10, 2)
    }
    return sum
  },
  NumericCase(
    name: "functions of vectors and matrices",
    text: """
      dim d = 3
      data y[d]: real
      x[d], b[d] ~ Normal(0, 1)
      p = softmax(x)
      c = cumsum(x)
      o = sort(b)
      K = [exp(-(x[i] - x[j])^2) + (i == j) * 0.5 for i: d, j: d]
      L = cholesky(K)
      D = diag_matrix(p)
      y[i: d] ~ Normal(p[i] + c[i] * o[i] + L[i, 1] + L[3, i] + (D @ b)[i] + dot(x, b) + sum(diag(K) * x), 1)
      """,
    data: ["y": .vector(1, 2, -1)]
  ) { v in
    let (x, b) = (v["x"], v["b"])
    var sum = 0.0
    for value in x + b { sum += Plain.normal(value, 0, 1) }
    let p = Plain.softmax(x)
    let o = b.sorted()
    var k = [Double](repeating: 1.5, count: 9)
    var l = [Double](repeating: 0, count: 9)
    for i in 0..<3 {
      for j in 0..<3 where i != j { k[i * 3 + j] = Plain.exp(-(x[i] - x[j]) * (x[i] - x[j])) }
    }
    for i in 0..<3 {
      for j in 0...i {
        var rest = k[i * 3 + j]
        for m in 0..<j { rest -= l[i * 3 + m] * l[j * 3 + m] }
        l[i * 3 + j] = i == j ? rest.squareRoot() : rest / l[j * 4]
      }
    }
    var running = 0.0
    for i in 0..<3 {
      running += x[i]
      var mean = p[i] + running * o[i] + l[i * 3] + l[6 + i] + p[i] * b[i] + Plain.dot(x, b)
      mean += 1.5 * (x[0] + x[1] + x[2])
      sum += Plain.normal(v["y"][i], mean, 1)
    }
    return sum
  },
  NumericCase(
    name: "densities as values: a mixture",
    text: """
      dim obs, comp = 2
      data y[obs]: real
      w: simplex[comp] ~ Dirichlet([2, 3])
      m: ordered[comp] ~ Normal(0, 2)
      s[comp] ~ HalfNormal(1)
      factor mix[i: obs] = log_sum_exp(log(w[k]) + logp(Normal(m[k], s[k]), y[i]) for k: comp)
      factor two[i: obs[2..]] = log_sum_exp(log(0.3) + logp(Laplace(m[1], 1), y[i]), log1m(0.3) + logp(Normal(0, s[2]), y[i]))
      """,
    data: ["y": .vector(0.4, 1.3, -0.2)],
    coordinates: ["w": .simplex(2)]
  ) { v in
    let (w, m, s) = (v["w"], v["m"], v["s"])
    var sum = Plain.dirichlet(w, [2, 3])
    for k in 0..<2 { sum += Plain.normal(m[k], 0, 2) + Plain.halfNormal(s[k], 1) }
    for (i, y) in v["y"].enumerated() {
      sum += Plain.logSumExp((0..<2).map { Plain.log(w[$0]) + Plain.normal(y, m[$0], s[$0]) })
      if i > 0 {
        sum += Plain.logSumExp([
          Plain.log(0.3) + Plain.laplace(y, m[0], 1), Plain.log(0.7) + Plain.normal(y, 0, s[1]),
        ])
      }
    }
    return sum
  },
  NumericCase(
    name: "locals and arithmetic of integers",
    text: """
      dim obs
      data n[obs]: int
      data y[obs]: real
      a, b ~ Normal(0, 1)
      y[i: obs] ~ Normal(m + q, 1)   with m = a * (n[i] mod 3) + b^2 * (n[i] div 2), q = m^2 + a^n[i]
      """,
    data: ["n": .vector(7, 0, 4), "y": .vector(0.4, 1.3, -0.2)]
  ) { v in
    let (a, b) = (v("a"), v("b"))
    var sum = Plain.normal(a, 0, 1) + Plain.normal(b, 0, 1)
    for i in 0..<3 {
      let n = Int(v["n"][i])
      let m = a * Double(n % 3) + b * b * Double(n / 2)
      var power = 1.0
      for _ in 0..<n { power *= a }
      sum += Plain.normal(v["y"][i], m + m * m + power, 1)
    }
    return sum
  },
]
