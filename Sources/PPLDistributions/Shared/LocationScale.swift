package import PPLGraphIR
import PPLTensorCore

/// Where the draws of a family lie and how far they spread, on the unconstrained scale of its support.
///
/// For u = location + scale z the distribution of z depends on neither of the two. u is the value itself for
/// supports of real numbers, its logarithm or logit for positive numbers and probabilities.
package enum LocationScale {
  /// Of numbers; nil stands for a scale of 1.
  case scalar(location: GraphValue, scale: GraphValue?)
  /// Of vectors, with the factor L of Σ = L Lᵀ as scale.
  case vector(location: GraphValue, scale: EllipticalScale)

  /// Of positive values that are z times a scale: log x = log scale + log z.
  static func stretched(by scale: GraphValue) -> LocationScale {
    .scalar(location: scale.log(), scale: nil)
  }

  /// Whether location and scale are known, so that nothing is gained from other coordinates.
  package var isKnown: Bool {
    switch self {
    case .scalar(let location, let scale):
      location.constantValue != nil && (scale.map { $0.constantValue != nil } ?? true)
    case .vector(let location, let scale):
      location.constantValue != nil && scale.isKnown
    }
  }

  /// u for other coordinates v of it: u = v where `weight` w is 1, u = location + scale v where it is 0.
  ///
  /// - Parameters:
  ///   - v: the coordinates, with the plate's axes and for vectors one more.
  ///   - weight: 0 or 1 for each element of the plate.
  /// - Returns: u, and addends of log |det ∂u/∂v| that have the plate's rank.
  package func place(_ v: GraphValue, weight: GraphValue)
    -> (value: GraphValue, logJacobian: [GraphValue])
  {
    let rest = 1 - weight
    switch self {
    case .scalar(let location, nil): return (v + rest * location, [])
    case .scalar(let location, let scale?):
      return (v * (rest * scale + weight) + rest * location, [rest * scale.log()])
    case .vector(let location, let scale):
      let kept = weight.addingEventAxis()
      let moved = 1 - kept
      let value = kept * v + moved * (location + scale.transform(v))
      return (value, scale.logDensityAddends.map { -(rest * $0) })
    }
  }

  /// The coordinates v of u: the reverse of `place`.
  package func coordinates(of u: GraphValue, weight: GraphValue) -> GraphValue {
    let rest = 1 - weight
    switch self {
    case .scalar(let location, nil): return u - rest * location
    case .scalar(let location, let scale?):
      return (u - rest * location) / (rest * scale + weight)
    case .vector(let location, let scale):
      let isKept = weight.addingEventAxis().isEqual(to: 1)
      return isKept.select(u, scale.standardized(u - location))
    }
  }
}
