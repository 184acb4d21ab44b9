/// What a sampler needs to know of a model: nothing of the language it was written in.
package protocol LogDensity: Sendable {
  /// Number of unconstrained parameters, D ≥ 0.
  var dimension: Int { get }

  /// The parameters of each element whose coordinates can be chosen; see `Centering`.
  var centeredElements: [Range<Int>] { get }

  /// Those elements that belong to one statement each.
  var centeredStatements: [Range<Int>] { get }

  /// The parts of the position, in order.
  var blocks: [DensityBlock] { get }

  /// A density near this one that costs less, for engines that try proposals with it first.
  var screening: (any LogDensity)? { get }

  /// A new evaluator with work buffers of its own, for one chain.
  func makeEvaluator() -> any LogDensityEvaluator
}

extension LogDensity {
  package var centeredElements: [Range<Int>] { [] }

  package var centeredStatements: [Range<Int>] { [] }

  /// One smooth part, the whole.
  package var blocks: [DensityBlock] {
    [DensityBlock(name: "", range: 0..<dimension, kind: .smooth)]
  }

  package var screening: (any LogDensity)? { nil }
}

/// Computes one log density and its gradient for one chain, with its own work buffers.
///
/// Equal positions must give equal results, bit by bit: draws are reproducible only then.
package protocol LogDensityEvaluator: AnyObject {
  /// Log density at `position` up to a constant; its gradient is written to `gradient`.
  ///
  /// Both vectors have D elements, on the unconstrained scale. A value or gradient that is infinite or
  /// NaN is recoverable: the point is outside of the support, and a trajectory that meets it diverges.
  /// - Throws: `EvaluationError` if the model cannot be evaluated at all; the run stops.
  func evaluate(
    at position: Span<Double>,
    gradient: inout MutableSpan<Double>
  ) throws(EvaluationError) -> Double

  /// Log density at `position` as `evaluate` gives it, without gradient.
  ///
  /// - Throws: as `evaluate`.
  func logDensity(at position: Span<Double>) throws(EvaluationError) -> Double

  /// The coordinates that positions are given in from now on.
  func adopt(_ centering: Centering)

  /// The position in other coordinates of a position in those that were adopted.
  func position(_ position: [Double], in centering: Centering) -> [Double]
}

extension LogDensityEvaluator {
  /// Computes the gradient as well and drops it.
  package func logDensity(at position: Span<Double>) throws(EvaluationError) -> Double {
    var gradient = [Double](repeating: 0, count: position.count)
    var span = gradient.mutableSpan
    return try evaluate(at: position, gradient: &span)
  }

  package func adopt(_ centering: Centering) {}

  package func position(_ position: [Double], in centering: Centering) -> [Double] { position }
}

/// A failure of the model's own code that no other position would mend; the run stops with it.
package struct EvaluationError: Error, Sendable, Hashable {
  /// What happened and where, for the user.
  package var message: String

  /// A failure with the sentence to show to the user.
  package init(message: String) {
    self.message = message
  }
}
