import PPLInference
import PPLModelCompiler

// Engines that run a particle filter over the states of a model.

extension StateSpaceProgram {
  /// The particle filter that an engine runs over a bound model; nil for engines that run none.
  init?(
    _ plan: ChainPlan,
    _ bound: BoundModel,
    _ compiled: CompiledModel,
    _ choice: ExecutorChoice
  ) throws(SamplingFailure) {
    guard let engine = plan.engine as? PMMH else { return nil }
    do throws(LoweringError) {
      self.init(
        try ModelCompiler.compileFilter(
          bound,
          like: compiled,
          particles: engine.particles,
          proposal: engine.isGuided ? .guided : .bootstrap
        ),
        dimension: compiled.dimension,
        choice
      )
    } catch {
      throw .program(error.diagnostic)
    }
  }
}

extension Model {
  /// Gives a fit what the filters of its chains say of its likelihood.
  func note(_ results: [ChainResult], _ fit: inout Fit) {
    let logEstimates = results.flatMap(\.logEstimates)
    if !logEstimates.isEmpty, !compiled.dropsConstant {
      let evidence = Evidence(logEstimates: logEstimates)
      fit.evidence = evidence
      fit.notes.append("log marginal likelihood \(evidence.text)")
    }
    let spreads = results.compactMap(\.estimateSpread)
    guard let least = spreads.min(), let greatest = spreads.max() else { return }
    func rounded(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }
    let advice =
      greatest > 2
      ? "; chains stand still where it is above 2: take more particles"
        + ", or `filter: guided` where states are normal" : ""
    fit.notes.append(
      "the filter's log likelihood has a standard deviation of \(rounded(least)) to"
        + " \(rounded(greatest)) at the last draws" + advice
    )
  }
}
