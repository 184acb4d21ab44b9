import PPLExecution
import PPLGraphIR
import PPLInference
import PPLJSON
import PPLModelCompiler
import PPLPosteriorAnalysis
import PPLSemantics
import PPLSourceText
import PPLStorage
import PPLSyntax
import PPLTensorCore
import PPLTraining
import PPLTypeSystem

extension Model {
  /// Fits the model step by step along stochastic gradients, each of some rows of the data.
  ///
  /// The fit goes to its place, from whose checkpoint it goes on if that is asked for.
  func train(
    name: String,
    settings plan: TrainingPlan,
    place: FitPlace,
    interruption: Interruption,
    emit: (RunEvent) -> Void
  ) throws(SamplingFailure) -> Fit {
    let clock = ContinuousClock()
    let begin = clock.now
    var plan = plan
    plan.heldOut = try heldOutRows(plan)
    if let held = plan.heldOut, let count = plan.rows[held.dimension] {
      let most = max(plan.threads, held.training.count / plan.threads * plan.threads)
      plan.rows[held.dimension] = min(count, most)
    }
    let stochastic = try stochasticModel(plan)
    let held = try validation(plan, stochastic.parameters)
    let key = RandomKey(seed: plan.seed).derived(Simulator.Purpose.approximation.rawValue)
    let start = try startingParameters(stochastic, plan, key)
    let identity = place.path == nil ? "" : identity(name, plan, stochastic, held?.summary)
    let state = try place.trainingState(identity: identity)
    if let state {
      emit(.note(state.isFinished ? "`\(name)` is finished" : "goes on after step \(state.step)"))
    }
    let layout = ChainLengths(chains: 1, warmup: 0, draws: plan.draws, seed: plan.seed)
    let writer = try makeWriter(
      place,
      FitStore(model: self).schema(layout, engine: plan.engine, recorded: stochastic.recorded)
    )
    var run = stochastic.run(plan, key: key)
    run.validation = held?.validation
    if let writer {
      run.checkpoint = { try place.keep($0, identity: identity, in: writer) }
    }
    let result: TrainingResult
    let bound: (mean: Double, error: Double)
    var draws = DrawCollector.ChainDraws()
    let objective = objective(stochastic.gradient, of: stochastic, threads: plan.threads)
    do throws(SamplingFailure) {
      do throws(TrainingFailure) {
        result = try withoutActuallyEscaping(emit) { emit throws(TrainingFailure) in
          run.progress = { emit(.progress(text(of: $0, plan, run.observationCount))) }
          defer { run.progress = nil }
          guard let history = plan.training.quasiNewtonHistory else {
            return try run.run(
              objective,
              from: start,
              after: state,
              cancellation: interruption.flag
            )
          }
          return try run.ascend(
            fullObjective(stochastic, run),
            from: start,
            after: state,
            history: history,
            cancellation: interruption.flag
          )
        }
      } catch {
        throw rowFailure([objective.failure, held?.objective.failure])
          ?? failure(error, objective, stochastic, place)
      }
      // As predictions see it: without what nets do in training only. Gradients are not wanted: a graph without them pays where
      // there are many steps to it.
      let final =
        stochastic.isTrainedOtherwise || (run.stepsPerEpoch ?? 1) > Self.manySteps
        ? self.objective(stochastic.objective, of: stochastic, threads: plan.threads) : objective
      bound = run.evaluate(final, at: result.parameters, passes: Self.passes(plan))
      let failures = [objective.failure, final.failure, held?.objective.failure]
      if let failure = rowFailure(failures) { throw failure }
      draws = try record(stochastic, result.parameters, plan, key, writer)
    } catch {
      // A run that would fail again leaves nothing; what could not be written may be tried again.
      do {
        if case .run = error, state == nil { try writer?.remove() } else { try writer?.discard() }
      } catch {
        throw .storage(message: storageMessage(error))
      }
      throw error
    }
    let seconds = (clock.now - begin) / .seconds(1)
    let fitted = fittedValues(stochastic, result.parameters)
    let summary = TrainingSummary(
      steps: result.stepCount,
      curve: result.curve,
      observationCount: run.observationCount,
      validation: held?.summary,
      rowsPerSecond: stochastic.rows.isEmpty ? nil : result.rate,
      parameters: result.parameters,
      plan: plan
    )
    do {
      let history = (name: TrainingSummary.fileName, bytes: summary.json.utf8(.indented))
      try writer?.attach([history], isDurable: true)
      _ = try writer?.finish(attributes: [.init("sampling_time", .real(seconds))])
      if let path = place.path, !fitted.isEmpty {
        let arrays = fitted.map {
          NamedArray(name: $0.quantity.name, shape: $0.quantity.shape, values: $0.values)
        }
        try writeTensorFile(arrays, to: path + "/fitted.safetensors", replacing: true)
      }
    } catch {
      throw .storage(message: storageMessage(error))
    }
    var fit = Fit(
      name: name,
      engine: plan.engine,
      path: place.path,
      seed: plan.seed,
      bound: self.bound,
      recorded: stochastic.recorded,
      likelihoods: [],
      draws: [draws],
      samplingSeconds: seconds,
      totalSeconds: seconds,
      gradientEvaluations: result.evaluationCount,
      wasInterrupted: result.wasCancelled
    )
    fit.fitted = fitted
    fit.approximation = ApproximationSummary(
      elbo: plan.isVariational ? bound.mean : .nan,
      elboError: plan.isVariational ? bound.error : .nan,
      shape: paretoShape(stochastic, result, plan, key, interruption),
      logDensity: plan.isVariational ? nil : bound.mean,
      complaint: result.complaint
    )
    fit.training = summary
    return fit
  }

  /// A graph of a fit by steps as the steps see it.
  private func objective(_ graph: Graph, of stochastic: StochasticModel, threads: Int)
    -> StepObjective
  {
    let positions = stochastic.rows.reduce(0) { $0 + $1.count }
    let single = SingleGraph(graph, executor)
    return StepObjective(
      (0..<threads).map { _ in
        ExecutableObjective(single, stochastic.streams, positionCount: positions)
      }
    )
  }

  /// What is said of rows that could not be read; nil if all could.
  private func rowFailure(_ failures: [RowSourceError?]) -> SamplingFailure? {
    failures.compactMap { $0 }.first.map { failure in
      .data([
        Diagnostic(
          code: "E0807",
          message: failure.message,
          dataLocation: .init(file: failure.file),
          help: "leave the files of data as they are while a fit reads them"
        )
      ])
    }
  }

  /// The objective over all rows, in double precision.
  private func fullObjective(_ stochastic: StochasticModel, _ run: TrainingRun) -> FullObjective {
    let executor = ExecutableGraph(stochastic.gradient, executor).makeExecutor()
    let rows = run.allRows.map(Double.init)
    let count = stochastic.gradient.outputCount
    return { position in
      let found = executor.run(inputs: rows + position, outputCount: count)
      return AscentPoint(position: position, value: found[0], gradient: Array(found.dropFirst()))
    }
  }

  /// Pareto k of the importance ratios of draws; NaN for a mode, and where it would cost too much.
  ///
  /// Each ratio takes all rows. With batches as many draws are taken as let all ratios together see a quarter of the rows that
  /// the steps saw, and at most as many as the fit keeps. Data that are read row by row are not held for it.
  private func paretoShape(
    _ stochastic: StochasticModel,
    _ result: TrainingResult,
    _ plan: TrainingPlan,
    _ key: RandomKey,
    _ interruption: Interruption
  ) -> Double {
    guard plan.isVariational else { return .nan }
    var (model, draws) = (stochastic, plan.draws)
    guard stochastic.streams.isEmpty else { return .nan }
    if !plan.rows.isEmpty {
      let share =
        stochastic.rows.map { Double($0.count * plan.threads) / Double($0.total) }.max() ?? 1
      let passes = share * Double(result.stepCount) * Double(plan.training.samples)
      guard passes >= Double(4 * Self.leastRatios) else { return .nan }
      draws = min(draws, Int(min(passes / 4, 1e9)))
      var whole = plan
      whole.rows = [:]
      guard let found = try? stochasticModel(whole),
        found.parameterCount == stochastic.parameterCount
      else { return .nan }
      model = found
    }
    let executor = ExecutableGraph(model.logRatio, executor).makeExecutor()
    let inputs = result.parameters.map(Double.init)
    let own = key.derived(Self.drawing)
    var ratios: [Double] = []
    for draw in 0..<draws {
      if interruption.isRaised, !plan.rows.isEmpty { return .nan }
      ratios.append(
        executor.run(inputs: inputs, outputCount: 1, key: own.derived(UInt64(draw)))[0]
      )
    }
    return ImportanceWeights(logRatios: ratios).shape
  }

  /// Ratios below which a shape is not worth working out.
  private static let leastRatios = 100

  /// Streams of the draws at the end.
  private static let drawing: UInt64 = 1 << 33

  /// Steps of a pass over all rows that take longer than compiling a graph.
  private static let manySteps = 100

  /// Passes over all rows that the objective at the end is estimated from: without draws of latents all passes give the same.
  private static func passes(_ plan: TrainingPlan) -> Int { plan.isVariational ? 4 : 1 }

  /// The evidence lower bound of other data under the parameters of a fit.
  func bound(of fit: Fit, for source: CheckedPrediction.Source, at span: SourceSpan)
    throws(SamplingFailure) -> (mean: Double, error: Double, rows: Int)
  {
    guard let training = fit.training else {
      preconditionFailure("The checker lets fits by steps through only.")
    }
    let rebound = try rebound(source).bound
    var other = self
    other.replaceBound(rebound)
    var plan = training.plan
    plan.threads = 1
    for (id, count) in plan.rows { plan.rows[id] = min(count, rebound[id].count) }
    let stochastic = try other.stochasticModel(plan)
    guard stochastic.parameterCount == training.parameters.count else {
      throw .program(
        Diagnostic(
          code: "E0614",
          message: "the fit says nothing of new elements of its latents",
          primary: .init(span, "the new data have other latents than the fit"),
          help: "let a `guide` with a net say how latents follow from the data"
        )
      )
    }
    let key = RandomKey(seed: plan.seed).derived(Simulator.Purpose.prediction.rawValue)
    let run = stochastic.run(plan, key: key)
    let objective = objective(stochastic.objective, of: stochastic, threads: 1)
    let bound = run.evaluate(objective, at: training.parameters, passes: Self.passes(plan))
    if let failure = rowFailure([objective.failure]) { throw failure }
    return (bound.mean, bound.error, training.rows(of: rebound))
  }

  /// The graphs of a fit by steps.
  func stochasticModel(_ plan: TrainingPlan) throws(SamplingFailure) -> StochasticModel {
    for (id, count) in plan.rows {
      let dimension = bound[id]
      guard count > dimension.count else { continue }
      throw .program(
        Diagnostic(
          code: "E0612",
          message: "a batch has \(count) rows of `\(dimension.name)`, which has \(dimension.count)",
          primary: .init(plan.span),
          help: "take at most all of them"
        )
      )
    }
    if plan.training.quasiNewtonHistory != nil {
      for (id, count) in plan.rows where count < plan.totals[id] ?? bound[id].count {
        throw .program(
          Diagnostic(
            code: "E0623",
            message: "`lbfgs` needs all rows in each step, and a batch has \(count) of"
              + " \(plan.totals[id] ?? bound[id].count)",
            primary: .init(plan.span),
            help: "leave out `batch`, take all rows, or use `adam(0.001)`"
          )
        )
      }
    }
    do throws(LoweringError) {
      return try ModelCompiler.compileStochastic(
        bound,
        rows: plan.rowsOfThread,
        totals: plan.totals,
        isVariational: plan.isVariational,
        guide: plan.guide.map { bound.model.guides[$0] },
        frozen: plan.frozen,
        augmentations: plan.augmentations,
        readsRows: plan.training.quasiNewtonHistory == nil
      )
    } catch {
      throw .program(error.diagnostic)
    }
  }

  /// Where the parameters begin: as the layers say, or as a file says that the program loads.
  private func startingParameters(
    _ stochastic: StochasticModel,
    _ plan: TrainingPlan,
    _ key: RandomKey
  ) throws(SamplingFailure) -> [Float] {
    var parameters = stochastic.startingParameters(key)
    guard let (path, span) = plan.loaded else { return parameters }
    let file = program.resolved(path)
    let arrays: [NamedArray]
    do {
      arrays = try readTensorFile(try readFile(file), path: file)
    } catch let error as DataFileError {
      throw .data([Diagnostic(code: "E0807", message: error.message, primary: .init(span))])
    } catch let error as FileError {
      throw .data([Diagnostic(code: "E0807", message: error.message, primary: .init(span))])
    } catch {
      throw .run(message: "\(file) cannot be read")
    }
    let named = Dictionary(arrays.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    var start = 0
    var used = 0
    for parameter in stochastic.parameters {
      let count = parameter.shape.count
      defer { start += count }
      guard parameter.role != .logScale, parameter.role != .logit,
        let array = named[parameter.name]
      else { continue }
      guard array.shape == parameter.shape.sizes else {
        let (have, want) = (array.shape, parameter.shape.sizes)
        throw .data([
          Diagnostic(
            code: "E0810",
            message:
              "`\(parameter.name)` of \(file) has the shape \(have), and the net wants \(want)",
            primary: .init(span),
            help: "load weights of a net with the same layers"
          )
        ])
      }
      parameters.replaceSubrange(start..<(start + count), with: array.values.map { Float($0) })
      used += 1
    }
    guard used > 0 else {
      let names = arrays.prefix(4).map(\.name).joined(separator: ", ")
      throw .data([
        Diagnostic(
          code: "E0810",
          message: "\(file) has no weights of the program's nets",
          primary: .init(span, "its arrays are \(names)\(arrays.count > 4 ? ", …" : "")"),
          help: "arrays have the names of weights, as `f.dense_1.weight`"
        )
      ])
    }
    return parameters
  }

  /// What is said of a run that failed.
  private func failure(
    _ failure: TrainingFailure,
    _ objective: StepObjective,
    _ stochastic: StochasticModel,
    _ place: FitPlace
  ) -> SamplingFailure {
    switch failure {
    case .notFinite(let step, let inputs):
      notFinite(step, objective.graphInputs(inputs), stochastic)
    case .foreignState: FitPlace.foreign((place.path ?? "") + "/" + FitCheckpoint.fileName)
    case .checkpoint(let error as FitError): .storage(message: storageMessage(error))
    case .checkpoint(let error): .storage(message: "\(error)")
    }
  }

  /// Says which statement is not finite where the objective is not.
  private func notFinite(_ step: Int, _ parts: [[Float]], _ stochastic: StochasticModel)
    -> SamplingFailure
  {
    let source = program.source
    let guilty = parts.lazy.compactMap { inputs in
      let values = ReferenceExecutor(stochastic.terms).run(
        inputs: inputs.map(Double.init),
        outputCount: stochastic.terms.outputCount
      )
      return zip(stochastic.termSpans, values).first { !$0.1.isFinite }
    }.first
    let place = guilty.map { span, value in
      "; the log density of line \(source.position(of: span.start).line),"
        + " `\(source.text(of: span))`, is \(value)"
    }
    let drawn = stochastic.approximations.map {
      "`\(bound.model.variables[$0.variable.index].name.text)`"
    }
    let isExcluded = guilty.map { $0.1 == -.infinity } ?? false
    return .run(
      message:
        "the objective is not finite in step \(step + 1)\(place ?? ""). "
        + (isExcluded && !drawn.isEmpty
          ? "Values of \(drawn.joined(separator: ", ")) that are drawn may be impossible there:"
            + " give it bounds, or a guide that leaves them out"
          : "Shorter steps may help: a smaller rate of the optimizer, or `clip`")
    )
  }

  /// The values of what has no prior.
  private func fittedValues(_ stochastic: StochasticModel, _ parameters: [Float])
    -> [(quantity: RecordedQuantity, values: [Double])]
  {
    let rows = [Double](repeating: 0, count: stochastic.rowInputCount)
    var values = ReferenceExecutor(stochastic.fitted).run(
      inputs: rows + parameters.map(Double.init),
      outputCount: stochastic.fitted.outputCount
    )[...]
    return stochastic.fittedQuantities.map { quantity in
      defer { values = values.dropFirst(quantity.count) }
      return (quantity, Array(values.prefix(quantity.count)))
    }
  }

  /// Draws of the recorded quantities, which also go to the disk.
  private func record(
    _ stochastic: StochasticModel,
    _ parameters: [Float],
    _ plan: TrainingPlan,
    _ key: RandomKey,
    _ writer: FitWriter?
  ) throws(SamplingFailure) -> DrawCollector.ChainDraws {
    let recorder = writer?.makeRecorder(chain: 0)
    let executor = ExecutableGraph(stochastic.draw, .reference).makeExecutor()
    let rows = [Double](repeating: 0, count: stochastic.rowInputCount)
    let inputs = rows + parameters.map(Double.init)
    let own = key.derived(Self.drawing)
    return try record(plan.draws, recorder) { draw in
      executor.run(
        inputs: inputs,
        outputCount: stochastic.draw.outputCount,
        key: own.derived(UInt64(draw))
      )
    }
  }
}

extension StochasticModel {
  /// The run of a fit by steps.
  func run(_ plan: TrainingPlan, key: RandomKey) -> TrainingRun {
    var penalised: [Range<Int>] = []
    var frozen: [Range<Int>] = []
    var running: [Range<Int>] = []
    var start = 0
    for parameter in parameters {
      let end = start + parameter.shape.count
      switch parameter.role {
      case .fitted, .value:
        if !plan.frozen.contains(parameter.variable) { penalised.append(start..<end) }
      case .running: running.append(start..<end)
      case .location, .logScale, .logit: break
      }
      if plan.frozen.contains(parameter.variable) { frozen.append(start..<end) }
      start = end
    }
    return TrainingRun(
      settings: plan.training,
      rows: rows.map { rows in
        if let held = plan.heldOut, held.dimension == rows.dimension {
          return BatchedRows(count: rows.count * plan.threads, places: held.training)
        }
        return BatchedRows(count: rows.count * plan.threads, total: rows.total)
      },
      observationCount: rows.map(\.total).max() ?? observationCount,
      penalised: penalised,
      frozen: frozen,
      running: running,
      key: key
    )
  }

  /// Where the parameters begin.
  func startingParameters(_ key: RandomKey) -> [Float] {
    var result: [Float] = []
    result.reserveCapacity(parameterCount)
    for (number, parameter) in parameters.enumerated() {
      let count = parameter.shape.count
      var generator = key.derived(1 << 34).derived(UInt64(number)).makeGenerator()
      switch parameter.start {
      case .constant(let value), .random(.constant(let value)):
        result += [Float](repeating: Float(value), count: count)
      case .values(let values): result += values.map { Float($0) }
      case .random(.uniform(let bound)):
        for _ in 0..<count { result.append(Float(bound * (2 * generator.nextUniform() - 1))) }
      case .random(.normal(let deviation)):
        for _ in 0..<count { result.append(Float(deviation * generator.nextNormal())) }
      }
    }
    return result
  }
}
