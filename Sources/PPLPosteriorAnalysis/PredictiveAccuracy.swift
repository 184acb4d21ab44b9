/// How well a model predicts observations that it has not seen, estimated from the draws of one fit.
package struct PredictiveAccuracy: Sendable {
  /// Expected log pointwise predictive density, and its standard error.
  package let elpd: Double
  package let standardError: Double
  /// Effective number of parameters.
  package let parameterCount: Double
  /// Each observation's share of `elpd`.
  package let pointwise: [Double]
  /// Pareto k of each observation; empty for WAIC.
  package let shapes: [Double]
  /// Above this k an observation's share cannot be trusted: min(1 − 1 / log₁₀ S, 0.7).
  package let greatestShape: Double

  /// Observations whose share cannot be trusted.
  package var unreliableCount: Int { shapes.count { !($0 <= greatestShape) } }

  private init(
    pointwise: [Double],
    densities: [Double],
    shapes: [Double] = [],
    greatestShape: Double = .infinity
  ) {
    self.pointwise = pointwise
    self.shapes = shapes
    self.greatestShape = greatestShape
    let sum = pointwise.reduce(0, +)
    elpd = sum
    let count = Double(pointwise.count)
    let mean = sum / count
    let variance = pointwise.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
    // Of one observation nothing tells how much others would differ.
    standardError = pointwise.count > 1 ? (count * variance).squareRoot() : .nan
    parameterCount = densities.reduce(0, +) - sum
  }

  /// Leave-one-out cross-validation by Pareto-smoothed importance sampling.
  ///
  /// Source: Vehtari, Gelman and Gabry 2017, doi:10.1007/s11222-016-9696-4.
  /// - Parameters:
  ///   - logLikelihoods: for each observation its log likelihood in each draw, chain by chain.
  ///   - relativeEfficiency: effective draws of each draw, above 0.
  /// - Returns: the estimate with a Pareto k for each observation.
  package static func leaveOneOut(
    _ logLikelihoods: [[Double]],
    relativeEfficiency: Double
  ) -> PredictiveAccuracy {
    var pointwise: [Double] = []
    var densities: [Double] = []
    var shapes: [Double] = []
    for values in logLikelihoods {
      let smoothed = ParetoSmoothing(
        values.map { -$0 },
        relativeEfficiency: relativeEfficiency
      )
      pointwise.append(logSumExp(zip(smoothed.logWeights, values).map { $0 + $1 }))
      densities.append(logSumExp(values) - LibraryMath.log(Double(values.count)))
      shapes.append(smoothed.shape)
    }
    let draws = Double(logLikelihoods.first?.count ?? 0)
    return PredictiveAccuracy(
      pointwise: pointwise,
      densities: densities,
      shapes: shapes,
      greatestShape: min(1 - 1 / LibraryMath.log10(draws), 0.7)
    )
  }

  /// The widely applicable information criterion, on the scale of log densities.
  ///
  /// Source: Watanabe 2010, JMLR 11:3571-3594.
  package static func widelyApplicable(_ logLikelihoods: [[Double]]) -> PredictiveAccuracy {
    var pointwise: [Double] = []
    var densities: [Double] = []
    for values in logLikelihoods {
      let count = Double(values.count)
      let density = logSumExp(values) - LibraryMath.log(count)
      let mean = values.reduce(0, +) / count
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
      densities.append(density)
      pointwise.append(density - variance)
    }
    return PredictiveAccuracy(pointwise: pointwise, densities: densities)
  }
}

extension Summarizer {
  /// Effective draws of each draw for the mean of a quantity, by its own draws in halves of chains.
  package mutating func relativeEfficiency(of draws: ScalarDraws) -> Double {
    let half = draws.drawCount / 2
    guard half >= 2, draws.values.allSatisfy(\.isFinite) else { return .nan }
    var split: [Double] = []
    for chain in 0..<draws.chainCount {
      let start = chain * draws.drawCount
      split += draws.values[start..<start + half]
      split += draws.values[(start + draws.drawCount - half)..<start + draws.drawCount]
    }
    return PPLPosteriorAnalysis.effectiveSampleSize(
      split,
      chainCount: 2 * draws.chainCount,
      drawCount: half,
      plans: &plans
    ) / Double(draws.values.count)
  }
}
