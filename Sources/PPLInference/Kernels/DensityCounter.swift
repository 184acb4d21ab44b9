/// A function of the position that a move can draw from.
package protocol PointDensity {
  /// Log density at a position of D elements; −∞ outside of the support.
  ///
  /// - Throws: `EvaluationError` if the model cannot be evaluated at all.
  func value(at position: Span<Double>) throws(EvaluationError) -> Double

  /// Log density at a position of a cheap density near this one; nil where there is none.
  ///
  /// - Throws: as `value`.
  func screeningValue(at position: Span<Double>) throws(EvaluationError) -> Double?

  /// Takes note of a proposal that the cheap density has judged.
  func noteScreening(passed: Bool)
}

extension PointDensity {
  package func screeningValue(at position: Span<Double>) throws(EvaluationError) -> Double? { nil }

  package func noteScreening(passed: Bool) {}
}

/// The log density of one chain, with the number of its evaluations.
package final class DensityCounter: PointDensity {
  private let evaluator: any LogDensityEvaluator
  private let screening: (any LogDensityEvaluator)?
  /// Evaluations so far.
  private(set) var count = 0
  /// Proposals that the cheap density has judged, and those that it turned down.
  private(set) var screened = (count: 0, rejected: 0)

  init(_ evaluator: any LogDensityEvaluator, screening: (any LogDensityEvaluator)? = nil) {
    self.evaluator = evaluator
    self.screening = screening
  }

  package func screeningValue(at position: Span<Double>) throws(EvaluationError) -> Double? {
    guard let value = try screening?.logDensity(at: position) else { return nil }
    return value.isFinite ? value : -.infinity
  }

  package func noteScreening(passed: Bool) {
    screened.count += 1
    if !passed { screened.rejected += 1 }
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
