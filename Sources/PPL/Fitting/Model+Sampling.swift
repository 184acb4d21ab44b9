import PPLExecution
import PPLInference
import PPLJSON
import PPLModelCompiler
import PPLSemantics
import PPLStorage
import PPLTensorCore
import PPLTypeSystem

/// How far a chain is.
public struct SamplingProgress: Sendable, Hashable {
  /// Number of the chain, from 1.
  public var chain: Int
  /// Whether it still tunes.
  public var isWarmup: Bool
  /// Draws made, tuning included.
  public var iteration: Int
  /// Draws to be made, tuning included.
  public var total: Int
  /// Draws made after tuning; the first one is always reported.
  public var drawCount: Int
  /// Divergent trajectories after tuning.
  public var divergences: Int
  /// Present step size; NaN of engines that have none.
  public var stepSize: Double
  /// Evaluations of the log density so far, with gradient or without: leapfrog steps of Hamiltonian trajectories.
  public var leapfrogCount: Int
}

extension SamplingProgress {
  init(_ state: ChainProgress) {
    self.init(
      chain: state.chain + 1,
      isWarmup: state.phase == .warmup,
      iteration: state.iteration,
      total: state.total,
      drawCount: state.drawCount,
      divergences: state.divergences,
      stepSize: state.stepSize,
      leapfrogCount: state.leapfrogCount
    )
  }
}

/// Asks a run to stop; what was drawn is kept.
public final class Interruption: Sendable {
  /// Stops the chains: raised with this, and by a chain that fails.
  let flag = CancellationFlag()
  private let wasAsked = CancellationFlag()

  /// Makes one that is not raised.
  public init() {}

  /// Asks the run to stop at its last completed draws.
  public func raise() {
    wasAsked.cancel()
    flag.cancel()
  }

  /// Whether somebody asked for it, as against a chain that failed.
  var isAsked: Bool { wasAsked.isCancelled }

  /// Whether it was raised.
  public var isRaised: Bool { flag.isCancelled }
}

extension Model {
  /// Draws from the posterior with an engine of Markov chains.
  ///
  /// The fit goes to its place, if it has one, and goes on from what is there, if that is asked for: to the same draws, bit by bit,
  /// as those of a run that was not stopped. With `warmStart` its chains begin at the last draws of another fit.
  func sample(
    name: String,
    plan: ChainPlan,
    place: FitPlace,
    keepsPositions: Bool = false,
    warmStart: WarmStartSource? = nil,
    interruption: Interruption,
    emit: (RunEvent) -> Void = { _ in },
    progress: (@Sendable (SamplingProgress) -> Void)?
  ) async throws(SamplingFailure) -> Fit {
    let clock = ContinuousClock()
    let start = clock.now
    var plan = plan
    plan.lengths.draws += place.record?.more ?? 0
    let adaptive = try adaptiveGraphs(plan)
    let stateSpace = try StateSpaceProgram(plan, bound, compiled, graphs.choice)
    let isResumable = place.path != nil && place.record != nil
    let schema = FitStore(model: self).schema(plan, keepsPositions: isResumable && keepsPositions)
    let identity = isResumable ? identity(name, plan, keepsPositions: keepsPositions) : ""
    let stopped = try StoppedChains(place, plan, schema, identity: identity)
    if let stopped {
      for damage in stopped.damages { emit(.note(damage)) }
      emit(.note(stopped.text(name, plan.lengths)))
    }
    var logDensity = GraphLogDensity(compiled, graphs, adaptive, for: plan)
    logDensity.screening = try screening(plan)
    let starts = try chainStarts(warmStart, stopped, plan, logDensity, emit)
    let writer = try makeWriter(place, schema, stopped, starts, drawCount: plan.lengths.draws)
    let saving =
      isResumable
      ? writer.map { writer in
        ChainSaving(
          identity: identity,
          blocks: coordinateBlocks,
          warmup: plan.lengths.warmup,
          writer: writer,
          interval: place.checkpointInterval
        )
      } : nil
    let collector = DrawCollector(
      graph: adaptive?.draw ?? graphs.draw(compiled),
      writer: writer,
      lengths: plan.lengths,
      statistics: plan.signature.statistics,
      dimension: dimension,
      keepsPositions: keepsPositions,
      saving: saving,
      stopped: stopped
    )
    var run = SamplingRun(
      logDensity: logDensity,
      engine: plan.engine,
      lengths: plan.lengths,
      sink: collector,
      cancellation: interruption.flag
    )
    run.stateSpace = stateSpace
    run.resumedStates = stopped?.states
    run.initialPositions = starts?.positions
    run.initialVariances = starts?.variances
    let pathfinder = PathfinderStarts(plan, cancellation: interruption.flag)
    run.findStart = pathfinder?.find
    if let progress { run.progress = { progress(SamplingProgress($0)) } }
    var results: [ChainResult]
    let chainStart = clock.now
    do {
      results = try await run.run()
    } catch {
      throw try giveUp(writer, failure(error), place)
    }
    let chainsSeconds = (clock.now - chainStart) / .seconds(1)
    var draws: [DrawCollector.ChainDraws]
    do {
      draws = try collector.finish()
      try collector.saveEnd(results, joined: plan.signature.joinsChains)
      if let stopped {
        for index in results.indices { results[index].add(stopped.tallies[results[index].chain]) }
      }
      if draws.contains(where: { $0.drawCount > 0 }) {
        _ = try writer?.finish(attributes: [
          .init("sampling_time", .real(seconds(results, plan, \.samplingSeconds))),
          .init("warmup_time", .real(seconds(results, plan, \.warmupSeconds))),
          .init("chains_time", .real(chainsSeconds)),
        ])
      } else if saving != nil, results.contains(where: { $0.state != nil }) {
        try writer?.pause()
      } else {
        try writer?.discard()
      }
    } catch let error as FitError {
      throw try giveUp(writer, .storage(message: storageMessage(error)), place)
    } catch {
      throw .storage(message: "\(error)")
    }
    if let adaptive, keepsPositions { adaptive.unify(&draws) }
    var fit = Fit(
      name: name,
      engine: plan.signature.name,
      path: place.path,
      seed: plan.lengths.seed,
      bound: bound,
      recorded: compiled.recorded,
      likelihoods: compiled.likelihoods,
      draws: draws,
      warmupSeconds: seconds(results, plan, \.warmupSeconds),
      samplingSeconds: seconds(results, plan, \.samplingSeconds),
      work: SamplerWork(
        chainsSeconds: chainsSeconds,
        warmupSeconds: results.map(\.warmupSeconds).reduce(0, +),
        samplingSeconds: results.map(\.samplingSeconds).reduce(0, +),
        samplingGradients: results.map(\.samplingGradientCount).reduce(0, +),
        samplingDensities: results.map(\.samplingDensityCount).reduce(0, +)
      ),
      totalSeconds: (clock.now - start) / .seconds(1),
      gradientEvaluations: results.map(\.gradientCount).reduce(0, +),
      densityEvaluations: results.map(\.densityCount).reduce(0, +),
      wasInterrupted: interruption.isRaised
    )
    let places = results.compactMap { $0.state.map { ChainPlace($0) } }
    if places.count == results.count { fit.ends = (places, coordinateBlocks) }
    fit.isResumable = isResumable && results.contains { $0.state != nil }
    fit.notes = (pathfinder?.notes ?? []) + screeningNotes(plan, results)
    note(results, &fit)
    return fit
  }

  /// Time of the slowest chain; chains that move together have a part each.
  private func seconds(
    _ results: [ChainResult],
    _ plan: ChainPlan,
    _ part: (ChainResult) -> Double
  ) -> Double {
    let times = results.map(part)
    return plan.signature.joinsChains ? times.reduce(0, +) : times.max() ?? 0
  }

  /// Where chains that have no state begin, if that is not left to chance.
  private func chainStarts(
    _ warmStart: WarmStartSource?,
    _ stopped: StoppedChains?,
    _ plan: ChainPlan,
    _ logDensity: GraphLogDensity,
    _ emit: (RunEvent) -> Void
  ) throws(SamplingFailure) -> ChainStarts? {
    if let stopped { return ChainStarts(in: stopped.reader.path) }
    guard let warmStart else { return nil }
    guard plan.engine is any HamiltonianEngine || plan.engine is any KernelEngine,
      !plan.signature.joinsChains
    else {
      emit(
        .note("chains of \(plan.signature.name) begin by chance, whatever an earlier fit has found")
      )
      return nil
    }
    let run = SamplingRun(
      logDensity: logDensity,
      engine: plan.engine,
      lengths: plan.lengths,
      sink: NoSink()
    )
    let earlier: WarmStart
    switch warmStart {
    case .stored(let path): earlier = try WarmStart(path: path)
    case .fit(let known): earlier = known
    }
    let found = try earlier.starts(of: run, blocks: coordinateBlocks)
    emit(.note(found.text))
    return found.starts
  }

  /// The writer of a fit by chains: of one that goes on, of one that is made longer, or of a new one.
  private func makeWriter(
    _ place: FitPlace,
    _ schema: FitSchema,
    _ stopped: StoppedChains?,
    _ starts: ChainStarts?,
    drawCount: Int
  ) throws(SamplingFailure) -> FitWriter? {
    var files: [(name: String, bytes: [UInt8])] = []
    do {
      if let starts { files.append((ChainStarts.fileName, try StateFile.bytes(of: starts))) }
    } catch {
      throw .storage(message: "\(error)")
    }
    guard let path = place.path, let stopped else { return try makeWriter(place, schema, files) }
    do throws(FitError) {
      if stopped.reader.plannedDrawCount == drawCount {
        return try FitWriter(resuming: stopped.reader, path: path, schema: schema)
      }
      let writer = try FitWriter(
        path: path,
        schema: schema,
        replacing: true,
        isWritingBehind: true
      )
      files += stopped.files
      if let record = place.record { files.append((RunRecord.fileName, record.bytes)) }
      try writer.take(stopped.reader, files: files)
      return writer
    } catch {
      throw .storage(message: storageMessage(error))
    }
  }

  /// Ends a run that failed; what can be resumed stays, and is told.
  private func giveUp(_ writer: FitWriter?, _ failure: SamplingFailure, _ place: FitPlace)
    throws(SamplingFailure) -> SamplingFailure
  {
    guard let writer, let path = place.path, place.record != nil, writer.hasCheckpoint else {
      try discard(writer)
      return failure
    }
    let advice = "; what was saved stays, and `ppl run --resume \(path)` goes on from there"
    return switch failure {
    case .storage(let message): .storage(message: message + advice)
    case .run(let message): .run(message: message + advice)
    default: failure
    }
  }

  /// The graphs for a run that chooses coordinates, where it does.
  func adaptiveGraphs(_ plan: ChainPlan) throws(SamplingFailure) -> AdaptiveGraphs? {
    guard plan.choosesCoordinates else { return nil }
    do {
      return try graphs.adaptive(compiled, bound)
    } catch {
      throw .program(error.diagnostic)
    }
  }

  /// The writer of a fit's files; nil without a path.
  ///
  /// The run's record lies beside the arrays from the start: a run that is killed can be found again.
  func makeWriter(
    _ place: FitPlace,
    _ schema: FitSchema,
    _ files: [(name: String, bytes: [UInt8])] = []
  ) throws(SamplingFailure) -> FitWriter? {
    guard let path = place.path else { return nil }
    var files = files
    if let record = place.record { files.append((RunRecord.fileName, record.bytes)) }
    do {
      return try FitWriter(
        path: path,
        schema: schema,
        replacing: place.replaces || place.resumes,
        files: files,
        isWritingBehind: true
      )
    } catch {
      throw .storage(message: storageMessage(error))
    }
  }

  /// Makes a fit's files whole, with the time that its draws took; without draws there are none.
  func finish(_ writer: FitWriter?, hasDraws: Bool, seconds: Double) throws(SamplingFailure) {
    guard hasDraws else { return try discard(writer) }
    do {
      _ = try writer?.finish(attributes: [.init("sampling_time", .real(seconds))])
    } catch {
      throw .storage(message: storageMessage(error))
    }
  }

  /// Takes back the files of a fit that failed.
  func discard(_ writer: FitWriter?) throws(SamplingFailure) {
    do { try writer?.discard() } catch {
      throw .storage(message: storageMessage(error))
    }
  }

  func storageMessage(_ error: FitError) -> String {
    switch error {
    case .exists(let path):
      "\(path) exists already; add --overwrite to replace it, or choose another path with --out"
    default: error.message
    }
  }

  func failure(_ error: InferenceError) -> SamplingFailure {
    switch error {
    case .invalidSetting(let name, let requirement):
      return .run(message: "`\(name)` \(requirement)")
    case .initialization(let chain, let failure):
      let usesGradient = failure.lastAttempts.contains { !$0.gradient.isEmpty }
      let table: String
      do throws(LoweringError) {
        table = try InitializationTable(model: self).text(for: failure)
      } catch {
        return .program(error.diagnostic)
      }
      return .initialization(
        message: "no start was found: after \(failure.attemptCount) tries in chain \(chain + 1) the"
          + " log density \(usesGradient ? "or its gradient " : "")was still not finite",
        table: table
      )
    case .evaluation(let chain, let iteration, let error):
      return .run(
        message: "chain \(chain + 1), iteration \(iteration + 1): \(error.message)"
      )
    case .sink(_, _, let error):
      if let error = error as? FitError { return .storage(message: storageMessage(error)) }
      return .storage(message: "\(error)")
    }
  }
}

/// Takes no draws.
private struct NoSink: DrawSink {
  func receive(
    position: Span<Double>,
    statistics: DrawStatistics,
    chain: Int,
    index: Int,
    isWarmup: Bool
  ) {}
}
