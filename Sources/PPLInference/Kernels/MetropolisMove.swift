import PPLTensorCore

// Notation: x position, y proposal, L factor of the proposals' covariance, s their scale, z standard normal, p the density,
// c a cheap density near it.

/// Random-walk proposals x + s L z, accepted by the ratio of densities, with shape and scale learnt in the warm-up.
///
/// Where there is a cheap density, a proposal is tried with it first: it passes with probability min(1, c(y) / c(x)), and only
/// then p(y) is computed, and the proposal accepted with probability min(1, p(y) c(x) / (p(x) c(y))). The chain's distribution
/// is p whatever c, as long as c is above 0 where p is: Christen and Fox 2005, doi:10.1198/106186005X76983. Here c is the cheap
/// density to a power that is learnt in the warm-up (`ScreeningSlope`), as chains get stuck where p / c is high.
struct MetropolisMove: Sendable, Codable {
  private var adaptation: CovarianceAdaptation
  private var scaling: ScaleAdaptation
  private var noise: [Double]
  private var proposal: [Double]
  /// The cheap log density at the point; nil before it is asked for.
  private var screened: Double?
  private var slope = ScreeningSlope()

  /// Proposals of unit covariance at first.
  init(
    start: [Double],
    structure: CovarianceAdaptation.Structure,
    target: Double?,
    warmup: Int
  ) {
    let dimension = start.count
    adaptation = CovarianceAdaptation(mean: start, structure: structure, warmup: warmup)
    scaling = ScaleAdaptation(
      scale: ScaleAdaptation.bestScale(dimension: dimension),
      target: target ?? ScaleAdaptation.bestAcceptance(dimension: dimension)
    )
    noise = [Double](repeating: 0, count: dimension)
    proposal = noise
  }

  /// What became of a proposal.
  struct Outcome {
    /// The probability with which it is accepted.
    var acceptance: Double
    var isAccepted: Bool
  }

  /// Scale of the proposals in units of the covariance learnt.
  var scale: Double { scaling.scale }

  /// Moves a point once.
  ///
  /// - Returns: the probability of the acceptance, and whether it was accepted.
  mutating func step(
    _ point: inout KernelPoint,
    _ density: some PointDensity,
    adapts: Bool,
    generator: inout RandomGenerator
  ) throws(EvaluationError) -> Outcome {
    var numbers = noise.mutableSpan
    generator.fillWithNormals(&numbers)
    adaptation.factor.multiply(noise, into: &proposal)
    let scale = scaling.scale
    for index in proposal.indices {
      proposal[index] = point.position[index] + scale * proposal[index]
    }
    let advance = try screen(point, density, generator: &generator)
    guard advance.passes else {
      if adapts { scaling.update(acceptance: 0) }
      return Outcome(acceptance: 0, isAccepted: false)
    }
    let logDensity = try density.value(at: proposal.span)
    let difference = logDensity - point.logDensity - advance.gain
    let acceptance = difference < 0 ? LibM.exp(difference) : 1
    if adapts, let value = advance.value, let screened {
      slope.learn(cheap: value - screened, exact: logDensity - point.logDensity)
    }
    let isAccepted = generator.nextUniform() < acceptance
    if isAccepted {
      swap(&point.position, &proposal)
      point.logDensity = logDensity
      screened = advance.value
    }
    if adapts { scaling.update(acceptance: acceptance) }
    return Outcome(acceptance: acceptance, isAccepted: isAccepted)
  }

  /// Tries the proposal with the cheap density, where there is one.
  ///
  /// Between points of which one has a cheap density of 0, or none that is finite, the density itself decides, in both
  /// directions: where the cheap function fails nothing is lost but time.
  /// - Returns: whether it passes, log c(y) - log c(x), and the cheap log density at y.
  private mutating func screen(
    _ point: KernelPoint,
    _ density: some PointDensity,
    generator: inout RandomGenerator
  ) throws(EvaluationError) -> (passes: Bool, gain: Double, value: Double?) {
    guard let value = try density.screeningValue(at: proposal.span) else { return (true, 0, nil) }
    let before: Double
    if let screened {
      before = screened
    } else {
      before = try density.screeningValue(at: point.position.span) ?? -.infinity
      screened = before
    }
    guard before > -.infinity, value > -.infinity else { return (true, 0, value) }
    let gain = slope.value > 0 ? slope.value * (value - before) : 0
    let passes = gain >= 0 || generator.nextUniform() < LibM.exp(gain)
    density.noteScreening(passed: passes)
    return (passes, gain, value)
  }

  /// Takes a draw of the warm-up.
  mutating func learn(_ position: [Double], iteration: Int) {
    if adaptation.add(position, iteration: iteration) == .replaced { scaling.hurry() }
  }
}
