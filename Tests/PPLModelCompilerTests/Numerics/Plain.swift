import Foundation

/// Densities and matrices written as the definitions read, for comparison.
enum Plain {
  static func log(_ x: Double) -> Double { Foundation.log(x) }

  static func exp(_ x: Double) -> Double { Foundation.exp(x) }

  static func logGamma(_ x: Double) -> Double { Foundation.lgamma(x) }

  static func normal(_ x: Double, _ mean: Double, _ sd: Double) -> Double {
    let z = (x - mean) / sd
    return -0.5 * z * z - log(sd) - 0.5 * log(2 * .pi)
  }

  /// P(X <= x).
  static func normalCDF(_ x: Double, _ mean: Double, _ sd: Double) -> Double {
    0.5 * erfc(-(x - mean) / sd / 2.0.squareRoot())
  }

  static func halfNormal(_ x: Double, _ sd: Double) -> Double { log(2) + normal(x, 0, sd) }

  static func halfCauchy(_ x: Double, _ scale: Double) -> Double {
    log(2 / .pi / scale) - log(1 + x * x / scale / scale)
  }

  static func exponential(_ x: Double, _ rate: Double) -> Double { log(rate) - rate * x }

  static func gamma(_ x: Double, _ shape: Double, _ rate: Double) -> Double {
    shape * log(rate) - logGamma(shape) + (shape - 1) * log(x) - rate * x
  }

  static func inverseGamma(_ x: Double, _ shape: Double, _ scale: Double) -> Double {
    shape * log(scale) - logGamma(shape) - (shape + 1) * log(x) - scale / x
  }

  static func logNormal(_ x: Double, _ mean: Double, _ sd: Double) -> Double {
    normal(log(x), mean, sd) - log(x)
  }

  static func beta(_ x: Double, _ a: Double, _ b: Double) -> Double {
    logGamma(a + b) - logGamma(a) - logGamma(b) + (a - 1) * log(x) + (b - 1) * log(1 - x)
  }

  static func studentT(_ x: Double, _ df: Double, _ mean: Double, _ scale: Double) -> Double {
    let z = (x - mean) / scale
    return logGamma((df + 1) / 2) - logGamma(df / 2) - 0.5 * log(df * .pi) - log(scale)
      - (df + 1) / 2 * log(1 + z * z / df)
  }

  static func laplace(_ x: Double, _ location: Double, _ scale: Double) -> Double {
    -log(2 * scale) - abs(x - location) / scale
  }

  static func weibull(_ x: Double, _ shape: Double, _ scale: Double) -> Double {
    log(shape / scale) + (shape - 1) * log(x / scale) - pow(x / scale, shape)
  }

  static func bernoulli(_ x: Double, _ p: Double) -> Double { x == 1 ? log(p) : log(1 - p) }

  static func binomial(_ k: Double, _ n: Double, _ p: Double) -> Double {
    logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1) + k * log(p) + (n - k) * log(1 - p)
  }

  static func poisson(_ k: Double, _ rate: Double) -> Double {
    k * log(rate) - rate - logGamma(k + 1)
  }

  /// By mean and concentration: the variance is m + m² / c.
  static func negativeBinomial(_ k: Double, _ mean: Double, _ concentration: Double) -> Double {
    logGamma(k + concentration) - logGamma(concentration) - logGamma(k + 1)
      + concentration * log(concentration / (concentration + mean))
      + k * log(mean / (concentration + mean))
  }

  static func dirichlet(_ x: [Double], _ concentration: [Double]) -> Double {
    var sum = logGamma(concentration.reduce(0, +))
    for (value, a) in zip(x, concentration) { sum += (a - 1) * log(value) - logGamma(a) }
    return sum
  }

  static func logistic(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

  static func dot(_ a: [Double], _ b: [Double]) -> Double {
    var sum = 0.0
    for (x, y) in zip(a, b) { sum += x * y }
    return sum
  }

  static func logSumExp(_ values: [Double]) -> Double {
    let top = values.max() ?? 0
    return top + log(values.map { exp($0 - top) }.reduce(0, +))
  }

  static func softmax(_ values: [Double]) -> [Double] {
    let total = logSumExp(values)
    return values.map { exp($0 - total) }
  }

  // MARK: Matrices, row by row

  /// Determinant, with its sign, and solution of A x = b by elimination with pivots.
  static func solve(_ matrix: [Double], _ right: [Double]) -> (determinant: Double, x: [Double]) {
    let size = right.count
    var a = matrix
    var x = right
    var determinant = 1.0
    for column in 0..<size {
      let pivot = (column..<size).max {
        abs(a[$0 * size + column]) < abs(a[$1 * size + column])
      }
      guard let pivot else { continue }
      if pivot != column {
        for k in 0..<size { a.swapAt(column * size + k, pivot * size + k) }
        x.swapAt(column, pivot)
        determinant = -determinant
      }
      determinant *= a[column * size + column]
      for row in (column + 1)..<max(size, column + 1) {
        let ratio = a[row * size + column] / a[column * size + column]
        for k in column..<size { a[row * size + k] -= ratio * a[column * size + k] }
        x[row] -= ratio * x[column]
      }
    }
    for row in (0..<size).reversed() {
      for k in (row + 1)..<max(size, row + 1) { x[row] -= a[row * size + k] * x[k] }
      x[row] /= a[row * size + row]
    }
    return (determinant, x)
  }

  static func multiNormal(_ x: [Double], _ mean: [Double], _ covariance: [Double]) -> Double {
    let residual = zip(x, mean).map { $0 - $1 }
    let (determinant, solution) = solve(covariance, residual)
    return -0.5 * (dot(residual, solution) + log(determinant) + Double(x.count) * log(2 * .pi))
  }

  /// A Aᵀ.
  static func outer(_ factor: [Double], size: Int) -> [Double] {
    var result = [Double](repeating: 0, count: size * size)
    for i in 0..<size {
      for j in 0..<size {
        for k in 0..<size { result[i * size + j] += factor[i * size + k] * factor[j * size + k] }
      }
    }
    return result
  }

  /// LKJ density of a correlation matrix, for size 2 and 3.
  ///
  /// The constant is the product over k = 1 … n − 1 of B(b, b)^(n − k) 2^((2b − 1)(n − k)) with
  /// b = η + (n − k − 1)/2 for the partial correlations given k − 1 variables (Lewandowski, Kurowicka
  /// and Joe 2009, doi:10.1016/j.jmva.2009.04.008, eq. 16).
  static func lkj(_ matrix: [Double], _ eta: Double, size: Int) -> Double {
    var result = (eta - 1) * log(solve(matrix, [Double](repeating: 0, count: size)).determinant)
    for k in 1..<size {
      let b = eta + Double(size - k - 1) / 2
      let logBeta = 2 * logGamma(b) - logGamma(2 * b)
      result -= Double(size - k) * (logBeta + (2 * b - 1) * log(2))
    }
    return result
  }
}
