import PPLJSON
import PPLPosteriorAnalysis
import PPLReporting
import PPLSemantics
import PPLSourceText
import PPLVariational

// What is said of a fit that approximates the posterior.

extension ScriptRunner {
  /// The bound and how well the draws cover the posterior, or the height of a mode.
  func text(of approximation: ApproximationSummary, _ engine: String) -> String {
    if let logDensity = approximation.logDensity {
      return "\(engine == "train" ? "" : "mode with ")log density \(rounded(logDensity))"
    }
    let shape =
      "Pareto k \(rounded(approximation.shape)) (it cannot see what lies where there are no draws, such as another mode)"
    if approximation.effectiveCount != nil { return shape }
    guard !approximation.shape.isNaN else {
      return
        "elbo \(rounded(approximation.elbo)), se \(rounded(approximation.elboError)); no Pareto k: each"
        + " ratio takes all rows, and 100 of them too much beside the steps"
    }
    return "elbo \(rounded(approximation.elbo)), se \(rounded(approximation.elboError)), \(shape)"
  }

  /// What is wrong with it.
  func findings(on approximation: ApproximationSummary) -> [DiagnosticWarning] {
    var warnings: [DiagnosticWarning] = []
    if approximation.logDensity == nil, !approximation.shape.isNaN,
      !(approximation.shape <= ImportanceWeights.greatestShape)
    {
      warnings.append(.poorApproximation(shape: approximation.shape))
    }
    if let complaint = approximation.complaint { warnings.append(.unfinished(complaint)) }
    return warnings
  }

  func report(_ approximation: ApproximationSummary) -> FitReport.Approximation {
    FitReport.Approximation(
      elbo: approximation.elbo,
      elboError: approximation.elboError,
      shape: approximation.shape,
      logDensity: approximation.logDensity,
      bounds: approximation.bounds.map {
        CurvePlot.Curve($0.family, xs: $0.steps.map(Double.init), ys: $0.bounds)
      }
    )
  }

  private func rounded(_ value: Double) -> String {
    value.isFinite ? "\((value * 1000).rounded() / 1000)" : "\(value)"
  }

  /// Shows the evidence lower bound of a fit, or of other data under it.
  mutating func showBound(
    _ index: Int,
    _ source: CheckedPrediction.Source?,
    _ span: SourceSpan,
    _ emit: (RunEvent) -> Void
  ) throws(SamplingFailure) {
    guard let fit = fits[index] else { return }
    var bound = (mean: fit.approximation?.elbo ?? .nan, error: fit.approximation?.elboError ?? .nan)
    var rows = fit.training?.rows(of: fit.bound) ?? 0
    if let source {
      let found = try model.bound(of: fit, for: source, at: span)
      bound = (found.mean, found.error)
      rows = found.rows
    }
    let text = model.program.source.text(of: span)
    answers.append(
      QueryAnswer(text: text, value: ["elbo": .real(bound.mean), "se": .real(bound.error)])
    )
    let share = rows > 1 ? ", \(rounded(bound.mean / Double(rows))) for each of \(rows) rows" : ""
    emit(.output("\(text) = \(rounded(bound.mean)), se \(rounded(bound.error))\(share)"))
  }
}
