package import PPLGraphIR
import PPLSemantics
import PPLSourceText
import PPLSyntax
import PPLTensorCore
import PPLTypeSystem

/// A bound model without what it says of its data, for engines that compare simulations with the data instead.
package struct PriorModel: Sendable {
  /// q → log prior density with the Jacobian of the transforms.
  package var density: Graph
  /// q → the values of all recorded quantities.
  package var draw: Graph
  /// The values of the sampled quantities → q.
  package var coordinates: Graph
  /// What `coordinates` takes, in order.
  package var sampled: [RecordedQuantity]
  /// Number of unconstrained values, D.
  package var dimension: Int
  /// What `draw` gives.
  package var recorded: [RecordedQuantity]
  /// Names of the elements of q, where they are those of the quantities; else `name.1`, `name.2`, ….
  package var coordinateNames: [String]
}

extension ModelCompiler {
  /// Compiles the prior of a model.
  ///
  /// - Throws: what of the model is no prior that can be drawn from: factors, and missing cells.
  package static func compilePrior(
    _ bound: BoundModel,
    elementBudget: Int = ModelCompiler.elementBudget
  ) throws(LoweringError) -> PriorModel {
    if let factor = bound.model.factors.first {
      throw LoweringError(
        "E1006",
        "the factor `\(factor.name.text)` is no part of a prior that can be drawn from",
        at: factor.name.span,
        help: "a factor cannot be drawn from: say the same by statements, or by the simulator"
      )
    }
    for (id, _) in bound.missing where bound.model.isObserved(id) {
      let variable = bound.model.variables[id.index]
      throw LoweringError(
        "E0901",
        "`\(variable.name.text)` has missing cells, and simulations cannot be compared with those by"
          + " this version",
        at: variable.name.span,
        help: "leave the missing rows out of the data"
      )
    }
    try refuseSimulatedLatents(bound.model)
    let lowering = ModelLowering(bound, elementBudget: elementBudget)
    lowering.omitsLikelihood = true
    try lowering.run()
    let builder = lowering.builder
    let density = lowering.terms.map(\.total).reduce(builder.constant(0), +)
    let withJacobian = lowering.jacobian.reduce(density, +)
    let quantities = recordedQuantities(lowering)
    let sampled = quantities.map(\.quantity).filter { $0.role == .sampled }
    var names: [String] = []
    for block in lowering.blocks {
      let name = bound.model.variables[block.variable.index].name.text
      let count = block.input.shape.count
      let own = sampled.first { $0.variable == block.variable }
      if let own, own.count == count {
        names += own.elementNames
      } else {
        names += (0..<count).map { "\(name).\($0 + 1)" }
      }
    }
    return PriorModel(
      density: builder.build(outputs: [withJacobian]),
      draw: builder.build(outputs: quantities.map(\.node)),
      coordinates: try coordinates(of: sampled, bound, elementBudget),
      sampled: sampled,
      dimension: names.count,
      recorded: quantities.map(\.quantity),
      coordinateNames: names
    )
  }

  /// Refuses latents of a simulator that data depend on: draws of them given the data cannot be had by comparing.
  private static func refuseSimulatedLatents(_ model: CheckedModel) throws(LoweringError) {
    for equation in model.equations {
      guard case .distribution(let distribution) = equation.body,
        case .modeled(.sampled) = model.variables[equation.target.index].role,
        let simulator = distribution.simulators.first
      else { continue }
      let name = model.variables[equation.target.index].name.text
      throw LoweringError(
        "E1007",
        "`\(name)` is drawn by the simulator `\(simulator.name)`, and data depend on it",
        at: distribution.span,
        "its density is not known",
        help: "let a simulator give the data themselves: `y ~ \(simulator.name)(…)`"
      )
    }
  }

  /// The graph from values of sampled quantities to unconstrained ones.
  private static func coordinates(
    of sampled: [RecordedQuantity],
    _ bound: BoundModel,
    _ elementBudget: Int
  ) throws(LoweringError) -> Graph {
    let lowering = ModelLowering(bound, elementBudget: elementBudget)
    for quantity in sampled {
      let input = lowering.builder.addInput(shape: Shape(quantity.shape))
      lowering.drawnLatents[quantity.variable] = quantity.whole(input)
    }
    try lowering.defineQuantities()
    let outputs = lowering.blocks.map { $0.input.reshape([$0.input.shape.count]) }
    return withExtendedLifetime(lowering) { lowering.builder.build(outputs: outputs) }
  }
}
