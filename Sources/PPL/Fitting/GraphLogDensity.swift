import PPLExecution
import PPLGraphIR
import PPLInference
import PPLModelCompiler
import PPLTensorCore
import PPLTypeSystem

/// A model's graphs as the samplers see them.
struct GraphLogDensity: LogDensity {
  let dimension: Int
  /// q, then the weights of the elements whose coordinates can be chosen → log density, then its gradient, if that is
  /// wanted.
  let graph: ExecutableGraph
  let centeredElements: [Range<Int>]
  let centeredStatements: [Range<Int>]
  /// The parts of q, for an engine that moves them each by itself; else all of it.
  let blocks: [DensityBlock]
  /// q, weights, other weights → the coordinates with those.
  private let recentering: ExecutableGraph?
  /// q → log density alone, where it is asked for as often as the gradient.
  private var value: ExecutableGraph?
  var screening: (any LogDensity)?
  private var hasGradient: Bool { graph.graph.outputCount > 1 || dimension == 0 }

  /// The density of a model as an engine needs it: in coordinates that can be chosen, or as it is written, with gradient
  /// or without.
  init(
    _ compiled: CompiledModel,
    _ graphs: ExecutableGraphs,
    _ adaptive: AdaptiveGraphs?,
    for plan: ChainPlan
  ) {
    if plan.signature.movesBlocks {
      self.init(blocksOf: compiled, graphs)
    } else if plan.signature.needs < .gradient {
      self.init(compiled.dimension, graphs.density(compiled))
    } else if let adaptive {
      self.init(compiled, adaptive)
    } else {
      self.init(compiled, graphs)
    }
  }

  /// The density of a model as it is written.
  init(_ compiled: CompiledModel, _ graphs: ExecutableGraphs) {
    dimension = compiled.dimension
    graph = graphs.gradient(compiled)
    centeredElements = []
    centeredStatements = []
    recentering = nil
    blocks = Self.whole(dimension)
  }

  /// The density that a graph computes with its gradient, or alone.
  init(_ dimension: Int, _ graph: ExecutableGraph) {
    self.dimension = dimension
    self.graph = graph
    centeredElements = []
    centeredStatements = []
    recentering = nil
    blocks = Self.whole(dimension)
  }

  /// The density of a model whose coordinates can be chosen.
  init(_ compiled: CompiledModel, _ graphs: AdaptiveGraphs) {
    dimension = compiled.dimension
    graph = graphs.gradient
    centeredElements = graphs.model.elements
    centeredStatements = graphs.model.statements.map(\.elements)
    recentering = ExecutableGraph(graphs.model.recentering, .reference)
    blocks = Self.whole(dimension)
  }

  /// The density of a model whose parts are moved each by itself.
  init(blocksOf compiled: CompiledModel, _ graphs: ExecutableGraphs) {
    dimension = compiled.dimension
    graph = graphs.gradient(compiled)
    value = graphs.density(compiled)
    centeredElements = []
    centeredStatements = []
    recentering = nil
    blocks = Self.blocks(of: compiled)
  }

  /// The parts of the position of a model.
  static func blocks(of compiled: CompiledModel) -> [DensityBlock] {
    compiled.blocks.map { block in
      let kind: DensityBlock.Kind =
        if let ends = block.integers {
          .integers(lower: ends.lower, upper: ends.upper)
        } else if block.isOpaque { .opaque } else { .smooth }
      return DensityBlock(
        name: block.name,
        range: block.offset..<(block.offset + block.count),
        kind: kind
      )
    }
  }

  private static func whole(_ dimension: Int) -> [DensityBlock] {
    [DensityBlock(name: "", range: 0..<dimension, kind: .smooth)]
  }

  func makeEvaluator() -> any LogDensityEvaluator {
    if let value {
      return BlockEvaluator(
        gradient: GraphEvaluator(graph.makeExecutor(), dimension: dimension),
        density: DensityEvaluator(value.makeExecutor())
      )
    }
    guard let recentering else {
      guard hasGradient else { return DensityEvaluator(graph.makeExecutor()) }
      return GraphEvaluator(graph.makeExecutor(), dimension: dimension)
    }
    return AdaptiveEvaluator(
      graph.makeExecutor(),
      recentering: recentering.makeExecutor(),
      dimension: dimension,
      elementCount: centeredElements.count
    )
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

/// Runs the graph of a density without gradient for one chain.
@safe final class DensityEvaluator: LogDensityEvaluator {
  private let executor: any Executor
  private let output: UnsafeMutableBufferPointer<Double>
  private let key = RandomKey(seed: 0)

  init(_ executor: any Executor) {
    self.executor = executor
    unsafe output = .allocate(capacity: 1)
    unsafe output.initialize(repeating: 0)
  }

  deinit {
    unsafe output.deallocate()
  }

  func logDensity(at position: Span<Double>) throws(EvaluationError) -> Double {
    unsafe position.withUnsafeBufferPointer { inputs in
      unsafe executor.run(inputs: inputs, outputs: output, key: key)
    }
    return unsafe output[0]
  }

  /// The density, with a gradient that is not known: NaN.
  func evaluate(
    at position: Span<Double>,
    gradient: inout MutableSpan<Double>
  ) throws(EvaluationError) -> Double {
    for index in gradient.indices { gradient[index] = .nan }
    return try logDensity(at: position)
  }
}

/// Runs the gradient graph for one chain where a gradient is wanted, and that of the density alone elsewhere.
final class BlockEvaluator: LogDensityEvaluator {
  private let gradient: GraphEvaluator
  private let density: DensityEvaluator

  init(gradient: GraphEvaluator, density: DensityEvaluator) {
    self.gradient = gradient
    self.density = density
  }

  func evaluate(
    at position: Span<Double>,
    gradient: inout MutableSpan<Double>
  ) throws(EvaluationError) -> Double {
    try self.gradient.evaluate(at: position, gradient: &gradient)
  }

  func logDensity(at position: Span<Double>) throws(EvaluationError) -> Double {
    try density.logDensity(at: position)
  }
}

/// Runs the gradient graph for one chain in the coordinates that it has chosen.
@safe final class AdaptiveEvaluator: LogDensityEvaluator {
  private let executor: any Executor
  private let recentering: any Executor
  /// A position, then the weights.
  private let inputs: UnsafeMutableBufferPointer<Double>
  private let outputs: UnsafeMutableBufferPointer<Double>
  private let dimension: Int
  private var centering: Centering
  private let key = RandomKey(seed: 0)

  /// All elements are centred at first.
  init(
    _ executor: any Executor,
    recentering: any Executor,
    dimension: Int,
    elementCount: Int
  ) {
    self.executor = executor
    self.recentering = recentering
    self.dimension = dimension
    centering = Centering(weights: [Double](repeating: 1, count: elementCount))
    unsafe inputs = .allocate(capacity: dimension + elementCount)
    unsafe inputs.initialize(repeating: 1)
    unsafe outputs = .allocate(capacity: dimension + 1)
    unsafe outputs.initialize(repeating: 0)
  }

  deinit {
    unsafe inputs.deallocate()
    unsafe outputs.deallocate()
  }

  func evaluate(
    at position: Span<Double>,
    gradient: inout MutableSpan<Double>
  ) throws(EvaluationError) -> Double {
    for index in 0..<dimension { unsafe inputs[index] = position[index] }
    unsafe executor.run(inputs: UnsafeBufferPointer(inputs), outputs: outputs, key: key)
    for index in 0..<dimension { unsafe gradient[index] = outputs[index + 1] }
    return unsafe outputs[0]
  }

  func adopt(_ centering: Centering) {
    self.centering = centering
    for (index, weight) in centering.weights.enumerated() {
      unsafe inputs[dimension + index] = weight
    }
  }

  func position(_ position: [Double], in other: Centering) -> [Double] {
    recentering.run(
      inputs: position + centering.weights + other.weights,
      outputCount: dimension
    )
  }
}
