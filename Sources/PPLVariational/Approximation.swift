/// Draws from a distribution that stands in for the posterior, with what they say of it.
package struct Approximation: Sendable {
  /// The draws on the unconstrained scale, `[draws, D]`.
  package var positions: [Double]
  /// The log density of the posterior at each draw, up to the model's constant.
  package var logDensities: [Double]
  /// That of the distribution that they were drawn from.
  package var logApproximations: [Double]
  /// Gradients that were evaluated.
  package var gradientCount: Int
  /// Why the approximation may be worse than its family allows; nil if the search came to rest.
  package var complaint: String?
  /// How the bound went, of a fit by stochastic steps.
  package var bounds: [BoundCurve] = []

  /// Number of draws.
  package var count: Int { logDensities.count }

  /// An approximation from its draws.
  package init(
    positions: [Double] = [],
    logDensities: [Double] = [],
    logApproximations: [Double] = [],
    gradientCount: Int = 0,
    complaint: String? = nil
  ) {
    self.positions = positions
    self.logDensities = logDensities
    self.logApproximations = logApproximations
    self.gradientCount = gradientCount
    self.complaint = complaint
  }

  /// Keeps the draws of these numbers, each as often as it stands there.
  package mutating func keep(_ numbers: [Int]) {
    let width = count > 0 ? positions.count / count : 0
    positions = numbers.flatMap { positions[($0 * width)..<(($0 + 1) * width)] }
    logDensities = numbers.map { logDensities[$0] }
    logApproximations = numbers.map { logApproximations[$0] }
  }

  /// Log importance ratios of the draws.
  package var logRatios: [Double] { zip(logDensities, logApproximations).map(-) }

  /// The evidence lower bound E[log p − log q] in nats, with its standard error over the draws.
  package var elbo: (value: Double, standardError: Double) {
    let ratios = logRatios
    let count = Double(max(ratios.count, 1))
    let mean = ratios.reduce(0, +) / count
    let variance = ratios.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / max(count - 1, 1)
    return (mean, (variance / count).squareRoot())
  }
}

/// Why there is no approximation.
package enum ApproximationError: Error, Sendable {
  /// No point with a finite log density and gradient was found; the last points that were tried.
  case noStart(positions: [[Double]])
  /// The log density or its gradient was not finite at most draws of the approximation, as at this one.
  case notFinite(position: [Double])
  /// No mode was found: the reason, to stand after a colon.
  case noMode(reason: String, position: [Double])
  /// The log density failed.
  case evaluation(message: String)
  /// The user asked to stop.
  case cancelled
}
