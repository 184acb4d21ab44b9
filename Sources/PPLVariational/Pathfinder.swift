package import PPLInference
package import PPLTensorCore

/// Normal approximations along the path of a quasi-Newton ascent; the one with the greatest evidence lower bound is taken.
///
/// Of several paths draws are resampled by smoothed importance weights, which the caller works out.
///
/// Source: Zhang, Carpenter, Gelman and Vehtari 2022, arXiv:2108.03782.
package struct Pathfinder {
  /// Number of paths.
  package var paths: Int
  /// Draws of each path.
  package var draws: Int
  /// Most steps of each path.
  package var stepLimit = 1000
  /// Where random numbers come from.
  package var key: RandomKey

  private static let memoryLimit = 6
  /// Draws by which approximations along a path are compared.
  private static let elboDraws = 10
  /// A step that gains less than this share of the log density ends a path.
  private static let leastRelativeGain = 1e-10

  package init(paths: Int, draws: Int, key: RandomKey) {
    self.paths = paths
    self.draws = draws
    self.key = key
  }

  /// Draws from the best approximation of each path, one path behind the other.
  package func run(_ logDensity: any LogDensity, cancellation: CancellationFlag? = nil)
    throws(ApproximationError) -> Approximation
  {
    let probe = DensityProbe(logDensity, cancellation: cancellation)
    var result = Approximation()
    var isComplete = true
    for path in 0..<paths {
      let best = try follow(path, probe, into: &result)
      isComplete = isComplete && best.hasArrived
    }
    result.gradientCount = probe.count
    if !isComplete { result.complaint = "a path did not come to rest" }
    return result
  }

  /// Draws from the best approximation of each path that leads to one, and the variances of these.
  ///
  /// - Returns: draws, one path behind the other, and for each of those paths the estimate's variances.
  /// - Throws: why the last path led to none, if none did.
  package func starts(_ probe: DensityProbe) throws(ApproximationError) -> (
    draws: Approximation, variances: [[Double]]
  ) {
    var result = Approximation()
    var variances: [[Double]] = []
    var failure: ApproximationError?
    for path in 0..<paths {
      do throws(ApproximationError) {
        variances.append(try follow(path, probe, into: &result).estimate.variances)
      } catch {
        switch error {
        case .cancelled, .evaluation: throw error
        case .noStart, .notFinite, .noMode: failure = error
        }
      }
    }
    if variances.isEmpty, let failure { throw failure }
    result.gradientCount = probe.count
    return (result, variances)
  }

  /// Adds draws from the best approximation along a path.
  private func follow(_ path: Int, _ probe: DensityProbe, into result: inout Approximation)
    throws(ApproximationError) -> Best
  {
    var generator = key.derived(UInt64(path)).makeGenerator()
    let best = try best(probe, &generator)
    for _ in 0..<draws {
      let draw = best.estimate.draw(&generator)
      let point = try probe.point(at: draw.position)
      result.positions += draw.position
      result.logDensities.append(point.isFinite ? point.value : -.infinity)
      result.logApproximations.append(draw.logDensity)
    }
    return best
  }

  /// The best approximation along one path.
  struct Best {
    var estimate: InverseHessianEstimate
    var elbo: Double
    /// Whether the path ended where nothing more is to be gained.
    var hasArrived: Bool
  }

  func best(_ probe: DensityProbe, _ generator: inout RandomGenerator) throws(ApproximationError)
    -> Best
  {
    var current = try probe.start(&generator)
    var memory = QuasiNewtonMemory(limit: Self.memoryLimit)
    var alpha = [Double](repeating: 1, count: probe.dimension)
    var best: Best?
    var hasArrived = false
    for step in 0..<stepLimit {
      let next = try QuasiNewtonStep(memory).take(from: current) {
        (position) throws(ApproximationError) in try probe.point(at: position)
      }
      guard let next else {
        if memory.pairs.isEmpty {
          hasArrived = true
          break
        }
        memory.removeAll()
        continue
      }
      let isKept = memory.remember(
        from: (current.position, current.gradient),
        to: (next.position, next.gradient)
      )
      if isKept, let pair = memory.pairs.last {
        alpha = InverseHessianEstimate.updated(alpha, pair)
      }
      let gain = next.value - current.value
      current = next
      if let estimate = InverseHessianEstimate(current, memory, alpha: alpha) {
        let elbo = try elbo(estimate, probe, &generator)
        if best.map({ elbo > $0.elbo }) ?? true {
          best = Best(estimate: estimate, elbo: elbo, hasArrived: false)
        }
      }
      hasArrived = step > 0 && gain < Self.leastRelativeGain * max(1, current.value.magnitude)
      if hasArrived || current.position.contains(where: { $0.magnitude > 1e8 }) { break }
    }
    if best == nil, let estimate = InverseHessianEstimate(current, memory, alpha: alpha) {
      best = Best(estimate: estimate, elbo: -.infinity, hasArrived: hasArrived)
    }
    guard var best else { throw .notFinite(position: current.position) }
    best.hasArrived = hasArrived
    return best
  }

  private func elbo(
    _ estimate: InverseHessianEstimate,
    _ probe: DensityProbe,
    _ generator: inout RandomGenerator
  ) throws(ApproximationError) -> Double {
    var sum = 0.0
    for _ in 0..<Self.elboDraws {
      let draw = estimate.draw(&generator)
      let point = try probe.point(at: draw.position)
      guard point.value.isFinite else { return -.infinity }
      sum += point.value - draw.logDensity
    }
    return sum / Double(Self.elboDraws)
  }
}
