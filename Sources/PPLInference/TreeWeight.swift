import PPLTensorCore

/// The sum of exp(−Δ) over the states of a tree, with Δ their energy errors.
///
/// Kept as value · exp(scale). The scale is zero as long as all |Δ| are at most 300, which is nearly
/// always, so that trees are joined without exponentials and logarithms; beyond that the scale keeps
/// the value from overflow.
struct TreeWeight {
  private static let linearRange = 300.0

  private let value: Double
  private let scale: Double

  private init(value: Double, scale: Double) {
    self.value = value
    self.scale = scale
  }

  /// The weight of one state with a finite energy error Δ, given exp(−|Δ|).
  @inline(__always)
  init(energyError: Double, exponential smaller: Double) {
    if abs(energyError) <= Self.linearRange {
      value = energyError > 0 ? smaller : 1 / smaller
      scale = 0
    } else {
      value = 1
      scale = -energyError
    }
  }

  /// The weight of the start of a trajectory, where Δ = 0.
  static var start: TreeWeight { TreeWeight(value: 1, scale: 0) }

  /// The two weights on one scale.
  @inline(__always)
  private static func aligned(
    _ first: TreeWeight,
    _ second: TreeWeight
  ) -> (first: Double, second: Double, scale: Double) {
    if first.scale == second.scale { return (first.value, second.value, first.scale) }
    let scale = max(first.scale, second.scale)
    return (
      first.value * LibM.exp(first.scale - scale),
      second.value * LibM.exp(second.scale - scale),
      scale
    )
  }

  /// The sum of two weights, and what the second is to the first: second / first, and second / sum.
  @inline(__always)
  static func join(
    _ first: TreeWeight,
    _ second: TreeWeight
  ) -> (sum: TreeWeight, ratio: Double, share: Double) {
    let (a, b, scale) = aligned(first, second)
    return (TreeWeight(value: a + b, scale: scale), b / a, b / (a + b))
  }
}
