import Glibc
import PPLAutodiff
import PPLExecution
import PPLFlows
import PPLGraphIR
import PPLTensorCore

/// A trained density q of D numbers given K others.
struct ConditionalFlow {
  let flow: Flow
  let parameters: [Double]
  /// The units in which the flow sees points and contexts.
  let points: Scaling
  let contexts: Scaling
  /// Pairs that it was not trained on.
  let heldOut: [FlowTraining.Pair]
  /// The size of the greatest number among all contexts, in their units.
  let greatestContext: Double
  /// How the training went, a sentence.
  let note: String
  let makeExecutor: (Graph) -> any Executor

  static let tooLarge = SimulationFailure.unusable(
    message: "the flow needs arrays that are too large: take fewer `hidden` units"
  )

  /// Rows of a run of an executor.
  private static let rows = 100

  /// Something that draws points.
  func makeSampler() throws(SimulationFailure) -> Sampler {
    let executor = try makeRunner { noise, context, weights in
      flow.inverse(noise, context: context, weights: weights).x
    }
    return Sampler(flow: self, executor: executor)
  }

  /// Something that computes densities.
  func makeDensity() throws(SimulationFailure) -> Density {
    let executor = try makeRunner { points, context, weights in
      flow.logDensity(of: points, context: context, weights: weights, direction: .toNoise)
    }
    return Density(flow: self, executor: executor)
  }

  /// An executor: numbers `[rows, D]`, one context, weights… → a value of each row.
  private func makeRunner(
    _ value: (_ numbers: GraphValue, _ context: GraphValue, _ weights: [GraphValue]) -> GraphValue
  ) throws(SimulationFailure) -> any Executor {
    let builder = GraphBuilder()
    let numbers = builder.addInput(shape: [Self.rows, flow.dimension])
    let context = builder.addInput(shape: [1, flow.contextCount])
    let weights = flow.weightShapes.map { builder.addInput(shape: $0) }
    let rows = context.broadcast(to: [Self.rows, flow.contextCount])
    let result = value(numbers, rows, weights)
    guard builder.failure == nil else { throw Self.tooLarge }
    return makeExecutor(builder.build(outputs: [result]))
  }

  /// Draws points given a context.
  struct Sampler {
    let flow: ConditionalFlow
    fileprivate let executor: any Executor

    func draws(_ count: Int, given context: [Double], _ generator: inout RandomGenerator)
      -> [[Double]]
    {
      let (rows, dimension) = (ConditionalFlow.rows, flow.flow.dimension)
      let scaled = flow.contexts.scaled(context)
      var result: [[Double]] = []
      result.reserveCapacity(count)
      while result.count < count {
        let noise = (0..<rows * dimension).map { _ in generator.nextNormal() }
        let points = executor.run(
          inputs: noise + scaled + flow.parameters,
          outputCount: rows * dimension
        )
        for row in 0..<min(rows, count - result.count) {
          result.append(
            flow.points.unscaled(Array(points[row * dimension..<(row + 1) * dimension]))
          )
        }
      }
      return result
    }
  }

  /// Computes log densities of points given a context.
  struct Density {
    let flow: ConditionalFlow
    fileprivate let executor: any Executor

    /// log q of each point; -inf where it is not finite.
    func values(of points: [[Double]], given context: [Double]) -> [Double] {
      let rows = ConditionalFlow.rows
      let scaled = flow.contexts.scaled(context)
      let constant = flow.points.deviations.reduce(0) { $0 - log($1) }
      var result: [Double] = []
      result.reserveCapacity(points.count)
      for start in stride(from: 0, to: points.count, by: rows) {
        let block = points[start..<min(start + rows, points.count)].map(flow.points.scaled)
        let padding = [Double](repeating: 0, count: (rows - block.count) * flow.flow.dimension)
        let densities = executor.run(
          inputs: block.flatMap(\.self) + padding + scaled + flow.parameters,
          outputCount: rows
        )
        result += densities.prefix(block.count).map { $0.isFinite ? $0 + constant : -.infinity }
      }
      return result
    }
  }
}
