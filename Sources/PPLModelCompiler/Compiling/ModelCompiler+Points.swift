package import PPLGraphIR
package import PPLSemantics
package import PPLSourceText
import PPLSyntax
package import PPLTensorCore
import PPLTypeSystem

// A model at a point: what each statement adds, and the coordinates of values.

extension ModelCompiler {
  /// A statement's share of the log density, for the table of a failed start.
  package struct StatementTerm: Sendable {
    /// The values that the statement contributes.
    package var elements: ElementNames
    package var span: SourceSpan
  }

  /// q → for each statement its total and then its elements.
  ///
  /// Discrete latents that are `held` are coordinates, too.
  package static func statementTerms(_ bound: BoundModel, held: Set<VariableID> = [])
    throws(LoweringError) -> (terms: [StatementTerm], graph: Graph)
  {
    let lowering = ModelLowering(bound, held: held)
    try lowering.run()
    let outputs = lowering.terms.flatMap { [$0.total, $0.elements] }
    let terms = lowering.terms.map {
      StatementTerm(elements: $0.names, span: $0.span)
    }
    return (terms, lowering.builder.build(outputs: outputs))
  }

  /// The unconstrained position of constrained values.
  ///
  /// `values` hold for every sampled quantity, and every discrete latent that is a coordinate, its value as it is recorded,
  /// axes as in its type.
  /// - Returns: the position, and the values that lie outside of their supports, at most one of each
  ///   statement; the position means nothing then.
  package static func unconstrain(
    _ values: [VariableID: Tensor],
    _ bound: BoundModel,
    like compiled: CompiledModel
  ) throws(LoweringError) -> (position: [Double], violations: [SupportViolation]) {
    var values = values
    for id in compiled.held {
      guard let recorded = values[id],
        case .index(let dimension) = bound.model.variables[id.index].type.element
      else { continue }
      let builder = GraphBuilder()
      values[id] = positions(builder.constant(recorded), bound[dimension], builder).constantValue
    }
    let lowering = ModelLowering(bound, constrained: values, held: compiled.held)
    try lowering.defineQuantities()
    let position = compiled.blocks.flatMap { block in
      if block.integers != nil { return values[block.variable]?.values ?? [] }
      let own = lowering.blocks.first { $0.equation == block.equation }
      return own?.input.constantValue?.values ?? []
    }
    return (position, lowering.violations)
  }
}
