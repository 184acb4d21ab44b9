import Foundation

/// Systems of differential equations whose solutions have a closed form.
let systemCases: [NumericCase] = [
  NumericCase(
    name: "two subjects with doses, parameters of their own",
    text: """
      dim subject = 2, visit = 3, dose = 3
      data time[subject, visit]: real
      data at[dose], amount[dose]: real
      data who[dose]: subject
      data y[subject, visit]: real
      k, f ~ LogNormal(0, 0.5)
      scale[subject] ~ LogNormal(0, 0.5)
      ode t from 0 at time[s: subject, j: visit] (rtol: 1e-12, atol: 1e-13) {
        gut' = -k * gut
        blood' = k * gut - rate * blood
        rate = 0.3 * scale[s]
        gut(0) = 1
        blood(0) = 0
        gut(at[d])[d: dose where who[d] == s] += f * amount[d]
      }
      y[s: subject, j: visit] ~ Normal(blood[s, j], 0.1)
      """,
    data: [
      "time": .matrix([0.5, 2, 4], [1, 1, 6]), "at": .vector(0, 1.5, 2),
      "amount": .vector(1, 2, 1.5), "who": .vector(2, 1, 2),
      "y": .matrix([0.2, 0.4, 0.3], [0.1, 0.3, 0.5]),
    ]
  ) { v in
    var sum = [v("k"), v("f"), v["scale"][0], v["scale"][1]]
      .map { Plain.normal(Foundation.log($0), 0, 0.5) - Foundation.log($0) }.reduce(0, +)
    let k = v("k")
    for s in 0..<2 {
      let rate = 0.3 * v["scale"][s]
      func share(_ t: Double) -> Double { k / (k - rate) * (exp(-rate * t) - exp(-k * t)) }
      for j in 0..<3 {
        let t = v["time"][3 * s + j]
        var blood = share(t)
        for d in 0..<3 where Int(v["who"][d]) == s + 1 && v["at"][d] < t {
          blood += v("f") * v["amount"][d] * share(t - v["at"][d])
        }
        sum += Plain.normal(v["y"][3 * s + j], blood, 0.1)
      }
    }
    return sum
  },
  NumericCase(
    name: "a vector that mixes, solved implicitly",
    text: """
      dim time = 3, part = 2
      data ts[time]: real
      data y[time, part]: real
      A[part, part] ~ Normal(0, 0.5)
      start[part] ~ Normal(1, 0.5)
      ode t from 0.5 at ts[time] (solver: stiff, rtol: 1e-10, atol: 1e-12) {
        x'[i: part] = sum(A[i, j] * x[j] for j: part)
        x(0.5) = start
      }
      y[n: time, i: part] ~ Normal(x[n, i], 1)
      """,
    data: ["ts": .vector(0.5, 1, 2), "y": .matrix([0.3, 1], [0.2, 0.8], [-0.1, 1.5])]
  ) { v in
    var sum = v["A"].map { Plain.normal($0, 0, 0.5) }.reduce(0, +)
    sum += v["start"].map { Plain.normal($0, 1, 0.5) }.reduce(0, +)
    for n in 0..<3 {
      let t = v["ts"][n] - 0.5
      // exp(A t) start, by its series.
      var x = v["start"]
      var term = x
      for order in 1..<40 {
        term = (0..<2).map { i in
          (v["A"][2 * i] * term[0] + v["A"][2 * i + 1] * term[1]) * t / Double(order)
        }
        x = zip(x, term).map(+)
      }
      for i in 0..<2 { sum += Plain.normal(v["y"][2 * n + i], x[i], 1) }
    }
    return sum
  },
  NumericCase(
    name: "a long table, each subject solved once",
    text: """
      dim obs, subject = 2
      data time[obs], y[obs]: real
      data who[obs]: subject
      data weight[subject]: real
      k[subject] ~ LogNormal(0, 0.5)
      a ~ Normal(1, 0.5)
      ode t from 0 at time[i: obs] (rtol: 1e-12, atol: 1e-13) {
        x' = -k[who[i]] * weight[who[i]] * x + a
        x(0) = weight[who[i]]
      }
      y[i: obs] ~ Normal(x[i], 1)
      """,
    data: [
      "time": .vector(0.5, 2, 0, 1, 3), "y": .vector(0.3, 0.2, 1, 0.4, 0.9),
      "who": .vector(2, 1, 2, 2, 1), "weight": .vector(1.5, 0.7),
    ]
  ) { v in
    var sum = v["k"].map { Plain.normal(Foundation.log($0), 0, 0.5) - Foundation.log($0) }
      .reduce(0, +)
    sum += Plain.normal(v("a"), 1, 0.5)
    for i in 0..<5 {
      let s = Int(v["who"][i]) - 1
      let rate = v["k"][s] * v["weight"][s]
      let rest = v("a") / rate
      let x = rest + (v["weight"][s] - rest) * exp(-rate * v["time"][i])
      sum += Plain.normal(v["y"][i], x, 1)
    }
    return sum
  },
  NumericCase(
    name: "cells that exchange with their neighbours",
    text: """
      dim time = 2, cell = 4
      data ts[time]: real
      data y[time, cell]: real
      k ~ LogNormal(-1, 0.5)
      ode t from 0 at ts[time] (rtol: 1e-12, atol: 1e-13) {
        u'[c: cell] = k * (left[c] - 2 * u[c] + right[c])
        left = [if c > 1 then u[c-1] else u[c] for c: cell]
        right = [if c < 4 then u[c+1] else u[c] for c: cell]
        u(0)[c: cell] = c^2
      }
      y[n: time, c: cell] ~ Normal(u[n, c], 1)
      """,
    data: ["ts": .vector(0.5, 2), "y": .matrix([1, 4, 9, 15], [2, 5, 9, 12])]
  ) { v in
    var sum = Plain.normal(Foundation.log(v("k")), -1, 0.5) - Foundation.log(v("k"))
    for n in 0..<2 {
      var u = (1...4).map { Double($0 * $0) }
      var term = u
      for order in 1..<80 {
        term = (0..<4).map { c in
          let (left, right) = (term[max(c - 1, 0)], term[min(c + 1, 3)])
          return v("k") * (left - 2 * term[c] + right) * v["ts"][n] / Double(order)
        }
        u = zip(u, term).map(+)
      }
      for c in 0..<4 { sum += Plain.normal(v["y"][4 * n + c], u[c], 1) }
    }
    return sum
  },
  NumericCase(
    name: "a right side that depends on time and switches",
    text: """
      dim time = 4
      data ts[time], breaks[1]: real
      data y[time]: real
      a, b ~ Normal(0, 1)
      ode s from 0 at ts[time] (rtol: 1e-12, atol: 1e-13, breaks: breaks) {
        x' = slope + (if s < 1 then a else -a)
        slope = b * cos(s)
        x(0) = 0
      }
      y[n: time] ~ Normal(x[n], 1)
      """,
    data: [
      "ts": .vector(0.5, 1, 1.7, 3), "breaks": .vector(1), "y": .vector(0.3, 1, 0.2, 0.8),
    ]
  ) { v in
    var sum = Plain.normal(v("a"), 0, 1) + Plain.normal(v("b"), 0, 1)
    for (t, y) in zip(v["ts"], v["y"]) {
      let x = v("b") * sin(t) + v("a") * (t < 1 ? t : 2 - t)
      sum += Plain.normal(y, x, 1)
    }
    return sum
  },
]
