import PPLAutodiff
import PPLDistributions
import PPLExecution
import PPLGraphIR
import PPLTensorCore
import PPLTypeSystem

/// Runs a computation whose inputs are these tensors, as constants of the graph if `areConstant`.
func evaluate(
  _ inputs: [Tensor],
  areConstant: Bool = false,
  seed: UInt64 = 1,
  _ body: (GraphBuilder, [GraphValue]) -> [GraphValue]
) -> [Tensor] {
  let (graph, values) = makeGraph(inputs, areConstant: areConstant, body)
  let executor = ReferenceExecutor(graph)
  let results = executor.run(
    inputs: values,
    outputCount: graph.outputCount,
    key: RandomKey(seed: seed)
  )
  var start = 0
  return graph.outputs.map { output in
    let shape = graph[output].shape
    defer { start += shape.count }
    return Tensor(shape: shape, values: Array(results[start..<(start + shape.count)]))
  }
}

/// The scalar that a computation gives, and its gradient in all elements of all inputs.
func evaluateGradient(
  _ inputs: [Tensor],
  withRespectTo selection: [Int]? = nil,
  _ body: (GraphBuilder, [GraphValue]) -> GraphValue
) throws -> (value: Double, gradient: [Double]) {
  let (graph, values) = makeGraph(inputs, areConstant: false) { [body($0, $1)] }
  let derivative = try gradient(of: graph, withRespectTo: selection)
  let results = ReferenceExecutor(derivative).run(
    inputs: values,
    outputCount: derivative.outputCount
  )
  return (results[0], Array(results.dropFirst()))
}

/// The graph of a computation and the elements of its inputs.
func makeGraph(
  _ inputs: [Tensor],
  areConstant: Bool = false,
  _ body: (GraphBuilder, [GraphValue]) -> [GraphValue]
) -> (graph: Graph, inputs: [Double]) {
  let builder = GraphBuilder()
  let values = inputs.map {
    areConstant ? builder.constant($0) : builder.addInput(shape: $0.shape)
  }
  let graph = builder.build(outputs: body(builder, values))
  precondition(builder.failure == nil, "The graph is within the budget.")
  return (graph, areConstant ? [] : inputs.flatMap(\.values))
}

extension Distribution {
  /// The sum of the addends, over the plate.
  func totalLogDensity(of x: GraphValue, form: Int, _ parameters: [GraphValue]) -> GraphValue {
    let arguments = DistributionArguments(parameterisation: form, parameters)
    let plate = Shape(x.shape.sizes.dropLast(signature.support.eventRank).map { $0 })
    var total = x.scalar(0).broadcast(to: plate)
    for addend in logDensity(of: x, arguments) { total += addend }
    return total.sum()
  }

  /// Log densities at many points of a plate of one axis, for parameters that do not vary.
  func logDensities(at points: [Double], form: Int, _ parameters: [Tensor]) -> [Double] {
    let x = Tensor(shape: [points.count], values: points)
    let raised = parameters.map { Tensor(shape: Shape([1] + $0.shape.sizes), values: $0.values) }
    let zeros = Tensor(shape: [points.count], repeating: 0)
    return evaluate([x, zeros] + raised) { _, values in
      let arguments = DistributionArguments(parameterisation: form, Array(values.dropFirst(2)))
      return [logDensity(of: values[0], arguments).reduce(values[1], +)]
    }[0].values
  }
}

/// Central differences of a function at a point whose coordinates stay within limits.
///
/// Steps are 1e-5 of the distance to the limits, or of the coordinate itself.
func centralDifferences(
  _ point: [Double],
  within limits: ClosedRange<Double> = -.infinity ... .infinity,
  _ function: ([Double]) -> Double
) -> [Double] {
  point.indices.map { index in
    let value = point[index]
    let room = min(value - limits.lowerBound, limits.upperBound - value, max(abs(value), 1e-2))
    var (low, high) = (point, point)
    low[index] -= 1e-5 * room
    high[index] += 1e-5 * room
    return (function(high) - function(low)) / (high[index] - low[index])
  }
}
