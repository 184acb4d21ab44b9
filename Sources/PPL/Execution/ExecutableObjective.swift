import PPLExecution
import PPLGraphIR
import PPLTensorCore
import PPLTraining

#if Native
  import PPLNativeExecution
#endif

/// A graph in single precision as a fit by steps sees it.
@safe
final class ExecutableObjective: StochasticObjective {
  private let executor: any SingleExecutor
  let hasGradient: Bool

  /// Compiles the graph if machine code is chosen and can be made.
  init(_ graph: Graph, _ choice: ExecutorChoice) {
    hasGradient = graph.outputCount > 1
    #if Native
      if choice == .native, let program = try? NativeProgram(graph, isSingle: true) {
        executor = SingleNativeExecutor(program)
        return
      }
    #endif
    executor = ConvertingExecutor(
      ReferenceExecutor(graph),
      inputCount: graph.inputCount,
      outputCount: graph.outputCount
    )
  }

  func evaluate(
    inputs: UnsafeBufferPointer<Float>,
    outputs: UnsafeMutableBufferPointer<Float>,
    key: RandomKey
  ) {
    unsafe executor.run(inputs: inputs, outputs: outputs, key: key)
  }
}
