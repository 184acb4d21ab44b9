import PPLInference
import PPLJSON
import PPLModelCompiler
import PPLPosteriorAnalysis
import PPLReporting
import PPLSemantics
import PPLSourceText
import PPLStorage
import PPLSyntax
import PPLTensorCore
import PPLTypeSystem

// What `show` and `save` do.

extension ScriptRunner {
  func show(_ index: Int, _ emit: (RunEvent) -> Void) {
    guard let fit = fits[index] else { return }
    if let text = fit.training?.validationText { emit(.output(text)) }
    for (quantity, values) in fit.fitted where values.count > Self.mostShown {
      let sizes = quantity.shape.map(String.init).joined(separator: " x ")
      emit(.output("\(quantity.name): fitted, \(sizes)"))
    }
    let small = fit.fitted.filter { $0.values.count <= Self.mostShown }
    for (quantity, values) in small {
      for (name, value) in zip(quantity.elementNames, values) {
        emit(.output("\(name) = \(words([], [value]))"))
      }
    }
    if fit.recorded.isEmpty { return }
    let name = checked.fits.isEmpty ? "fit" : checked.fits[index].name.text
    guard let report = reports.first(where: { $0.name == name }) else { return }
    let table = SummaryTable(
      arrays: report.parameters,
      fitName: checked.fits.isEmpty ? nil : name
    )
    emit(.output(table.text()))
  }

  /// Elements of a fitted quantity that are shown one by one at most.
  private static let mostShown = 10

  mutating func show(_ expression: CheckedExpression, _ emit: (RunEvent) -> Void)
    throws(SamplingFailure)
  {
    let needed = Set(fits.keys)
    guard checked.fits.indices.allSatisfy({ needed.contains($0) || !interruption.isRaised }) else {
      return
    }
    let text = model.program.source.text(of: expression.span)
    let evaluator = evaluator
    do throws(LoweringError) {
      if expression.stage == .data, try !evaluator.readsDraws(expression) {
        let (shape, values) = try evaluator.constant(expression)
        answers.append(QueryAnswer(text: text, value: json(shape, values[...])))
        emit(.output("\(text) = \(words(shape, values))"))
        return
      }
      let draws = try evaluator.values(expression)
      var summarizer = Summarizer()
      let summaries = (0..<draws.shape.reduce(1, *)).map {
        summarizer.summary(of: draws.element($0))
      }
      let array = ReportedArray(
        name: text,
        axes: axes(of: expression, draws.shape, draws.bound),
        summaries: summaries
      )
      answers.append(
        QueryAnswer(
          text: text,
          value: .object(
            summaries.enumerated().map {
              JSONMember(array.elementName($0.offset), $0.element.json)
            }
          )
        )
      )
      emit(.output(SummaryTable(arrays: [array], rowLimit: nil).text()))
    } catch {
      throw .program(error.diagnostic)
    }
  }

  /// The log likelihoods of groups: the sums of those of their observations, in each draw.
  private func joined(_ values: [[Double]], _ fit: Fit, _ groups: ObservationGroups)
    throws(SamplingFailure) -> [[Double]]
  {
    func refused(_ name: String, _ span: SourceSpan, _ what: String) -> SamplingFailure {
      .program(
        Diagnostic(
          code: "E0604",
          message: "the observations of `\(name)` are not told apart by this",
          primary: .init(span, what),
          help:
            "group by a dimension in the brackets of the statement of `\(name)`, or by data over them"
        )
      )
    }
    var sums: [Int: [Double]] = [:]
    var row = 0
    for likelihood in fit.likelihoods {
      let numbers: [Int]
      switch groups {
      case .dimension(let id, let span):
        let name = fit.bound[id].name
        guard let found = likelihood.positions[name] else {
          throw refused(likelihood.name, span, "no index of `\(name)` in its statements")
        }
        numbers = found
      case .data(let id, let span):
        let variable = checked.variables[id.index]
        guard let tensor = fit.bound.values[id] else { continue }
        var places = [Int](repeating: 0, count: likelihood.labels.count)
        for (axis, size) in zip(variable.type.axes, tensor.shape.sizes) {
          guard let name = axis.dimension.map({ fit.bound[$0].name }),
            let own = likelihood.positions[name]
          else { throw refused(likelihood.name, span, "runs over other dimensions") }
          for index in places.indices { places[index] = places[index] * size + own[index] }
        }
        numbers = places.map { Int(tensor.values[$0]) }
      }
      for number in numbers {
        if let known = sums[number] {
          sums[number] = zip(known, values[row]).map(+)
        } else {
          sums[number] = values[row]
        }
        row += 1
      }
    }
    return sums.sorted { $0.key < $1.key }.map(\.value)
  }

  /// Estimates how well a fit predicts, from the log likelihoods in its draws.
  mutating func show(
    _ criterion: PredictiveCriterion,
    _ index: Int,
    _ groups: ObservationGroups?,
    _ span: SourceSpan,
    _ emit: (RunEvent) -> Void
  ) throws(SamplingFailure) {
    guard let fit = fits[index] else { return }
    var values = fit.logLikelihoods()
    guard !values.isEmpty, fit.chainCount * fit.drawCount > 1 else {
      let reason: String
      if ["prior", "map", "train"].contains(fit.engine) {
        reason = "`\(fit.engine)` makes none: ask it of a fit by `nuts()`"
      } else if values.isEmpty {
        reason =
          "they are kept of observed statements, for at most"
          + " \(ModelCompiler.greatestLikelihoodCount) observations"
      } else {
        reason = "make more than one draw"
      }
      throw .program(
        Diagnostic(
          code: "E0604",
          message: "there are no log likelihoods to compute `\(criterion.rawValue)` from",
          primary: .init(span),
          help: reason
        )
      )
    }
    var noun = "observation"
    if let groups {
      noun = "group"
      values = try joined(values, fit, groups)
    }
    let accuracy =
      criterion == .leaveOneOut
      ? PredictiveAccuracy.leaveOneOut(values, relativeEfficiency: fit.relativeEfficiency())
      : PredictiveAccuracy.widelyApplicable(values)
    let text = model.program.source.text(of: span)
    var members: [JSONMember] = [
      JSONMember("elpd", .real(accuracy.elpd)),
      JSONMember("se", .real(accuracy.standardError)),
      JSONMember("p", .real(accuracy.parameterCount)),
      JSONMember("observations", .integer(values.count)),
    ]
    func rounded(_ value: Double) -> String {
      value.isNaN ? "-" : "\((value * 100).rounded() / 100)"
    }
    var line = "\(text): elpd \(rounded(accuracy.elpd)), se \(rounded(accuracy.standardError)),"
    line += " p \(rounded(accuracy.parameterCount)), \(values.count) \(noun)"
    line += values.count == 1 ? "" : "s"
    if criterion == .leaveOneOut {
      members.append(JSONMember("k_above_limit", .integer(accuracy.unreliableCount)))
      line +=
        ", Pareto k above \(rounded(accuracy.greatestShape)) for \(accuracy.unreliableCount)"
    }
    answers.append(QueryAnswer(text: text, value: .object(members)))
    emit(.output(line))
    if accuracy.unreliableCount > 0, criterion == .leaveOneOut {
      emit(
        .note(
          "\(text): observations with a high Pareto k are too influential to be left out by weighting;"
            + " fit again without them to be sure"
        )
      )
    }
  }

  func axes(of expression: CheckedExpression, _ shape: [Int], _ bound: BoundModel)
    -> [AxisLabels]
  {
    zip(expression.type.axes, shape).map { axis, size in
      guard case .dimension(let id) = axis, bound[id].count == size else {
        return .positions(size)
      }
      return labels(bound[id])
    }
  }

  /// Evaluates expressions over all draws so far.
  var evaluator: QueryEvaluator {
    var sources: [DrawSource: Fit] = [:]
    for (index, fit) in fits { sources[.fit(index)] = fit }
    for (index, prediction) in predictions { sources[.prediction(index)] = prediction.fit }
    return QueryEvaluator(model: model, sources: sources)
  }

  func json(_ shape: [Int], _ values: ArraySlice<Double>) -> JSONValue {
    guard let count = shape.first else { return .real(values.first ?? .nan) }
    let width = values.count / max(1, count)
    return .array(
      (0..<count).map { row in
        let start = values.startIndex + row * width
        return json(Array(shape.dropFirst()), values[start..<(start + width)])
      }
    )
  }

  /// An array as nested lists.
  func words(_ shape: [Int], _ values: [Double]) -> String { words(shape[...], values[...]) }

  private func words(_ shape: ArraySlice<Int>, _ values: ArraySlice<Double>) -> String {
    guard let count = shape.first else { return values.first.map(word) ?? "" }
    let width = values.count / max(1, count)
    let rows = (0..<count).map { row in
      let start = values.startIndex + row * width
      return words(shape.dropFirst(), values[start..<(start + width)])
    }
    return "[\(rows.joined(separator: ", "))]"
  }

  private func word(_ value: Double) -> String {
    if let whole = Int(exactly: value) { return "\(whole)" }
    // The sign of a NaN means nothing.
    if value.isNaN { return "nan" }
    guard value.isFinite, abs(value) < 1e12, abs(value) >= 1e-4 else { return "\(value)" }
    return "\((value * 1e5).rounded() / 1e5)"
  }

  /// What to do where something is saved already.
  private func existing(_ path: String) -> String {
    "\(path) exists already; "
      + (isInteractive ? "save under another name, or remove it" : "add --overwrite to replace it")
  }

  func save(_ index: Int, _ path: String, _ emit: (RunEvent) -> Void)
    throws(SamplingFailure)
  {
    guard let fit = fits[index], let own = fit.path else { return }
    let target = model.program.resolved(path)
    if target.hasSuffix(".safetensors") {
      try saveWeights(of: fit, to: target, emit)
      return
    }
    do {
      try copyFit(from: own, to: target, replacing: options.replacesFits || options.resumesFits)
    } catch {
      if case .exists(let path) = error {
        throw .storage(message: existing(path))
      }
      throw .storage(message: error.message)
    }
    emit(.note("saved \(fit.name) in \(target)"))
  }

  /// Saves the values of an expression: one array, or for each draw one, `[chain, draw, …]`.
  func save(_ expression: CheckedExpression, _ path: String, _ emit: (RunEvent) -> Void)
    throws(SamplingFailure)
  {
    guard checked.fits.indices.allSatisfy({ fits[$0] != nil || !interruption.isRaised }) else {
      return
    }
    let target = model.program.resolved(path)
    let text = model.program.source.text(of: expression.span)
    let shape: [Int]
    let values: [Double]
    do throws(LoweringError) {
      if expression.stage == .data, try !evaluator.readsDraws(expression) {
        (shape, values) = try evaluator.constant(expression)
      } else {
        let draws = try evaluator.values(expression)
        shape = [draws.chainCount, draws.drawCount] + draws.shape
        values = draws.values
      }
    } catch {
      throw .program(error.diagnostic)
    }
    do {
      try writeArrayFile(
        shape: shape,
        values: values,
        to: target,
        replacing: options.replacesFits || options.resumesFits
      )
    } catch {
      if case .exists(let path) = error {
        throw .storage(message: existing(path))
      }
      throw .storage(message: error.message)
    }
    let sizes = shape.map(String.init).joined(separator: " x ")
    emit(.note("saved \(text)\(sizes.isEmpty ? "" : ", \(sizes),") in \(target)"))
  }

  /// Saves what a fit found without prior, and the means of the weights that it drew.
  private func saveWeights(of fit: Fit, to path: String, _ emit: (RunEvent) -> Void)
    throws(SamplingFailure)
  {
    var arrays = fit.fitted.map {
      NamedArray(name: $0.quantity.name, shape: $0.quantity.shape, values: $0.values)
    }
    for (index, quantity) in fit.recorded.enumerated()
    where checked.weights[quantity.variable] != nil {
      let means = (0..<quantity.count).map { element in
        let draws = fit.draws(of: index, element: element).values
        return draws.reduce(0, +) / Double(draws.count)
      }
      arrays.append(NamedArray(name: quantity.name, shape: quantity.shape, values: means))
    }
    guard !arrays.isEmpty else {
      throw .run(message: "\(path): the fit `\(fit.name)` has no weights of nets, and no `param`")
    }
    do {
      try writeTensorFile(arrays, to: path, replacing: options.replacesFits || options.resumesFits)
    } catch {
      if case .exists(let path) = error {
        throw .storage(message: existing(path))
      }
      throw .storage(message: error.message)
    }
    let count = arrays.reduce(0) { $0 + $1.values.count }
    emit(.note("saved \(count) weights of \(fit.name) in \(path)"))
  }
}
