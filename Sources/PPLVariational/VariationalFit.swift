package import PPLInference
package import PPLTensorCore

/// The normal distribution of a family, on the unconstrained scale, with the least Kullback-Leibler divergence to the posterior.
///
/// The evidence lower bound E[log p(x) − log q(x)] is maximised by stochastic gradients along x = m + A ε (Kucukelbir et al. 2017,
/// arXiv:1603.00788), without the term whose mean is 0, so that they vanish where q is the posterior (Roeder, Wu and Duvenaud 2017,
/// arXiv:1703.09194), with steps by Adam (Kingma and Ba 2015, arXiv:1412.6980). It begins at the best approximation along a path to a
/// mode (`Pathfinder`), in whose scales the steps are taken; families with correlations begin at the mean field where that is
/// better. They become shorter where the bound no longer rises beyond its noise over
/// windows of steps; the parameters of the last stage are averaged.
package struct VariationalFit {
  /// The distributions to choose from.
  package var family: GuideFamily
  /// Draws of the approximation.
  package var draws: Int
  /// Draws of each step.
  package var samples = 8
  /// Most steps.
  package var stepLimit = 20_000
  /// Where random numbers come from.
  package var key: RandomKey

  package init(family: GuideFamily, draws: Int, key: RandomKey) {
    self.family = family
    self.draws = draws
    self.key = key
  }

  /// Finds the distribution and draws from it.
  package func run(_ logDensity: any LogDensity, cancellation: CancellationFlag? = nil)
    throws(ApproximationError) -> Approximation
  {
    let probe = DensityProbe(logDensity, cancellation: cancellation)
    var climb = BoundClimb(stepLimit: stepLimit)
    var ascent = try ascend(probe, &climb)
    var result = try ascent.draw(draws)
    result.gradientCount = probe.count
    result.complaint = climb.complaint
    result.bounds = climb.curves
    return result
  }

  /// Finds the distribution.
  func ascend(_ probe: DensityProbe, _ climb: inout BoundClimb) throws(ApproximationError)
    -> StochasticAscent
  {
    var generator = key.derived(0).makeGenerator()
    let start = try Pathfinder(paths: 1, draws: 0, key: key).best(probe, &generator)
    var ascent = StochasticAscent(
      guide: GaussianGuide(.meanField, dimension: probe.dimension),
      frame: diagonalFrame(start.estimate),
      probe: probe,
      generator: key.derived(1).makeGenerator(),
      samples: samples
    )
    let bound = try climb.run(&ascent, family: GuideFamily.meanField.words)
    guard family != .meanField else { return ascent }
    // Correlations are looked for around the better of the two.
    let frame = bound > start.elbo ? ascent.standardizingFrame : fullFrame(start.estimate)
    ascent = StochasticAscent(
      guide: GaussianGuide(family, dimension: probe.dimension),
      frame: frame,
      probe: probe,
      generator: key.derived(2).makeGenerator(),
      samples: samples
    )
    // All entries of a triangle move at once, so that a draw moves by the root of their number.
    let scale = family == .fullRank ? min(1, (5 / Double(max(1, probe.dimension))).squareRoot()) : 1
    try climb.run(&ascent, family: family.words, scale: scale)
    return ascent
  }

  private func diagonalFrame(_ estimate: InverseHessianEstimate) -> GuideFrame {
    GuideFrame(
      centre: estimate.mean,
      scale: .diagonal(
        estimate.variances.map { $0 > 0 && $0.isFinite ? $0.squareRoot() : 1 }
      )
    )
  }

  private func fullFrame(_ estimate: InverseHessianEstimate) -> GuideFrame {
    guard family == .fullRank,
      let factor = LowerFactor(of: estimate.covariance, size: estimate.mean.count)
    else { return diagonalFrame(estimate) }
    return GuideFrame(centre: estimate.mean, scale: .factor(factor))
  }
}
