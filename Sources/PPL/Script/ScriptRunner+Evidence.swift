import PPLExecution
import PPLJSON
import PPLModelCompiler
import PPLPosteriorAnalysis
import PPLReporting
import PPLSemantics
import PPLSourceText
import PPLTensorCore

// What `show marginal_likelihood(post)` does.

extension ScriptRunner {
  /// Estimates the log marginal likelihood of a fit by bridge sampling.
  mutating func showMarginalLikelihood(
    _ index: Int,
    _ span: SourceSpan,
    _ emit: (RunEvent) -> Void
  ) throws(SamplingFailure) {
    guard let fit = fits[index] else { return }
    func refused(_ label: String, _ help: String) -> SamplingFailure {
      .program(
        Diagnostic(
          code: "E0608",
          message: "the marginal likelihood cannot be estimated",
          primary: .init(span, label),
          help: help
        )
      )
    }
    guard !model.compiled.dropsConstant else {
      throw refused(
        "a restricted distribution has a normaliser that is not known",
        "use a distribution whose support needs no restriction"
      )
    }
    guard model.dimension > 0 else {
      throw refused("nothing is sampled", "give the model a continuous latent")
    }
    let text = model.program.source.text(of: span)
    if let evidence = fit.evidence {
      answer(text, evidence.logMean, evidence.standardError, emit)
      return
    }
    if let held = model.compiled.blocks.first(where: { $0.integers != nil }) {
      throw refused(
        "`\(held.name)` is discrete, and bridges are built between densities",
        "bound `\(held.name)` so that it can be summed out, if it can"
      )
    }
    let logDensity = density(of: fit)
    var generator = RandomKey(seed: fit.seed)
      .derived(Simulator.Purpose.evidence.rawValue).derived(UInt64(index)).makeGenerator()
    let drawCount = fit.drawCount
    let estimate = BridgeSampling.estimate(
      positions: fit.positions.map { Array($0.prefix(drawCount * model.dimension)) },
      dimension: model.dimension,
      logDensity: logDensity,
      normal: { generator.nextNormal() }
    )
    guard let estimate else {
      throw refused(
        "the draws have no covariance that a proposal could be made of",
        "make more draws: more than four times as many as there are latents"
      )
    }
    answer(text, estimate.logConstant, estimate.standardError, emit)
    if !estimate.hasConverged {
      emit(.note("\(text): the iteration did not come to rest; make more draws"))
      hasFailed = true
    }
  }

  private mutating func answer(
    _ text: String,
    _ value: Double,
    _ error: Double,
    _ emit: (RunEvent) -> Void
  ) {
    answers.append(
      QueryAnswer(
        text: text,
        value: ["log_marginal_likelihood": .real(value), "se": .real(error)]
      )
    )
    func rounded(_ value: Double) -> String { "\((value * 1e4).rounded() / 1e4)" }
    emit(.output("\(text): log \(rounded(value)), se \(rounded(error))"))
  }

  /// The log density at the positions that a fit has kept.
  private func density(of fit: Fit) -> ([Double]) -> Double {
    let weights = fit.weights
    let outputCount = model.dimension + 1
    if !weights.isEmpty, let adaptive = try? model.graphs.adaptive(model.compiled, model.bound) {
      let executor = adaptive.gradient.makeExecutor()
      return { executor.run(inputs: $0 + weights, outputCount: outputCount)[0] }
    }
    let executor = model.graphs.density(model.compiled).makeExecutor()
    return { executor.run(inputs: $0, outputCount: 1)[0] }
  }
}
