import PPLTensorCore
package import PPLTypeSystem

// Notation
//   y, g     position in units of the metric's standard deviations S, gradient of the log density there (S times that by
//            the position)
//   u        direction of motion, |u| = 1
//   d        dimension
//   h        length of a step, ε √d with the step size ε
//   K        kinetic energy, of which only changes are known

/// Microcanonical sampling with Metropolis adjustment: trajectories of constant speed that the gradient bends.
///
/// A direction is drawn uniformly, and the isokinetic flow
///
///     dy = u ds,  du = (1 − u uᵀ) g/(d − 1) ds
///
/// is followed by leapfrog steps. The end is accepted by the ratio of Metropolis with the change of K − log density, where K
/// stands for the volume that the flow gains or loses. As the speed is constant, steep places do not throw the
/// trajectory far: step sizes are longer than those of Hamiltonian flow in many dimensions. Lengths are random, as those
/// of `hmc` are and on the same scale: the speed is √d, that of a Hamiltonian trajectory in a normal distribution.
///
/// Source: Robnik, Cohn-Gordon and Seljak 2025, arXiv:2503.01707, with their target acceptance of 0.9; metric and step
/// size are adapted as those of `nuts`, where they take variances.
package struct MAMS: HamiltonianEngine {
  package static let signature = EngineSignature(
    "mams",
    "microcanonical trajectories of constant speed, with Metropolis adjustment",
    kind: .chains,
    needs: .gradient,
    settings: [
      .chains, .draws, .warmup(default: .chosen("400, or 1000 with `adapt: stan`")), .seed,
    ] + EngineSetting.metricAdaptation(targetAcceptance: 0.9) + [HMC.length],
    foreignNames: ["mclmc", "mchmc", "microcanonical", "adjusted_mclmc"],
    statistics: [
      .logDensity, .acceptanceRate, .stepSize, .stepSizeNominal, .stepCount, .isDivergent,
      .energyError, .maxEnergyError,
    ]
  )

  package let settings: NUTSSettings

  package init(_ values: EngineValues) {
    var settings = NUTSSettings(hamiltonian: values)
    settings.trajectory = .isokinetic(meanLength: values[number: "length"] ?? .pi / 2)
    self.settings = settings
  }

  package func validate(_ lengths: ChainLengths, dimension: Int) throws(InferenceError) {
    try settings.with(lengths).validate()
    guard dimension != 1 else {
      throw .invalidSetting(
        name: "mams",
        requirement: "must have two directions at least to turn to, and the model has one"
          + " unconstrained value: use `nuts()`"
      )
    }
  }
}

extension NUTSKernel {
  /// Draws the next state from the end of one isokinetic trajectory, accepted or not.
  ///
  /// - Returns: nil if the run was cancelled before the trajectory was complete; the current state is then still the
  ///   last draw.
  /// - Throws: `EvaluationError` of the log density.
  mutating func isokineticTransition(
    meanLength: Double,
    stepSize nominal: Double,
    jitter: Double,
    key: RandomKey
  ) throws(EvaluationError) -> DrawStatistics? {
    if pool.dimension == 0 { return pointStatistics(stepSize: nominal) }
    var generator = key.makeGenerator()
    let stepSize = nominal * (1 + jitter * (2 * generator.nextUniform() - 1))
    let length = 2 * meanLength * generator.nextUniform()
    let count = min(max((length / stepSize).rounded(.up), 1), Double(Self.greatestStepCount))
    pool.releaseAll(except: current, references: 2)
    pool.refreshDirection(current, from: &generator)
    var trajectory = Trajectory(generator: generator)
    trajectory.initialEnergy = pool[current].energy
    let step = stepSize * Double(pool.dimension).squareRoot()
    var end = current
    for _ in 0..<Int(count) {
      if cancellation.isCancelled { return nil }
      let next = pool.acquire(references: 1)
      gradientCount += 1
      try pool.isokineticStep(from: end, to: next, length: step, evaluator: evaluator)
      pool.release(end)
      end = next
      let energyError = pool[end].energy - trajectory.initialEnergy
      if trajectory.record(energyError: energyError) == nil { break }
    }
    return decide(end, &trajectory, stepSize: stepSize, nominal: nominal)
  }
}

extension StatePool {
  /// Draws a direction uniformly at a state and makes the state the start of a trajectory; its kinetic energy is 0.
  mutating func refreshDirection(_ slot: Slot, from generator: inout RandomGenerator) {
    refreshMomentum(slot, from: &generator)
    let u = unsafe vector(.momentum, slot)
    var square = SIMD4<Double>.zero
    for block in 0..<blockCount {
      let element = unsafe u[block]
      square += element * element
    }
    let scale = SIMD4(repeating: 1 / square.sum().squareRoot())
    for block in 0..<blockCount { unsafe u[block] = scale * u[block] }
    self[slot].energy = -self[slot].logDensity
  }

  /// One leapfrog step of length h from one state into another: half a turn, a move, and half a turn.
  ///
  /// - Throws: `EvaluationError` of the log density.
  mutating func isokineticStep(
    from start: Slot,
    to end: Slot,
    length: Double,
    evaluator: any LogDensityEvaluator
  ) throws(EvaluationError) {
    // K of the start, by its energy.
    var kinetic = self[start].energy + self[start].logDensity
    kinetic += turn(from: start, gradientOf: start, into: end, length: length / 2)
    do {
      let (q0, q1, u) = unsafe (
        vector(.position, start), vector(.position, end), vector(.momentum, end)
      )
      let scale = unsafe scale
      let step = SIMD4(repeating: length)
      for block in 0..<blockCount {
        unsafe q1[block] = q0[block] + step * (scale[block] * u[block])
      }
    }
    try evaluate(end, with: evaluator)
    kinetic += turn(from: end, gradientOf: end, into: end, length: length / 2)
    self[end].energy = kinetic - self[end].logDensity
  }

  /// Turns the direction of a state by the gradient of a state, exactly for a constant gradient.
  ///
  ///     u' ∝ e (1 − ζ)(1 + ζ + (e·u)(1 − ζ)) + 2 ζ u,  e = g/|g|,  ζ = exp(−δ),  δ = h |g|/(d − 1)
  ///
  /// Source: Robnik, De Luca, Silverstein and Seljak 2023, arXiv:2212.08549, section 3.
  /// - Returns: the change of K, (d − 1) log(cosh δ + (e·u) sinh δ).
  private func turn(
    from start: Slot,
    gradientOf place: Slot,
    into end: Slot,
    length: Double
  ) -> Double {
    let (u0, u1) = unsafe (vector(.momentum, start), vector(.momentum, end))
    let (g, scale) = unsafe (vector(.gradient, place), scale)
    var (square, product) = (SIMD4<Double>.zero, SIMD4<Double>.zero)
    for block in 0..<blockCount {
      let slope = unsafe scale[block] * g[block]
      square += slope * slope
      product += unsafe slope * u0[block]
    }
    let norm = square.sum().squareRoot()
    guard norm > 0, norm.isFinite else {
      for block in 0..<blockCount { unsafe u1[block] = u0[block] }
      return norm == 0 ? 0 : .infinity
    }
    let cosine = product.sum() / norm
    let freedom = Double(dimension - 1)
    let angle = length * norm / freedom
    let zeta = LibM.exp(-angle)
    let forward = SIMD4(repeating: (1 - zeta) * (1 + zeta + cosine * (1 - zeta)) / norm)
    let kept = SIMD4(repeating: 2 * zeta)
    var total = SIMD4<Double>.zero
    for block in 0..<blockCount {
      let direction = unsafe forward * (scale[block] * g[block]) + kept * u0[block]
      unsafe u1[block] = direction
      total += direction * direction
    }
    let inverse = SIMD4(repeating: 1 / total.sum().squareRoot())
    for block in 0..<blockCount { unsafe u1[block] = inverse * u1[block] }
    return freedom * (angle + LibM.log((1 + cosine + (1 - cosine) * zeta * zeta) / 2))
  }
}
