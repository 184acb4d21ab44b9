/// A function of the position that a move can draw from.
package protocol PointDensity {
  /// Log density at a position of D elements; −∞ outside of the support.
  ///
  /// - Throws: `EvaluationError` if the model cannot be evaluated at all.
  func value(at position: Span<Double>) throws(EvaluationError) -> Double
}

/// The log density of one chain, with the number of its evaluations.
package final class DensityCounter: PointDensity {
  private let evaluator: any LogDensityEvaluator
  /// Evaluations so far.
  private(set) var count = 0

  init(_ evaluator: any LogDensityEvaluator) {
    self.evaluator = evaluator
  }

  /// The log density, or −∞ where it is not finite: nothing is drawn there.
  package func value(at position: Span<Double>) throws(EvaluationError) -> Double {
    count += 1
    let value = try evaluator.logDensity(at: position)
    return value.isFinite ? value : -.infinity
  }

  /// The same of a point.
  func value(of position: [Double]) throws(EvaluationError) -> Double {
    try value(at: position.span)
  }
}
