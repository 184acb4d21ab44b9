import PPLExecution
import PPLGraphIR
import PPLModelCompiler
import PPLRewrites
import PPLTensorCore
import Synchronization

#if Native
  import PPLNativeExecution
#endif

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

/// The graphs of a model, each made ready to run when it is first asked for.
final class ExecutableGraphs: Sendable {
  /// What was asked for.
  let choice: ExecutorChoice
  private let state = Mutex(State())

  private struct State {
    var gradient: ExecutableGraph?
    var density: ExecutableGraph?
    var draw: ExecutableGraph?
    var adaptive: AdaptiveGraphs?
    var seconds = 0.0
  }

  /// Graphs for an executor.
  init(_ choice: ExecutorChoice) { self.choice = choice }

  /// Time that making code has taken so far, in seconds.
  var seconds: Double { state.withLock { $0.seconds } }

  /// The log density with its gradient.
  func gradient(_ model: CompiledModel) -> ExecutableGraph {
    state.withLock { state in
      if let known = state.gradient { return known }
      let made = Self.timed(&state.seconds) { ExecutableGraph(model.gradient, choice) }
      state.gradient = made
      return made
    }
  }

  /// The log density alone.
  func density(_ model: CompiledModel) -> ExecutableGraph {
    state.withLock { state in
      if let known = state.density { return known }
      let made = Self.timed(&state.seconds) { ExecutableGraph(model.density, choice) }
      state.density = made
      return made
    }
  }

  /// The recorded quantities.
  ///
  /// They are wanted once a draw, not once a step, so that code pays for large ones only.
  func draw(_ model: CompiledModel) -> ExecutableGraph {
    state.withLock { state in
      if let known = state.draw { return known }
      let isLarge = model.draw.work > Self.largeDraw
      let made = Self.timed(&state.seconds) {
        ExecutableGraph(model.draw, isLarge ? choice : .reference)
      }
      state.draw = made
      return made
    }
  }

  /// The graphs for a sampler that chooses coordinates; nil if there is nothing to choose.
  func adaptive(_ model: CompiledModel, _ bound: BoundModel) throws(LoweringError)
    -> AdaptiveGraphs?
  {
    guard model.hasCoordinatesToChoose else { return nil }
    return try state.withLock { state throws(LoweringError) in
      if let known = state.adaptive { return known }
      let clock = ContinuousClock()
      let start = clock.now
      defer { state.seconds += (clock.now - start) / .seconds(1) }
      guard let adaptive = try ModelCompiler.adaptive(bound, like: model) else { return nil }
      let isLarge = adaptive.draw.work > Self.largeDraw
      let made = AdaptiveGraphs(
        model: adaptive,
        gradient: ExecutableGraph(adaptive.gradient, choice),
        draw: ExecutableGraph(adaptive.draw, isLarge ? choice : .reference)
      )
      state.adaptive = made
      return made
    }
  }

  /// Work of a draw's graph from which machine code is faster over some thousand draws (measured).
  private static let largeDraw = 4000.0

  private static func timed<T>(_ seconds: inout Double, _ body: () -> T) -> T {
    let clock = ContinuousClock()
    let start = clock.now
    defer { seconds += (clock.now - start) / .seconds(1) }
    return body()
  }
}
