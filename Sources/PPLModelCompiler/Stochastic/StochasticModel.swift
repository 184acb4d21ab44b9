import PPLAutodiff
package import PPLGraphIR
package import PPLRewrites
package import PPLSemantics
package import PPLSourceText
import PPLSyntax
import PPLTensorCore
package import PPLTypeSystem

/// A bound model as graphs over parameters that a fit moves step by step.
///
/// The inputs of the graphs are the positions of the rows of a step, in the order of `rows`, then the rows of `streams`, then the parameters.
package struct StochasticModel: Sendable {
  /// A dimension of which each step sees some rows.
  package struct Rows: Sendable, Hashable {
    package var dimension: DimensionID
    /// Rows of a step.
    package var count: Int
    /// All rows that steps take.
    package var total: Int
  }

  /// Inputs → the objective, which is to be great, then its gradient by each parameter; for averages over steps (`running`) what
  /// they are after this one.
  ///
  /// The objective is the evidence lower bound, or the log density at a mode's parameters, as the rows of the step stand for all.
  /// It has random nodes where latents are approximated.
  package var gradient: Graph
  /// Inputs → the objective alone.
  package var objective: Graph
  /// Inputs → the recorded quantities, drawn from the approximation.
  package var draw: Graph
  /// Inputs → log p − log q at a draw of the approximation, the same that `draw` records under the same key.
  package var logRatio: Graph
  /// Inputs → the values of what has no prior.
  package var fitted: Graph
  /// Inputs → each statement's share of the objective's log density, to find what is not finite.
  package var terms: Graph
  package var termSpans: [SourceSpan]
  package var rows: [Rows]
  /// Data whose rows are read from files in each step.
  package var streams: [RowStream]
  package var parameters: [StochasticParameter]
  package var recorded: [RecordedQuantity]
  /// Quantities over batched dimensions, which are not recorded.
  package var unrecorded: [VariableID]
  package var fittedQuantities: [RecordedQuantity]
  /// Discrete latents that are not summed out, in the order of the program's quantities.
  package var approximations: [DiscreteApproximation]
  /// How the other ones are.
  package var eliminations: [String]
  /// Observed elements of the whole model.
  package var observationCount: Int

  /// Elements of the inputs before the parameters: the rows' positions, and what is read of them.
  package var rowInputCount: Int {
    streams.reduce(rows.reduce(0) { $0 + $1.count }) { $0 + $1.positions.count * $1.width }
  }
  package var parameterCount: Int { parameters.reduce(0) { $0 + $1.shape.count } }
  /// Whether nets behave otherwise while they are trained, or data are changed, so that `gradient` has another objective
  /// than `objective`.
  package var isTrainedOtherwise: Bool
}

/// A discrete latent that a fit by steps approximates, with the score function's gradient.
package struct DiscreteApproximation: Sendable {
  package var variable: VariableID
  /// What stands for its elements; nil where a guide says it.
  package var family: String?
  /// Why it is not summed out; nil where it is because a guide says something of it.
  package var refusal: EliminationRefusal?
  /// Draws of all latents in an evaluation, each of which the others give a control variate.
  package static let drawCount = 2
}

extension ModelCompiler {
  /// Compiles a model for a fit by steps.
  ///
  /// Discrete latents are summed out; under a variational fit those are approximated that cannot be, or of which the guide says
  /// something: `DiscreteScore`.
  ///
  /// - Parameters:
  ///   - bound: the model with its data.
  ///   - rows: rows of a step by dimension.
  ///   - totals: rows that steps take, of dimensions of which some rows are held out.
  ///   - isVariational: whether latents are approximated by distributions, else by values.
  ///   - guide: what approximates some of the latents.
  ///   - frozen: what the fit leaves as it begins.
  ///   - augmentations: what happens to data in the gradient's graph.
  ///   - readsRows: whether data that stay in files are read row by row, else they are held.
  ///   - rewrites: which rewrites of the objective's graph are applied.
  ///   - elementBudget: elements that each graph may hold.
  /// - Returns: the graphs.
  /// - Throws: statements that need more rows than their own, and all that `compile` throws.
  package static func compileStochastic(
    _ bound: BoundModel,
    rows: [DimensionID: Int],
    totals: [DimensionID: Int] = [:],
    isVariational: Bool,
    guide: CheckedGuide? = nil,
    frozen: Set<VariableID> = [],
    augmentations: [DataAugmentation] = [],
    readsRows: Bool = true,
    rewrites: RewriteSelection = .all,
    elementBudget: Int = ModelCompiler.elementBudget
  ) throws(LoweringError) -> StochasticModel {
    func lower(isTraining: Bool, _ approximated: Set<VariableID>) throws(LoweringError)
      -> StochasticDraws
    {
      let first = try StochasticLowering(
        bound,
        rows: rows,
        totals: totals,
        isVariational: isVariational,
        guide: guide,
        augmentations: isTraining ? augmentations : [],
        readsRows: readsRows,
        approximated: approximated,
        elementBudget: elementBudget
      )
      return try StochasticDraws(bound, first, training: isTraining ? frozen : nil)
    }
    var refusals: [VariableID: EliminationRefusal] = [:]
    let draws = try approximating(guide, bound, &refusals, isAllowed: isVariational) {
      (approximated) throws(LoweringError) in
      try lower(isTraining: false, approximated)
    }
    let (lowering, stochastic) = (draws.lowerings[0], draws.stochastic)
    let builder = stochastic.builder
    let objective = draws.objective
    let ordered = rows.sorted { $0.key.index < $1.key.index }.map {
      StochasticModel.Rows(
        dimension: $0.key,
        count: $0.value,
        total: totals[$0.key] ?? bound[$0.key].count
      )
    }
    // Nets that behave otherwise while they are trained have a gradient of their own, and so do data that are changed.
    var trained = builder.build(outputs: [draws.differentiable])
    let isTrainedOtherwise =
      bound.model.layers.contains(where: \.layer.hasModes)
      || augmentations.contains { !$0.changes.allSatisfy(\.isNothing) }
    if isTrainedOtherwise {
      let draws = try lower(isTraining: true, stochastic.approximated)
      let stochastic = draws.stochastic
      let averages = stochastic.parameters.compactMap { parameter in
        draws.lowerings[0].lowering.training?.next[parameter.variable]
          ?? stochastic.averages[parameter.variable]
      }
      trained = withExtendedLifetime(draws) {
        stochastic.builder.build(outputs: [draws.differentiable] + averages)
      }
    }
    let gradient = try stepGraph(
      trained,
      stochastic.parameters,
      firstInput: ordered.count + stochastic.batch.streams.count,
      rewrites,
      elementBudget
    )
    var recorded: [(quantity: RecordedQuantity, node: GraphValue)] = []
    var fitted: [(quantity: RecordedQuantity, node: GraphValue)] = []
    var unrecorded: [VariableID] = []
    for entry in recordedQuantities(lowering) {
      let axes = bound.model.variables[entry.quantity.variable.index].type.axes
      if entry.quantity.role == .fitted {
        fitted.append(entry)
      } else if axes.contains(where: stochastic.batch.contains) {
        unrecorded.append(entry.quantity.variable)
      } else {
        var entry = entry
        let isInteger =
          bound.model.variables[entry.quantity.variable.index].type.element == .integer
        if isInteger, stochastic.approximated.contains(entry.quantity.variable) {
          entry.quantity.kind = .integer
        }
        recorded.append(entry)
      }
    }
    let terms = draws.lowerings.flatMap(\.terms)
    return withExtendedLifetime(draws) {
      StochasticModel(
        gradient: gradient,
        objective: Rewriter.rewrite(
          builder.build(outputs: [objective]),
          selection: rewrites,
          elementBudget: elementBudget
        ).graph,
        draw: builder.build(outputs: recorded.map(\.node)),
        logRatio: builder.build(
          outputs: [
            (lowering.terms.map(\.total) + lowering.jacobian
              + stochastic.logApproximation.map { -$0 }).reduce(builder.constant(0), +)
          ]
        ),
        fitted: builder.build(outputs: fitted.map(\.node)),
        terms: builder.build(outputs: terms.map(\.total)),
        termSpans: terms.map(\.span),
        rows: ordered,
        streams: stochastic.batch.streams,
        parameters: stochastic.parameters,
        recorded: recorded.map(\.quantity),
        unrecorded: unrecorded,
        fittedQuantities: fitted.map(\.quantity),
        approximations: stochastic.scores.map {
          DiscreteApproximation(
            variable: $0.variable,
            family: $0.family,
            refusal: refusals[$0.variable]
          )
        }.sorted { $0.variable.index < $1.variable.index },
        eliminations: lowering.eliminationSteps.map(\.summary),
        observationCount: observationCount(bound),
        isTrainedOtherwise: isTrainedOtherwise
      )
    }
  }

  /// A lowering of a model with those discrete latents approximated that the guide is about, or that cannot be summed out.
  ///
  /// Which cannot shows as it is tried: each attempt ends at one reason, and the next approximates the latents that it names.
  private static func approximating(
    _ guide: CheckedGuide?,
    _ bound: BoundModel,
    _ refusals: inout [VariableID: EliminationRefusal],
    isAllowed: Bool,
    _ lower: (Set<VariableID>) throws(LoweringError) -> StochasticDraws
  ) throws(LoweringError) -> StochasticDraws {
    func isDiscrete(_ id: VariableID) -> Bool {
      if case .modeled(.eliminated) = bound.model.variables[id.index].role { true } else { false }
    }
    var approximated = Set((guide?.equations ?? []).map(\.target).filter(isDiscrete))
    while true {
      do throws(LoweringError) {
        return try lower(approximated)
      } catch {
        let more = error.latents(of: bound.model, beyond: approximated)
        guard isAllowed, !more.isEmpty else { throw error }
        for id in more { refusals[id] = error.refusal }
        approximated.formUnion(more)
      }
    }
  }

  /// The graph of an objective and of averages over steps with the gradient of the former, one output a parameter.
  private static func stepGraph(
    _ trained: Graph,
    _ parameters: [StochasticParameter],
    firstInput: Int,
    _ rewrites: RewriteSelection,
    _ elementBudget: Int
  ) throws(LoweringError) -> Graph {
    let gradient = try differentiated(
      trained,
      by: parameters.indices.filter { parameters[$0].role != .running }.map { firstInput + $0 },
      selection: rewrites,
      elementBudget: elementBudget
    ).gradient
    var averages = gradient.outputs.dropFirst().prefix(trained.outputs.count - 1)
    var derivatives = gradient.outputs.dropFirst(trained.outputs.count)
    let outputs = parameters.map { parameter in
      parameter.role == .running ? averages.removeFirst() : derivatives.removeFirst()
    }
    return Graph(
      nodes: gradient.nodes,
      constants: gradient.constants,
      inputs: gradient.inputs,
      outputs: gradient.outputs.prefix(1) + outputs
    )
  }

  private static func observationCount(_ bound: BoundModel) -> Int {
    var counted: Set<VariableID> = []
    var count = 0
    for equation in bound.model.equations {
      guard case .distribution = equation.body,
        let shape = bound.values.shape(of: equation.target),
        bound.model.isObserved(equation.target), counted.insert(equation.target).inserted
      else { continue }
      count += shape.count - (bound.missing[equation.target]?.count ?? 0)
    }
    return count
  }
}
