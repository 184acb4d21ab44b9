import PPLExecution
import PPLGraphIR
import PPLLikelihoodFree
import PPLModelCompiler
import PPLSemantics
import PPLTensorCore

/// A program as engines see it that compare simulations with its data.
struct SimulatedProgram: SimulatedModel {
  let prior: PriorModel
  let observed: [Double]
  private let density: ExecutableGraph
  private let draw: ExecutableGraph
  private let coordinates: ExecutableGraph
  /// Draws the latents from their statements.
  private let latents: Simulator
  /// Draws the data, given the sampled latents, and computes their statistics.
  private let data: Simulator

  var dimension: Int { prior.dimension }

  /// A program with its data.
  ///
  /// - Parameters:
  ///   - model: the program with its data.
  ///   - statistics: what is computed of the data.
  /// - Throws: what of the program cannot be drawn forward.
  init(_ model: Model, statistics: [CheckedExpression]) throws(SamplingFailure) {
    let bound = model.bound
    do throws(LoweringError) {
      prior = try ModelCompiler.compilePrior(bound)
      var simulation = Simulation()
      for (index, _) in bound.model.variables.enumerated()
      where bound.model.isObserved(VariableID(index)) {
        simulation.replicated.insert(VariableID(index))
      }
      for quantity in prior.sampled {
        let rank = bound.model.variables[quantity.variable.index].plateRank
        let sizes = Array((quantity.existing?.shape.sizes ?? quantity.shape).prefix(rank))
        simulation.given[quantity.variable] = Simulation.Given(
          .draws(quantity, labels: nil),
          places: Array(0..<sizes.reduce(1, *)),
          plateSizes: sizes
        )
      }
      data = Simulator(
        try ModelCompiler.compile(simulation, of: bound, expressions: statistics),
        model.executor
      )
      // The same of the data themselves, which nothing is drawn for.
      let known = try ModelCompiler.compile(Simulation(), of: bound, expressions: statistics)
      observed = ExecutableGraph(known.graph, .reference).makeExecutor().run(
        inputs: [],
        outputCount: known.graph.outputCount
      )
    } catch {
      throw .program(error.diagnostic)
    }
    guard !observed.isEmpty, observed.allSatisfy(\.isFinite) else {
      throw .run(message: "the summary of the data is not finite")
    }
    latents = try model.priorSimulator(replicates: [])
    density = ExecutableGraph(prior.density, .reference)
    draw = ExecutableGraph(prior.draw, .reference)
    coordinates = ExecutableGraph(prior.coordinates, .reference)
  }

  func makeEvaluator() -> any SimulatedModelEvaluator {
    ProgramEvaluator(
      prior: prior,
      density: density.makeExecutor(),
      draw: draw.makeExecutor(),
      coordinates: coordinates.makeExecutor(),
      latents: (latents, latents.makeExecutor()),
      data: (data, data.makeExecutor())
    )
  }

  /// Something that gives the values of all recorded quantities at positions.
  func makeRecorder() -> any Executor { draw.makeExecutor() }
}

private final class ProgramEvaluator: SimulatedModelEvaluator {
  private let prior: PriorModel
  private let density: any Executor
  private let draw: any Executor
  private let coordinates: any Executor
  private let latents: (simulator: Simulator, executor: any Executor)
  private let data: (simulator: Simulator, executor: any Executor)
  /// Where the sampled quantities lie in a draw of the latents, and among those recorded at a position.
  private let drawn: [Range<Int>]
  private let recorded: [Range<Int>]

  init(
    prior: PriorModel,
    density: any Executor,
    draw: any Executor,
    coordinates: any Executor,
    latents: (simulator: Simulator, executor: any Executor),
    data: (simulator: Simulator, executor: any Executor)
  ) {
    self.prior = prior
    self.density = density
    self.draw = draw
    self.coordinates = coordinates
    self.latents = latents
    self.data = data
    func places(_ wanted: [VariableID], _ quantities: [RecordedQuantity]) -> [Range<Int>] {
      var ranges: [VariableID: Range<Int>] = [:]
      var start = 0
      for quantity in quantities {
        let count = quantity.existing?.positions.count ?? quantity.count
        ranges[quantity.variable] = start..<start + count
        start += count
      }
      return wanted.map { ranges[$0] ?? 0..<0 }
    }
    drawn = places(prior.sampled.map(\.variable), latents.simulator.simulation.recorded)
    recorded = places(data.simulator.simulation.inputs, prior.recorded)
  }

  func drawPrior(_ key: RandomKey) throws -> [Double] {
    let row = try latents.simulator.draw(latents.executor, inputs: [], key: key)
    return coordinates.run(inputs: drawn.flatMap { row[$0] }, outputCount: prior.dimension)
  }

  func logPrior(at position: [Double]) -> Double {
    let value = density.run(inputs: position, outputCount: 1)[0]
    return value.isNaN ? -.infinity : value
  }

  func simulate(at position: [Double], _ key: RandomKey) throws -> [Double] {
    let count = prior.draw.outputCount
    let row = draw.run(inputs: position, outputCount: count, key: key.derived(1))
    return try data.simulator.draw(
      data.executor,
      inputs: recorded.flatMap { row[$0] },
      key: key.derived(2)
    )
  }
}
