import PPLInference
import PPLTensorCore

/// A log density from a function of position that gives value and gradient.
struct FunctionDensity: LogDensity {
  typealias Function = @Sendable ([Double]) -> (value: Double, gradient: [Double])

  let dimension: Int
  let function: Function

  func makeEvaluator() -> any LogDensityEvaluator { Evaluator(function: function) }

  private final class Evaluator: LogDensityEvaluator {
    let function: Function

    init(function: @escaping Function) { self.function = function }

    func evaluate(
      at position: Span<Double>,
      gradient: inout MutableSpan<Double>
    ) throws(EvaluationError) -> Double {
      let (value, derivatives) = function(position.indices.map { position[$0] })
      for index in derivatives.indices { gradient[index] = derivatives[index] }
      return value
    }
  }
}

/// A normal distribution with mean, precision matrix `[D, D]`, and a constant added to its log density.
struct NormalTarget: Sendable {
  let mean: [Double]
  let precision: [Double]
  let covariance: [Double]
  let logConstant: Double

  var dimension: Int { mean.count }

  /// log ∫ exp f, of f = constant − ½ (x − m)ᵀ Λ (x − m).
  let logIntegral: Double

  /// `factor` is a lower triangular root of the covariance.
  init(mean: [Double], factor: [[Double]], logConstant: Double) {
    let count = mean.count
    var covariance = [Double](repeating: 0, count: count * count)
    for i in 0..<count {
      for j in 0..<count {
        covariance[i * count + j] = (0...min(i, j)).reduce(0) { $0 + factor[i][$1] * factor[j][$1] }
      }
    }
    // The inverse of the factor, by forward substitution, then Λ = L⁻ᵀ L⁻¹.
    var inverse = [[Double]](repeating: [Double](repeating: 0, count: count), count: count)
    for column in 0..<count {
      for row in column..<count {
        var sum = row == column ? 1.0 : 0
        for k in column..<row { sum -= factor[row][k] * inverse[k][column] }
        inverse[row][column] = sum / factor[row][row]
      }
    }
    var precision = [Double](repeating: 0, count: count * count)
    for i in 0..<count {
      for j in 0..<count {
        precision[i * count + j] = (0..<count).reduce(0) { $0 + inverse[$1][i] * inverse[$1][j] }
      }
    }
    self.mean = mean
    self.precision = precision
    self.covariance = covariance
    self.logConstant = logConstant
    let logDeterminant = (0..<count).reduce(0) { $0 + LibM.log(factor[$1][$1]) }
    logIntegral = logConstant + logDeterminant + 0.5 * Double(count) * LibM.log(2 * .pi)
  }

  var density: FunctionDensity {
    FunctionDensity(dimension: dimension) { [self] position in
      let count = dimension
      let step = zip(position, mean).map(-)
      var gradient = [Double](repeating: 0, count: count)
      for i in 0..<count {
        for j in 0..<count { gradient[i] -= precision[i * count + j] * step[j] }
      }
      let square = -zip(gradient, step).reduce(0) { $0 + $1.0 * $1.1 }
      return (logConstant - 0.5 * square, gradient)
    }
  }

  /// Five parameters of unequal scale, some strongly correlated.
  static let correlated = NormalTarget(
    mean: [3, -1, 0.5, 100, -20],
    factor: [
      [2, 0, 0, 0, 0], [0.9, 0.1, 0, 0, 0], [-0.3, 0.2, 0.5, 0, 0], [5, 0, 10, 20, 0],
      [0.01, 0, 0, 0.02, 0.05],
    ],
    logConstant: -7
  )
}

/// Mean and covariance of draws `[draws, D]`.
func moments(_ positions: [Double], dimension: Int) -> (mean: [Double], covariance: [Double]) {
  let count = positions.count / dimension
  var mean = [Double](repeating: 0, count: dimension)
  for draw in 0..<count {
    for i in 0..<dimension { mean[i] += positions[draw * dimension + i] / Double(count) }
  }
  var covariance = [Double](repeating: 0, count: dimension * dimension)
  for draw in 0..<count {
    for i in 0..<dimension {
      for j in 0..<dimension {
        covariance[i * dimension + j] +=
          (positions[draw * dimension + i] - mean[i]) * (positions[draw * dimension + j] - mean[j])
          / Double(count - 1)
      }
    }
  }
  return (mean, covariance)
}
