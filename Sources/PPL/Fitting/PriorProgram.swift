import PPLExecution
import PPLGraphIR
import PPLModelCompiler
import PPLSemantics
import PPLTensorCore

/// The prior of a program, to be drawn from and evaluated.
struct PriorProgram: Sendable {
  let model: PriorModel
  private let density: ExecutableGraph
  private let coordinates: ExecutableGraph
  /// Draws the latents from their statements.
  private let latents: Simulator

  init(_ program: Model, _ model: PriorModel) throws(LoweringError) {
    self.model = model
    do throws(SamplingFailure) { latents = try program.priorSimulator(replicates: []) } catch {
      if case .program(let diagnostic) = error { throw LoweringError(diagnostic) }
      preconditionFailure("a simulation that cannot be compiled is a fault of the program")
    }
    density = ExecutableGraph(model.density, .reference)
    coordinates = ExecutableGraph(model.coordinates, .reference)
  }

  func makeEvaluator() -> PriorEvaluator {
    PriorEvaluator(
      model: model,
      density: density.makeExecutor(),
      coordinates: coordinates.makeExecutor(),
      latents: (latents, latents.makeExecutor())
    )
  }
}

/// Draws from a prior and evaluates it, for one thread.
final class PriorEvaluator {
  private let model: PriorModel
  private let density: any Executor
  private let coordinates: any Executor
  private let latents: (simulator: Simulator, executor: any Executor)
  /// Where the sampled quantities lie in a draw of the latents.
  private let drawn: [Range<Int>]

  init(
    model: PriorModel,
    density: any Executor,
    coordinates: any Executor,
    latents: (simulator: Simulator, executor: any Executor)
  ) {
    self.model = model
    self.density = density
    self.coordinates = coordinates
    self.latents = latents
    drawn = RecordedQuantity.places(
      of: model.sampled.map(\.variable),
      in: latents.simulator.simulation.recorded
    )
  }

  /// A draw on the unconstrained scale.
  func draw(_ key: RandomKey) throws -> [Double] {
    let row = try latents.simulator.draw(latents.executor, inputs: [], key: key)
    return coordinates.run(inputs: drawn.flatMap { row[$0] }, outputCount: model.dimension)
  }

  /// Log density with the Jacobian; -inf where there is none.
  func logDensity(at position: [Double]) -> Double {
    let value = density.run(inputs: position, outputCount: 1)[0]
    return value.isNaN ? -.infinity : value
  }
}

extension RecordedQuantity {
  /// Where some quantities lie in a row of all that are recorded.
  static func places(of wanted: [VariableID], in quantities: [RecordedQuantity]) -> [Range<Int>] {
    var ranges: [VariableID: Range<Int>] = [:]
    var start = 0
    for quantity in quantities {
      let count = quantity.existing?.positions.count ?? quantity.count
      ranges[quantity.variable] = start..<start + count
      start += count
    }
    return wanted.map { ranges[$0] ?? 0..<0 }
  }
}
