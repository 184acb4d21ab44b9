import PPLInference
import PPLJSON
import PPLModelCompiler
import PPLPosteriorAnalysis
import PPLReporting
import PPLSemantics
import PPLSourceText
import PPLStorage
import PPLSyntax
import PPLTypeSystem

extension Model {
  /// Runs the program's script: fits, then shows and saves in the order of the text.
  ///
  /// A program without `infer` is fitted with `nuts()`; one without `show` shows every fit.
  ///
  /// - Parameters:
  ///   - options: settings over those of the program.
  ///   - interruption: stops it; what was drawn is kept and summarised.
  ///   - progress: called from the chains' threads.
  ///   - emit: takes results and remarks in order.
  /// - Returns: the results as JSON, and how the run ended.
  /// - Throws: why there is no fit.
  public func run(
    _ options: RunOptions = RunOptions(),
    interruption: Interruption = Interruption(),
    progress: (@Sendable (SamplingProgress) -> Void)? = nil,
    emit: (RunEvent) -> Void
  ) async throws(SamplingFailure) -> RunOutcome {
    var runner = ScriptRunner(
      model: self,
      options: options,
      interruption: interruption,
      progress: progress
    )
    return try await runner.run(emit)
  }
}

/// One run of a script.
private struct ScriptRunner {
  let model: Model
  let options: RunOptions
  let interruption: Interruption
  let progress: (@Sendable (SamplingProgress) -> Void)?
  /// The seed of fits that set none.
  var defaultSeed: UInt64 = 0
  var fits: [Int: Fit] = [:]
  var settings: [Int: NUTSSettings] = [:]
  var reports: [FitReport] = []
  var answers: [QueryAnswer] = []
  var hasFailed = false

  private var checked: CheckedModel { model.bound.model }

  init(
    model: Model,
    options: RunOptions,
    interruption: Interruption,
    progress: (@Sendable (SamplingProgress) -> Void)?
  ) {
    self.model = model
    self.options = options
    self.interruption = interruption
    self.progress = progress
  }

  mutating func run(_ emit: (RunEvent) -> Void) async throws(SamplingFailure) -> RunOutcome {
    guard !model.compiled.recorded.isEmpty || !checked.fits.isEmpty else {
      throw .program(
        Diagnostic(
          code: "E0404",
          message: "the program defines no quantity, so there is nothing to fit",
          help: "write a model, for instance `mu ~ Normal(0, 1)`"
        )
      )
    }
    var generator = SystemRandomNumberGenerator()
    // Short enough to type again, and exact in every reader of JSON.
    defaultSeed = UInt64.random(in: 0..<1_000_000_000, using: &generator)
    let needsSeed =
      options.sampler.seed == nil
      && (checked.fits.isEmpty || checked.fits.contains { $0.settings["seed"] == nil })
    if needsSeed { emit(.note("seed \(defaultSeed) (repeat this run with --seed \(defaultSeed))")) }
    var hasShown = false
    for statement in checked.script {
      switch statement {
      case .infer(let index): try await infer(index, checked.fits[index], emit)
      case .showFit(let index):
        show(index, emit)
        hasShown = true
      case .showValue(let expression):
        try show(expression, emit)
        hasShown = true
      case .showAccuracy(let criterion, let index, let span):
        try show(criterion, index, span, emit)
        hasShown = true
      case .save(let index, let path, _): try save(index, path, emit)
      }
    }
    if checked.fits.isEmpty { try await infer(0, nil, emit) }
    if !hasShown { for index in fits.keys.sorted() { show(index, emit) } }
    let report = RunReport(
      model: model.program.source.name,
      seed: settings[0]?.seed ?? defaultSeed,
      fits: reports,
      queries: answers
    )
    return RunOutcome(
      json: report.json.text(.indented),
      diagnosticsFailed: hasFailed,
      wasInterrupted: interruption.isRaised,
      fits: reports
    )
  }

  // MARK: Fits

  private func path(of name: String) -> String {
    let base: String
    if let path = options.path {
      base = path
    } else {
      var file = model.program.source.name[...]
      if let slash = file.lastIndex(of: "/") { file = file[file.index(after: slash)...] }
      if file.hasSuffix(".ppl") { file = file.dropLast(4) }
      base = file + ".fit.zarr"
    }
    return checked.fits.count > 1 ? "\(base)/\(name).zarr" : base
  }

  private mutating func infer(
    _ index: Int,
    _ inference: CheckedInference?,
    _ emit: (RunEvent) -> Void
  ) async throws(SamplingFailure) {
    guard !interruption.isRaised else { return }
    let settings = options.sampler.settings(inference, seed: defaultSeed)
    let name = inference?.name.text ?? "fit"
    let path = path(of: name)
    let fit = try await model.sample(
      name: name,
      settings: settings,
      path: path,
      replacing: options.replacesFits,
      interruption: interruption,
      progress: progress
    )
    self.settings[index] = settings
    emit(.fitFinished)
    guard fit.drawCount > 0 else {
      emit(.note("interrupted before the first draw; nothing is kept"))
      return
    }
    fits[index] = fit
    if fit.wasInterrupted {
      emit(.note("interrupted: \(fit.drawCount) draws of \(fit.chainCount) chains are kept"))
    }
    let arrays = await arrays(of: fit)
    let named = arrays.flatMap { array in
      array.summaries.enumerated().map { (array.elementName($0.offset), $0.element) }
    }
    let findings = DiagnosticReport(
      quantities: named.map { (name: $0.0, summary: $0.1) },
      sampler: fit.sampler,
      chainCount: fit.chainCount
    )
    if findings.failed { hasFailed = true }
    for warning in findings.warnings { emit(.note(warningText(warning))) }
    emit(
      .note(
        "\(fit.chainCount) chains x \(fit.drawCount) draws in \(seconds(fit.totalSeconds)), saved in \(path)"
      )
    )
    reports.append(
      FitReport(
        name: name,
        engine: fit.engine,
        executor: model.executor.rawValue,
        path: path,
        parameters: arrays,
        divergences: fit.sampler.divergenceCount,
        warnings: findings.warnings.map { .init($0, span: span(of: $0)) },
        timing: .init(
          compile: model.compileSeconds,
          warmup: fit.warmupSeconds,
          sampling: fit.samplingSeconds,
          total: fit.totalSeconds + model.compileSeconds
        ),
        gradientEvaluations: fit.gradientEvaluations
      )
    )
  }

  /// The place in the program of the quantity that a finding is about.
  private func span(of warning: DiagnosticWarning) -> JSONValue {
    guard let quantity = warning.quantity else { return .null }
    let name = quantity.prefix { $0 != "[" }
    guard let variable = checked.variables.first(where: { $0.name.text == name }) else {
      return .null
    }
    let start = model.program.source.position(of: variable.name.span.start)
    return ["line": .integer(start.line), "column": .integer(start.column)]
  }

  private func seconds(_ value: Double) -> String {
    value < 0.1
      ? "\((value * 10_000).rounded() / 10) ms" : "\((value * 100).rounded() / 100) s"
  }

  private func arrays(of fit: Fit) async -> [ReportedArray] {
    zip(fit.recorded, await fit.elementSummaries()).map { quantity, summaries in
      ReportedArray(
        name: quantity.name,
        axes: quantity.axes.map { labels($0.labels) },
        summaries: summaries
      )
    }
  }

  private func labels(_ dimension: BoundDimension) -> AxisLabels {
    switch dimension.labels {
    case .integers(let first, let count): .integers((0..<count).map { first + $0 })
    case .codes(let codes): .integers(codes)
    case .strings(let strings): .strings(strings)
    }
  }

  // MARK: Results

  private func show(_ index: Int, _ emit: (RunEvent) -> Void) {
    guard fits[index] != nil else { return }
    let name = checked.fits.isEmpty ? "fit" : checked.fits[index].name.text
    guard let report = reports.first(where: { $0.name == name }) else { return }
    let table = SummaryTable(
      arrays: report.parameters,
      fitName: checked.fits.isEmpty ? nil : name
    )
    emit(.output(table.text()))
  }

  private mutating func show(_ expression: CheckedExpression, _ emit: (RunEvent) -> Void)
    throws(SamplingFailure)
  {
    let needed = Set(fits.keys)
    guard checked.fits.indices.allSatisfy({ needed.contains($0) || !interruption.isRaised }) else {
      return
    }
    let text = model.program.source.text(of: expression.span)
    let evaluator = QueryEvaluator(model: model, fits: fits)
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
        axes: axes(of: expression, draws.shape),
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

  /// Estimates how well a fit predicts, from the log likelihoods in its draws.
  private mutating func show(
    _ criterion: PredictiveCriterion,
    _ index: Int,
    _ span: SourceSpan,
    _ emit: (RunEvent) -> Void
  ) throws(SamplingFailure) {
    guard let fit = fits[index] else { return }
    let values = fit.logLikelihoods()
    guard !values.isEmpty else {
      throw .program(
        Diagnostic(
          code: "E0604",
          message: "there are no log likelihoods to compute `\(criterion.rawValue)` from",
          primary: .init(span),
          help: model.compiled.likelihoods.isEmpty
            ? "they are kept of observed statements, for at most"
              + " \(ModelCompiler.greatestLikelihoodCount) observations" : nil
        )
      )
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
    func rounded(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }
    var line = "\(text): elpd \(rounded(accuracy.elpd)), se \(rounded(accuracy.standardError)),"
    line += " p \(rounded(accuracy.parameterCount)), \(values.count) observations"
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

  private func axes(of expression: CheckedExpression, _ shape: [Int]) -> [AxisLabels] {
    zip(expression.type.axes, shape).map { axis, size in
      guard case .dimension(let id) = axis, model.bound[id].count == size else {
        return .positions(size)
      }
      return labels(model.bound[id])
    }
  }

  private func json(_ shape: [Int], _ values: ArraySlice<Double>) -> JSONValue {
    guard let count = shape.first else { return .real(values.first ?? .nan) }
    let width = values.count / max(1, count)
    return .array(
      (0..<count).map { row in
        let start = values.startIndex + row * width
        return json(Array(shape.dropFirst()), values[start..<(start + width)])
      }
    )
  }

  private func words(_ shape: [Int], _ values: [Double]) -> String {
    let numbers = values.map { value -> String in
      if let whole = Int(exactly: value) { return "\(whole)" }
      guard value.isFinite, abs(value) < 1e12, abs(value) >= 1e-4 else { return "\(value)" }
      return "\((value * 1e5).rounded() / 1e5)"
    }
    return shape.isEmpty ? numbers.first ?? "" : "[\(numbers.joined(separator: ", "))]"
  }

  private func save(_ index: Int, _ path: String, _ emit: (RunEvent) -> Void)
    throws(SamplingFailure)
  {
    guard let fit = fits[index], let own = fit.path else { return }
    let target = model.program.resolved(path)
    do {
      try copyFit(from: own, to: target, replacing: options.replacesFits)
    } catch {
      if case .exists(let path) = error {
        throw .storage(message: "\(path) exists already; add --overwrite to replace it")
      }
      throw .storage(message: error.message)
    }
    emit(.note("saved \(fit.name) in \(target)"))
  }
}
