package import PPLTensorCore

/// What a fit by steps needs to know of a model: nothing of the language it was written in.
package protocol StochasticObjective: AnyObject {
  /// Whether it computes its gradient; else its value alone, and `outputs` has one element.
  var hasGradient: Bool { get }

  /// Computes the objective, which is to be great, and its gradient.
  ///
  /// - Parameters:
  ///   - inputs: positions of the rows of a step, one batched dimension behind the other, then the parameters.
  ///   - outputs: receives the objective, then its gradient by each parameter, or the next value of one that no gradient moves.
  ///   - key: where its random numbers come from.
  func evaluate(
    inputs: UnsafeBufferPointer<Float>,
    outputs: UnsafeMutableBufferPointer<Float>,
    key: RandomKey
  )
}

/// A dimension of which each step sees some rows.
package struct BatchedRows: Sendable, Hashable {
  /// Rows of a step, n ≤ `total`.
  package var count: Int
  /// All rows that steps take; below 2²⁴, so that single precision tells them apart.
  package var total: Int
  /// Their positions, where they are not the first `total`.
  package var places: [Int32]?

  package init(count: Int, total: Int) {
    self.count = count
    self.total = total
  }

  /// The rows at some positions.
  package init(count: Int, places: [Int32]) {
    self.count = count
    total = places.count
    self.places = places
  }
}
