import PPLExecution
import PPLGraphIR
import PPLLikelihoodFree
import PPLModelCompiler
import PPLSemantics
import PPLTensorCore

/// A program as engines see it that compare simulations with its data.
struct SimulatedProgram: SimulatedModel {
  let observed: [Double]
  private let program: PriorProgram
  /// The values of all recorded quantities at positions.
  let draw: ExecutableGraph
  /// Draws the data, given the sampled latents, and computes their statistics.
  private let data: Simulator

  var prior: PriorModel { program.model }

  var dimension: Int { prior.dimension }

  var priorDensity: Graph { prior.density }

  /// A program with its data.
  ///
  /// - Parameters:
  ///   - model: the program with its data.
  ///   - statistics: what is computed of the data.
  /// - Throws: what of the program cannot be drawn forward.
  init(_ model: Model, statistics: [CheckedExpression]) throws(SamplingFailure) {
    let bound = model.bound
    do throws(LoweringError) {
      let prior = try ModelCompiler.compilePrior(bound)
      program = try PriorProgram(model, prior)
      draw = ExecutableGraph(prior.draw, .reference)
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
  }

  func makeEvaluator() -> any SimulatedModelEvaluator {
    ProgramEvaluator(
      program: program,
      draw: draw.makeExecutor(),
      data: (data, data.makeExecutor())
    )
  }

  /// Something that gives the values of all recorded quantities at positions.
  func makeRecorder() -> any Executor { draw.makeExecutor() }
}

private final class ProgramEvaluator: SimulatedModelEvaluator {
  private let prior: PriorEvaluator
  private let draw: any Executor
  private let drawCount: Int
  private let data: (simulator: Simulator, executor: any Executor)
  /// Where the sampled quantities lie among those recorded at a position.
  private let recorded: [Range<Int>]

  init(
    program: PriorProgram,
    draw: any Executor,
    data: (simulator: Simulator, executor: any Executor)
  ) {
    prior = program.makeEvaluator()
    self.draw = draw
    self.data = data
    drawCount = program.model.draw.outputCount
    recorded = RecordedQuantity.places(
      of: data.simulator.simulation.inputs,
      in: program.model.recorded
    )
  }

  func drawPrior(_ key: RandomKey) throws -> [Double] { try prior.draw(key) }

  func logPrior(at position: [Double]) -> Double { prior.logDensity(at: position) }

  func simulate(at position: [Double], _ key: RandomKey) throws -> [Double] {
    let row = draw.run(inputs: position, outputCount: drawCount, key: key.derived(1))
    return try data.simulator.draw(
      data.executor,
      inputs: recorded.flatMap { row[$0] },
      key: key.derived(2)
    )
  }
}
