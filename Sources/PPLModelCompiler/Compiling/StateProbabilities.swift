import PPLAutodiff
package import PPLGraphIR
package import PPLSemantics
import PPLSyntax
import PPLTensorCore
import PPLTypeSystem

/// The probabilities of the states of a discrete latent given all else.
///
/// With log weights u added to each state of each element, the log density L of what is left when all discrete
/// latents are summed out has ∂L / ∂u = the probability of the state given the continuous latents and the data.
package struct StateProbabilities: Sendable {
  /// q → probabilities, `[states, elements]`.
  package var graph: Graph
  /// The states in words.
  package var states: [String]
  /// The elements that are wanted, by position.
  package var elements: [Int]
  /// Their names.
  package var names: [String]
}

extension ModelCompiler {
  /// Compiles the probabilities of a latent's states; nil if it is not summed out, as those that are `held`.
  package static func stateProbabilities(
    of id: VariableID,
    _ bound: BoundModel,
    held: Set<VariableID> = []
  ) throws(LoweringError) -> StateProbabilities? {
    guard !held.contains(id) else { return nil }
    let lowering = ModelLowering(bound, held: held)
    lowering.weighted = id
    try lowering.run()
    guard let weights = lowering.weightInput,
      let latent = lowering.latents.first(where: { $0.variable == id }),
      let quantity = recordedQuantities(lowering).map(\.quantity).first(where: { $0.variable == id }
      )
    else { return nil }
    let builder = lowering.builder
    let density = lowering.terms.map(\.total).reduce(builder.constant(0), +)
    let positions = lowering.positionInputs
    let whole = builder.build(outputs: [density]).selectingInputs(positions + [weights.number])
    let gradient: Graph
    do {
      gradient = try PPLAutodiff.gradient(of: whole, withRespectTo: [positions.count])
    } catch {
      throw LoweringError(diagnostic(error))
    }
    // At weights of zero.
    let result = GraphBuilder()
    let inputs = gradient.inputs.dropLast().map { result.addInput(shape: $0) }
    let zero = result.constant(0).broadcast(to: weights.value.shape)
    let values = result.inline(gradient, inputs: inputs + [zero])
    return StateProbabilities(
      graph: result.build(outputs: [values[gradient.outputs[1].index]]),
      states: words(for: latent, bound),
      elements: quantity.existing?.positions ?? bound.missing[id]
        ?? Array(0..<latent.elementCount),
      names: quantity.elementNames
    )
  }

  private static func words(for latent: DiscreteLatent, _ bound: BoundModel) -> [String] {
    switch bound.model.variables[latent.variable.index].type.element {
    case .index(let dimension): latent.states.map { bound[dimension].name(at: Int($0)) }
    default: latent.states.map { shortNumber($0) }
    }
  }
}
