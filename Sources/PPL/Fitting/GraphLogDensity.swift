import PPLExecution
import PPLInference
import PPLTensorCore

/// A model's gradient graph as the samplers see it.
struct GraphLogDensity: LogDensity {
  let dimension: Int
  /// q → log density, then its gradient.
  let graph: ExecutableGraph

  func makeEvaluator() -> any LogDensityEvaluator {
    GraphEvaluator(graph.makeExecutor(), dimension: dimension)
  }
}

/// Runs the gradient graph for one chain.
@safe final class GraphEvaluator: LogDensityEvaluator {
  private let executor: any Executor
  private let outputs: UnsafeMutableBufferPointer<Double>
  private let dimension: Int
  private let key = RandomKey(seed: 0)

  init(_ executor: any Executor, dimension: Int) {
    self.executor = executor
    self.dimension = dimension
    unsafe outputs = .allocate(capacity: dimension + 1)
    unsafe outputs.initialize(repeating: 0)
  }

  deinit {
    unsafe outputs.deallocate()
  }

  func evaluate(
    at position: Span<Double>,
    gradient: inout MutableSpan<Double>
  ) throws(EvaluationError) -> Double {
    unsafe position.withUnsafeBufferPointer { inputs in
      unsafe executor.run(inputs: inputs, outputs: outputs, key: key)
    }
    for index in 0..<dimension { unsafe gradient[index] = outputs[index + 1] }
    return unsafe outputs[0]
  }
}
