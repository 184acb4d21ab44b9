import Foundation

/// Functions of matrices, knots, positions and intervals, against plain arithmetic.
let functionCases: [NumericCase] = [
  NumericCase(
    name: "solutions, inverses, determinants, eigenvalues",
    text: """
      dim k = 2, obs
      data y[obs, k], r[obs, k]: real
      data M[k, k]: real
      a, b, c, d ~ Normal(0, 1)
      A: real[k, k] = [[2 + a^2, b], [c, 3 + d^2]]
      S: real[k, k] = [[1 + a^2, b], [b, 3 + a^2 + b^2]]
      x[i: obs]: real[k] = solve(A, r[i])
      total = trace(A) + det(A) + log_det(S) + sum(solve(A, M)) + sum(inverse(A)[1])
      values: real[k] = eigenvalues(S)
      vectors: real[k, k] = eigenvectors(S)
      big = sum(kronecker(A, M)[3]) + sum(outer(values, x[1])[2]) + sum(qr_r(M)[1]) * a + qr_q(A)[1, 1]
      projected = (vectors[1, 1] * vectors[2, 1]) + (vectors @ diag_matrix(values) @ transpose(vectors))[1, 2]
      y[i: obs, j: k] ~ Normal(x[i, j] + 0.1 * values[j] + 0.01 * (total + big) + projected, 2)
      """,
    data: [
      "y": .matrix([0.3, -0.2], [1.1, 0.4]), "r": .matrix([0.4, 0.2], [-1, 0.7]),
      "M": .matrix([1, 0.5], [-0.3, 2]),
    ]
  ) { v in
    let (a, b, c, d) = (v("a"), v("b"), v("c"), v("d"))
    var sum = [a, b, c, d].map { Plain.normal($0, 0, 1) }.reduce(0, +)
    let A = [2 + a * a, b, c, 3 + d * d]
    let S = [1 + a * a, b, b, 3 + a * a + b * b]
    let M = v["M"]
    let det = A[0] * A[3] - A[1] * A[2]
    let inverse = [A[3] / det, -A[1] / det, -A[2] / det, A[0] / det]
    func times(_ p: [Double], _ q: [Double]) -> [Double] {
      [
        p[0] * q[0] + p[1] * q[2], p[0] * q[1] + p[1] * q[3], p[2] * q[0] + p[3] * q[2],
        p[2] * q[1] + p[3] * q[3],
      ]
    }
    let half = (S[0] + S[3]) / 2
    let root = ((S[0] - S[3]) * (S[0] - S[3]) / 4 + b * b).squareRoot()
    let values = [half - root, half + root]
    // (S - λ₁) v = 0
    let length = (b * b + (values[0] - S[0]) * (values[0] - S[0])).squareRoot()
    let first = [b / length, (values[0] - S[0]) / length]
    let x = (0..<2).map { i in
      let y = v.row("r", i, width: 2)
      return [inverse[0] * y[0] + inverse[1] * y[1], inverse[2] * y[0] + inverse[3] * y[1]]
    }
    let logDet = Foundation.log(S[0] * S[3] - b * b)
    let total =
      A[0] + A[3] + det + logDet + times(inverse, M).reduce(0, +) + inverse[0] + inverse[1]
    let r11 = (M[0] * M[0] + M[2] * M[2]).squareRoot()
    let r12 = (M[0] * M[1] + M[2] * M[3]) / r11
    let q11 = A[0] / (A[0] * A[0] + A[2] * A[2]).squareRoot()
    let big =
      (A[2] + A[3]) * (M[0] + M[1]) + values[1] * (x[0][0] + x[0][1]) + (r11 + r12) * a + q11
    let projected = first[0] * first[1] + b
    for i in 0..<2 {
      for j in 0..<2 {
        let mean = x[i][j] + 0.1 * values[j] + 0.01 * (total + big) + projected
        sum += Plain.normal(v["y"][2 * i + j], mean, 2)
      }
    }
    return sum
  },
  NumericCase(
    name: "interpolation, splines, standardised data, covariance functions",
    text: """
      dim knot, basis = size(knot) + 2, obs
      data place[knot]: real
      data x[obs], y[obs]: real
      height[knot] ~ Normal(0, 1)
      w[basis] ~ Normal(0, 1)
      s, l ~ LogNormal(0, 0.3)
      K: real[obs, obs] = cov_exp_quad(x, s, l) + cov_matern32(x, s, l) + cov_matern52(x, 0.5 * s, l)
      P: real[obs, obs] = cov_periodic(x, s, l, 2)
      z = standardize(x)
      B[i: obs]: real[basis] = bspline(x[i], place)
      y[i: obs] ~ Normal(interpolate(place, height, x[i] + 0.1 * s) + B[i] @ w + K[1, i] + P[i, 2] + s * z[i], 1)
      """,
    data: [
      "place": .vector(0, 1, 2.5, 4), "x": .vector(-0.5, 0.3, 1.7, 4),
      "y": .vector(0.3, -0.2, 1.1, 0.4),
    ]
  ) { v in
    let (s, l, knots) = (v("s"), v("l"), v["place"])
    var sum = (v["height"] + v["w"]).map { Plain.normal($0, 0, 1) }.reduce(0, +)
    sum += [s, l].map { Plain.normal(Foundation.log($0), 0, 0.3) - Foundation.log($0) }
      .reduce(0, +)
    let x = v["x"]
    let mean = x.reduce(0, +) / 4
    let deviation = (x.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 3).squareRoot()
    let padded = [0, 0, 0] + knots + [4, 4, 4]
    func spline(_ i: Int, _ order: Int, _ t: Double) -> Double {
      if order == 0 {
        let isLast = padded[i] < padded[i + 1] && padded[i + 1] == 4
        return padded[i] <= t && (t < padded[i + 1] || isLast && t == 4) ? 1 : 0
      }
      let (p, q) = (padded[i + order] - padded[i], padded[i + order + 1] - padded[i + 1])
      return (p > 0 ? (t - padded[i]) / p * spline(i, order - 1, t) : 0)
        + (q > 0 ? (padded[i + order + 1] - t) / q * spline(i + 1, order - 1, t) : 0)
    }
    for (i, (t, y)) in zip(x, v["y"]).enumerated() {
      let place = min(max(t + 0.1 * s, 0), 4)
      var height = v["height"][3]
      for k in 0..<3 where place >= knots[k] && place < knots[k + 1] {
        let share = (place - knots[k]) / (knots[k + 1] - knots[k])
        height = v["height"][k] * (1 - share) + v["height"][k + 1] * share
      }
      var value = height + s * (t - mean) / deviation
      for k in 0..<6 { value += v["w"][k] * spline(k, 3, t) }
      let r = abs(t - x[0]) / l
      value += s * s * exp(-r * r / 2)
      value += s * s * (1 + 3.0.squareRoot() * r) * exp(-3.0.squareRoot() * r)
      value += s * s / 4 * (1 + 5.0.squareRoot() * r + 5 * r * r / 3) * exp(-5.0.squareRoot() * r)
      let turn = sin(Double.pi * (t - x[1]) / 2) / l
      value += s * s * exp(-2 * turn * turn)
      sum += Plain.normal(y, value, 1)
    }
    return sum
  },
  NumericCase(
    name: "integrals and roots",
    text: """
      dim obs
      data y[obs]: real
      a, b ~ LogNormal(0, 0.4)
      fn power(x: real, k: real) -> real = x^k
      fn bell(x: real, m: real, s: real) -> real = exp(-((x - m) / s)^2)
      fn decay(x: real, r: real) -> real = x * exp(-r * x)
      fn cubic(x: real, a: real, b: real) -> real = x^3 + a * x - b
      area[i: obs] = integrate(power, 0, i, a)
      whole = integrate(bell, -inf, inf, a, 0.5 + b) + integrate(decay, 0, inf, b)
      place[i: obs] = root(cubic, -5, 5, a, b * i)
      y[i: obs] ~ Normal(area[i] + whole + place[i], 1)
      """,
    data: ["y": .vector(0.3, 1, 2)]
  ) { v in
    let (a, b) = (v("a"), v("b"))
    var sum = [a, b].map { Plain.normal(Foundation.log($0), 0, 0.4) - Foundation.log($0) }
      .reduce(0, +)
    for i in 1...3 {
      let n = Double(i)
      let area = pow(n, a + 1) / (a + 1)
      let whole = (0.5 + b) * Double.pi.squareRoot() + 1 / (b * b)
      // Cardano's formula for one real root.
      let (p, q) = (a, -b * n)
      let inner = (q * q / 4 + p * p * p / 27).squareRoot()
      let place = cbrt(-q / 2 + inner) + cbrt(-q / 2 - inner)
      sum += Plain.normal(v["y"][i - 1], area + whole + place, 1)
    }
    return sum
  },
]
