import PPLTensorCore
package import PPLTypeSystem

/// The No-U-Turn sampler with a step size of its own for each step of an orbit.
///
/// A step of the orbit is made by one, two, four, … leapfrog steps: the fewest between whose states the energy varies by no
/// more than `max_error`. Where the density is as wide as the metric thinks that is one; in a funnel's neck it is many.
/// An orbit must be the same from each of its states. So a step counts only if the way back would be made by as many
/// leapfrog steps; where it would not, the orbit ends as at a divergence, and none of the new half is drawn.
///
/// The step size is adapted by the energy errors of single leapfrog steps, as if none was divided.
///
/// Source: Bou-Rabee, Carpenter, Kleppe and Liu 2025, arXiv:2506.18746 (WALNUTS with a fixed rule for the number of
/// leapfrog steps).
package struct WALNUTS: HamiltonianEngine {
  package static let signature = EngineSignature(
    "walnuts",
    "nuts with a step size for each step of an orbit; for funnels and other changes of scale",
    kind: .chains,
    needs: .gradient,
    settings: [
      .chains, .draws, .warmup(default: .chosen("400, or 1000 with `adapt: stan`")), .seed,
    ] + EngineSetting.metricAdaptation(targetAcceptance: 0.8) + [
      NUTS.maxDepth,
      EngineSetting(
        "max_error",
        .positive(below: 1000),
        default: .number(1),
        "by how much the energy may vary in a step"
      ),
      EngineSetting(
        "max_halvings",
        .count(0...20),
        default: .number(8),
        "how often a step is halved at most"
      ),
    ],
    foreignNames: ["walnuts_d", "walnutpie"],
    statistics: NUTS.signature.statistics
  )

  package let settings: NUTSSettings

  package init(_ values: EngineValues) {
    var settings = NUTSSettings(hamiltonian: values)
    settings.maxTreeDepth = values[count: "max_depth"] ?? settings.maxTreeDepth
    settings.division = StepDivision(
      maxError: values[number: "max_error"] ?? 1,
      maxHalvings: values[count: "max_halvings"] ?? 8
    )
    self.settings = settings
  }
}

/// When a step of an orbit is divided.
package struct StepDivision: Sendable, Hashable {
  /// Greatest difference of energies within a step.
  package var maxError: Double
  /// A step is divided into 2 to this power parts at most.
  package var maxHalvings: Int
}

extension NUTSKernel {
  /// How a divided step ended.
  struct DividedStep {
    /// The state at its end, with one reference for each of the tree's three; nil if it may not be drawn.
    var end: Slot?
    /// Energy at the end of the undivided step, less that of the orbit's start.
    var coarseError: Double
    /// Whether no division was fine enough.
    var isDivergent = false
  }

  /// Makes a step of an orbit by as few leapfrog steps as the energy allows.
  ///
  /// - Throws: `EvaluationError` of the log density.
  mutating func dividedStep(
    from edge: Slot,
    _ division: StepDivision,
    stepSize: Double,
    initialEnergy: Double
  ) throws(EvaluationError) -> DividedStep {
    var coarseError = Double.infinity
    for halvings in 0...division.maxHalvings {
      let count = 1 << halvings
      let (end, range) = try path(from: edge, count: count, stepSize: stepSize / Double(count))
      if halvings == 0 { coarseError = pool[end].energy - initialEnergy }
      guard range <= division.maxError else {
        pool.release(end)
        if cancellation.isCancelled { break }
        continue
      }
      // The way back: no coarser division may be fine enough for it.
      for coarser in 0..<halvings {
        let backward = 1 << coarser
        let (back, backRange) = try path(
          from: end,
          count: backward,
          stepSize: -stepSize / Double(backward)
        )
        pool.release(back)
        if backRange <= division.maxError {
          pool.release(end)
          return DividedStep(end: nil, coarseError: coarseError)
        }
      }
      pool.extend(from: edge, to: end, isForward: stepSize > 0)
      pool.retain(end, references: 3)
      return DividedStep(end: end, coarseError: coarseError)
    }
    return DividedStep(end: nil, coarseError: coarseError, isDivergent: true)
  }

  /// Leapfrog steps one after the other; the state at their end with one reference, and by how much energies vary.
  private mutating func path(
    from edge: Slot,
    count: Int,
    stepSize: Double
  ) throws(EvaluationError) -> (end: Slot, range: Double) {
    var (least, greatest) = (pool[edge].energy, pool[edge].energy)
    var end = edge
    for _ in 0..<count {
      let next = pool.acquire(references: 1)
      gradientCount += 1
      try pool.leapfrog(from: end, to: next, stepSize: stepSize, evaluator: evaluator)
      if end != edge { pool.release(end) }
      end = next
      let energy = pool[end].energy
      guard energy.isFinite else { return (end, .infinity) }
      (least, greatest) = (min(least, energy), max(greatest, energy))
      if cancellation.isCancelled { return (end, .infinity) }
    }
    return (end, greatest - least)
  }
}
