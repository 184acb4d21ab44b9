import PPLInference
package import PPLTensorCore

/// A mode of a log density by quasi-Newton ascent from several starts.
///
/// Steps are those of `QuasiNewtonAscent`: the search ends where less than 10⁻¹⁰ nats are to be gained, whatever the scales of the
/// parameters.
package struct ModeSearch {
  /// Most steps from one start.
  private static let stepLimit = 3000

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
    var best: AscentPoint?
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

  func ascend(from start: AscentPoint, _ probe: DensityProbe) throws(ApproximationError)
    -> AscentPoint
  {
    var ascent = QuasiNewtonAscent(from: start, memory: QuasiNewtonMemory(limit: 20))
    for _ in 0..<Self.stepLimit {
      let isAtRest = try ascent.step { (position) throws(ApproximationError) in
        try probe.point(at: position)
      }
      if isAtRest { return ascent.point }
      if ascent.point.position.contains(where: { $0.magnitude > 1e8 }) {
        throw .noMode(reason: "the density still rises far out", position: ascent.point.position)
      }
    }
    throw .noMode(
      reason: "the density still rises after \(Self.stepLimit) steps",
      position: ascent.point.position
    )
  }
}
