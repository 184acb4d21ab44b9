import Glibc
import PPLInference

/// A log density from a function of position that writes the gradient.
struct FunctionDensity: LogDensity {
  typealias Function =
    @Sendable (Span<Double>, inout MutableSpan<Double>) throws(EvaluationError) -> Double

  let dimension: Int
  let function: Function

  func makeEvaluator() -> any LogDensityEvaluator { Evaluator(function: function) }

  final class Evaluator: LogDensityEvaluator {
    let function: Function

    init(function: @escaping Function) { self.function = function }

    func evaluate(
      at position: Span<Double>,
      gradient: inout MutableSpan<Double>
    ) throws(EvaluationError) -> Double {
      try function(position, &gradient)
    }
  }
}

/// Normal with independent coordinates.
func independentNormal(
  means: [Double],
  standardDeviations: [Double]
) -> FunctionDensity {
  FunctionDensity(dimension: means.count) { position, gradient in
    var logDensity = 0.0
    for index in position.indices {
      let z = (position[index] - means[index]) / standardDeviations[index]
      gradient[index] = -z / standardDeviations[index]
      logDensity -= 0.5 * z * z
    }
    return logDensity
  }
}

/// Normal with mean zero, unit variances and one correlation between all pairs of neighbours, as a
/// stationary autoregression of order one.
func autoregression(dimension: Int, correlation: Double) -> FunctionDensity {
  FunctionDensity(dimension: dimension) { position, gradient in
    let precision = 1 / (1 - correlation * correlation)
    var logDensity = -0.5 * position[0] * position[0]
    gradient[0] = -position[0]
    for index in 1..<position.count {
      let residual = position[index] - correlation * position[index - 1]
      logDensity -= 0.5 * precision * residual * residual
      gradient[index] = -precision * residual
      gradient[index - 1] += correlation * precision * residual
    }
    return logDensity
  }
}

/// A mild funnel: v ~ Normal(0, 1), x ~ Normal(0, exp(v / 2)).
let funnel = FunctionDensity(dimension: 2) { position, gradient in
  let precision = exp(-position[0])
  let square = position[1] * position[1] * precision
  gradient[0] = -position[0] - 0.5 + 0.5 * square
  gradient[1] = -position[1] * precision
  return -0.5 * (position[0] * position[0] + position[0] + square)
}

/// A banana: x ~ Normal(0, 1), y ~ Normal(x² / 2, 1).
let banana = FunctionDensity(dimension: 2) { position, gradient in
  let residual = position[1] - 0.5 * position[0] * position[0]
  gradient[0] = -position[0] + position[0] * residual
  gradient[1] = -residual
  return -0.5 * position[0] * position[0] - 0.5 * residual * residual
}

/// Exponential and logarithm, so that the tests import libm in one file only.
func exponential(_ x: Double) -> Double { exp(x) }
func logarithm(_ x: Double) -> Double { log(x) }

/// Distribution function of the standard normal.
func normalDistributionFunction(_ x: Double) -> Double { 0.5 * erfc(-x / 2.0.squareRoot()) }

/// Asymptotic p-value of the one-sample Kolmogorov-Smirnov test.
func kolmogorovSmirnovPValue(
  _ sample: [Double],
  distributionFunction: (Double) -> Double
) -> Double {
  let sorted = sample.sorted()
  let n = Double(sorted.count)
  var distance = 0.0
  for (index, value) in sorted.enumerated() {
    let expected = distributionFunction(value)
    guard !expected.isNaN else { return 0 }
    distance = max(distance, expected - Double(index) / n, Double(index + 1) / n - expected)
  }
  let scaled = distance * (n.squareRoot() + 0.12 + 0.11 / n.squareRoot())
  guard scaled >= 0.2 else { return 1 }
  var sum = 0.0
  var sign = 1.0
  for term in 1...100 {
    sum += sign * exp(-2 * Double(term * term) * scaled * scaled)
    sign = -sign
  }
  return min(max(2 * sum, 0), 1)
}
