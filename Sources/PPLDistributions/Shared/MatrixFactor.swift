import PPLGraphIR
import PPLTensorCore

extension GraphValue {
  /// The lower Cholesky factor of covariance matrices; the identity outside of that support, and the addend of the
  /// log density that is -inf there.
  func restrictedCovarianceFactor() -> (factor: GraphValue, penalty: GraphValue) {
    let factor = cholesky()
    let isInside = isSymmetric.droppingEvent().and(factor.diagonal().isPositiveVector)
    let identity = eventConstant(rank: lastAxis, count: eventSize) { _ in 1 }.diagonalMatrix()
    return (
      isInside.addingEventAxis().select(factor, identity),
      isInside.select(scalar(0), scalar(-.infinity)).droppingEvent()
    )
  }

  /// log Γ_n(½ ν) for this value ν, by the multivariate gamma function of n × n matrices.
  ///
  ///     log Γ_n(a) = ¼ n (n − 1) log π + Σ_{j=0…n−1} log Γ(a − ½ j)
  ///
  /// NaN unless ν > n − 1.
  func logMultivariateGammaOfHalf(size: Int) -> GraphValue {
    let valid = self.where(isGreater(than: Double(size) - 1)).addingEventAxis()
    let halves = valid.eventConstant(rank: valid.shape.rank, count: size) { 0.5 * Double($0) }
    let pairs = 0.25 * Double(size) * Double(size - 1)
    return (0.5 * valid - halves).logGamma().sumOverEvent() + pairs * logPi
  }

  /// The Cholesky factor A of a Wishart matrix with this many degrees of freedom and the identity as its scale.
  ///
  /// The squares of its diagonal are χ² with ν, ν − 1, … degrees of freedom, and what is below is normal. NaN unless
  /// ν > n − 1.
  ///
  /// Source: Bartlett 1933, doi:10.1017/S0370164600020526.
  func bartlettFactor(plate: Shape, size: Int, random: RandomSource) -> GraphValue {
    let valid = self.where(isGreater(than: Double(size) - 1)).addingEventAxis()
    let rows = valid.eventConstant(rank: valid.shape.rank, count: size) { Double($0) }
    let logHalves = random.logGamma(
      shapeParameter: 0.5 * (valid - rows),
      Shape(plate.sizes + [size])
    )
    let below = random.normal(Shape(plate.sizes + [size, size])).lowerTriangle(strict: true)
    return below + (0.5 * (logHalves + logTwo)).exp().diagonalMatrix()
  }
}
