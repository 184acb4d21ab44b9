// Notation: a shape, d = a − 1/3, c = 1/√(9d), x standard normal, v = (1 + c x)³, u uniform.

extension RandomGenerator {
  /// Gamma with the given shape a > 0 and rate one; NaN outside of the domain.
  ///
  /// For very small shapes most draws are below the smallest positive number and are 0: use
  /// `nextLogGamma(shape:)` there.
  package mutating func nextGamma(shape: Double) -> Double {
    guard shape < 1 else { return nextGammaAtLeastOne(shape: shape) }
    return LibM.exp(nextLogGamma(shape: shape))
  }

  /// Logarithm of a gamma variate with the given shape a > 0 and rate one; NaN outside of the domain.
  ///
  /// Finite for every shape down to about 1e-307: log G(a) = log G(a + 1) + log(u) / a for a < 1
  /// (Marsaglia and Tsang 2000, section 6), without ever leaving the log scale.
  package mutating func nextLogGamma(shape: Double) -> Double {
    guard shape > 0 else { return .nan }
    guard shape < 1 else { return LibM.log(nextGammaAtLeastOne(shape: shape)) }
    let larger = LibM.log(nextGammaAtLeastOne(shape: shape + 1))
    return larger + LibM.log(nextUniform()) / shape
  }

  /// Gamma of shape a ≥ 1 by Marsaglia and Tsang 2000, doi:10.1145/358407.358414.
  private mutating func nextGammaAtLeastOne(shape: Double) -> Double {
    guard shape >= 1 else { return .nan }
    guard shape.isFinite else { return .infinity }
    let d = shape - 1.0 / 3.0
    let c = 1 / (3 * d.squareRoot())
    for _ in 0..<maximumRejections {
      let x = nextNormal()
      let root = 1 + c * x
      guard root > 0 else { continue }
      let v = root * root * root
      let u = nextUniform()
      let square = x * x
      if u < 1 - 0.0331 * square * square { return d * v }
      if LibM.log(u) < 0.5 * square + d * (1 - v + 3 * LibM.log1p(c * x)) { return d * v }
    }
    return .nan
  }
}
