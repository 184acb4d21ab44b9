import PPLGraphIR
import PPLTensorCore
import PPLTypeSystem

// The event axis is the last. The number of nodes does not depend on its size.

extension VectorSupport {
  func unconstrainedCount(size: Int) -> Int {
    switch self {
    case .simplex, .sumToZero: max(size - 1, 0)
    case .ordered, .positiveOrdered, .unit: size
    }
  }

  func constrain(
    _ y: GraphValue,
    size: Int
  ) -> (value: GraphValue, logJacobian: [GraphValue]) {
    if size == 0 { return (y, []) }
    return switch self {
    case .simplex: constrainSimplex(y)
    case .sumToZero: (sumToZero(y), [])
    case .ordered: constrainOrdered(y)
    case .positiveOrdered: (y.exp().cumulativeSum(axis: y.lastAxis), [y.sumOverEvent()])
    case .unit: constrainUnit(y)
    }
  }

  func unconstrain(_ x: GraphValue) -> GraphValue {
    if x.eventSize == 0 { return x }
    return switch self {
    case .simplex: sumToZeroCoordinates(x.log())
    case .sumToZero: sumToZeroCoordinates(x)
    case .ordered:
      GraphValue.concatenate([x.eventSlice(0, 1), differences(x).log()], axis: x.lastAxis)
    case .positiveOrdered:
      GraphValue.concatenate([x.eventSlice(0, 1), differences(x)], axis: x.lastAxis).log()
    case .unit: x
    }
  }

  /// Softmax of the vector of sum 0 that has these isometric coordinates.
  ///
  /// With s = V y, x = softmax(s) and L = log Σ exp(s), |det ∂x₁…x₍ₙ₋₁₎/∂y| = √n Π xᵢ and Σ s = 0 give
  ///
  ///     log |det| = ½ log n − n L
  ///
  /// Source: Egozcue et al. 2003, doi:10.1023/A:1023818214614 (isometric log-ratio); the free
  /// coordinates are x₁ … x₍ₙ₋₁₎.
  private func constrainSimplex(_ y: GraphValue) -> (GraphValue, [GraphValue]) {
    let s = sumToZero(y)
    let size = s.scalar(Double(s.eventSize))
    let logSum = s.logSumExp(axes: [s.lastAxis])
    let constant = (0.5 * size.log()).addend(rank: y.shape.rank - 1)
    return ((s - logSum).exp(), [constant, -(size * logSum.droppingEvent())])
  }

  /// The map x₁ = y₁, xₖ = xₖ₋₁ + exp(yₖ) with log |det| = y₂ + … + yₙ.
  ///
  /// Source: Stan Reference Manual, "Ordered vector".
  private func constrainOrdered(_ y: GraphValue) -> (GraphValue, [GraphValue]) {
    let first = y.eventSlice(0, 1)
    let logSteps = y.eventSlice(1, y.eventSize - 1)
    let steps = GraphValue.concatenate([first, logSteps.exp()], axis: y.lastAxis)
    return (steps.cumulativeSum(axis: y.lastAxis), [logSteps.sumOverEvent()])
  }

  /// The direction x = y / |y|.
  ///
  /// There is one coordinate more than the sphere has: the length r = |y| gets a density of its own,
  /// proportional to rⁿ⁻¹ exp(−½ r²) and normalised, so that a density of x with respect to the surface measure
  /// stays normalised:
  ///
  ///     "log |det|" = −½ r² − (n/2 − 1) log 2 − log Γ(n/2)
  ///
  /// Source: Muller 1959, doi:10.1145/377939.377946; Stan Reference Manual, "Unit vector". The map is not
  /// defined at y = 0.
  private func constrainUnit(_ y: GraphValue) -> (GraphValue, [GraphValue]) {
    let squaredLength = y.square().sum(axes: [y.lastAxis])
    let half = Double(y.eventSize) / 2
    let constant = -((half - 1) * y.scalar(2).log() + y.scalar(half).logGamma())
    return (
      y / squaredLength.squareRoot(),
      [-0.5 * squaredLength.droppingEvent(), constant.addend(rank: y.shape.rank - 1)]
    )
  }

  /// The vector V y of sum 0, with V's columns orthonormal.
  ///
  /// With w_k = y_k / √(k (k + 1)), k = 1 … n − 1: xᵢ = Σ_{k ≥ i} w_k − (i − 1) w_{i−1}. The free coordinates are
  /// those of an orthonormal basis of the plane, so the determinant is 1.
  ///
  /// Source: Helmert's matrix, as in Egozcue et al. 2003, doi:10.1023/A:1023818214614.
  private func sumToZero(_ y: GraphValue) -> GraphValue {
    let axis = y.lastAxis
    let w = y * helmertScales(y, count: y.eventSize)
    let counts = y.eventConstant(rank: y.shape.rank, count: y.eventSize) { Double($0 + 1) }
    let above = w.cumulativeSum(axis: axis, reversed: true).pad(axis: axis, before: 0, after: 1)
    return above - (w * counts).pad(axis: axis, before: 1, after: 0)
  }

  /// The coordinates Vᵀ x; a constant added to x does not change them.
  private func sumToZeroCoordinates(_ x: GraphValue) -> GraphValue {
    let count = x.eventSize - 1
    let counts = x.eventConstant(rank: x.shape.rank, count: count) { Double($0 + 1) }
    let before = x.eventSlice(0, count).cumulativeSum(axis: x.lastAxis)
    return (before - counts * x.eventSlice(1, count)) * helmertScales(x, count: count)
  }

  /// 1 / √(k (k + 1)) for k = 1 … count.
  private func helmertScales(_ value: GraphValue, count: Int) -> GraphValue {
    value.eventConstant(rank: value.shape.rank, count: count) {
      1 / (Double($0 + 1) * Double($0 + 2)).squareRoot()
    }
  }

  /// Each element but the first, less the one before.
  private func differences(_ x: GraphValue) -> GraphValue {
    let count = x.eventSize - 1
    return x.eventSlice(1, count) - x.eventSlice(0, count)
  }
}
