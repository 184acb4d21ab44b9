import PPLLikelihoodFree
import PPLTensorCore

/// A normal mean with known deviation: the mean of n observations has the distribution N(μ, 1/n), the prior is N(0, 2²).
struct NormalMean: SimulatedModel {
  var count = 25.0
  var observed = [1.3]
  var failing = false
  let dimension = 1

  func makeEvaluator() -> any SimulatedModelEvaluator { Evaluator(model: self) }

  /// Mean and variance of the posterior.
  var posterior: (mean: Double, variance: Double) {
    let precision = 0.25 + count
    return (observed[0] * count / precision, 1 / precision)
  }

  private final class Evaluator: SimulatedModelEvaluator {
    private let model: NormalMean

    init(model: NormalMean) { self.model = model }

    func drawPrior(_ key: RandomKey) -> [Double] {
      var generator = key.makeGenerator()
      return [2 * generator.nextNormal()]
    }

    func logPrior(at position: [Double]) -> Double { -position[0] * position[0] / 8 }

    func simulate(at position: [Double], _ key: RandomKey) -> [Double] {
      var generator = key.makeGenerator()
      let value = position[0] + generator.nextNormal() / model.count.squareRoot()
      // Where it fails, it fails for negative means.
      return [model.failing && position[0] < 0 ? .nan : value]
    }
  }
}

/// Mean and variance of the first parameter.
func moments(_ positions: [[Double]]) -> (mean: Double, variance: Double) {
  let values = positions.map { $0[0] }
  let mean = values.reduce(0, +) / Double(values.count)
  let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
  return (mean, squares / Double(values.count - 1))
}
