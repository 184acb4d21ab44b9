/// Weights of models whose mixture predicts left-out observations best.
///
/// They maximise the mean log score of the mixture, (1/n) Σᵢ log Σₖ wₖ exp(lᵢₖ), over the simplex, lᵢₖ the log predictive density of observation i
/// under model k without it (Yao, Vehtari, Simpson and Gelman 2018, doi:10.1214/17-BA1091, eq. 5). The problem is concave. In place of the constraint
/// Σ w = 1 the objective gets −Σ w, whose maximum over w ≥ 0 is the same (Kim, Carbonetto, Stephens and Anitescu 2020, doi:10.1080/10618600.2019.1689985,
/// proposition 3.2); the bounds are kept by a logarithmic barrier, which Newton's method follows to 0.
///
/// - Parameter pointwise: by model, the log predictive density of each observation; as many each, all finite.
/// - Returns: a weight a model; they sum to 1.
package func stackingWeights(_ pointwise: [[Double]]) -> [Double] {
  let models = pointwise.count
  guard models > 1, let count = pointwise.first?.count, count > 0 else {
    return [Double](repeating: 1, count: models)
  }
  // [n, K]; what multiplies a row does not count.
  let rows = (0..<count).map { observation -> [Double] in
    let logs = pointwise.map { $0[observation] }
    let greatest = logs.max() ?? 0
    return logs.map { LibraryMath.exp($0 - greatest) }
  }
  var weights = [Double](repeating: 1 / Double(models), count: models)
  var barrier = 1e-2
  while barrier > 1e-13 {
    for _ in 0..<60 {
      let step = newtonStep(rows, weights, barrier)
      guard step.decrement > 1e-18 * Double(count) else { break }
      let old = barrierValue(rows, weights, barrier)
      var length = 1.0
      var next = weights
      repeat {
        next = zip(weights, step.direction).map { $0 + length * $1 }
        // Sufficient decrease (Armijo), inside of the bounds.
        let isInside = next.allSatisfy { $0 > 0 }
        if isInside, barrierValue(rows, next, barrier) <= old - 1e-4 * length * step.decrement {
          break
        }
        length /= 2
      } while length > 1e-12
      guard length > 1e-12 else { break }
      weights = next
    }
    barrier /= 10
  }
  let sum = weights.reduce(0, +)
  return weights.map { $0 / sum }
}

/// −(1/n) Σᵢ log(P w)ᵢ + Σ w − μ Σ log w.
private func barrierValue(_ rows: [[Double]], _ weights: [Double], _ barrier: Double) -> Double {
  var score = 0.0
  for row in rows { score += LibraryMath.log(zip(row, weights).reduce(0) { $0 + $1.0 * $1.1 }) }
  let logs = weights.reduce(0) { $0 + LibraryMath.log($1) }
  return weights.reduce(0, +) - score / Double(rows.count) - barrier * logs
}

/// The step to the minimum of the quadratic model at `weights`, and its decrease −gᵀd.
private func newtonStep(_ rows: [[Double]], _ weights: [Double], _ barrier: Double) -> (
  direction: [Double], decrement: Double
) {
  let models = weights.count
  var gradient = weights.map { 1 - barrier / $0 }
  var hessian = [Double](repeating: 0, count: models * models)
  for k in 0..<models { hessian[k * models + k] = barrier / (weights[k] * weights[k]) }
  for row in rows {
    let density = zip(row, weights).reduce(0) { $0 + $1.0 * $1.1 }
    for k in 0..<models {
      gradient[k] -= row[k] / density / Double(rows.count)
      for j in 0...k {
        hessian[k * models + j] += row[k] * row[j] / (density * density) / Double(rows.count)
      }
    }
  }
  let direction = solvedByCholesky(hessian, gradient.map { -$0 })
  return (direction, -zip(gradient, direction).reduce(0) { $0 + $1.0 * $1.1 })
}

/// x of A x = b, of which the lower triangle of a positive definite A is given row by row.
private func solvedByCholesky(_ matrix: [Double], _ right: [Double]) -> [Double] {
  let size = right.count
  var factor = matrix
  var solution = right
  for row in 0..<size {
    for column in 0...row {
      var value = factor[row * size + column]
      for k in 0..<column { value -= factor[row * size + k] * factor[column * size + k] }
      factor[row * size + column] =
        row == column ? max(value, 1e-300).squareRoot() : value / factor[column * size + column]
    }
    for k in 0..<row { solution[row] -= factor[row * size + k] * solution[k] }
    solution[row] /= factor[row * size + row]
  }
  for row in (0..<size).reversed() {
    for k in (row + 1)..<max(size, row + 1) {
      solution[row] -= factor[k * size + row] * solution[k]
    }
    solution[row] /= factor[row * size + row]
  }
  return solution
}

/// Weights of models by their expected log predictive densities, averaged over what other observations there might have been.
///
/// Pseudo-BMA+ (Yao et al. 2018, section 3.4): exp(elpd) normalised, in each replicate of the Bayesian bootstrap over observations.
///
/// - Parameters:
///   - pointwise: by model, the log predictive density of each observation; as many each, all finite.
///   - replicates: of the bootstrap.
///   - uniform: gives numbers that are uniform on [0, 1).
/// - Returns: a weight a model; they sum to 1.
package func pseudoAverageWeights(
  _ pointwise: [[Double]],
  replicates: Int = 10_000,
  uniform: () -> Double
) -> [Double] {
  guard let count = pointwise.first?.count, count > 0 else { return [] }
  var sums = [Double](repeating: 0, count: pointwise.count)
  var shares = [Double](repeating: 0, count: count)
  for _ in 0..<replicates {
    // Standard exponential numbers, normalised, are uniform on the simplex.
    for index in 0..<count { shares[index] = -LibraryMath.log1p(-uniform()) }
    let total = shares.reduce(0, +)
    let sizes = pointwise.map { values in
      zip(values, shares).reduce(0) { $0 + $1.0 * $1.1 } * Double(count) / total
    }
    let norm = logSumExp(sizes)
    for (model, size) in sizes.enumerated() { sums[model] += LibraryMath.exp(size - norm) }
  }
  let total = sums.reduce(0, +)
  return sums.map { $0 / total }
}
