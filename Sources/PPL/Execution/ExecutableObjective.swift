import PPLExecution
import PPLGraphIR
import PPLModelCompiler
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
  /// What is read from files for each step; nil for nothing.
  private let streamed: StreamedInputs?
  /// Elements of the inputs for the rows' positions.
  private let positionCount: Int

  /// Compiles the graph if machine code is chosen and can be made.
  ///
  /// - Parameters:
  ///   - graph: from the positions of `positionCount` rows, then the rows of `streams`, then the parameters.
  ///   - choice: what runs it.
  ///   - streams: data whose rows are read from files.
  ///   - positionCount: the number of positions.
  init(_ graph: Graph, _ choice: ExecutorChoice, _ streams: [RowStream], positionCount: Int) {
    hasGradient = graph.outputCount > 1
    streamed = streams.isEmpty ? nil : StreamedInputs(streams, inputCount: graph.inputCount)
    self.positionCount = positionCount
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
    guard let streamed else {
      return unsafe executor.run(inputs: inputs, outputs: outputs, key: key)
    }
    let filled = unsafe streamed.filled(inputs, positions: positionCount)
    unsafe executor.run(inputs: filled, outputs: outputs, key: key)
  }

  /// The inputs of the graph for positions and parameters.
  func graphInputs(_ inputs: [Float]) -> [Float] {
    guard let streamed else { return inputs }
    return unsafe inputs.withUnsafeBufferPointer {
      unsafe Array(streamed.filled($0, positions: positionCount))
    }
  }

  /// Why rows could not be read, so that its values are not numbers.
  var failure: RowSourceError? { streamed?.failure }
}
