import PPLModelCompiler
import PPLPosteriorAnalysis
import PPLSemantics
import PPLSourceText
import PPLSyntax
import PPLTensorCore
import PPLTypeSystem

/// The draws of a `predict` statement, with what was observed.
struct Prediction: Sendable {
  private(set) var checked: CheckedPrediction
  /// The draws, as those of a fit with one quantity.
  private(set) var fit: Fit
  /// Whether the draws are those of the fit's own data, one for each draw of the fit.
  private(set) var isOfFitData: Bool
  /// Keys of other data that nothing reads.
  let unusedKeys: [String]
  /// Of data with few values, the probability of each value, `[elements, values]`: means over the draws.
  var probabilities: (values: [Double], count: Int)?
  /// Its name in the fit's files, once it is there.
  var storedName: String?

  /// The draws of one element, chain by chain.
  func draws(_ element: Int) -> [Double] { fit.draws(of: 0, element: element).values }

  /// The same draws, for a program in which `checked` is the statement that they are of.
  func placed(at checked: CheckedPrediction, in model: CheckedModel) -> Prediction {
    var result = self
    result.checked = checked
    result.fit.bound.model = model
    result.fit.recorded[0].variable = checked.variable
    return result
  }

  /// Number of elements.
  var count: Int { fit.recorded[0].count }

  /// The most probable value of an element, as draws have it; of equally probable ones the least.
  func mostProbable(_ element: Int) -> Double {
    if let probabilities {
      let own = probabilities.values[
        (element * probabilities.count)..<((element + 1) * probabilities.count)
      ]
      let best = own.indices.max { (own[$0], -$0) < (own[$1], -$1) } ?? own.startIndex
      return value(at: best - own.startIndex)
    }
    var counts: [Double: Int] = [:]
    for draw in draws(element) { counts[draw, default: 0] += 1 }
    return counts.max { ($0.value, -$0.key) < ($1.value, -$1.key) }?.key ?? .nan
  }

  /// A value by its place among all values, as draws have it.
  func value(at place: Int) -> Double {
    switch checked.quantity.type.element {
    case .index(let id): Double(fit.bound[id].integerLabel(at: place) ?? place + 1)
    case .boolean: Double(place)
    default: Double(place + 1)
    }
  }

  /// The name of a value.
  func name(of value: Double) -> String {
    guard case .index(let id) = checked.quantity.type.element, !fit.bound[id].hasIntegerLabels,
      let place = Int(exactly: value - 1), place >= 0, place < fit.bound[id].count
    else { return Int(exactly: value).map(String.init) ?? "\(value)" }
    return fit.bound[id].name(at: place)
  }
}

extension Prediction {
  /// The predictions of several fits as one, of as many draws from each: those of an ensemble.
  ///
  /// Each fit becomes a chain. Of those with more draws as many are kept as the least has, evenly spaced.
  init(joining parts: [Prediction]) {
    self = parts[0]
    guard parts.count > 1 else { return }
    isOfFitData = false
    let count = parts.map { $0.fit.chainCount * $0.fit.drawCount }.min() ?? 0
    let chains = parts.map { part in
      let own = part.fit
      let total = own.chainCount * own.drawCount
      var draws = DrawCollector.ChainDraws()
      draws.drawCount = count
      for number in 0..<count {
        let place = number * total / count
        draws.rows += own.value(of: 0, chain: place / own.drawCount, draw: place % own.drawCount)
      }
      return draws
    }
    fit = Fit(
      name: fit.name,
      engine: fit.engine,
      path: nil,
      seed: fit.seed,
      bound: fit.bound,
      recorded: fit.recorded,
      likelihoods: [],
      draws: chains
    )
    let known = parts.compactMap(\.probabilities)
    guard known.count == parts.count, let first = known.first else { return }
    let sums = first.values.indices.map { index in known.reduce(0) { $0 + $1.values[index] } }
    probabilities = (sums.map { $0 / Double(parts.count) }, first.count)
  }
}

extension Model {
  /// Draws a quantity forward, given the draws of a fit.
  ///
  /// `number` tells the predictions of a run apart.
  ///
  /// With `withProbabilities`, data that have few values come with the probabilities of all of them.
  func predict(
    _ checked: CheckedPrediction,
    from fit: Fit,
    number: Int,
    withProbabilities: Bool = false
  )
    async throws(SamplingFailure) -> Prediction
  {
    let rebinding = try checked.source.map { source throws(SamplingFailure) in
      try rebound(source)
    }
    let bound = rebinding?.bound ?? self.bound
    let plan = PredictionPlan(model: self, fit: fit, bound: bound, rebinding: rebinding)
    var wanted: Set<VariableID> = []
    checked.quantity.forEachPart { part in
      switch part.kind {
      case .variable(let id): wanted.insert(id)
      case .net(let net, _, _): wanted.formUnion(bound.model.nets[net.index].weights)
      default: break
      }
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
    var classified: VariableID?
    if withProbabilities, case .variable(let id) = checked.quantity.kind, replicated.contains(id) {
      classified = id
    }
    do {
      graph = try ModelCompiler.compile(
        simulation,
        of: bound,
        expressions: [checked.quantity],
        probabilities: classified,
        elementBudget: bound.model.nets.isEmpty
          ? ModelCompiler.elementBudget : Self.netElementBudget
      )
    } catch {
      if error.diagnostic.code.hasPrefix("E08") { throw .data([error.diagnostic]) }
      throw .program(error.diagnostic)
    }
    let key = RandomKey(seed: fit.seed).derived(Simulator.Purpose.prediction.rawValue)
      .derived(UInt64(number))
    // A mode is one draw, of which several predictions are wanted, unless their probabilities are known.
    let repeats = fit.drawCount == 1 && graph.valueCount == 0 ? Self.drawsOfAMode : 1
    let drawCount = fit.drawCount * repeats
    var rows = try await Simulator(graph, executor).draws(over: fit, repeats: repeats, key: key)
    let probabilities = Self.takeProbabilities(from: &rows, graph, drawCount: drawCount)
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
          draws.drawCount = drawCount
          return draws
        }
      ),
      isOfFitData: rebinding == nil,
      unusedKeys: rebinding?.unusedKeys ?? [],
      probabilities: probabilities
    )
  }

  /// Predictions that are drawn from a fit of one draw.
  private static let drawsOfAMode = 100

  /// Elements of the values of nets for all rows; few of them are held at a time.
  private static let netElementBudget = 1 << 30

  /// Takes the probabilities of values out of the rows of all draws, and averages them.
  private static func takeProbabilities(
    from rows: inout [[Double]],
    _ graph: SimulationGraph,
    drawCount: Int
  ) -> (values: [Double], count: Int)? {
    guard graph.valueCount > 0 else { return nil }
    let width = graph.width
    let elements = width / (graph.valueCount + 1)
    var sums = [Double](repeating: 0, count: elements * graph.valueCount)
    for chain in rows.indices {
      let own = rows[chain]
      var kept: [Double] = []
      kept.reserveCapacity(elements * drawCount)
      for start in stride(from: 0, to: own.count, by: width) {
        kept += own[start..<(start + elements)]
        for index in sums.indices { sums[index] += own[start + elements + index] }
      }
      rows[chain] = kept
    }
    let total = Double(max(1, rows.count * drawCount))
    return (sums.map { $0 / total }, graph.valueCount)
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
