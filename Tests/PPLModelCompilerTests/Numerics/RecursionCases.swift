import Foundation

/// Quantities that read their own elements at other indices.
let recursionCases: [NumericCase] = [
  NumericCase(
    name: "moving average, two quantities in turn",
    text: """
      dim time
      data y[time]: real
      mu, phi, theta ~ Normal(0, 1)
      nu[1] = mu + phi * mu
      nu[t: time[2..]] = mu + phi * y[t-1] + theta * err[t-1]
      err[t: time] = y[t] - nu[t]
      y[t: time] ~ Normal(nu[t], 1)
      """,
    data: ["y": .vector(0.3, -0.2, 1.1, 0.4, 0.9, -1.2)]
  ) { v in
    var sum = Plain.normal(v("mu"), 0, 1) + Plain.normal(v("phi"), 0, 1)
    sum += Plain.normal(v("theta"), 0, 1)
    var error = 0.0
    for (t, y) in v["y"].enumerated() {
      let before = t == 0 ? v("mu") : v["y"][t - 1]
      let nu = v("mu") + v("phi") * before + (t == 0 ? 0 : v("theta") * error)
      error = y - nu
      sum += Plain.normal(y, nu, 1)
    }
    return sum
  },
  NumericCase(
    name: "a lag dimension, cases told apart by `if`",
    text: """
      dim time = 7, lag = 2
      data y[time]: real
      a[lag] ~ Normal(0, 0.5)
      m[t: time] = if t > 2 then tanh(sum(a[k] * m[t-k] for k: lag) + y[t-1]) else 0.5 * t
      y[t: time] ~ Normal(m[t], 1)
      """,
    data: ["y": .vector(0.3, -0.2, 1.1, 0.4, 0.9, -1.2, 0.1)]
  ) { v in
    var sum = v["a"].map { Plain.normal($0, 0, 0.5) }.reduce(0, +)
    var m: [Double] = []
    for t in 0..<7 {
      m.append(
        t > 1
          ? tanh(v["a"][0] * m[t - 1] + v["a"][1] * m[t - 2] + v["y"][t - 1])
          : 0.5 * Double(t + 1)
      )
      sum += Plain.normal(v["y"][t], m[t], 1)
    }
    return sum
  },
  NumericCase(
    name: "vectors that mix, the later from the earlier",
    text: """
      dim time = 5, part = 2
      data y[time]: real
      A[part, part] ~ Normal(0, 0.5)
      x[i: part, 1] = 0.5 * i
      x[i: part, t: time[2..]] = sin(sum(A[i, j] * x[j, t-1] for j: part)) + 0.1 * x[i, 1]
      y[t: time] ~ Normal(x[1, t] + 2 * x[2, t], 1)
      """,
    data: ["y": .vector(0.3, -0.2, 1.1, 0.4, 0.9)]
  ) { v in
    var sum = v["A"].map { Plain.normal($0, 0, 0.5) }.reduce(0, +)
    let start = [0.5, 1.0]
    var x = start
    for t in 0..<5 {
      if t > 0 {
        x = (0..<2).map { i in
          sin(v["A"][2 * i] * x[0] + v["A"][2 * i + 1] * x[1]) + 0.1 * start[i]
        }
      }
      sum += Plain.normal(v["y"][t], x[0] + 2 * x[1], 1)
    }
    return sum
  },
  NumericCase(
    name: "backwards, in series, with known numbers",
    text: """
      dim series = 2, time = 4
      data y[series, time], x[series, time]: real
      data c[s: series, t: time] = if t == 1 then x[s, t] else c[s, t-1] + x[s, t]
      d ~ Normal(0, 1)
      v[s: series, t: time[..3]] = exp(-d^2) * v[s, t+1] + c[s, t]
      v[s: series, 4] = c[s, 4]
      y[s: series, t: time] ~ Normal(0.1 * v[s, t], 2)
      """,
    data: [
      "y": .matrix([1, 0.5, -0.25, 0.75], [0, 2, -1, 0.5]),
      "x": .matrix([0.5, 0.25, -1, 0.5], [1, -2, 1, 0.25]),
    ]
  ) { v in
    var sum = Plain.normal(v("d"), 0, 1)
    for s in 0..<2 {
      let y = Array(v["y"][4 * s..<4 * s + 4])
      var total = 0.0
      let c = v["x"][4 * s..<4 * s + 4].map { value -> Double in
        total += value
        return total
      }
      var value = c[3]
      for t in (0..<4).reversed() {
        if t < 3 { value = Plain.exp(-v("d") * v("d")) * value + c[t] }
        sum += Plain.normal(y[t], 0.1 * value, 2)
      }
    }
    return sum
  },
]
