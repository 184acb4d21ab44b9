import ArgumentParser
import PPL

/// `ppl compare`.
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compare fits of the same observations: predictive accuracy, weights, posteriors.",
    discussion: """
      elpd_loo: leave-one-out cross-validation by Pareto-smoothed importance sampling; stacking: weights of the mixture that predicts best; \
      pseudo-BMA+: weights by elpd over the Bayesian bootstrap; k high: observations whose share cannot be trusted.
      """
  )

  @Argument(help: "The fits, two or more.", completion: .directory)
  var fits: [String]

  @Option(help: "Form of the results: text or json.")
  var format = OutputFormat.text

  func run() throws {
    let fits = try fits.map(StoredFits.open)
    let comparison = try StoredFits.orFail { () throws(StoredFitError) in try FitComparison(fits) }
    for remark in comparison.remarks { Terminal.error(remark + "\n") }
    switch format {
    case .text: Terminal.output(comparison.text)
    case .json: Terminal.output(comparison.json + "\n")
    }
  }
}
