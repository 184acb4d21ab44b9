import PPLExecution
import PPLGraphIR
import PPLModelCompiler
import PPLTensorCore
import PPLTraining

#if Native
  import PPLNativeExecution
#endif

/// A graph in single precision and what runs it: machine code where it was asked for and can be made, else the reference kernels.
struct SingleGraph: Sendable {
  let graph: Graph
  #if Native
    private let program: NativeProgram?
  #endif

  /// Compiles the graph if machine code is chosen.
  init(_ graph: Graph, _ choice: ExecutorChoice) {
    self.graph = graph
    #if Native
      program = choice == .native ? try? NativeProgram(graph, isSingle: true) : nil
    #endif
  }

  /// An executor with its own work memory, for one thread.
  func makeExecutor() -> any SingleExecutor {
    #if Native
      if let program { return SingleNativeExecutor(program) }
    #endif
    return ConvertingExecutor(
      ReferenceExecutor(graph),
      inputCount: graph.inputCount,
      outputCount: graph.outputCount
    )
  }
}

/// A graph in single precision as a fit by steps sees it.
@safe
final class ExecutableObjective: StochasticObjective {
  private let executor: any SingleExecutor
  /// Elements of the inputs for the rows' positions.
  let positionCount: Int
  /// Elements of the parameters.
  let parameterCount: Int
  let outputCount: Int
  var hasGradient: Bool { outputCount > 1 }
  /// What is read from files for each step; nil for nothing.
  private let streamed: StreamedInputs?

  /// An objective with its own work memory.
  ///
  /// - Parameters:
  ///   - single: a graph from the positions of `positionCount` rows, then the rows of `streams`, then the parameters.
  ///   - streams: data whose rows are read from files.
  ///   - positionCount: the number of positions.
  init(_ single: SingleGraph, _ streams: [RowStream], positionCount: Int) {
    executor = single.makeExecutor()
    let inputCount = single.graph.inputCount
    streamed = streams.isEmpty ? nil : StreamedInputs(streams, inputCount: inputCount)
    self.positionCount = positionCount
    parameterCount = inputCount - positionCount - (streamed?.dataCount ?? 0)
    outputCount = single.graph.outputCount
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
