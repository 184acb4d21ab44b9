import PPLExecution
import PPLGraphIR

#if Native
  import PPLNativeExecution
#endif

/// Which executor runs graphs.
public enum ExecutorChoice: String, Sendable, Hashable, CaseIterable {
  /// Machine code for this machine, where LLVM is installed; the reference kernels elsewhere.
  case native
  /// The plain kernels that define every primitive.
  case reference
}

/// A graph and what runs it: machine code where it was asked for and can be made, else the reference kernels.
struct ExecutableGraph: Sendable {
  let graph: Graph
  #if Native
    private let program: NativeProgram?
  #endif

  /// Compiles the graph if machine code is chosen.
  init(_ graph: Graph, _ choice: ExecutorChoice) {
    self.graph = graph
    #if Native
      program = choice == .native ? try? NativeProgram(graph) : nil
    #endif
  }

  /// Whether machine code runs the graph.
  var isNative: Bool {
    #if Native
      program != nil
    #else
      false
    #endif
  }

  /// An executor with its own work memory, for one thread.
  func makeExecutor() -> any Executor {
    #if Native
      if let program { return NativeExecutor(program) }
    #endif
    return ReferenceExecutor(graph)
  }
}
