import PPLInference
import PPLJSON
import PPLModelCompiler
import PPLSemantics
import PPLStorage
import Synchronization

/// What is told of an inference while it goes on; ``Model/inference(_:_:)`` gives a sequence of these.
public enum InferenceEvent: Sendable {
  /// How far a chain is; told by engines of Markov chains.
  case progress(SamplingProgress)
  /// A remark for a person who waits.
  case note(String)
  /// The end, with what the inference gives.
  case finished(Posterior)
}

/// Where an inference is stored, and how it begins.
public struct InferenceOptions: Sendable {
  /// Seed of all random numbers; nil for one by chance, which the posterior tells.
  public var seed: UInt64?
  /// Directory for the draws, in ArviZ's layout; nil keeps them in memory alone.
  public var path: String?
  /// Whether a fit at the path may be replaced.
  public var replacesFit = false

  /// In memory, with a seed by chance.
  ///
  /// - Parameters:
  ///   - seed: seed of all random numbers; nil for one by chance.
  ///   - path: directory for the draws; nil keeps them in memory alone.
  ///   - replacesFit: whether a fit at the path may be replaced; without it that is an error.
  public init(seed: UInt64? = nil, path: String? = nil, replacesFit: Bool = false) {
    self.seed = seed
    self.path = path
    self.replacesFit = replacesFit
  }
}

extension Model {
  /// Infers the parameters by an engine.
  ///
  /// ```swift
  /// let posterior = try await model.infer(.nuts(draws: 2000), InferenceOptions(seed: 1))
  /// ```
  ///
  /// Cancelling the task ends it; draws up to then are kept, and ``Posterior/wasInterrupted`` tells so. Equal seeds give equal draws,
  /// for any number of processors.
  ///
  /// - Parameters:
  ///   - engine: by its name and settings; `auto()` chooses by the structure of the model.
  ///   - options: seed, and where the draws are stored.
  ///   - progress: called from the chains' threads, at most every 50 ms for each.
  /// - Returns: the draws, with all that can be asked of them.
  /// - Throws: `ProgramError` where the engine or a setting does not exist or does not suit the model; `SamplingFailure` where there is
  ///   no fit; `CancellationError` where it was cancelled before the first draw.
  public func infer(
    _ engine: Engine = .auto,
    _ options: InferenceOptions = InferenceOptions(),
    progress: (@Sendable (SamplingProgress) -> Void)? = nil
  ) async throws -> Posterior {
    try await infer(engine, options, progress: progress) { _ in }
  }

  /// The same, as a sequence of what is told on the way; the posterior comes last.
  ///
  /// ```swift
  /// for try await event in model.inference(.nuts(draws: 2000)) {
  ///   if case .finished(let posterior) = event { print(posterior.names) }
  /// }
  /// ```
  ///
  /// Leaving the loop, or cancelling the task, ends the inference.
  ///
  /// - Parameters:
  ///   - engine: by its name and settings.
  ///   - options: seed, and where the draws are stored.
  /// - Returns: a sequence that ends with the posterior, or throws what ``infer(_:_:progress:)`` throws.
  public func inference(
    _ engine: Engine = .auto,
    _ options: InferenceOptions = InferenceOptions()
  ) -> AsyncThrowingStream<InferenceEvent, any Error> {
    AsyncThrowingStream { continuation in
      let task = Task {
        do {
          let posterior = try await infer(
            engine,
            options,
            progress: { continuation.yield(.progress($0)) }
          ) { continuation.yield(.note($0)) }
          continuation.yield(.finished(posterior))
          continuation.finish()
        } catch {
          continuation.finish(throwing: error)
        }
      }
      continuation.onTermination = { _ in task.cancel() }
    }
  }

  private func infer(
    _ engine: Engine,
    _ options: InferenceOptions,
    progress: (@Sendable (SamplingProgress) -> Void)?,
    note: @Sendable (String) -> Void
  ) async throws -> Posterior {
    let script = try program.scripted(by: ["infer post = \(engine.text)"])
    guard let inference = script.model.fits.last else {
      preconditionFailure("A script of one `infer` has one fit.")
    }
    let model = try prepared(for: inference).scripted(script)
    var run = RunOptions()
    run.sampler.seed = options.seed
    run.path = options.path
    run.replacesFits = options.replacesFit
    run.keepsFitsInMemory = options.path == nil
    let interruption = Interruption()
    var runner = ScriptRunner(
      model: model,
      options: run,
      interruption: interruption,
      progress: progress
    )
    runner.defaultSeed = .random(in: 0..<1_000_000_000)
    var remarks: [String] = []
    try await withTaskCancellationHandler {
      try await runner.infer(0, inference) { event in
        guard case .note(let text) = event else { return }
        remarks.append(text)
        note(text)
      }
    } onCancel: {
      interruption.raise()
    }
    guard let fit = runner.fits[0] else { throw CancellationError() }
    return Posterior(
      model: self,
      fit: fit,
      engine: engine.text,
      remarks: remarks,
      hasFailed: runner.hasFailed
    )
  }

  /// The posterior that an earlier inference of the same model and data has stored.
  ///
  /// - Parameter path: directory of the fit.
  /// - Returns: its draws, with all that can be asked of them.
  /// - Throws: where there is no fit, or its quantities are not those of this model.
  public func posterior(at path: String) throws(SamplingFailure) -> Posterior {
    let model = try prepared(for: program.densityNeed)
    do throws(FitError) {
      let reader = try FitReader(path: path)
      let attributes = reader.group("posterior")?.attributes
      let extent = reader.extent
      let recorded = model.compiled.recorded
      let hasLikelihoods = reader.group("log_likelihood") != nil
      let likelihoods = hasLikelihoods ? model.compiled.likelihoods : []
      let seed = attributes?["seed"]?.string.flatMap { UInt64($0) } ?? 0
      let engine = attributes?["engine"]?.string ?? ""
      let schema = FitStore(model: model).schema(
        ChainLengths(
          chains: max(extent.chainCount, 1),
          warmup: 0,
          draws: extent.drawCount,
          seed: seed
        ),
        engine: engine,
        recorded: recorded,
        likelihoods: likelihoods
      )
      let draws = try (0..<extent.chainCount).map { chain throws(FitError) in
        var draws = DrawCollector.ChainDraws()
        draws.rows = try reader.rows(schema, chain: chain, count: extent.drawCount)
        draws.drawCount = extent.drawCount
        return draws
      }
      let fit = Fit(
        name: "post",
        engine: engine,
        path: path,
        seed: seed,
        bound: bound,
        recorded: recorded,
        likelihoods: likelihoods,
        draws: draws
      )
      return Posterior(model: self, fit: fit, engine: "\(engine)()", remarks: [], hasFailed: false)
    } catch {
      throw .storage(message: storageMessage(error))
    }
  }

  /// The model with the log density as an engine needs it, compiled once for each kind of need.
  func prepared(for inference: CheckedInference) throws(SamplingFailure) -> Model {
    guard program.needsDensity(inference) else { return self }
    return try prepared(for: DensityNeed(of: inference.engine))
  }

  /// The same for a need.
  func prepared(for need: DensityNeed) throws(SamplingFailure) -> Model {
    if density != nil, need == program.densityNeed { return self }
    return try variants.model(for: need) { () throws(SamplingFailure) in
      do throws(LoweringError) {
        return with(try ModelCompiler.compile(bound, need: need))
      } catch {
        throw .program(error.diagnostic)
      }
    }
  }
}

/// A model's log density in the forms that its own script does not ask for.
final class ModelVariants: Sendable {
  private let models = Mutex<[DensityNeed: Model]>([:])

  /// The model for a need, made when it is first asked for.
  func model(
    for need: DensityNeed,
    _ make: () throws(SamplingFailure) -> Model
  ) throws(SamplingFailure) -> Model {
    try models.withLock { models throws(SamplingFailure) in
      if let known = models[need] { return known }
      let made = try make()
      models[need] = made
      return made
    }
  }
}
