import PPLCallouts
import PPLGraphIR
import PPLInference
import PPLIntegration
import PPLJSON
import PPLModelCompiler
import PPLPosteriorAnalysis
import PPLReporting
import PPLSemantics
import PPLSourceText
import PPLStorage
import PPLSyntax
import PPLTypeSystem

/// One run of a script.
struct ScriptRunner {
  let model: Model
  let options: RunOptions
  let interruption: Interruption
  let progress: (@Sendable (SamplingProgress) -> Void)?
  /// The seed of fits that set none.
  var defaultSeed: UInt64 = 0
  var fits: [Int: Fit] = [:]
  var predictions: [Int: Prediction] = [:]
  var seeds: [Int: UInt64] = [:]
  var reports: [FitReport] = []
  /// What is kept beside the arrays of each fit.
  var findings: [Int: RunFindings] = [:]
  /// Pictures that the script asked for.
  var plots: [SVG] = []
  var answers: [QueryAnswer] = []
  var hasFailed = false
  /// Whether the statements to come are not known yet: fits keep all that any of them may ask for, and their files are
  /// nobody's until they are saved.
  var isInteractive = false

  var checked: CheckedModel { model.bound.model }

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
    try requireQuantities()
    try requirePlaceForPlots()
    watchCallouts()
    defer { unwatchCallouts() }
    chooseSeed(emit)
    var hasShown = false
    for statement in checked.script {
      try await run(statement, emit)
      if statement.shows { hasShown = true }
    }
    if checked.fits.isEmpty { try await infer(0, nil, emit) }
    if !hasShown { for index in fits.keys.sorted() { show(index, emit) } }
    try writePlots(emit)
    let report = RunReport(
      model: model.program.source.name,
      seed: seeds[0] ?? defaultSeed,
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

  /// Refuses a program in which there is nothing to fit.
  func requireQuantities() throws(SamplingFailure) {
    guard model.density?.recorded.isEmpty == false || !checked.fits.isEmpty else {
      throw .program(
        Diagnostic(
          code: "E0404",
          message: "the program defines no quantity, so there is nothing to fit",
          help: "write a model, for instance `mu ~ Normal(0, 1)`"
        )
      )
    }
  }

  /// Draws the seed of fits that have none of their own.
  mutating func chooseSeed(_ emit: (RunEvent) -> Void) {
    var generator = SystemRandomNumberGenerator()
    // Short enough to type again, and exact in every reader of JSON.
    defaultSeed = options.record?.seed ?? UInt64.random(in: 0..<1_000_000_000, using: &generator)
    let needsSeed =
      options.sampler.seed == nil && !options.resumesFits
      && (checked.fits.isEmpty || checked.fits.contains { $0.settings["seed"] == nil })
    guard needsSeed else { return }
    emit(
      .note(
        "seed \(defaultSeed)"
          + (isInteractive ? "" : " (repeat this run with --seed \(defaultSeed))")
      )
    )
  }

  /// Runs one statement, with the fits and predictions that are there.
  mutating func run(_ statement: ScriptStatement, _ emit: (RunEvent) -> Void)
    async throws(SamplingFailure)
  {
    switch statement {
    case .infer(let index): try await infer(index, checked.fits[index], emit)
    case .showFit(let index): show(index, emit)
    case .showValue(let expression): try show(expression, emit)
    case .showAccuracy(let criterion, let index, let groups, let span):
      try show(criterion, index, groups, span, emit)
    case .save(let index, let path, _): try save(index, path, emit)
    case .saveValue(let expression, let path): try save(expression, path, emit)
    case .predict(let index): try await predict(index, emit)
    case .showPrediction(let index): show(prediction: index, emit)
    case .showScore(let score, let index, let level, let span):
      try show(score, index, level, span, emit)
    case .showConfusion(let index, let span): try showConfusion(index, span, emit)
    case .showBound(let index, let source, let span): try showBound(index, source, span, emit)
    case .showProbabilities(let id, let index, let span):
      try showProbabilities(id, index, span, emit)
    case .showMarginalLikelihood(let index, let span):
      try showMarginalLikelihood(index, span, emit)
    case .plot(let plot): try draw(plot, emit)
    case .checkFit(let index, let span): try await check(index, span, emit)
    case .checkStatistic(let expression, let index): try await check(expression, index, emit)
    }
  }

  // MARK: Fits

  /// What the run was started with, its seed included.
  private var record: RunRecord? {
    guard var record = options.record else { return nil }
    record.seed = defaultSeed
    return record
  }

  func path(of name: String) -> String {
    let base = model.fitPath(options)
    return isFolder ? "\(base)/\(name).zarr" : base
  }

  /// Whether the fits are in a folder, as there are several.
  private var isFolder: Bool { checked.fits.count > 1 }

  /// Refuses to write several fits into what is a fit, and one over a folder of several: either would take more away than the fit of a name.
  private func checkPlace() throws(SamplingFailure) {
    let base = model.fitPath(options)
    guard !options.keepsFitsInMemory else { return }
    if isFolder, FitDirectory.isFit(base) {
      throw .storage(
        message:
          "\(base) is a fit, and this program makes several, which need a folder: remove it, or"
          + " choose another path with --out"
      )
    }
    if !isFolder, FitDirectory.isFolderOfFits(base) {
      throw .storage(
        message:
          "\(base) is a folder of several fits, and this program makes one: remove it, or choose"
          + " another path with --out"
      )
    }
  }

  mutating func infer(
    _ index: Int,
    _ inference: CheckedInference?,
    _ emit: (RunEvent) -> Void
  ) async throws(SamplingFailure) {
    guard !interruption.isRaised else { return }
    try checkPlace()
    let name = inference?.name.text ?? "fit"
    let path = path(of: name)
    let place = FitPlace(
      path: options.keepsFitsInMemory ? nil : path,
      replaces: options.replacesFits,
      resumes: options.resumesFits,
      record: record,
      checkpointInterval: options.checkpointInterval
    )
    if let inference, !inference.reasons.isEmpty {
      emit(.note("auto chooses \(inference.engine): " + inference.reasons.joined(separator: "; ")))
    }
    let fit: Fit
    let unsolved = solverFailures()
    let called = calloutCounts()
    if let inference, inference.goesBySteps {
      fit = try model.train(
        name: name,
        settings: TrainingPlan(inference, options.sampler, seed: defaultSeed),
        place: place,
        interruption: interruption
      ) { emit($0) }
    } else if let approximating = ApproximationSettings(
      inference,
      options.sampler,
      hasGradient: model.density?.hasWholeGradient ?? false,
      seed: defaultSeed
    ) {
      fit = try model.approximate(
        name: name,
        settings: approximating,
        place: place,
        keepsPositions: needsPositions(index),
        interruption: interruption
      )
    } else if let inference, inference.engine == TemperedSMC.signature.name {
      fit = try await model.temper(
        name: name,
        settings: TemperingSettings(inference, options.sampler, seed: defaultSeed),
        place: place,
        keepsPositions: needsPositions(index),
        interruption: interruption
      )
    } else if let inference, inference.comparesSimulations {
      fit = try await model.compare(
        name: name,
        settings: ComparisonSettings(
          inference,
          model.bound.model,
          options.sampler,
          seed: defaultSeed
        ),
        place: place,
        interruption: interruption,
        emit: emit,
        progress: progress
      )
    } else if let inference, inference.engine == EngineSignature.prior.name {
      fit = try await model.samplePrior(
        name: name,
        lengths: options.sampler.priorLengths(inference, model.bound.model, seed: defaultSeed),
        replicates: replicates(of: index),
        place: place,
        interruption: interruption
      )
    } else {
      do throws(SamplingFailure) {
        fit = try await model.sample(
          name: name,
          plan: chainPlan(inference),
          place: place,
          keepsPositions: needsPositions(index),
          warmStart: warmStart(inference),
          interruption: interruption,
          emit: emit,
          progress: progress
        )
      } catch {
        // Why there may be no start.
        for warning in solverWarnings(since: unsolved, 0) + calloutWarnings(since: called) {
          emit(.note(warningText(warning)))
        }
        if let reason = model.bound.externals.stopReason { throw .run(message: reason) }
        // Calls that were cut short look like points without a density.
        if case .initialization = error, interruption.isAsked {
          emit(.fitFinished)
          emit(.note("interrupted before the first draw; nothing is kept"))
          return
        }
        throw error
      }
    }
    seeds[index] = fit.seed
    emit(.fitFinished)
    for note in fit.notes { emit(.note(note)) }
    guard fit.drawCount > 0 else {
      if let reason = model.bound.externals.stopReason { throw .run(message: reason) }
      emit(
        .note(
          fit.isResumable
            ? "interrupted in the warm-up; \(goingOn(fit))"
            : "interrupted before the first draw; nothing is kept"
        )
      )
      return
    }
    fits[index] = fit
    if fit.wasInterrupted {
      emit(
        .note(
          "interrupted: \(fit.drawCount) draws of \(fit.chainCount) chains are kept"
            + (fit.isResumable ? "; \(goingOn(fit))" : "")
        )
      )
    }
    let arrays = await arrays(of: fit)
    let named = arrays.flatMap { array in
      array.summaries.enumerated().map { (array.elementName($0.offset), $0.element) }
    }
    // Draws from the prior are independent: there is nothing to diagnose.
    var warnings: [DiagnosticWarning] = []
    if let approximation = fit.approximation {
      emit(.note(text(of: approximation, fit.engine)))
      warnings =
        findings(on: approximation)
        + solverWarnings(since: unsolved, fit.gradientEvaluations)
        + calloutWarnings(since: called)
    } else if inference?.comparesSimulations == true,
      EngineLibrary.standard[fit.engine]?.statistics.isEmpty == true
    {
      warnings = calloutWarnings(since: called)
    } else if fit.engine != EngineSignature.prior.name {
      // Walkers that move together are one chain many times over: their number asks for no more effective draws.
      let signature = EngineLibrary.standard[fit.engine]
      let evaluations = fit.gradientEvaluations + fit.densityEvaluations
      let findings = DiagnosticReport(
        quantities: named.map { (name: $0.0, summary: $0.1) },
        sampler: fit.sampler,
        chainCount: signature?.joinsChains == true ? min(4, fit.chainCount) : fit.chainCount
      )
      if findings.failed { hasFailed = true }
      warnings =
        findings.warnings + solverWarnings(since: unsolved, evaluations)
        + calloutWarnings(since: called)
    }
    for warning in warnings { emit(.note(warningText(warning))) }
    for note in calloutNotes(since: called) { emit(.note(note)) }
    if let training = fit.training {
      let rate = training.rowsPerSecond.map { ", \(Int($0)) rows/s" } ?? ""
      emit(.note("\(training.steps) steps\(rate)"))
      if let text = training.validationText { emit(.note(text)) }
    }
    let count =
      fit.approximation == nil
      ? "\(fit.chainCount) chains x \(fit.drawCount) draws"
      : fit.drawCount == 1 ? "1 draw" : "\(fit.drawCount) draws"
    let whereabouts = fit.path == nil || isInteractive ? "" : ", saved in \(path)"
    emit(.note("\(count) in \(seconds(fit.totalSeconds))\(whereabouts)"))
    reports.append(
      FitReport(
        name: name,
        engine: fit.engine,
        executor: model.executor.rawValue,
        path: path,
        parameters: arrays,
        divergences: fit.sampler.divergenceCount,
        warnings: warnings.map { .init($0, span: span(of: $0)) },
        timing: .init(
          compile: model.compileSeconds,
          warmup: fit.warmupSeconds,
          sampling: fit.samplingSeconds,
          total: fit.totalSeconds + model.compileSeconds
        ),
        gradientEvaluations: fit.gradientEvaluations,
        densityEvaluations: fit.densityEvaluations,
        approximation: fit.approximation.map(report),
        training: fit.training?.json
      )
    )
    try keepFindings(index)
    if let reason = model.bound.externals.stopReason { throw .run(message: reason) }
  }

  /// The fit that chains of a statement begin with: the one that was named, or in a session the earlier one of the name, unless a
  /// seed asks for draws that can be made again.
  private func warmStart(_ inference: CheckedInference?) -> WarmStartSource? {
    if let path = options.warmStart { return .stored(path: path) }
    guard inference?.settings["seed"] == nil, options.sampler.seed == nil else { return nil }
    guard model.density != nil, let earlier = options.earlierFit,
      earlier.suits(model.coordinateBlocks)
    else { return nil }
    return .fit(earlier)
  }

  /// The chains of a statement; those that begin with another fit's draws and metrics have a short warm-up if none is set.
  private func chainPlan(_ inference: CheckedInference?) -> ChainPlan {
    var plan = options.sampler.chains(
      inference,
      model.bound.model,
      dimension: model.dimension,
      seed: defaultSeed
    )
    let isSet = inference?.settings["warmup"] != nil || options.sampler.warmup != nil
    if !isSet, plan.hamiltonian != nil, warmStart(inference) != nil {
      plan.lengths.warmup = min(plan.lengths.warmup, WarmStart.warmup)
    }
    return plan
  }

  /// How to go on with a fit that was stopped.
  private func goingOn(_ fit: Fit) -> String {
    "`ppl run --resume \(fit.path ?? "")` goes on from there"
  }

  /// Writes beside the arrays of a fit what the run said of it last, with what it found by checks.
  mutating func keepFindings(_ index: Int, checks: [CheckHistogram] = []) throws(SamplingFailure) {
    guard let fit = fits[index], let path = fit.path,
      let report = reports.last(where: { $0.name == fit.name })
    else { return }
    var own = findings[index] ?? RunFindings(report)
    own.checks += checks
    findings[index] = own
    do {
      try own.write(to: path)
    } catch {
      throw .storage(message: error.message)
    }
  }

  /// How often systems of differential equations could not be solved so far, by system and reason.
  func solverFailures() -> [[Int]] {
    (model.density?.systems ?? []).map { system in
      SolverFailure.allCases.map { system.body.failures.count($0) }
    }
  }

  /// What could not be solved since failures were counted, where that is more than one evaluation in a thousand.
  func solverWarnings(since before: [[Int]], _ evaluations: Int) -> [DiagnosticWarning] {
    var warnings: [DiagnosticWarning] = []
    for (system, (old, new)) in zip(model.density?.systems ?? [], zip(before, solverFailures())) {
      let line = model.program.source.position(of: system.span.start).line
      for (reason, (first, last)) in zip(SolverFailure.allCases, zip(old, new))
      where last - first > evaluations / 1000 {
        warnings.append(
          .unsolved(
            line: line,
            reason: reason.description,
            count: last - first,
            evaluations: max(evaluations, last - first)
          )
        )
      }
    }
    return warnings
  }

  /// Data that queries read through a fit: a fit of the prior draws them.
  func replicates(of fit: Int) -> Set<VariableID> {
    if isInteractive { return Set(checked.observedVariables) }
    var result: Set<VariableID> = []
    func visit(_ expression: CheckedExpression) {
      expression.forEachPart { part in
        if case .draw(.fit(fit), let id) = part.kind, checked.isObserved(id) { result.insert(id) }
      }
    }
    for statement in checked.script {
      switch statement {
      case .showValue(let expression), .saveValue(let expression, _): visit(expression)
      case .plot(let plot):
        if case .values(let values) = plot.subject { values.forEach(visit) }
      default: break
      }
    }
    return result
  }

  /// Whether draws of a fit are wanted on the unconstrained scale.
  func needsPositions(_ fit: Int) -> Bool {
    isInteractive
      || checked.script.contains { statement in
        switch statement {
        case .showMarginalLikelihood(fit, _), .showProbabilities(_, fit, _): true
        default: false
        }
      }
  }

  /// The place in the program of the quantity that a finding is about.
  func span(of warning: DiagnosticWarning) -> JSONValue {
    guard let quantity = warning.quantity else { return .null }
    let name = quantity.prefix { $0 != "[" }
    guard let variable = checked.variables.first(where: { $0.name.text == name }) else {
      return .null
    }
    let start = model.program.source.position(of: variable.name.span.start)
    return ["line": .integer(start.line), "column": .integer(start.column)]
  }

  func seconds(_ value: Double) -> String {
    value < 0.1
      ? "\((value * 10_000).rounded() / 10) ms" : "\((value * 100).rounded() / 100) s"
  }

  func arrays(of fit: Fit) async -> [ReportedArray] {
    zip(fit.recorded, await fit.elementSummaries()).map { quantity, summaries in
      ReportedArray(
        name: quantity.name,
        axes: cells(of: quantity) ?? quantity.axes.map { labels($0.labels) },
        summaries: summaries
      )
    }
  }

  /// The labels of elements whose names are not made of those of axes.
  func cells(of quantity: RecordedQuantity) -> [AxisLabels]? {
    quantity.cellNames.map { names in
      [.cells(names.map { String($0.dropFirst(quantity.name.count + 1).dropLast()) })]
    }
  }

  func labels(_ dimension: BoundDimension) -> AxisLabels {
    switch dimension.labels {
    case .integers(let first, let count): .integers((0..<count).map { first + $0 })
    case .codes(let codes): .integers(codes)
    case .strings(let strings): .strings(strings)
    }
  }
}
