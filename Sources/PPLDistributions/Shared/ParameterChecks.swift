package import PPLGraphIR
import PPLTensorCore
package import PPLTypeSystem

extension Distribution {
  /// The parameters' values, NaN where they are outside of their domain.
  func checked(_ arguments: DistributionArguments) -> [GraphValue] {
    let parameters = signature.parameterisations[arguments.parameterisation]
    return zip(parameters, arguments.values).map { $0.domain.checked($1) }
  }
}

extension ParameterDomain {
  /// The value, NaN where it is outside of this domain; vectors and matrices as a whole.
  ///
  /// Sums of probabilities and unit diagonals may be off by the builder's tolerance (1e-8), symmetry by as much of the largest element.
  /// Positive definiteness is left to the Cholesky factorisation, which gives NaN.
  package func checked(_ value: GraphValue) -> GraphValue {
    switch self {
    case .real: value
    case .positive: value.where(value.isGreater(than: 0))
    case .nonNegative: value.where(value.isGreaterOrEqual(to: 0))
    case .probability:
      value.where(value.isGreaterOrEqual(to: 0).and(value.isLessOrEqual(to: 1)))
    case .count:
      value.where(value.isInteger.and(value.isGreaterOrEqual(to: 0)))
    case .simplex: value.where(value.isOnSimplex)
    case .ordered: value.where(value.isAscending)
    case .covariance: value.where(value.isSymmetric)
    case .correlation:
      value.where(value.isSymmetric.and(value.diagonal().isNearOne.addingEventAxis()))
    case .choleskyFactor:
      value.where(value.diagonal().isPositiveVector.addingEventAxis())
    case .adjacency:
      value.where(
        value.isSymmetric.and(
          value.min(axes: [value.lastAxis - 1, value.lastAxis]).isGreaterOrEqual(to: 0)
        ).and(value.diagonal().isEqual(to: 0).min(axes: [value.lastAxis - 1]).addingEventAxis())
      )
    }
  }
}

extension GraphValue {
  /// This value where the condition holds, NaN elsewhere.
  func `where`(_ condition: GraphValue) -> GraphValue {
    if condition.isKnown(1) { return self }
    return condition.select(self, builder.constant(Tensor(scalar: .nan, kind: kind)))
  }

  /// Whether this is a constant with this value everywhere.
  func isKnown(_ value: Double) -> Bool { constantValue?.uniformValue == value }

  /// Whether elements are whole numbers; known for values of such kind.
  var isInteger: GraphValue {
    if kind != .real { return builder.constant(Tensor(scalar: 1, kind: .boolean)) }
    return isEqual(to: floor())
  }

  /// Whether the last axis holds probabilities that sum to 1; that axis stays with size 1.
  var isOnSimplex: GraphValue {
    let sumIsOne = (sum(axes: [lastAxis]) - 1).absolute().isLessOrEqual(to: builder.tolerance)
    return min(axes: [lastAxis]).isGreaterOrEqual(to: 0).and(sumIsOne)
  }

  /// Whether the last axis ascends; that axis stays with size 1.
  var isAscending: GraphValue {
    guard eventSize > 1 else { return builder.constant(Tensor(scalar: 1, kind: .boolean)) }
    let steps = eventSlice(1, eventSize - 1) - eventSlice(0, eventSize - 1)
    return steps.isPositiveVector
  }

  /// Whether all of the last axis is 1; that axis stays with size 1.
  var isNearOne: GraphValue {
    (self - 1).absolute().max(axes: [lastAxis]).isLessOrEqual(to: builder.tolerance)
  }

  /// Whether all of the last axis is positive; that axis stays with size 1.
  var isPositiveVector: GraphValue { min(axes: [lastAxis]).isGreater(than: 0) }

  /// Whether the last two axes are a symmetric matrix; they stay with size 1.
  var isSymmetric: GraphValue {
    let axes = [lastAxis - 1, lastAxis]
    let asymmetry = (self - matrixTranspose()).absolute().max(axes: axes)
    return asymmetry.isLessOrEqual(to: builder.tolerance * absolute().max(axes: axes))
  }
}
