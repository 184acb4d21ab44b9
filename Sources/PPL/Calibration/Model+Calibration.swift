import PPLInference
import PPLModelCompiler
import PPLPosteriorAnalysis
import PPLReporting
import PPLSemantics
import PPLSourceText
import PPLSyntax
import PPLTensorCore
import PPLTypeSystem
import Synchronization

extension Model {
  /// Simulation-based calibration: whether posteriors of simulated data cover what the data were simulated from.
  ///
  /// For each replicate latents are drawn from their statements, all observed data are simulated from them (given data
  /// and the pattern of missing cells stay), the program's engine fits them, and each latent is ranked among its
  /// draws, thinned to be independent (Talts et al. 2018, arXiv:1804.06788); so is the log likelihood where it is known
  /// (Modrák et al. 2023, doi:10.1214/23-BA1404). If model, data and sampler agree, ranks are uniform.
  ///
  /// - Parameters:
  ///   - options: numbers of replicates and draws.
  ///   - interruption: stops it; replicates so far count.
  ///   - progress: called with the number of replicates that are done, from any thread.
  /// - Returns: the ranks and what they say.
  /// - Throws: why the model cannot be simulated.
  public func calibrate(
    _ options: CalibrationOptions = CalibrationOptions(),
    interruption: Interruption = Interruption(),
    progress: (@Sendable (Int) -> Void)? = nil
  ) async throws(SamplingFailure) -> CalibrationOutcome {
    try checkSimulation()
    var generator = SystemRandomNumberGenerator()
    let seed = options.seed ?? UInt64.random(in: 0..<1_000_000_000, using: &generator)
    let observed = bound.model.observedVariables
    let run = CalibrationRun(
      model: self,
      simulator: try priorSimulator(replicates: Set(observed), raw: observed),
      observed: observed,
      options: options,
      seed: seed,
      interruption: interruption
    )
    let counter = ReplicateCounter()
    let outcomes = await withTaskGroup(
      of: [(Int, Result<CalibrationRun.Replicate, SamplingFailure>)].self
    ) { group in
      for _ in 0..<min(Self.greatestConcurrency, options.replicates) {
        group.addTask {
          var results: [(Int, Result<CalibrationRun.Replicate, SamplingFailure>)] = []
          while !interruption.isRaised {
            let number = counter.next.wrappingAdd(1, ordering: .relaxed).oldValue
            guard number < options.replicates else { break }
            do throws(SamplingFailure) {
              results.append((number, .success(try await run.replicate(number))))
            } catch {
              results.append((number, .failure(error)))
            }
            progress?(counter.done.wrappingAdd(1, ordering: .relaxed).newValue)
          }
          return results
        }
      }
      return await group.reduce(into: []) { $0 += $1 }
    }
    var replicates: [CalibrationRun.Replicate] = []
    var failures: [SamplingFailure] = []
    for (_, outcome) in outcomes.sorted(by: { $0.0 < $1.0 }) {
      do throws(SamplingFailure) {
        replicates.append(try outcome.get())
      } catch {
        failures.append(error)
      }
    }
    guard let first = replicates.first else {
      throw failures.first ?? .run(message: "interrupted before the first replicate")
    }
    let report = run.report(replicates, first, failures)
    return CalibrationOutcome(
      report: report,
      wasInterrupted: interruption.isRaised
        && replicates.count + failures.count < options.replicates
    )
  }

  /// Replicates that are in work at once, at most; the cores are fewer.
  private static let greatestConcurrency = 16

  /// Refuses models from which nothing can be simulated.
  private func checkSimulation() throws(SamplingFailure) {
    let checked = bound.model
    func impossible(_ span: SourceSpan, _ label: String) -> SamplingFailure {
      .program(
        Diagnostic(
          code: "E0607",
          message: "calibration simulates from the statements, and one of them cannot be drawn"
            + " from",
          primary: .init(span, label),
          help: "give every latent a proper prior, and every observation a distribution that draws"
        )
      )
    }
    if let engine = checked.fits.first, EngineLibrary.chainEngine(engine.engine) == nil,
      !engine.comparesSimulations,
      EngineLibrary.standard[engine.engine]?.estimatesEvidence != true
    {
      throw .program(
        Diagnostic(
          code: "E0607",
          message: "calibration tests an engine of posteriors, and the first `infer` is"
            + " `\(engine.engine)`",
          primary: .init(engine.span),
          help: "write `infer post = nuts()`"
        )
      )
    }
    if let factor = checked.factors.first {
      throw impossible(factor.span, "a factor does not say how to draw")
    }
    for equation in checked.equations {
      if case .distribution(let distribution) = equation.body, distribution.isRecordedByData {
        throw impossible(
          equation.targetSpan,
          "censored by flags or intervals of the data, which simulations do not have"
        )
      }
      if let reason = equation.reasonNotToDraw { throw impossible(equation.targetSpan, reason) }
    }
    guard !checked.observedVariables.isEmpty else {
      throw .program(
        Diagnostic(
          code: "E0607",
          message: "nothing is observed, so there are no posteriors to calibrate",
          help: "give data a distribution: `y[i: obs] ~ …`"
        )
      )
    }
  }
}

/// Hands out the numbers of the replicates to the workers.
private final class ReplicateCounter: Sendable {
  let next = Atomic<Int>(0)
  let done = Atomic<Int>(0)
}
