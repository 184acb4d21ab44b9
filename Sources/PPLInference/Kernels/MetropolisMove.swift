import PPLTensorCore

// Notation: x position, L factor of the proposals' covariance, s their scale, z standard normal.

/// Random-walk proposals x + s L z, accepted by the ratio of densities, with shape and scale learnt in the warm-up.
struct MetropolisMove: Sendable {
  private var adaptation: CovarianceAdaptation
  private var scaling: ScaleAdaptation
  private var noise: [Double]
  private var proposal: [Double]

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
    let logDensity = try density.value(at: proposal.span)
    let difference = logDensity - point.logDensity
    let acceptance = difference < 0 ? LibM.exp(difference) : 1
    let isAccepted = generator.nextUniform() < acceptance
    if isAccepted {
      swap(&point.position, &proposal)
      point.logDensity = logDensity
    }
    if adapts { scaling.update(acceptance: acceptance) }
    return Outcome(acceptance: acceptance, isAccepted: isAccepted)
  }

  /// Takes a draw of the warm-up.
  mutating func learn(_ position: [Double], iteration: Int) {
    if adaptation.add(position, iteration: iteration) == .replaced { scaling.hurry() }
  }
}
