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
  /// The fit goes to `path`, where it may replace another if `replacing`; nil keeps it in memory only.
  func sample(
    name: String,
    plan: ChainPlan,
    path: String?,
    replacing: Bool,
    keepsPositions: Bool = false,
    interruption: Interruption,
    progress: (@Sendable (SamplingProgress) -> Void)?
  ) async throws(SamplingFailure) -> Fit {
    let clock = ContinuousClock()
    let start = clock.now
    let adaptive = try adaptiveGraphs(plan)
    let stateSpace = try StateSpaceProgram(plan, bound, compiled, graphs.choice)
    let writer = try makeWriter(path, FitStore(model: self).schema(plan), replacing: replacing)
    let collector = DrawCollector(
      graph: adaptive?.draw ?? graphs.draw(compiled),
      writer: writer,
      lengths: plan.lengths,
      statistics: plan.signature.statistics,
      keepsPositions: keepsPositions
    )
    var logDensity = GraphLogDensity(compiled, graphs, adaptive, for: plan)
    logDensity.screening = try screening(plan)
    var run = SamplingRun(
      logDensity: logDensity,
      engine: plan.engine,
      lengths: plan.lengths,
      sink: collector,
      cancellation: interruption.flag
    )
    run.stateSpace = stateSpace
    let starts = PathfinderStarts(plan, cancellation: interruption.flag)
    run.findStart = starts?.find
    if let progress { run.progress = { progress(SamplingProgress($0)) } }
    let results: [ChainResult]
    let chainStart = clock.now
    do {
      results = try await run.run()
    } catch {
      try discard(writer)
      throw failure(error)
    }
    let chainsSeconds = (clock.now - chainStart) / .seconds(1)
    /// Time of the slowest chain; chains that move together have a part each.
    func seconds(_ part: (ChainResult) -> Double) -> Double {
      let times = results.map(part)
      return plan.signature.joinsChains ? times.reduce(0, +) : times.max() ?? 0
    }
    var draws: [DrawCollector.ChainDraws]
    do {
      draws = try collector.finish()
      if draws.contains(where: { $0.drawCount > 0 }) {
        _ = try writer?.finish(attributes: [
          .init("sampling_time", .real(seconds(\.samplingSeconds))),
          .init("warmup_time", .real(seconds(\.warmupSeconds))),
          .init("chains_time", .real(chainsSeconds)),
        ])
      } else {
        try writer?.discard()
      }
    } catch {
      throw .storage(message: storageMessage(error))
    }
    if let adaptive, keepsPositions { adaptive.unify(&draws) }
    var fit = Fit(
      name: name,
      engine: plan.signature.name,
      path: path,
      seed: plan.lengths.seed,
      bound: bound,
      recorded: compiled.recorded,
      likelihoods: compiled.likelihoods,
      draws: draws,
      warmupSeconds: seconds(\.warmupSeconds),
      samplingSeconds: seconds(\.samplingSeconds),
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
    fit.notes = (starts?.notes ?? []) + screeningNotes(plan, results)
    note(results, &fit)
    return fit
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
  func makeWriter(_ path: String?, _ schema: FitSchema, replacing: Bool)
    throws(SamplingFailure) -> FitWriter?
  {
    guard let path else { return nil }
    do {
      return try FitWriter(path: path, schema: schema, replacing: replacing, isWritingBehind: true)
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
