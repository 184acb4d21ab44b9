import PPLGraphIR
import PPLTensorCore

/// The map of the real line onto an interval, elementwise.
///
///     both bounds    x = l + (u − l) logistic(y)    log |x′| = log(u − l) − y − 2 softplus(−y)
///     lower only     x = l + exp(y)                 log |x′| = y
///     upper only     x = u − exp(y)                 log |x′| = y
///
/// Source: Stan Reference Manual, chapter "Constraint Transforms".
struct IntervalTransform {
  private let lower: Bound?
  private let upper: Bound?

  init(lower: GraphValue?, upper: GraphValue?) {
    self.lower = lower.flatMap { Bound($0) }
    self.upper = upper.flatMap { Bound($0) }
  }

  func constrain(_ y: GraphValue) -> (value: GraphValue, logJacobian: [GraphValue]) {
    guard let lower, let upper else {
      guard let bound = lower ?? upper else { return (y, []) }
      // exp only where it is taken: an overflow elsewhere would spoil the gradient.
      let exponent = bound.isPresent?.select(y, 0) ?? y
      let value = lower == nil ? bound.value - exponent.exp() : bound.value + exponent.exp()
      return (bound.isPresent?.select(value, y) ?? value, [exponent])
    }
    guard lower.isPresent != nil || upper.isPresent != nil else {
      let width = upper.value - lower.value
      return (lower.value + width * y.logistic(), [width.log(), logLogisticSlope(y)])
    }
    let hasLower = lower.isPresent ?? y.always
    let hasUpper = upper.isPresent ?? y.always
    let hasBoth = hasLower.and(hasUpper)
    let width = hasBoth.select(upper.value - lower.value, 1)
    let exponent = hasLower.isNotEqual(to: hasUpper).select(y, 0)
    let value = hasBoth.select(
      lower.value + width * y.logistic(),
      hasLower.select(
        lower.value + exponent.exp(),
        hasUpper.select(upper.value - exponent.exp(), y)
      )
    )
    return (value, [width.log(), hasBoth.select(logLogisticSlope(y), exponent)])
  }

  /// log of the derivative of the logistic function, accurate in both tails.
  private func logLogisticSlope(_ y: GraphValue) -> GraphValue { -(y + 2 * (-y).softplus()) }

  func unconstrain(_ x: GraphValue) -> GraphValue {
    let above = lower.map { (x - $0.value).log() }
    let below = upper.map { ($0.value - x).log() }
    guard let lower, let upper, let above, let below else {
      guard let value = above ?? below else { return x }
      return (lower ?? upper).flatMap(\.isPresent)?.select(value, x) ?? value
    }
    let between = above - below
    if lower.isPresent == nil, upper.isPresent == nil { return between }
    let hasLower = lower.isPresent ?? x.always
    let hasUpper = upper.isPresent ?? x.always
    return hasLower.and(hasUpper).select(
      between,
      hasLower.select(above, hasUpper.select(below, x))
    )
  }
}

/// A bound with its infinite elements set apart.
private struct Bound {
  /// The bound, 0 where there is none.
  let value: GraphValue
  /// Where there is one; nil for everywhere.
  let isPresent: GraphValue?

  /// Nil if the bound is infinite everywhere.
  init?(_ bound: GraphValue) {
    guard let constant = bound.constantValue, constant.values.contains(where: \.isInfinite) else {
      value = bound
      isPresent = nil
      return
    }
    guard constant.values.contains(where: { !$0.isInfinite }) else { return nil }
    let builder = bound.builder
    value = builder.constant(
      Tensor(shape: constant.shape, values: constant.values.map { $0.isInfinite ? 0 : $0 })
    )
    isPresent = builder.constant(
      Tensor(
        shape: constant.shape,
        kind: .boolean,
        values: constant.values.map { $0.isInfinite ? 0 : 1 }
      )
    )
  }
}

extension GraphValue {
  /// True, to combine with conditions on this value.
  fileprivate var always: GraphValue { builder.constant(Tensor(scalar: 1, kind: .boolean)) }
}
