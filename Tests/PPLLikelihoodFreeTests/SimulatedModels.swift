import PPLExecution
import PPLGraphIR
import PPLInference
import PPLLikelihoodFree
import PPLTensorCore

/// A normal mean with known deviation: the mean of n observations has the distribution N(μ, 1/n), the prior is N(0, 2²).
struct NormalMean: SimulatedModel {
  var count = 25.0
  var observed = [1.3]
  var failing = false
  let dimension = 1

  var priorDensity: Graph {
    let builder = GraphBuilder()
    let mean = builder.addInput(shape: [1])
    return builder.build(outputs: [mean.square().sum() * -0.125])
  }

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

/// A sum of n Poisson counts of rate exp θ, with θ ~ N(1, 0.5²); a second statistic is of one value, or noise.
struct PoissonSum: SimulatedModel {
  var observed = [30.0]
  var isConstant = false
  var isSkewed = false
  let dimension = 1
  static let count = 10.0

  var priorDensity: Graph {
    let builder = GraphBuilder()
    let position = builder.addInput(shape: [1])
    return builder.build(outputs: [(position - 1).square().sum() * -2])
  }

  func makeEvaluator() -> any SimulatedModelEvaluator { Evaluator(model: self) }

  /// Mean and variance of θ given the sum, by sums over a fine grid.
  var posterior: (mean: Double, variance: Double) {
    let grid = (0..<20_000).map { -3 + 8 * Double($0) / 20_000 }
    let weights = grid.map { theta in
      let log = -2 * (theta - 1) * (theta - 1) + observed[0] * theta
      return LibM.exp(log - Self.count * LibM.exp(theta) - 20)
    }
    let total = weights.reduce(0, +)
    let mean = zip(grid, weights).reduce(0) { $0 + $1.0 * $1.1 } / total
    let square = zip(grid, weights).reduce(0) { $0 + $1.0 * $1.0 * $1.1 } / total
    return (mean, square - mean * mean)
  }

  private final class Evaluator: SimulatedModelEvaluator {
    private let model: PoissonSum

    init(model: PoissonSum) { self.model = model }

    func drawPrior(_ key: RandomKey) -> [Double] {
      var generator = key.makeGenerator()
      return [1 + 0.5 * generator.nextNormal()]
    }

    func logPrior(at position: [Double]) -> Double {
      -2 * (position[0] - 1) * (position[0] - 1)
    }

    func simulate(at position: [Double], _ key: RandomKey) -> [Double] {
      var generator = key.makeGenerator()
      let sum = generator.nextPoisson(rate: PoissonSum.count * LibM.exp(position[0]))
      if model.isConstant { return [sum, 7] }
      return model.isSkewed ? [sum, LibM.exp(1.5 * generator.nextNormal())] : [sum]
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

/// A log density and its gradient by one graph.
struct GraphDensity: LogDensity {
  let graph: Graph

  var dimension: Int { graph.inputCount }

  func makeEvaluator() -> any LogDensityEvaluator { Evaluator(graph) }

  private final class Evaluator: LogDensityEvaluator {
    private let executor: ReferenceExecutor
    private let count: Int

    init(_ graph: Graph) {
      executor = ReferenceExecutor(graph)
      count = graph.outputCount
    }

    func evaluate(
      at position: Span<Double>,
      gradient: inout MutableSpan<Double>
    ) throws(EvaluationError) -> Double {
      let values = executor.run(
        inputs: position.indices.map { position[$0] },
        outputCount: count
      )
      for index in gradient.indices { gradient[index] = values[index + 1] }
      return values[0]
    }
  }
}
