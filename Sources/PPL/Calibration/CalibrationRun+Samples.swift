import PPLInference
import PPLModelCompiler
import PPLPosteriorAnalysis
import PPLSemantics
import PPLSyntax
import PPLTensorCore
import PPLTypeSystem

/// Calibration of engines that give a sample at once: those that compare simulations with data, particles, and weighted
/// draws. Each replicate is a run of the engine with all its simulations, particles or proposals.
extension CalibrationRun {
  /// Draws of a chain for each draw that is kept; engines that give one sample have independent draws.
  private static let thinning = 8

  /// Ranks of what data were simulated from among the draws that such an engine gives of them.
  func sampledReplicate(
    _ inference: CheckedInference,
    _ bound: BoundModel,
    _ truth: [VariableID: [Double]],
    _ generator: inout RandomGenerator
  ) async throws(SamplingFailure) -> Replicate {
    var sampler = SamplerOptions()
    let signature = EngineLibrary.standard[inference.engine]
    let hasChains = inference.comparesSimulations && signature?.setting("chains") != nil
    let thinning = hasChains ? Self.thinning : 1
    sampler.chains = 1
    // Particles are as many as the program says: their number is part of the method.
    if signature?.kind != .population { sampler.draws = options.draws * thinning }
    sampler.warmup = options.warmup
    sampler.seed = generator.nextUInt64()
    let fit = try await fit(inference, bound, sampler)
    guard fit.drawCount > 0 else { throw .run(message: "interrupted before the first draw") }
    var summarizer = Summarizer()
    var result = Replicate()
    for (index, quantity) in fit.recorded.enumerated() where quantity.role != .derived {
      guard let own = truth[quantity.variable] else { continue }
      for (element, name) in quantity.elementNames.enumerated() {
        let draws = fit.draws(of: index, element: element)
        let kept = stride(from: thinning - 1, to: fit.drawCount, by: thinning)
          .prefix(options.draws).map { draws.values[$0] }
        result.add(name, own[element], among: kept, &generator)
        let size = summarizer.summary(of: draws).essBulk
        if hasChains, size.isFinite, size < Double(options.draws) { result.isCorrelated = true }
      }
    }
    result.divergences = fit.sampler.divergenceCount
    return result
  }

  /// A fit of other data.
  private func fit(
    _ inference: CheckedInference,
    _ bound: BoundModel,
    _ sampler: SamplerOptions
  ) async throws(SamplingFailure) -> Fit {
    if inference.comparesSimulations {
      var other = model
      other.replaceBound(bound)
      return try await other.compare(
        name: inference.name.text,
        settings: ComparisonSettings(inference, model.bound.model, sampler, seed: 0),
        place: FitPlace(),
        interruption: interruption,
        emit: { _ in },
        progress: nil
      )
    }
    let compiled: CompiledModel
    do {
      compiled = try ModelCompiler.compile(bound, need: DensityNeed(of: inference.engine))
    } catch {
      throw .program(error.diagnostic)
    }
    let other = model.with(bound, compiled)
    if let settings = ApproximationSettings(
      inference,
      sampler,
      hasGradient: compiled.hasWholeGradient,
      seed: 0
    ) {
      return try other.approximate(
        name: inference.name.text,
        settings: settings,
        place: FitPlace(),
        keepsPositions: false,
        interruption: interruption
      )
    }
    return try await other.temper(
      name: inference.name.text,
      settings: TemperingSettings(inference, sampler, seed: 0),
      place: FitPlace(),
      keepsPositions: false,
      interruption: interruption
    )
  }
}
