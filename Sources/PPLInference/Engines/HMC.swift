import PPLTensorCore
package import PPLTypeSystem

/// Hamiltonian Monte Carlo with trajectories of random length, tuned as `nuts` is.
///
/// A trajectory lasts for a time drawn uniformly from (0, 2 τ), on the scale of the metric. Random lengths keep it
/// from closing on itself in some coordinate (Neal 2011, arXiv:1206.1901, section 5.3.2). The default τ = π/2 makes
/// successive draws of a normal distribution uncorrelated on average where the metric fits: the correlation after the
/// time t is cos t, whose mean over (0, π) is 0.
package struct HMC: HamiltonianEngine {
  package static let signature = EngineSignature(
    "hmc",
    "Hamiltonian trajectories of a given mean length",
    kind: .chains,
    needs: .gradient,
    settings: [
      .chains, .draws, .warmup(default: .chosen("400, or 1000 with `adapt: stan`")), .seed,
    ] + EngineSetting.metricAdaptation(targetAcceptance: 0.8) + [length],
    foreignNames: ["hamiltonian", "static_hmc", "hamiltonianmc"],
    statistics: [
      .logDensity, .acceptanceRate, .stepSize, .stepSizeNominal, .stepCount, .isDivergent,
      .energy, .energyError, .maxEnergyError,
    ]
  )

  static let length = EngineSetting(
    "length",
    .positive(below: 1e6),
    default: .number(.pi / 2),
    "mean time of a trajectory, in units of the metric's standard deviations"
  )

  package let settings: NUTSSettings

  package init(_ values: EngineValues) {
    var settings = NUTSSettings(hamiltonian: values)
    settings.trajectory = .fixed(meanLength: values[number: "length"] ?? .pi / 2)
    self.settings = settings
  }
}

extension NUTSKernel {
  /// Leapfrog steps of a trajectory at most, whatever the step size.
  static let greatestStepCount = 1024

  /// Draws the next state from the end of one trajectory, accepted or not (Metropolis).
  ///
  /// - Returns: nil if the run was cancelled before the trajectory was complete; the current state is then still the
  ///   last draw.
  /// - Throws: `EvaluationError` of the log density.
  mutating func staticTransition(
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
    pool.refreshMomentum(current, from: &generator)
    var trajectory = Trajectory(generator: generator)
    trajectory.initialEnergy = pool[current].energy
    var end = current
    for _ in 0..<Int(count) {
      if cancellation.isCancelled { return nil }
      let next = pool.acquire(references: 1)
      gradientCount += 1
      try pool.leapfrog(from: end, to: next, stepSize: stepSize, evaluator: evaluator)
      pool.release(end)
      end = next
      let energyError = pool[end].energy - trajectory.initialEnergy
      if trajectory.record(energyError: energyError) == nil { break }
    }
    return decide(end, &trajectory, stepSize: stepSize, nominal: nominal)
  }

  /// Moves to the end of a trajectory or stays, by the ratio of Metropolis.
  ///
  /// - Returns: what is recorded of the draw.
  mutating func decide(
    _ end: Slot,
    _ trajectory: inout Trajectory,
    stepSize: Double,
    nominal: Double
  ) -> DrawStatistics {
    let start = current
    let energyError = pool[end].energy - trajectory.initialEnergy
    let isPossible = energyError.isFinite && !trajectory.isDivergent
    let smaller = isPossible ? LibM.exp(-abs(energyError)) : 0
    let acceptance = isPossible && energyError <= 0 ? 1 : smaller
    let isAccepted = isPossible && trajectory.generator.nextUniform() < acceptance
    if isAccepted { moveCurrent(to: end) }
    var statistics = DrawStatistics()
    statistics.logDensity = pool[current].logDensity
    statistics.acceptanceRate = acceptance
    statistics.symmetricAcceptanceRate = 2 * smaller / (1 + smaller)
    statistics.stepSize = stepSize
    statistics.stepSizeNominal = nominal
    statistics.stepCount = trajectory.stepCount
    statistics.isDivergent = trajectory.isDivergent
    statistics.energy = pool[isAccepted ? end : start].energy
    statistics.energyError = isAccepted ? energyError : 0
    statistics.maxEnergyError = trajectory.maxEnergyError
    statistics.indexInTrajectory = isAccepted ? trajectory.stepCount : 0
    return statistics
  }
}
