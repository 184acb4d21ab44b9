import PPLInference
import PPLJSON
import PPLModelCompiler
import PPLPosteriorAnalysis
import PPLSemantics
import Synchronization

/// What a run of the sampler costs and yields; draws stay in memory.
public struct SamplingBenchmark: Sendable {
  /// Number of chains.
  public var chains: Int
  /// Tuning draws of each chain.
  public var warmup: Int
  /// Draws after tuning that every chain has.
  public var draws: Int
  /// Wall time of tuning, in seconds: what the chains needed for it in proportion to the whole.
  public var warmupSeconds: Double
  /// Wall time after tuning, in seconds.
  public var samplingSeconds: Double
  /// Time after tuning, summed over the chains, in seconds.
  public var chainSeconds: Double
  /// Gradients after tuning, of all chains; evaluations of the log density alone of engines that need no gradient.
  public var gradients: Int
  /// Divergent draws.
  public var divergences: Int
  /// The smallest bulk effective sample size over all sampled quantities; NaN if there is none.
  public var minimumBulkESS: Double
  /// Name of the quantity that has it.
  public var minimumBulkESSName: String

  /// Effective draws a second of sampling.
  public var bulkESSPerSecond: Double { minimumBulkESS / samplingSeconds }
  /// Effective draws a second of tuning and sampling.
  public var bulkESSPerSecondWithWarmup: Double {
    minimumBulkESS / (warmupSeconds + samplingSeconds)
  }
  /// Effective draws a gradient after tuning.
  public var bulkESSPerGradient: Double { minimumBulkESS / Double(gradients) }

  /// The share of a chain's time after tuning that is not spent in the gradient: the sampler's own work, quantities
  /// that follow from a draw, and waiting for a processor.
  ///
  /// A gradient is taken to need what it needs alone, so the share can come out a little below zero.
  ///
  /// - Parameter gradient: what a gradient needs alone.
  /// - Returns: a share of 1.
  public func shareOutsideGradient(_ gradient: GradientBenchmark) -> Double {
    1 - Double(gradients) * gradient.gradientNanoseconds * 1e-9 / chainSeconds
  }

  func json(_ gradient: GradientBenchmark) -> JSONValue {
    [
      "chains": .integer(chains),
      "warmup": .integer(warmup),
      "draws": .integer(draws),
      "warmup_s": .real(warmupSeconds),
      "sampling_s": .real(samplingSeconds),
      "gradients": .integer(gradients),
      "divergences": .integer(divergences),
      "min_ess_bulk": .real(minimumBulkESS),
      "min_ess_bulk_name": .string(minimumBulkESSName),
      "ess_per_s": .real(bulkESSPerSecond),
      "ess_per_s_with_warmup": .real(bulkESSPerSecondWithWarmup),
      "ess_per_gradient": .real(bulkESSPerGradient),
      "outside_gradient_share": .real(shareOutsideGradient(gradient)),
    ]
  }
}

extension Model {
  /// Samples in memory with the settings of the program's first `infer`, seed 1 if it sets none.
  ///
  /// - Parameters:
  ///   - options: settings over those of the program.
  ///   - limit: ends it when a chain has sampled for so long, or tuned for ten times as long; nil for all draws.
  /// - Returns: what it cost and yielded.
  /// - Throws: why there are no draws.
  public func benchmarkSampling(
    _ options: SamplerOptions = SamplerOptions(),
    limit: Duration? = nil
  ) async throws(SamplingFailure) -> SamplingBenchmark {
    let plan = options.chains(bound.model.fits.first, bound.model, dimension: dimension, seed: 1)
    let interruption = Interruption()
    // Code is made before the clock starts.
    let adaptive = try adaptiveGraphs(plan)
    _ = GraphLogDensity(compiled, graphs, adaptive, for: plan)
    let start = ContinuousClock.now
    let firstDraw = Mutex<ContinuousClock.Instant?>(nil)
    let fit = try await sample(
      name: "benchmark",
      plan: plan,
      place: FitPlace(),
      interruption: interruption,
      progress: { progress in
        guard let limit else { return }
        let now = ContinuousClock.now
        if progress.drawCount == 0 {
          if now - start > limit * 10 { interruption.raise() }
          return
        }
        let begin = firstDraw.withLock { time in
          if time == nil { time = now }
          return time ?? now
        }
        if now - begin > limit { interruption.raise() }
      }
    )
    let work = fit.work
    let share = work.samplingSeconds / (work.warmupSeconds + work.samplingSeconds)
    let sampled = fit.summaries().filter { fit.recorded[$0.quantity].role == .sampled }
    let worst = sampled.min { smaller($0.summary.essBulk, $1.summary.essBulk) }
    return SamplingBenchmark(
      chains: fit.chainCount,
      warmup: plan.lengths.warmup,
      draws: fit.drawCount,
      warmupSeconds: work.chainsSeconds * (1 - share),
      samplingSeconds: work.chainsSeconds * share,
      chainSeconds: work.samplingSeconds,
      gradients: work.samplingGradients + work.samplingDensities,
      divergences: fit.sampler.divergenceCount,
      minimumBulkESS: worst?.summary.essBulk ?? .nan,
      minimumBulkESSName: worst?.name ?? ""
    )
  }

  /// The gradient's time, and what share of sampling one chain spends outside of it; half a second of sampling or
  /// less tells.
  public func benchmarkWithSampling() async -> ModelBenchmark {
    let gradient = benchmark()
    var options = SamplerOptions()
    options.chains = 1
    options.warmup = 200
    options.draws = 1_000_000
    do {
      let sampling = try await benchmarkSampling(options, limit: .milliseconds(500))
      let share = sampling.draws > 0 ? sampling.shareOutsideGradient(gradient) : nil
      return ModelBenchmark(gradient: gradient, shareOutsideGradient: share)
    } catch {
      return ModelBenchmark(gradient: gradient, shareOutsideGradient: nil)
    }
  }
}

/// NaN counts as smallest: a quantity whose effective sample size cannot be told is the worst.
private func smaller(_ a: Double, _ b: Double) -> Bool {
  if a.isNaN || b.isNaN { return a.isNaN && !b.isNaN }
  return a < b
}

/// What `ppl bench` tells of one model.
public struct ModelBenchmark: Sendable {
  /// Times of gradient and compilation.
  public var gradient: GradientBenchmark
  /// Share of a chain's sampling time outside of the gradient; nil if no draw was made.
  public var shareOutsideGradient: Double?

  /// As JSON.
  public var json: String {
    let share: JSONValue = shareOutsideGradient.map { .real($0) } ?? .null
    let members = gradient.members + [JSONMember("outside_gradient_share", share)]
    return JSONValue.object(members).text(.indented)
  }

  /// For people.
  public var text: String {
    let share = shareOutsideGradient.map { "\(($0 * 1000).rounded() / 10) %" } ?? "-"
    return gradient.text + "\noutside gradient    \(share) of sampling"
  }
}
