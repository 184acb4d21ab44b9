import PPLModelCompiler
import PPLSemantics
import PPLSourceText
import PPLSyntax

// How statements of the script are carried out.

/// What a compiled model serves.
struct CompiledKey: Hashable {
  var model: ModelSnapshot.Key
  /// The engine of the fit, and how it goes; nil for data alone.
  var engine: String?
  var goesBySteps: Bool
}

extension InteractiveSession {
  /// A program of the session that is about to run one statement.
  private struct ScriptProgram {
    var statement: SessionStatement
    var text: SessionText
    var program: Program
    var snapshot: ModelSnapshot
    /// The fits and predictions whose statements stand before it, in their order.
    var fits: [SessionFit] = []
    var predictions: [SessionPrediction] = []

    /// What the statement itself asks for.
    var own: [ScriptStatement] {
      program.model.script.dropFirst(fits.count + predictions.count).filter { step in
        // A fit that the program chose by itself was not asked for.
        guard case .infer = step, case .infer = statement.item.kind else {
          if case .infer = step { return false }
          return true
        }
        return true
      }
    }
  }

  /// Carries out a statement of the script.
  func run(
    _ statement: SessionStatement,
    prefix: String,
    _ control: Control,
    _ emit: (SessionEvent) -> Void
  ) async -> EntryStatus {
    let clock = ContinuousClock()
    let start = clock.now
    let script: ScriptProgram
    if case .infer = statement.item.kind {
      if let status = reportWaiting(emit) { return status }
      script = assemble(statement, prefix: prefix, state.snapshot, isFit: true)
    } else {
      guard let snapshot = snapshot(for: statement, emit) else { return .badProgram }
      script = assemble(statement, prefix: prefix, snapshot, isFit: false)
    }
    timing.check += clock.now - start
    for diagnostic in script.program.diagnostics where diagnostic.isError {
      emit(.problem(locate(diagnostic, in: script)))
    }
    guard script.program.isValid else { return .badProgram }
    let model: Model
    do throws(BindingFailure) {
      model = try self.model(for: script, emit)
    } catch {
      return report(error, script.text, emit)
    }
    let runStart = clock.now
    defer { timing.run += clock.now - runStart }
    return await run(script, model, control, emit)
  }

  /// Runs the statement of a program that is compiled.
  private func run(
    _ script: ScriptProgram,
    _ model: Model,
    _ control: Control,
    _ emit: (SessionEvent) -> Void
  ) async -> EntryStatus {
    var runOptions = RunOptions()
    runOptions.sampler = options.sampler
    runOptions.notice = control.notice
    do throws(SamplingFailure) {
      if case .infer = script.statement.item.kind {
        runOptions.path = try makeFitPath(script.statement.names[0])
        let earlier = state.fit(named: script.statement.names[0])
        runOptions.earlierFit = earlier.flatMap { WarmStart($0.fit) }
      }
      var runner = ScriptRunner(
        model: model,
        options: runOptions,
        interruption: control.interruption,
        progress: control.progress
      )
      runner.isInteractive = true
      runner.reports = script.fits.map(\.report)
      for (index, fit) in script.fits.enumerated() {
        runner.fits[index] = fit.fit
        // Its draws are those of the statements of the model, which this program begins with too.
        runner.fits[index]?.bound.model = script.program.model
      }
      for (index, prediction) in script.predictions.enumerated() {
        runner.predictions[index] = prediction.prediction.placed(
          at: script.program.model.predictions[index],
          in: script.program.model
        )
      }
      for fit in script.fits where script.statement.words.contains(fit.name) {
        if let reason = fit.staleness {
          emit(.note("`\(fit.name)` belongs to the model before this change: \(reason)"))
        }
      }
      runner.watchCallouts()
      defer { runner.unwatchCallouts() }
      if case .infer = script.statement.item.kind {
        try runner.requireQuantities()
        runner.chooseSeed { emit(SessionEvent($0)) }
      }
      for step in script.own { try await runner.run(step) { emit(SessionEvent($0)) } }
      keep(script, model, runner, emit)
      if control.interruption.isRaised { return .interrupted }
      return runner.hasFailed ? .diagnosticsFailed : .good
    } catch {
      emit(.fitFinished)
      switch error {
      case .program(let diagnostic):
        emit(.problem(locate(diagnostic, in: script)))
        return .badProgram
      case .data(let diagnostics):
        for diagnostic in diagnostics { emit(.problem(locate(diagnostic, in: script))) }
        return .badData
      case .initialization, .storage, .run:
        emit(.failure(error.message))
        return .runFailed
      }
    }
  }

  /// Keeps what a statement made.
  private func keep(
    _ script: ScriptProgram,
    _ model: Model,
    _ runner: ScriptRunner,
    _ emit: (SessionEvent) -> Void
  ) {
    let statement = script.statement
    switch statement.item.kind {
    case .infer:
      guard let fit = runner.fits[0], let report = runner.reports.first else { return }
      remember()
      // The earlier fit of the name is still in `state` here.
      let place = state.fits.firstIndex { $0.name == statement.names[0] }
      let gone = state.predictions.filter { $0.given.contains(statement.names[0]) }
      let made = SessionFit(
        statement: statement,
        snapshot: script.snapshot,
        model: model,
        fit: fit,
        report: report
      )
      for prediction in gone {
        emit(
          .note("`\(prediction.name)` was given the earlier `\(made.name)`, and is gone with it")
        )
      }
      _ = state.forget(statement.names[0])
      state.fits.insert(made, at: min(place ?? state.fits.count, state.fits.count))
      record(statement)
    case .predict:
      guard let prediction = runner.predictions[script.predictions.count] else { return }
      remember()
      let given = runner.checked.predictions[script.predictions.count].fits
      let made = SessionPrediction(
        statement: statement,
        given: given.map { script.fits[$0].name },
        prediction: prediction
      )
      _ = state.forget(made.name)
      state.predictions.append(made)
      record(statement)
    case .show, .check, .plot: record(statement)
    default: break
    }
  }

  /// Adds a statement to the script of the session's file, in place of the one that made the same name.
  private func record(_ statement: SessionStatement) {
    if let name = statement.names.first,
      let place = state.script.firstIndex(where: { $0.names.contains(name) })
    {
      state.script[place] = statement
      return
    }
    if statement.names.isEmpty {
      state.script.removeAll { $0.scriptText == statement.scriptText }
    }
    state.script.append(statement)
  }

  // MARK: The program

  /// The fits that a statement reads, itself or through predictions, in the order of their statements.
  func fits(readBy statement: SessionStatement) -> [SessionFit] {
    let words = statement.words
    let given = state.predictions.filter { words.contains($0.name) }.flatMap(\.given)
    return state.fits.filter { fit in
      !statement.names.contains(fit.name) && (words.contains(fit.name) || given.contains(fit.name))
    }
  }

  /// The model that a statement is about: that of the fits which it reads, else the present one.
  ///
  /// - Returns: nil if that is said to be a mistake.
  private func snapshot(for statement: SessionStatement, _ emit: (SessionEvent) -> Void)
    -> ModelSnapshot?
  {
    let named = fits(readBy: statement)
    guard let first = named.first else {
      // What reads nothing of the model is worked out without it, and so without its data.
      var snapshot = state.snapshot
      if statement.words.isDisjoint(with: snapshot.statements.flatMap(\.names)) {
        snapshot.statements = []
      }
      return snapshot
    }
    if let other = named.first(where: { $0.snapshot.key != first.snapshot.key }) {
      emit(
        .failure(
          "`\(first.name)` and `\(other.name)` are fits of different models: the statements or data"
            + " have changed between them. Fit the older one anew, or ask each by itself"
        )
      )
      return nil
    }
    return first.snapshot
  }

  private func assemble(
    _ statement: SessionStatement,
    prefix: String,
    _ snapshot: ModelSnapshot,
    isFit: Bool
  ) -> ScriptProgram {
    var text = SessionText(snapshot.statements)
    var fits: [SessionFit] = []
    var predictions: [SessionPrediction] = []
    if !isFit {
      // Fits that it does not read may be of engines that do not go with those of the others.
      fits = self.fits(readBy: statement)
      let names = Set(fits.map(\.name))
      predictions = state.predictions.filter {
        !statement.names.contains($0.name) && names.isSuperset(of: $0.given)
      }
    }
    for fit in fits { text.append(fit.statement) }
    for prediction in predictions { text.append(prediction.statement) }
    text.append(statement, prefix: prefix == "" ? "" : prefix)
    return ScriptProgram(
      statement: statement,
      text: text,
      program: Program(
        source: text.source(named: isFit ? snapshot.programName : programName(of: statement))
      ),
      snapshot: snapshot,
      fits: fits,
      predictions: predictions
    )
  }

  /// The name of programs whose paths are relative to the file that a statement is from; what was typed is from none.
  private func programName(of statement: SessionStatement) -> String {
    let name = statement.origin.name
    guard let slash = name.lastIndex(of: "/") else { return "session" }
    return name[...slash] + "session"
  }

  /// The program's model with its data: the one that is there, if it serves.
  private func model(for script: ScriptProgram, _ emit: (SessionEvent) -> Void)
    throws(BindingFailure) -> Model
  {
    if let fit = script.fits.first { return fit.model.scripted(script.program) }
    let inference = script.program.model.fits.last
    var isFit = false
    if case .infer = script.statement.item.kind { isFit = true }
    return try model(
      of: script.program,
      script.snapshot,
      inference: isFit ? inference : nil,
      script.text,
      emit
    )
  }

  /// Brings the data to a program of a snapshot, with the log density if a fit needs it.
  func model(
    of program: Program,
    _ snapshot: ModelSnapshot,
    inference: CheckedInference?,
    _ text: SessionText,
    _ emit: (SessionEvent) -> Void
  ) throws(BindingFailure) -> Model {
    let clock = ContinuousClock()
    let start = clock.now
    defer { timing.compile += clock.now - start }
    let key = CompiledKey(
      model: snapshot.key,
      engine: inference?.engine,
      goesBySteps: inference?.goesBySteps ?? false
    )
    if let compiled, compiled.key == key { return compiled.model.scripted(program) }
    let data = snapshot.statements.isEmpty ? DataSet() : snapshot.data
    let (model, warnings) = try program.compile(
      data,
      rewrites: options.rewrites,
      executor: options.executor,
      externals: options.externals,
      needsDensity: inference != nil && program.needsDensity,
      need: program.densityNeed
    )
    for warning in warnings where shownWarnings.insert(warning.message).inserted {
      emit(.problem(text.located(warning)))
    }
    if inference != nil, model.executor != options.executor, !hasToldExecutor {
      hasToldExecutor = true
      emit(.note("LLVM is not installed: models run on the slower reference executor"))
    }
    compiled = (key, model)
    return model
  }

  /// Says why a program and its data do not go together.
  func report(_ failure: BindingFailure, _ text: SessionText, _ emit: (SessionEvent) -> Void)
    -> EntryStatus
  {
    for diagnostic in failure.diagnostics {
      var located = text.located(diagnostic)
      if located.diagnostic.help == "give a file: `--data FILE`" {
        located.diagnostic.help = "`:data FILE` adds a file"
      }
      emit(.problem(located))
    }
    return failure.isAboutData ? .badData : .badProgram
  }

  /// Says which statements name what is not defined; nil if none does.
  func reportWaiting(_ emit: (SessionEvent) -> Void) -> EntryStatus? {
    guard !state.waiting.isEmpty else { return nil }
    let text = SessionText(state.statements)
    let program = Program(source: text.source(named: "session"))
    for diagnostic in program.diagnostics where diagnostic.isError {
      emit(.problem(text.located(diagnostic)))
    }
    return .badProgram
  }

  /// A diagnostic of a program at the place where it was typed.
  private func locate(_ diagnostic: Diagnostic, in script: ScriptProgram) -> LocatedDiagnostic {
    var located = script.text.located(diagnostic)
    guard diagnostic.isError, diagnostic.primary != nil, let fit = script.fits.first else {
      return located
    }
    let known = Set(script.snapshot.statements.flatMap(\.names))
    let newer = Set(state.active.flatMap(\.names)).subtracting(known)
    if let span = diagnostic.primary?.span,
      case let word = script.text.source(named: "").text(of: span), newer.contains(word)
    {
      located.diagnostic.notes.append(
        "`\(word)` was defined after `\(fit.name)` was fitted; `\(fit.statement.summary)` fits it anew"
      )
    }
    return located
  }

  private func makeFitPath(_ name: String) throws(SamplingFailure) -> String {
    fitCount += 1
    let own: TemporaryFolder
    if let folder {
      own = folder
    } else {
      do throws(ProgramFileError) { own = try TemporaryFolder() } catch {
        throw .storage(message: error.message)
      }
      folder = own
    }
    return "\(own.path)/\(name)-\(fitCount).zarr"
  }
}

extension SessionEvent {
  init(_ event: RunEvent) {
    switch event {
    case .fitFinished: self = .fitFinished
    case .note(let text): self = .note(text)
    case .progress(let text): self = .progress(text)
    case .output(let text): self = .output(text)
    }
  }
}
