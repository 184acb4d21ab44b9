import PPLInference
import PPLModelCompiler
import PPLPosteriorAnalysis
import PPLSemantics
import PPLSyntax
import PPLTensorCore
import PPLTypeSystem

/// Calibration of engines that compare simulations with data: each replicate is a run of the engine with all its
/// simulations.
extension CalibrationRun {
  /// Draws of a chain for each draw that is kept; engines that give one sample have independent draws.
  private static let thinning = 8

  /// Ranks of what data were simulated from among the draws that such an engine gives of them.
  func comparedReplicate(
    _ inference: CheckedInference,
    _ bound: BoundModel,
    _ truth: [VariableID: [Double]],
    _ generator: inout RandomGenerator
  ) async throws(SamplingFailure) -> Replicate {
    var other = model
    other.replaceBound(bound)
    var sampler = SamplerOptions()
    let hasChains = EngineLibrary.standard[inference.engine]?.setting("chains") != nil
    let thinning = hasChains ? Self.thinning : 1
    sampler.chains = 1
    sampler.draws = options.draws * thinning
    sampler.warmup = options.warmup
    sampler.seed = generator.nextUInt64()
    let fit = try await other.compare(
      name: inference.name.text,
      settings: ComparisonSettings(inference, model.bound.model, sampler, seed: 0),
      path: nil,
      replacing: false,
      interruption: interruption,
      emit: { _ in },
      progress: nil
    )
    guard fit.drawCount > 0 else { throw .run(message: "interrupted before the first draw") }
    var summarizer = Summarizer()
    var result = Replicate()
    for (index, quantity) in fit.recorded.enumerated() where quantity.role != .derived {
      guard let own = truth[quantity.variable] else { continue }
      for (element, name) in quantity.elementNames.enumerated() {
        let draws = fit.draws(of: index, element: element)
        let kept = stride(from: thinning - 1, to: fit.drawCount, by: thinning).map {
          draws.values[$0]
        }
        result.add(name, own[element], among: kept, &generator)
        let size = summarizer.summary(of: draws).essBulk
        if hasChains, size.isFinite, size < Double(options.draws) { result.isCorrelated = true }
      }
    }
    result.divergences = fit.sampler.divergenceCount
    return result
  }
}
