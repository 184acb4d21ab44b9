package import PPLInference
package import PPLTensorCore

/// The normal distribution with the mode as mean and the inverse of the negative Hessian there as covariance, on the
/// unconstrained scale.
///
/// Source: Tierney and Kadane 1986, doi:10.1080/01621459.1986.10478240.
package struct LaplaceFit {
  /// Number of draws.
  package var draws: Int
  /// Where random numbers come from.
  package var key: RandomKey

  package init(draws: Int, key: RandomKey) {
    self.draws = draws
    self.key = key
  }

  /// Finds the mode and draws.
  ///
  /// `hessian` gives the matrix of second derivatives of the log density at a position, `[D, D]`.
  package func run(
    _ logDensity: any LogDensity,
    hessian: ([Double]) -> [Double],
    cancellation: CancellationFlag? = nil
  ) throws(ApproximationError) -> Approximation {
    let probe = DensityProbe(logDensity, cancellation: cancellation)
    let dimension = probe.dimension
    var mode = try ModeSearch().run(probe, key: key.derived(0)).position
    var factor = LowerFactor(of: hessian(mode).map { -$0 }, size: dimension)
    // A Newton step or two take away what the quasi-Newton search left.
    for _ in 0..<2 {
      guard let known = factor else { break }
      let point = try probe.point(at: mode)
      let step = known.solve(
        known.solve(point.gradient, transposed: false),
        transposed: true
      )
      let next = try probe.point(at: zip(mode, step).map(+))
      guard next.isFinite, next.value >= point.value else { break }
      mode = next.position
      factor = LowerFactor(of: hessian(mode).map { -$0 }, size: dimension) ?? known
    }
    guard let factor else {
      throw .noMode(
        reason: "the curvature there is not that of a maximum in every direction",
        position: mode
      )
    }
    var generator = key.derived(1).makeGenerator()
    return try probe.normalDraws(
      draws,
      around: mode,
      logConstant: factor.logDeterminant,
      &generator
    ) { factor.solve($0, transposed: true) }
  }
}

/// ½ log 2π.
let halfLogTwoPi = 0.918_938_533_204_672_8
