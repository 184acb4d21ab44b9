import PPLJSON
import PPLModelCompiler
import PPLPosteriorAnalysis
import PPLReporting
import PPLSemantics
import PPLSourceText
import PPLSyntax
import PPLTensorCore
import PPLTypeSystem

// What `check` does: replicates of what was observed, held against it.

extension ScriptRunner {
  /// Checks all that is observed by the usual statistics.
  mutating func check(_ index: Int, _ span: SourceSpan, _ emit: (RunEvent) -> Void)
    async throws(SamplingFailure)
  {
    guard let fit = fits[index] else { return }
    // Replicates are exact where flags or intervals of the data say how values were recorded.
    let observed = checked.observedVariables.filter { !isRecordedByData($0) }
    let left = checked.observedVariables.filter(isRecordedByData)
    if !left.isEmpty {
      let names = left.map { "`\(checked.variables[$0.index].name.text)`" }.joined(separator: ", ")
      emit(
        .note(
          "\(names): censored by flags or intervals of the data, which replicates do not have, and not checked"
        )
      )
    }
    guard !observed.isEmpty else { return }
    let reads = observed.map { id in
      CheckedExpression(
        .variable(id),
        type: checked.variables[id.index].type,
        stage: .random,
        span: checked.variables[id.index].name.span
      )
    }
    let (graph, rows) = try await replicates(fit, reads, Set(observed), number: index)
    var checks: [PredictiveCheck] = []
    var start = 0
    for (number, id) in observed.enumerated() {
      let count = graph.shapes[number].reduce(1, *)
      defer { start += count }
      guard let tensor = model.bound.values[id] else { continue }
      // Cells that were not observed do not count in the replicates either.
      let gone = Set(model.bound.missing[id] ?? [])
      let places = graph.existing[number] ?? Array(0..<count)
      let cells = places.indices.filter { !gone.contains(places[$0]) }
      guard !cells.isEmpty else { continue }
      let variable = checked.variables[id.index]
      for statistic in CheckStatistic.usual(variable, tensor, model.bound) {
        let own = statistic.value(cells.map { tensor.values[places[$0]] })
        let replicated = rows.flatMap { chain in
          stride(from: start, to: chain.count, by: graph.width).map { row in
            statistic.value(cells.map { position(chain[row + $0], variable) })
          }
        }
        checks.append(
          PredictiveCheck(
            quantity: variable.name.text,
            statistic: statistic.name,
            observed: [own],
            replicated: replicated
          )
        )
      }
    }
    try report("check \(model.program.source.text(of: span))", checks, of: index, emit)
  }

  /// Whether data say how values of a quantity were recorded.
  private func isRecordedByData(_ id: VariableID) -> Bool {
    checked.variables[id.index].equations.contains { index in
      guard case .distribution(let distribution) = checked.equations[index].body else {
        return false
      }
      return distribution.isRecordedByData
    }
  }

  /// Checks a statistic of the program.
  mutating func check(
    _ expression: CheckedExpression,
    _ index: Int,
    _ emit: (RunEvent) -> Void
  ) async throws(SamplingFailure) {
    guard let fit = fits[index] else { return }
    let text = model.program.source.text(of: expression.span)
    var observed: Set<VariableID> = []
    expression.forEachPart { part in
      if case .draw(_, let id) = part.kind, checked.isObserved(id) { observed.insert(id) }
    }
    let (graph, rows) = try await replicates(fit, [expression], observed, number: index)
    let width = graph.shapes[0].reduce(1, *)
    let known: [[Double]]
    do {
      let data = observedDraws(of: fit)
      let evaluator = QueryEvaluator(model: model, sources: [.fit(index): data])
      let values = try evaluator.values(expression)
      known = (0..<width).map { values.element($0).values }
    } catch {
      throw .program(error.diagnostic)
    }
    let labels = axes(of: expression, graph.shapes[0], model.bound)
    let checks = (0..<width).map { element in
      PredictiveCheck(
        quantity: elementName(text, axes: labels, element),
        statistic: "",
        observed: known[element],
        replicated: rows.flatMap { chain in
          stride(from: element, to: chain.count, by: graph.width).map { chain[$0] }
        }
      )
    }
    try report("check \(text)", checks, of: index, emit)
  }

  /// The draws of a fit with what was observed in place of what it may have drawn.
  private func observedDraws(of fit: Fit) -> Fit {
    var result = fit
    result.bound = model.bound
    return result
  }

  /// Labels of indices as positions from 0, as bound data are.
  private func position(_ value: Double, _ variable: Variable) -> Double {
    guard case .index(let id) = variable.type.element else { return value }
    return Double(
      model.bound[id].hasIntegerLabels
        ? model.bound[id].position(of: value) ?? 0 : Int(value) - 1
    )
  }

  private func replicates(
    _ fit: Fit,
    _ expressions: [CheckedExpression],
    _ observed: Set<VariableID>,
    number: Int
  ) async throws(SamplingFailure) -> (graph: SimulationGraph, rows: [[Double]]) {
    let plan = PredictionPlan(model: model, fit: fit, bound: model.bound, rebinding: nil)
    var wanted = observed
    for expression in expressions {
      expression.forEachPart { part in
        switch part.kind {
        case .draw(_, let id), .variable(let id): wanted.insert(id)
        default: break
        }
      }
    }
    let simulation = try plan.simulation(
      of: wanted,
      replicated: Set(checked.observedVariables),
      isOneStep: false
    )
    let graph: SimulationGraph
    do {
      graph = try ModelCompiler.compile(
        simulation,
        of: model.bound,
        expressions: expressions,
        inner: { [evaluator] (query) throws(LoweringError) in try evaluator.reduce(query) }
      )
    } catch {
      throw .program(error.diagnostic)
    }
    let key = RandomKey(seed: fit.seed).derived(Simulator.Purpose.check.rawValue)
      .derived(UInt64(number))
    let rows = try await Simulator(graph, model.executor).draws(over: fit, key: key)
    return (graph, rows)
  }

  private mutating func report(
    _ text: String,
    _ checks: [PredictiveCheck],
    of index: Int,
    _ emit: (RunEvent) -> Void
  ) throws(SamplingFailure) {
    try keepFindings(index, checks: checks.compactMap { CheckHistogram($0) })
    answers.append(
      QueryAnswer(
        text: text,
        value: .object(checks.map { JSONMember($0.name, $0.json) })
      )
    )
    emit(.output(PredictiveCheck.table(checks)))
    let extreme = checks.filter(\.isExtreme)
    if !extreme.isEmpty {
      emit(
        .note(
          "\(text): \(extreme.count) of \(checks.count) statistics lie in the tails of their"
            + " replicates (p below \(PredictiveCheck.extremeTail) or above"
            + " \(1 - PredictiveCheck.extremeTail)): the model does not reproduce them"
        )
      )
    }
  }
}

/// A statistic of observed values.
private enum CheckStatistic {
  case mean, deviation, minimum, maximum
  /// Share of a value.
  case share(of: Double, name: String)

  /// Labels of which the shares are checked, at most.
  private static let greatestLabelCount = 10

  var name: String {
    switch self {
    case .mean: "mean"
    case .deviation: "sd"
    case .minimum: "min"
    case .maximum: "max"
    case .share(_, let name): "share of \(name)"
    }
  }

  /// The statistics for data of a type.
  static func usual(_ variable: Variable, _ tensor: Tensor, _ bound: BoundModel) -> [Self] {
    switch variable.type.element {
    case .boolean: [.mean]
    case .index(let id):
      (0..<min(bound[id].count, greatestLabelCount)).map {
        .share(of: Double($0), name: bound[id].name(at: $0))
      }
    case .integer: [.mean, .deviation, .minimum, .maximum, .share(of: 0, name: "zeros")]
    default: [.mean, .deviation, .minimum, .maximum]
    }
  }

  func value(_ values: [Double]) -> Double {
    let count = Double(values.count)
    switch self {
    case .mean: return values.reduce(0, +) / count
    case .deviation:
      guard count > 1 else { return 0 }
      let mean = values.reduce(0, +) / count
      return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)).squareRoot()
    case .minimum: return values.min() ?? .nan
    case .maximum: return values.max() ?? .nan
    case .share(let wanted, _): return Double(values.count { $0 == wanted }) / count
    }
  }
}
