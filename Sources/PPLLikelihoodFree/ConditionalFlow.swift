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
  /// The size of the greatest number among all contexts, and among all points, in their units.
  let greatestContext: Double
  let greatestPoint: Double
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
      let (noise, _) = flow.forward(points, context: context, weights: weights)
      let density = flow.logDensity(
        of: points,
        context: context,
        weights: weights,
        direction: .toNoise
      )
      return .concatenate([noise, density], axis: 1)
    }
    return Density(flow: self, executor: executor)
  }

  /// An executor: numbers `[rows, D]`, contexts `[rows, K]`, weights… → values of each row.
  private func makeRunner(
    _ value: (_ numbers: GraphValue, _ context: GraphValue, _ weights: [GraphValue]) -> GraphValue
  ) throws(SimulationFailure) -> any Executor {
    let builder = GraphBuilder()
    let numbers = builder.addInput(shape: [Self.rows, flow.dimension])
    let context = builder.addInput(shape: [Self.rows, flow.contextCount])
    let weights = flow.weightShapes.map { builder.addInput(shape: $0) }
    let result = value(numbers, context, weights)
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
      let context = flow.contexts.scaled(context)
      let contexts = (0..<rows).flatMap { _ in context }
      var result: [[Double]] = []
      result.reserveCapacity(count)
      while result.count < count {
        let noise = (0..<rows * dimension).map { _ in generator.nextNormal() }
        let points = executor.run(
          inputs: noise + contexts + flow.parameters,
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

    /// log q of each point given one context; -inf where it is not finite.
    func values(of points: [[Double]], given context: [Double]) -> [Double] {
      values(of: points, given: [[Double]](repeating: context, count: points.count))
    }

    /// log q of each point given its context; -inf where it is not finite.
    func values(of points: [[Double]], given contexts: [[Double]]) -> [Double] {
      let constant = flow.points.deviations.reduce(0) { $0 - log($1) }
      return rows(points, contexts).map { row in
        guard let density = row.last, density.isFinite else { return -.infinity }
        return density + constant
      }
    }

    /// What the flow takes each point to, given its context: standard normal if it is right.
    func noise(of pairs: [FlowTraining.Pair]) -> [[Double]] {
      rows(pairs.map(\.point), pairs.map(\.context)).map { Array($0.dropLast()) }
    }

    /// For each point its noise, then its density in the flow's units.
    private func rows(_ points: [[Double]], _ contexts: [[Double]]) -> [ArraySlice<Double>] {
      let (rows, dimension) = (ConditionalFlow.rows, flow.flow.dimension)
      var result: [ArraySlice<Double>] = []
      result.reserveCapacity(points.count)
      for start in stride(from: 0, to: points.count, by: rows) {
        let block = start..<min(start + rows, points.count)
        let rest = rows - block.count
        var inputs = block.flatMap { flow.points.scaled(points[$0]) }
        inputs += [Double](repeating: 0, count: rest * dimension)
        for place in block { inputs += flow.contexts.scaled(contexts[place]) }
        inputs += [Double](repeating: 0, count: rest * flow.flow.contextCount)
        let width = dimension + 1
        let values = executor.run(inputs: inputs + flow.parameters, outputCount: rows * width)
        for row in 0..<block.count { result.append(values[row * width..<(row + 1) * width]) }
      }
      return result
    }
  }
}
