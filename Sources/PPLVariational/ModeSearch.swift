import PPLInference
package import PPLTensorCore

/// A mode of a log density by quasi-Newton ascent from several starts.
///
/// Steps go along the estimate of `QuasiNewtonMemory`, shortened until they gain enough (Armijo) and lengthened while the
/// slope is still steep (Wolfe's second condition). The search ends where the Newton decrement gᵀ H⁻¹ g says that less than
/// 10⁻¹⁰ nats are to be gained, whatever the scales of the parameters.
package struct ModeSearch {
  /// Most steps from one start.
  private static let stepLimit = 3000
  private static let halvingLimit = 50
  private static let sufficientGain = 1e-4
  private static let steepness = 0.9
  /// Nats that are left to be gained at a mode.
  private static let leastDecrement = 1e-10

  /// Number of starts.
  private let starts: Int

  package init(starts: Int = 4) {
    self.starts = starts
  }

  /// The highest mode that was found.
  ///
  /// - Returns: its position and log density.
  /// - Throws: `noMode` where the density has no bound, or none was reached.
  package func run(_ probe: DensityProbe, key: RandomKey) throws(ApproximationError)
    -> (position: [Double], logDensity: Double)
  {
    var generator = key.makeGenerator()
    var best: DensityPoint?
    var failure: ApproximationError?
    for _ in 0..<(probe.dimension == 0 ? 1 : starts) {
      let start = try probe.start(&generator)
      do throws(ApproximationError) {
        let mode = try ascend(from: start, probe)
        if best.map({ mode.value > $0.value }) ?? true { best = mode }
      } catch {
        guard case .noMode = error else { throw error }
        failure = error
      }
    }
    guard let best else { throw failure ?? .noStart(positions: []) }
    return (best.position, best.value)
  }

  func ascend(from start: DensityPoint, _ probe: DensityProbe) throws(ApproximationError)
    -> DensityPoint
  {
    var memory = QuasiNewtonMemory(limit: 20)
    var current = start
    for _ in 0..<Self.stepLimit {
      guard let next = try QuasiNewtonStep(memory).take(from: current, probe) else {
        // No step along the estimate gains anything: it may be spoilt, or rounding is all that is left.
        if memory.pairs.isEmpty || isNearlyFlat(current, memory) { return current }
        memory.removeAll()
        continue
      }
      memory.remember(
        from: (current.position, current.gradient),
        to: (next.position, next.gradient)
      )
      current = next
      if isNearlyFlat(current, memory) { return current }
      if current.position.contains(where: { $0.magnitude > 1e8 }) {
        throw .noMode(reason: "the density still rises far out", position: current.position)
      }
    }
    throw .noMode(
      reason: "the density still rises after \(Self.stepLimit) steps",
      position: current.position
    )
  }

  private func isNearlyFlat(_ point: DensityPoint, _ memory: QuasiNewtonMemory) -> Bool {
    if point.gradient.allSatisfy({ $0 == 0 }) { return true }
    guard !memory.pairs.isEmpty else { return false }
    let decrement = innerProduct(point.gradient, memory.direction(point.gradient))
    return decrement >= 0 && decrement < Self.leastDecrement
  }

  /// One step along the direction of ascent.
  struct QuasiNewtonStep {
    private let memory: QuasiNewtonMemory

    init(_ memory: QuasiNewtonMemory) {
      self.memory = memory
    }

    /// The point that a step leads to; nil where none gains anything.
    func take(from point: DensityPoint, _ probe: DensityProbe) throws(ApproximationError)
      -> DensityPoint?
    {
      let direction = memory.direction(point.gradient)
      let slope = innerProduct(direction, point.gradient)
      guard slope > 0, slope.isFinite else { return nil }
      var (low, high) = (0.0, Double.infinity)
      var length = 1.0
      var best: DensityPoint?
      for _ in 0..<ModeSearch.halvingLimit {
        let next = try probe.point(
          at: zip(point.position, direction).map { $0 + length * $1 }
        )
        let isEnough =
          next.isFinite
          && next.value >= point.value + ModeSearch.sufficientGain * length * slope
        if !isEnough {
          high = length
        } else {
          best = next
          let isSteep =
            innerProduct(direction, next.gradient) > ModeSearch.steepness * slope
          if !isSteep || length > 1e6 { return next }
          low = length
        }
        length = high.isFinite ? (low + high) / 2 : 2 * length
        if high.isFinite, high - low < 1e-14 * high { break }
      }
      return best
    }
  }
}
