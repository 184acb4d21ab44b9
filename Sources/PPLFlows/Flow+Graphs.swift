package import PPLAutodiff
package import PPLGraphIR
import PPLTensorCore

// Graphs of S draws at a time. Weights are inputs, one each, in the order of `weightShapes`.

extension Flow {
  /// Which way a flow's fast direction leads.
  package enum Direction: Sendable, Hashable {
    case fromNoise
    case toNoise
  }

  /// Whether `drawGraph` gives the scores of its draws.
  ///
  /// Those of autoregressive layers take Jacobians in full, whose cost beside a pass grows with D.
  package var hasScores: Bool {
    switch family {
    case .autoregressive: dimension <= Self.greatestJacobian
    case .coupling: true
    }
  }

  private static let greatestJacobian = 32

  /// noise `[S, D]`, weights… → points `[S, D]`, log |det| of the map `[S, 1]`, and where `hasScores` the derivative of the
  /// points' log density by them, `[S, D]`.
  package func drawGraph(count: Int) throws(AutodiffError) -> Graph {
    let builder = GraphBuilder()
    let (noise, weights) = inputs(builder, count)
    let (points, logDeterminant) = forward(noise, weights: weights)
    var outputs = [points, logDeterminant]
    if hasScores {
      switch family {
      case .autoregressive: outputs.append(score(ofNoise: noise, weights: weights))
      case .coupling:
        let graph = try gradient(
          of: densityGraph(count: count, isSum: true),
          withRespectTo: [0]
        )
        let values = builder.inline(graph, inputs: [points] + weights)
        outputs.append(values[graph.outputs[1].index])
      }
    }
    if let failure = builder.failure { throw .budgetExceeded(failure) }
    return builder.build(outputs: outputs)
  }

  /// noise `[S, D]`, weights…, c `[S, D]`, w `[]` → Σ c · points + w Σ log |det|, then its derivative by each weight.
  package func pullbackGraph(count: Int) throws(AutodiffError) -> Graph {
    let builder = GraphBuilder()
    let (noise, weights) = inputs(builder, count)
    let slope = builder.addInput(shape: noise.shape)
    let share = builder.addInput(shape: [])
    let (points, logDeterminant) = forward(noise, weights: weights)
    let value = (slope * points).sum() + share * logDeterminant.sum()
    if let failure = builder.failure { throw .budgetExceeded(failure) }
    return try gradient(
      of: builder.build(outputs: [value]),
      withRespectTo: Array(1..<(1 + weights.count))
    )
  }

  /// points `[S, D]`, weights… → the log density of each, `[S, 1]`, where noise is standard normal.
  package func densityGraph(count: Int, direction: Direction = .fromNoise)
    throws(AutodiffError) -> Graph
  {
    try densityGraph(count: count, direction: direction, isSum: false)
  }

  private func densityGraph(count: Int, direction: Direction = .fromNoise, isSum: Bool)
    throws(AutodiffError) -> Graph
  {
    let builder = GraphBuilder()
    let (points, weights) = inputs(builder, count)
    let density = logDensity(of: points, weights: weights, direction: direction)
    if let failure = builder.failure { throw .budgetExceeded(failure) }
    return builder.build(outputs: [isSum ? density.sum() : density])
  }

  /// The log density of points `[S, D]`, as `[S, 1]`, where noise is standard normal.
  package func logDensity(
    of points: GraphValue,
    context: GraphValue? = nil,
    weights: [GraphValue],
    direction: Direction
  ) -> GraphValue {
    let noise: GraphValue
    let logDeterminant: GraphValue
    switch direction {
    case .fromNoise:
      let (x, forward) = inverse(points, context: context, weights: weights)
      (noise, logDeterminant) = (x, -forward)
    case .toNoise: (noise, logDeterminant) = forward(points, context: context, weights: weights)
    }
    let constant = -Double(dimension) * Self.halfLogTwoPi
    return noise.square().sum(axes: [1]) * -0.5 + logDeterminant + constant
  }

  private static let halfLogTwoPi = 0.918_938_533_204_672_8

  private func inputs(_ builder: GraphBuilder, _ count: Int) -> (
    numbers: GraphValue, weights: [GraphValue]
  ) {
    let numbers = builder.addInput(shape: [count, dimension])
    return (numbers, weightShapes.map { builder.addInput(shape: $0) })
  }
}
