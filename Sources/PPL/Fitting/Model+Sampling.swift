import PPLExecution
import PPLInference
import PPLJSON
import PPLModelCompiler
import PPLSemantics
import PPLStorage
import PPLTensorCore

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
  /// Present step size.
  public var stepSize: Double
  /// Leapfrog steps so far.
  public var leapfrogCount: Int
}

/// Asks a run to stop; what was drawn is kept.
public final class Interruption: Sendable {
  let flag = CancellationFlag()

  /// Makes one that is not raised.
  public init() {}

  /// Asks the run to stop at its last completed draws.
  public func raise() { flag.cancel() }

  /// Whether it was raised.
  public var isRaised: Bool { flag.isCancelled }
}

extension Model {
  /// Draws from the posterior with the No-U-Turn sampler.
  ///
  /// The fit goes to `path`, where it may replace another if `replacing`; nil keeps it in memory only.
  func sample(
    name: String,
    settings: NUTSSettings,
    path: String?,
    replacing: Bool,
    keepsPositions: Bool = false,
    interruption: Interruption,
    progress: (@Sendable (SamplingProgress) -> Void)?
  ) async throws(SamplingFailure) -> Fit {
    let clock = ContinuousClock()
    let start = clock.now
    let writer = try makeWriter(path, FitStore(model: self).schema(settings), replacing: replacing)
    let adaptive = try adaptiveGraphs(settings)
    let collector = DrawCollector(
      graph: adaptive?.draw ?? graphs.draw(compiled),
      writer: writer,
      chains: settings.chains,
      draws: settings.draws,
      seed: settings.seed,
      keepsPositions: keepsPositions
    )
    var run = SamplingRun(
      logDensity: adaptive.map { GraphLogDensity(compiled, $0) }
        ?? GraphLogDensity(compiled, graphs),
      settings: settings,
      sink: collector,
      cancellation: interruption.flag
    )
    let starts = PathfinderStarts(settings, cancellation: interruption.flag)
    run.findStart = starts?.find
    if let progress {
      run.progress = { state in
        progress(
          SamplingProgress(
            chain: state.chain + 1,
            isWarmup: state.phase == .warmup,
            iteration: state.iteration,
            total: state.total,
            drawCount: state.drawCount,
            divergences: state.divergences,
            stepSize: state.stepSize,
            leapfrogCount: state.leapfrogCount
          )
        )
      }
    }
    let results: [ChainResult]
    let chainStart = clock.now
    do {
      results = try await run.run()
    } catch {
      do { try writer?.discard() } catch {
        throw .storage(message: storageMessage(error))
      }
      throw failure(error)
    }
    let chainsSeconds = (clock.now - chainStart) / .seconds(1)
    var draws: [DrawCollector.ChainDraws]
    do {
      draws = try collector.finish()
      if draws.contains(where: { $0.drawCount > 0 }) {
        _ = try writer?.finish(attributes: [
          .init("sampling_time", .real(results.map(\.samplingSeconds).max() ?? 0)),
          .init("warmup_time", .real(results.map(\.warmupSeconds).max() ?? 0)),
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
      engine: "nuts",
      path: path,
      seed: settings.seed,
      bound: bound,
      recorded: compiled.recorded,
      likelihoods: compiled.likelihoods,
      draws: draws,
      warmupSeconds: results.map(\.warmupSeconds).max() ?? 0,
      samplingSeconds: results.map(\.samplingSeconds).max() ?? 0,
      work: SamplerWork(
        chainsSeconds: chainsSeconds,
        warmupSeconds: results.map(\.warmupSeconds).reduce(0, +),
        samplingSeconds: results.map(\.samplingSeconds).reduce(0, +),
        samplingGradients: results.map(\.samplingGradientCount).reduce(0, +)
      ),
      totalSeconds: (clock.now - start) / .seconds(1),
      gradientEvaluations: results.map(\.gradientCount).reduce(0, +),
      wasInterrupted: interruption.isRaised
    )
    fit.notes = starts?.notes ?? []
    return fit
  }

  /// The graphs for a run that chooses coordinates, where it does.
  func adaptiveGraphs(_ settings: NUTSSettings) throws(SamplingFailure) -> AdaptiveGraphs? {
    guard settings.choosesCoordinates else { return nil }
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
      let table: String
      do throws(LoweringError) {
        table = try InitializationTable(model: self).text(for: failure)
      } catch {
        return .program(error.diagnostic)
      }
      return .initialization(
        message: "no start was found: after \(failure.attemptCount) tries in chain \(chain + 1) the"
          + " log density or its gradient was still not finite",
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
