import PPLGraphIR
import PPLTensorCore

/// Bounds of a truncation, reduced to what cuts something off.
struct TruncationBounds {
  let lower: GraphValue?
  let upper: GraphValue?

  /// Bounds without those that are infinite everywhere or not above `supportLower`, the support's own lower bound.
  ///
  /// Infinite elements of other constants become ±1e100, which no distribution tells apart from infinity and
  /// with which gradients stay finite.
  init(_ lower: GraphValue?, _ upper: GraphValue?, supportLower: Double = -.infinity) {
    self.lower = lower.flatMap { $0.cuttingBound(atMost: supportLower) }
      .map { supportLower == -.infinity ? $0 : $0.max(supportLower) }
    self.upper = upper.flatMap { $0.cuttingBound(atMost: nil) }
      .map { supportLower == -.infinity ? $0 : $0.max(supportLower) }
  }

  /// Whether nothing is cut off.
  var areAbsent: Bool { lower == nil && upper == nil }

  /// Draws moved back inside where rounding has put them outside.
  func clamp(_ draws: GraphValue) -> GraphValue {
    var draws = draws
    if let lower { draws = draws.max(lower) }
    if let upper { draws = draws.min(upper) }
    return draws
  }
}

extension GraphValue {
  /// The logarithm of a bound; where that is 0, far below every logarithm of a number.
  func logOfBound() -> GraphValue {
    if hasNoZero { return log() }
    let isPositive = isGreater(than: 0)
    return isPositive.select(isPositive.select(self, 1).log(), -1e100)
  }

  fileprivate func cuttingBound(atMost idle: Double?) -> GraphValue? {
    guard let constant = constantValue else { return self }
    let isIdle: (Double) -> Bool = { value in
      if let idle { value <= idle } else { value == .infinity }
    }
    if !constant.values.isEmpty, constant.values.allSatisfy(isIdle) { return nil }
    guard constant.values.contains(where: \.isInfinite) else { return self }
    return builder.constant(
      Tensor(
        shape: constant.shape,
        values: constant.values.map { $0.isInfinite ? ($0 > 0 ? 1e100 : -1e100) : $0 }
      )
    )
  }
}
