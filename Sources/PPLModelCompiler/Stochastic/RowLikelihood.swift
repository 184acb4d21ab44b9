package import PPLGraphIR
package import PPLRewrites
import PPLSemantics
package import PPLSourceText
import PPLSyntax
import PPLTensorCore
package import PPLTypeSystem

/// How probable the parameters of a fit by steps make single rows of data.
package struct RowLikelihood: Sendable {
  /// Positions of some rows, the rows of `streams`, then the parameters → the log likelihood of each of these rows.
  ///
  /// Nets behave as they do in predictions, and priors do not count.
  package var graph: Graph
  /// Data whose rows are read from files.
  package var streams: [RowStream]
  /// The parameters that it wants, in their order.
  package var parameters: [StochasticParameter]
}

extension ModelCompiler {
  /// Compiles the log likelihood of single rows.
  ///
  /// - Parameters:
  ///   - bound: the model with the data of these rows.
  ///   - dimension: whose indices are the rows.
  ///   - count: rows of an evaluation.
  ///   - span: what asks for it.
  ///   - rewrites: which rewrites of the graph are applied.
  ///   - elementBudget: elements that the graph may hold.
  /// - Returns: the graph.
  /// - Throws: where rows have latents of their own, or nothing is observed of them, and all that `compileStochastic` throws.
  package static func compileRowLikelihood(
    _ bound: BoundModel,
    of dimension: DimensionID,
    count: Int,
    at span: SourceSpan,
    rewrites: RewriteSelection = .all,
    elementBudget: Int = ModelCompiler.elementBudget
  ) throws(LoweringError) -> RowLikelihood {
    let stochastic = try StochasticLowering(
      bound,
      rows: [dimension: count],
      isVariational: false,
      guide: nil,
      elementBudget: elementBudget
    )
    let lowering = ModelLowering(bound, stochastic: stochastic, elementBudget: elementBudget)
    try lowering.run()
    let name = bound[dimension].name
    for parameter in stochastic.parameters {
      let variable = bound.model.variables[parameter.variable.index]
      guard variable.type.axes.contains(where: { $0.dimension == dimension }) else { continue }
      throw LoweringError(
        Diagnostic(
          code: "E0621",
          message: "rows of `\(name)` that are held out say nothing of a fit",
          primary: .init(span),
          secondary: [
            .init(variable.name.span, "has an element for each row, of which these have none")
          ],
          help: "leave out `validation`, or let the rows share what is fitted"
        )
      )
    }
    var sum: GraphValue?
    for term in lowering.terms where term.isLikelihood {
      guard let axis = term.axes.firstIndex(where: { $0.dimension == dimension }) else { continue }
      let others = (0..<term.elements.shape.rank).filter { $0 != axis }
      let rows = term.elements.sum(axes: others).reshape([count])
      sum = sum.map { $0 + rows } ?? rows
    }
    guard let sum else {
      throw LoweringError(
        "E0621",
        "nothing is observed of the rows of `\(name)`",
        at: span,
        help: "hold out rows of a dimension over which data have a statement"
      )
    }
    return withExtendedLifetime(lowering) {
      RowLikelihood(
        graph: Rewriter.rewrite(
          stochastic.builder.build(outputs: [sum]),
          selection: rewrites,
          elementBudget: elementBudget
        ).graph,
        streams: stochastic.batch.streams,
        parameters: stochastic.parameters
      )
    }
  }
}
