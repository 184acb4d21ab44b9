/// A position with the value of a function that is to be great, and its gradient.
package struct AscentPoint: Sendable {
  package var position: [Double]
  package var value: Double
  package var gradient: [Double]

  package init(position: [Double], value: Double, gradient: [Double]) {
    self.position = position
    self.value = value
    self.gradient = gradient
  }

  package var isFinite: Bool { value.isFinite && gradient.allSatisfy(\.isFinite) }
}

/// One step along the estimate of a `QuasiNewtonMemory`: shortened until it gains enough (Armijo), lengthened while the slope is still
/// steep (Wolfe's second condition).
///
/// Lengths are doubled and halved between, which finds one that meets both where the function is bounded along the step (Lewis and
/// Overton 2013, doi:10.1007/s10107-012-0514-2, algorithm 2.6).
package struct QuasiNewtonStep {
  private static let halvingLimit = 50
  private static let sufficientGain = 1e-4
  private static let steepness = 0.9

  private let memory: QuasiNewtonMemory

  package init(_ memory: QuasiNewtonMemory) {
    self.memory = memory
  }

  /// The point that a step leads to; nil where none gains anything.
  package func take<Failure: Error>(
    from point: AscentPoint,
    _ evaluate: ([Double]) throws(Failure) -> AscentPoint
  ) throws(Failure) -> AscentPoint? {
    let direction = memory.direction(point.gradient)
    let slope = innerProduct(direction, point.gradient)
    guard slope > 0, slope.isFinite else { return nil }
    var (low, high) = (0.0, Double.infinity)
    var length = 1.0
    var best: AscentPoint?
    for _ in 0..<Self.halvingLimit {
      let next = try evaluate(zip(point.position, direction).map { $0 + length * $1 })
      let isEnough =
        next.isFinite && next.value >= point.value + Self.sufficientGain * length * slope
      if !isEnough {
        high = length
      } else {
        best = next
        let isSteep = innerProduct(direction, next.gradient) > Self.steepness * slope
        if !isSteep || length > 1e6 { return next }
        low = length
      }
      length = high.isFinite ? (low + high) / 2 : 2 * length
      if high.isFinite, high - low < 1e-14 * high { break }
    }
    return best
  }
}

/// An ascent by quasi-Newton steps.
///
/// It comes to rest where the Newton decrement gᵀ H⁻¹ g says that less than 10⁻¹⁰ of the function's units are to be gained, whatever the
/// scales of the position.
package struct QuasiNewtonAscent {
  /// What is left to be gained at rest.
  private static let leastDecrement = 1e-10

  package private(set) var point: AscentPoint
  package private(set) var memory: QuasiNewtonMemory

  /// An ascent from a point with what is known of the curvature there.
  package init(from point: AscentPoint, memory: QuasiNewtonMemory) {
    self.point = point
    self.memory = memory
  }

  /// Takes a step.
  ///
  /// - Returns: whether the ascent has come to rest.
  package mutating func step<Failure: Error>(
    _ evaluate: ([Double]) throws(Failure) -> AscentPoint
  ) throws(Failure) -> Bool {
    guard let next = try QuasiNewtonStep(memory).take(from: point, evaluate) else {
      // No step along the estimate gains anything: it may be spoilt, or rounding is all that is left.
      if memory.pairs.isEmpty || isNearlyFlat { return true }
      memory.removeAll()
      return false
    }
    memory.remember(from: (point.position, point.gradient), to: (next.position, next.gradient))
    point = next
    return isNearlyFlat
  }

  private var isNearlyFlat: Bool {
    if point.gradient.allSatisfy({ $0 == 0 }) { return true }
    guard !memory.pairs.isEmpty else { return false }
    let decrement = innerProduct(point.gradient, memory.direction(point.gradient))
    return decrement >= 0 && decrement < Self.leastDecrement
  }
}
