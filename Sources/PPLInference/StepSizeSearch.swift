import PPLTensorCore

extension NUTSKernel {
  /// Where the search begins; nuts-rs's choice.
  private static let initialStepSize = 0.1
  private static let stepSizeBounds = 1e-10...1e5
  private static let maximumSearchCount = 100

  /// A step size for which one leapfrog step from the current state has about the target acceptance.
  ///
  /// Doubles or halves until the acceptance crosses the target, with a new momentum at each try.
  /// Source: Hoffman and Gelman 2014, algorithm 4.
  /// - Returns: nil if the run was cancelled meanwhile.
  /// - Throws: `EvaluationError` of the log density.
  mutating func searchStepSize(
    targetAcceptance: Double,
    key: RandomKey
  ) throws(EvaluationError) -> Double? {
    var stepSize = Self.initialStepSize
    if pool.dimension == 0 { return stepSize }
    var generator = key.makeGenerator()
    var isGrowing: Bool?
    for _ in 0..<Self.maximumSearchCount {
      if cancellation.isCancelled { return nil }
      pool.releaseAll(except: current, references: 1)
      pool.refreshMomentum(current, from: &generator)
      let end = pool.acquire(references: 1)
      gradientCount += 1
      try pool.leapfrog(from: current, to: end, stepSize: stepSize, evaluator: evaluator)
      let energyError = pool[end].energy - pool[current].energy
      let isAbove = energyError.isFinite && LibM.exp(-energyError) > targetAcceptance
      if let isGrowing, isGrowing != isAbove { break }
      isGrowing = isAbove
      let next = isAbove ? 2 * stepSize : stepSize / 2
      guard Self.stepSizeBounds.contains(next) else { break }
      stepSize = next
    }
    return stepSize
  }
}
