import PPLModelCompiler
import PPLPosteriorAnalysis
import PPLSemantics
import PPLSourceText
import PPLSyntax
import PPLTensorCore
import PPLTypeSystem

/// The draws of a `predict` statement, with what was observed.
struct Prediction: Sendable {
  let checked: CheckedPrediction
  /// The draws, as those of a fit with one quantity.
  let fit: Fit
  /// Whether the draws are those of the fit's own data, one for each draw of the fit.
  let isOfFitData: Bool
  /// Keys of other data that nothing reads.
  let unusedKeys: [String]
  /// Its name in the fit's files, once it is there.
  var storedName: String?

  /// The draws of one element, chain by chain.
  func draws(_ element: Int) -> [Double] { fit.draws(of: 0, element: element).values }

  /// Number of elements.
  var count: Int { fit.recorded[0].count }
}

extension Model {
  /// Draws a quantity forward, given the draws of a fit.
  ///
  /// `number` tells the predictions of a run apart.
  func predict(_ checked: CheckedPrediction, from fit: Fit, number: Int)
    async throws(SamplingFailure) -> Prediction
  {
    let rebinding = try checked.source.map { source throws(SamplingFailure) in
      try rebound(source)
    }
    let bound = rebinding?.bound ?? self.bound
    let plan = PredictionPlan(model: self, fit: fit, bound: bound, rebinding: rebinding)
    var wanted: Set<VariableID> = []
    checked.quantity.forEachPart { part in
      if case .variable(let id) = part.kind { wanted.insert(id) }
    }
    let observed = Set(bound.model.observedVariables)
    let replicated =
      rebinding == nil && !checked.isOneStep
      ? observed : checked.observed.union(bound.absent.intersection(observed))
    let simulation = try plan.simulation(
      of: wanted,
      replicated: replicated,
      isOneStep: checked.isOneStep
    )
    let graph: SimulationGraph
    do {
      graph = try ModelCompiler.compile(simulation, of: bound, expressions: [checked.quantity])
    } catch {
      if error.diagnostic.code.hasPrefix("E08") { throw .data([error.diagnostic]) }
      throw .program(error.diagnostic)
    }
    let key = RandomKey(seed: fit.seed).derived(Simulator.Purpose.prediction.rawValue)
      .derived(UInt64(number))
    let rows = try await Simulator(graph, executor).draws(over: fit, key: key)
    var quantity = RecordedQuantity(
      variable: checked.variable,
      name: checked.name.text,
      role: .generated,
      axes: axes(checked, graph.shapes[0], bound),
      kind: graph.kinds[0]
    )
    if let positions = graph.existing[0] {
      let types = checked.quantity.type.axes
      let shape = Shape(types.map { $0.dimension.map { bound[$0].count } ?? 1 })
      let name = types.compactMap { $0.dimension.map { bound[$0].name } }.joined(separator: "_")
      let labels = ModelCompiler.cellLabels(positions, types, shape, bound)
      quantity.axes = [.init(name: name, labels: BoundDimension(name: name, labels: labels))]
      if case .strings(let cells) = labels {
        quantity.cellNames = cells.map { "\(checked.name.text)[\($0)]" }
      }
      quantity.existing = (positions, shape)
    }
    return Prediction(
      checked: checked,
      fit: Fit(
        name: checked.name.text,
        engine: "predict",
        path: nil,
        seed: fit.seed,
        bound: bound,
        recorded: [quantity],
        likelihoods: [],
        draws: rows.map { rows in
          var draws = DrawCollector.ChainDraws()
          draws.rows = rows
          draws.drawCount = fit.drawCount
          return draws
        }
      ),
      isOfFitData: rebinding == nil,
      unusedKeys: rebinding?.unusedKeys ?? []
    )
  }

  private func axes(_ checked: CheckedPrediction, _ shape: [Int], _ bound: BoundModel)
    -> [RecordedQuantity.Axis]
  {
    var used: [String: Int] = [:]
    return zip(checked.quantity.type.axes, shape).enumerated().map { position, entry in
      let (axis, size) = entry
      var name = "\(checked.name.text)_dim_\(position)"
      var labels = BoundDimension.Labels.integers(first: 1, count: size)
      if let id = axis.dimension, bound[id].count == size {
        name = bound[id].name
        labels = bound[id].labels
      }
      used[name, default: 0] += 1
      if let count = used[name], count > 1 { name += "_\(count)" }
      return RecordedQuantity.Axis(name: name, labels: BoundDimension(name: name, labels: labels))
    }
  }

  /// What was observed of a predicted quantity, NaN where cells are missing.
  ///
  /// - Throws: why there is nothing to compare with.
  func observedValues(of prediction: Prediction, at span: SourceSpan)
    throws(SamplingFailure) -> [Double]
  {
    let bound = prediction.fit.bound
    let quantity = prediction.checked.quantity
    let name = prediction.checked.name.text
    func nothing(_ label: String, _ help: String) -> SamplingFailure {
      .program(
        Diagnostic(
          code: "E0611",
          message: "there is nothing observed that `\(name)` could be compared with",
          primary: .init(span),
          secondary: [.init(quantity.span, label)],
          help: help
        )
      )
    }
    var latent: String?
    var absent: String?
    var missing: [VariableID] = []
    quantity.forEachPart { part in
      guard case .variable(let id) = part.kind else { return }
      let variable = bound.model.variables[id.index].name.text
      if bound.absent.contains(id) { absent = variable }
      if case .modeled = bound.model.variables[id.index].role { latent = variable }
      if bound.missing[id] != nil { missing.append(id) }
    }
    if let absent {
      throw nothing(
        "the data of the prediction have no `\(absent)`",
        "add the key to the file, or show the prediction itself: `show \(name)`"
      )
    }
    if let latent {
      throw nothing("`\(latent)` is latent", "predict something observed")
    }
    let query: ModelCompiler.QueryGraph
    do {
      query = try ModelCompiler.compile(query: quantity, bound, recorded: []) { _ in
        preconditionFailure("a model's expression has no queries")
      }
    } catch {
      throw .program(error.diagnostic)
    }
    var values = QueryEvaluator.run(query, inputs: [])
    if !missing.isEmpty {
      guard case .variable(let id) = quantity.kind else {
        throw nothing("reads data with missing cells", "predict the data themselves")
      }
      for cell in bound.missing[id] ?? [] { values[cell] = .nan }
    }
    return prediction.fit.recorded[0].existing.map { existing in
      existing.positions.map { values[$0] }
    } ?? values
  }
}
