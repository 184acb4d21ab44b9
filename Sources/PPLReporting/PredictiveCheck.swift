package import PPLJSON
import PPLPosteriorAnalysis

/// A posterior predictive check: a statistic of what was observed among those of its replicates.
///
/// p = P(T(replicate) > T(observed)) + P(T(replicate) = T(observed)) / 2 over the draws (Gelman, Meng and Stern 1996,
/// Statistica Sinica 6:733; ties half as in Rubin's mid-p). Values near 0 or 1 say that the model does not
/// reproduce the statistic; they are not uniform under the model.
package struct PredictiveCheck: Sendable {
  /// Tail probability from which a statistic is pointed out.
  package static let extremeTail = 0.005

  /// What was observed.
  package var quantity: String
  /// Name of the statistic; empty if the quantity is one.
  package var statistic: String
  /// Its value of what was observed: one, or one a draw.
  package var observed: [Double]
  /// Its value of each replicate.
  package var replicated: [Double]

  /// A check.
  package init(quantity: String, statistic: String, observed: [Double], replicated: [Double]) {
    self.quantity = quantity
    self.statistic = statistic
    self.observed = observed
    self.replicated = replicated
  }

  /// `sd of y`, or the statistic as the program has it.
  package var name: String { statistic.isEmpty ? quantity : "\(statistic) of \(quantity)" }

  /// Mean of the observed values.
  package var observedMean: Double { observed.reduce(0, +) / Double(observed.count) }

  /// Mean of the replicates.
  package var mean: Double { replicated.reduce(0, +) / Double(replicated.count) }

  /// Standard deviation of the replicates.
  package var deviation: Double {
    let mean = mean
    let squares = replicated.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (squares / Double(max(replicated.count - 1, 1))).squareRoot()
  }

  /// The probability; NaN where a value is not a number.
  package var probability: Double {
    var sum = 0.0
    for (draw, value) in replicated.enumerated() {
      let own = observed.count == 1 ? observed[0] : observed[draw]
      guard !value.isNaN, !own.isNaN else { return .nan }
      // Equal but for rounding is equal.
      let tolerance = 1e-12 * max(abs(value), abs(own))
      let isEqual = value == own || abs(value - own) <= tolerance
      sum += isEqual ? 0.5 : value > own ? 1 : 0
    }
    return sum / Double(replicated.count)
  }

  /// Whether the observed value is in a tail of the replicates.
  package var isExtreme: Bool {
    probability < Self.extremeTail || probability > 1 - Self.extremeTail
  }

  /// The check's object in the report.
  package var json: JSONValue {
    [
      "observed": .real(observedMean),
      "mean": .real(mean),
      "sd": .real(deviation),
      "p": .real(probability),
      "extreme": .bool(isExtreme),
    ]
  }

  /// The table that a run prints.
  package static func table(_ checks: [PredictiveCheck]) -> String {
    let pointsOut = checks.contains(where: \.isExtreme)
    let rows = checks.map { check in
      [
        check.name, significant(check.observedMean, 4), significant(check.mean, 4),
        significant(check.deviation, 3), check.probability.isNaN ? "-" : check.probability.fixed(3),
      ] + (pointsOut ? [check.isExtreme ? "extreme" : "-"] : [])
    }
    let header = ["", "observed", "replicated", "sd", "p"] + (pointsOut ? [""] : [])
    return alignedTable([header] + rows)
  }
}
