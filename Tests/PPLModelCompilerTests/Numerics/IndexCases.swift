/// Subscripts: shifts, slices, arrays of indices, labels, axes in another order.
let indexCases: [NumericCase] = [
  NumericCase(
    name: "a static if that differs over the plate",
    text: """
      dim time
      data y[time]: real
      mu, a ~ Normal(0, 1)
      s ~ HalfNormal(2)
      y[t: time] ~ Normal(if t > 1 then mu + a * (y[t-1] - mu) else mu, if t > 1 then s else 2 * s)
      """,
    data: ["y": .vector(0.3, 0.1, -0.4, 0.9)]
  ) { v in
    var sum = Plain.normal(v("mu"), 0, 1) + Plain.normal(v("a"), 0, 1)
    sum += Plain.halfNormal(v("s"), 2)
    let y = v["y"]
    for t in 0..<4 {
      let mean = t > 0 ? v("mu") + v("a") * (y[t - 1] - v("mu")) : v("mu")
      sum += Plain.normal(y[t], mean, t > 0 ? v("s") : 2 * v("s"))
    }
    return sum
  },
  NumericCase(
    name: "static ifs inside of each other over two axes",
    text: """
      dim row = 3, col = 3
      data y[row, col]: real
      e[row, col] ~ Normal(0, 1)
      y[i: row, j: col] ~ Normal(if i > 1 then (if j > 1 then e[i-1, j-1] else e[i, j] * 2)
                                 else (if j == 3 then e[i, j] else e[i, j+1]), 1)
      """,
    data: ["y": .matrix([0.1, 0.2, 0.3], [1.1, -1.2, 1.3], [-0.5, 0.6, -0.7])]
  ) { v in
    func e(_ i: Int, _ j: Int) -> Double { v["e"][i * 3 + j] }
    var sum = 0.0
    for i in 0..<3 {
      for j in 0..<3 {
        let mean =
          i > 0 ? (j > 0 ? e(i - 1, j - 1) : 2 * e(i, j)) : (j == 2 ? e(i, j) : e(i, j + 1))
        sum += Plain.normal(e(i, j), 0, 1) + Plain.normal(v["y"][i * 3 + j], mean, 1)
      }
    }
    return sum
  },
  NumericCase(
    name: "lags by a dimension with integer labels",
    text: """
      dim time, lag = 2
      data y[time]: real
      mu ~ Normal(0, 1)
      phi[lag] ~ Normal(0, 0.5)
      s ~ HalfNormal(1)
      y[t: time[3..]] ~ Normal(mu + sum(phi[k] * y[t - k] for k: lag), s)
      """,
    data: ["y": .vector(0.3, 0.1, -0.4, 0.9, 0.5)]
  ) { v in
    var sum = Plain.normal(v("mu"), 0, 1) + Plain.halfNormal(v("s"), 1)
    for phi in v["phi"] { sum += Plain.normal(phi, 0, 0.5) }
    for t in 2..<5 {
      let mean = v("mu") + v["phi"][0] * v["y"][t - 1] + v["phi"][1] * v["y"][t - 2]
      sum += Plain.normal(v["y"][t], mean, v("s"))
    }
    return sum
  },
  NumericCase(
    name: "conditions on the outer index",
    text: """
      dim obs, group
      data g[obs]: group
      data x[obs]: real
      data y[group]: real
      w[obs] ~ Normal(0, 1)
      total[k: group] = sum(w[i] * x[i] for i: obs where g[i] == k)
      middle[k: group] = mean(w[i]^2 for i: obs where g[i] == k and x[i] > 0)
      y[k: group] ~ Normal(total[k] + middle[k] + sum(w[i] * w[j] for i: obs, j: obs where i < j and g[j] == k), 2)
      """,
    data: [
      "g": .vector(1, 2, 1, 3, 2, 3), "x": .vector(0.5, 1, 1.5, 2, -0.5, 0.25),
      "y": .vector(1, 2, -1),
    ]
  ) { v in
    let group = [0, 1, 0, 2, 1, 2]
    let (w, x) = (v["w"], v["x"])
    var sum = 0.0
    for value in w { sum += Plain.normal(value, 0, 1) }
    for k in 0..<3 {
      var (total, squares, count, pairs) = (0.0, 0.0, 0.0, 0.0)
      for i in 0..<6 {
        if group[i] == k {
          total += w[i] * x[i]
          if x[i] > 0 {
            squares += w[i] * w[i]
            count += 1
          }
        }
        for j in 0..<6 where i < j && group[j] == k { pairs += w[i] * w[j] }
      }
      sum += Plain.normal(v["y"][k], total + squares / count + pairs, 2)
    }
    return sum
  },
  NumericCase(
    name: "slices and kept axes",
    text: """
      dim coef = 4, obs = 3
      data X[obs, coef]: real
      data y[obs]: real
      b[coef] ~ Normal(0, 1)
      A[obs, coef] ~ Normal(0, 1)
      y[i: obs] ~ Normal(sum(b[2..]) + X[i, 2..3] @ b[2..3] + sum(b[..2] * A[i, 3..]) + sum(A[_, 2])
                         + A[2.., 1] @ X[2.., 4], 1)
      """,
    data: [
      "X": .matrix([1, 2, 3, 4], [0.5, -1, 0.2, 0.1], [-0.3, 0.4, 1.1, 2]),
      "y": .vector(0.4, 1.3, -0.2),
    ]
  ) { v in
    let (b, a, x) = (v["b"], v["A"], v["X"])
    var sum = 0.0
    for value in b + a { sum += Plain.normal(value, 0, 1) }
    for i in 0..<3 {
      var mean = b[1] + b[2] + b[3] + x[i * 4 + 1] * b[1] + x[i * 4 + 2] * b[2]
      mean += b[0] * a[i * 4 + 2] + b[1] * a[i * 4 + 3]
      mean += a[1] + a[5] + a[9]
      mean += a[4] * x[7] + a[8] * x[11]
      sum += Plain.normal(v["y"][i], mean, 1)
    }
    return sum
  },
  NumericCase(
    name: "arrays of indices",
    text: """
      dim item = 4, member = 3, obs = 2, trait = 2
      data team[obs, member]: item
      data captain[obs]: item
      data y[obs]: real
      skill[item, trait] ~ Normal(0, 1)
      y[o: obs] ~ Normal(sum(skill[team[o], 1]) * skill[captain[o], 2] + sum(skill[team[o]]), 1)
      """,
    data: [
      "team": .matrix([1, 2, 2], [4, 3, 1]), "captain": .vector(3, 2), "y": .vector(1, -1),
    ]
  ) { v in
    let team = [[0, 1, 1], [3, 2, 0]]
    let captain = [2, 1]
    func skill(_ i: Int, _ k: Int) -> Double { v["skill"][i * 2 + k] }
    var sum = 0.0
    for value in v["skill"] { sum += Plain.normal(value, 0, 1) }
    for o in 0..<2 {
      var (first, both) = (0.0, 0.0)
      for i in team[o] {
        first += skill(i, 0)
        both += skill(i, 0) + skill(i, 1)
      }
      sum += Plain.normal(v["y"][o], first * skill(captain[o], 1) + both, 1)
    }
    return sum
  },
  NumericCase(
    name: "transposed, diagonal and repeated axes",
    text: """
      dim d = 3, e = 2
      data Y[e, d]: real
      data Z[d, d]: real
      A[d, d] ~ Normal(0, 1)
      B[d, e] ~ Normal(0, 1)
      Y[j: e, i: d] ~ Normal(B[i, j] + A[i, i], 1)
      Z[i: d, k: d] ~ Normal(A[k, i] * B[k, 2] - A[i, k], 0.5)
      """,
    data: [
      "Y": .matrix([0.1, 0.2, 0.3], [1.1, -1.2, 1.3]),
      "Z": .matrix([0.5, 0.2, 0.3], [-1.1, 0.2, 1.3], [0.5, 0.6, -0.7]),
    ]
  ) { v in
    let (a, b) = (v["A"], v["B"])
    var sum = 0.0
    for value in a + b { sum += Plain.normal(value, 0, 1) }
    for i in 0..<3 {
      for j in 0..<2 { sum += Plain.normal(v["Y"][j * 3 + i], b[i * 2 + j] + a[i * 4], 1) }
      for k in 0..<3 {
        let mean = a[k * 3 + i] * b[k * 2 + 1] - a[i * 3 + k]
        sum += Plain.normal(v["Z"][i * 3 + k], mean, 0.5)
      }
    }
    return sum
  },
  NumericCase(
    name: "labels of all kinds",
    text: """
      dim year = 1990..1993, covariate = ["age", "sex"], digit = 0..2, wave
      data seen[year]: digit
      data wave_of[year]: wave
      data y[year]: real
      b[covariate] ~ Normal(0, 1)
      c[digit] ~ Normal(0, 2)
      u[wave] ~ Normal(0, 3)
      y[t: year] ~ Normal(b["age"] + b["sex"] * (t - 1990) + c[seen[t]] + c[0] * u[wave_of[t]]
                          + (if t == 1992 then u[30] else 0), 1)
      """,
    data: [
      "seen": .vector(2, 0, 1, 2), "wave_of": .vector(30, 10, 10, 70),
      "y": .vector(0.3, 0.1, -0.4, 0.9),
    ]
  ) { v in
    let (b, c, u) = (v["b"], v["c"], v["u"])
    var sum = 0.0
    for value in b { sum += Plain.normal(value, 0, 1) }
    for value in c { sum += Plain.normal(value, 0, 2) }
    for value in u { sum += Plain.normal(value, 0, 3) }
    for t in 0..<4 {
      var mean = b[0] + b[1] * Double(t) + c[[2, 0, 1, 2][t]] + c[0] * u[[1, 0, 0, 2][t]]
      if t == 2 { mean += u[1] }
      sum += Plain.normal(v["y"][t], mean, 1)
    }
    return sum
  },
  NumericCase(
    name: "indices of an index, differences of positions",
    text: """
      dim answer = 4, item = 3, kind = 2
      data item_of[answer]: item
      data kind_of[item]: kind
      data y[answer]: real
      k[kind] ~ Normal(0, 1)
      l ~ HalfNormal(1)
      C = [exp(-abs(i - j) / l) + 0.1 * (i == j) for i: item, j: item]
      f: real[item] ~ MultiNormal(0, C)
      y[a: answer] ~ Normal(f[item_of[a]] * k[kind_of[item_of[a]]], 1)
      """,
    data: [
      "item_of": .vector(3, 1, 2, 3), "kind_of": .vector(2, 1, 2), "y": .vector(1, 2, 3, -1),
    ]
  ) { v in
    var sum = Plain.halfNormal(v("l"), 1)
    for value in v["k"] { sum += Plain.normal(value, 0, 1) }
    var covariance: [Double] = []
    for i in 0..<3 {
      for j in 0..<3 {
        covariance.append(Plain.exp(-Double(abs(i - j)) / v("l")) + (i == j ? 0.1 : 0))
      }
    }
    sum += Plain.multiNormal(v["f"], [0, 0, 0], covariance)
    let kinds = [1, 0, 1]
    for (a, item) in [2, 0, 1, 2].enumerated() {
      sum += Plain.normal(v["y"][a], v["f"][item] * v["k"][kinds[item]], 1)
    }
    return sum
  },
]
