package import PPLGraphIR
package import PPLTypeSystem

/// A smooth map from unconstrained real values onto a support.
///
/// The unconstrained values y have the plate's axes, and for joint supports a last axis of
/// `unconstrainedCount` elements. The constrained value x has the plate's axes, then the event's.
package enum Transform {
  /// Real numbers, by identity.
  case identity
  /// Numbers between bounds that have the rank of the plate; nil for no bound, as infinite elements of
  /// constant bounds mean. Other bounds are finite.
  case interval(lower: GraphValue?, upper: GraphValue?)
  /// Real vectors, by identity.
  case realVector
  /// Vectors with a constraint.
  case vector(VectorSupport)
  /// Square matrices with a constraint.
  case matrix(MatrixSupport)

  /// How many axes one event has.
  package var eventRank: Int {
    switch self {
    case .identity, .interval: 0
    case .realVector, .vector: 1
    case .matrix: 2
    }
  }

  /// Number of unconstrained values of one event.
  package func unconstrainedCount(eventSizes: [Int]) -> Int {
    switch self {
    case .identity, .interval: 1
    case .realVector: eventSizes[0]
    case .vector(let support): support.unconstrainedCount(size: eventSizes[0])
    case .matrix(let support): support.unconstrainedCount(size: eventSizes[0])
    }
  }

  /// The constrained value and the log-determinant of the map's Jacobian.
  ///
  /// - Parameters:
  ///   - y: unconstrained values: the plate's axes, for joint supports then one axis.
  ///   - eventSizes: sizes of the event's axes; empty for scalars.
  /// - Returns: x, and addends of log |det ∂x/∂y| that have the plate's rank (size 1 as in densities);
  ///   none where it is 0. For joint supports the coordinates of x are its free ones, as each
  ///   transform states.
  package func constrain(
    _ y: GraphValue,
    eventSizes: [Int]
  ) -> (value: GraphValue, logJacobian: [GraphValue]) {
    switch self {
    case .identity, .realVector: (y, [])
    case .interval(let lower, let upper): IntervalTransform(lower: lower, upper: upper).constrain(y)
    case .vector(let support): support.constrain(y, size: eventSizes[0])
    case .matrix(let support): support.constrain(y, size: eventSizes[0])
    }
  }

  /// Unconstrained values that `constrain` maps to x; not finite for x outside of the support.
  package func unconstrain(_ x: GraphValue) -> GraphValue {
    switch self {
    case .identity, .realVector: x
    case .interval(let lower, let upper):
      IntervalTransform(lower: lower, upper: upper).unconstrain(x)
    case .vector(let support): support.unconstrain(x)
    case .matrix(let support): support.unconstrain(x)
    }
  }
}
