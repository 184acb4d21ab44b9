import PPLInference
import Synchronization

/// Keeps all draws of a run.
final class CollectingSink: DrawSink {
  /// The draws of one chain and phase, in order.
  struct Draws: Sendable {
    var positions: [[Double]] = []
    var statistics: [DrawStatistics] = []
    var indices: [Int] = []

    /// Where two lists of draws first differ; nil if they are equal bit by bit.
    func firstDifference(from other: Draws) -> Int? {
      let shorter = min(positions.count, other.positions.count)
      let different = (0..<shorter).first {
        positions[$0] != other.positions[$0] || statistics[$0] != other.statistics[$0]
          || indices[$0] != other.indices[$0]
      }
      return different ?? (positions.count == other.positions.count ? nil : shorter)
    }
  }

  private let storage: Mutex<[Int: [Bool: Draws]]> = Mutex([:])
  private let onDraw: @Sendable (_ chain: Int, _ index: Int, _ isWarmup: Bool) throws -> Void

  init(
    onDraw: @escaping @Sendable (_ chain: Int, _ index: Int, _ isWarmup: Bool) throws -> Void = {
      _,
      _,
      _ in
    }
  ) {
    self.onDraw = onDraw
  }

  func receive(
    position: Span<Double>,
    statistics: DrawStatistics,
    chain: Int,
    index: Int,
    isWarmup: Bool
  ) throws {
    let copy = position.indices.map { position[$0] }
    storage.withLock { draws in
      draws[chain, default: [:]][isWarmup, default: Draws()].positions.append(copy)
      draws[chain, default: [:]][isWarmup, default: Draws()].statistics.append(statistics)
      draws[chain, default: [:]][isWarmup, default: Draws()].indices.append(index)
    }
    try onDraw(chain, index, isWarmup)
  }

  /// Draws of a chain.
  func draws(chain: Int, isWarmup: Bool = false) -> Draws {
    storage.withLock { $0[chain]?[isWarmup] ?? Draws() }
  }
}

/// Posterior draws of `coordinate`, or of a function of the position, by chain.
func values(
  _ sink: CollectingSink,
  chains: Int,
  _ function: ([Double]) -> Double
) -> [[Double]] {
  (0..<chains).map { sink.draws(chain: $0).positions.map(function) }
}

/// Mean over all chains, and its Monte Carlo standard error by the initial monotone sequence of
/// autocovariances (Geyer 1992, doi:10.1214/ss/1177011137), as averaged over chains.
func meanAndError(_ chains: [[Double]]) -> (mean: Double, error: Double, effectiveCount: Double) {
  let count = chains.reduce(0) { $0 + $1.count }
  let mean = chains.joined().reduce(0, +) / Double(count)
  let length = chains.map(\.count).min() ?? 0
  func autocovariance(_ lag: Int) -> Double {
    var sum = 0.0
    for chain in chains {
      for index in lag..<chain.count { sum += (chain[index] - mean) * (chain[index - lag] - mean) }
    }
    return sum / Double(count)
  }
  var previous = Double.infinity
  var total = -autocovariance(0)
  var lag = 0
  while lag + 1 < length {
    let pair = min(autocovariance(lag) + autocovariance(lag + 1), previous)
    guard pair > 0 else { break }
    total += 2 * pair
    previous = pair
    lag += 2
  }
  let variance = autocovariance(0)
  // Antithetic chains are credited with at most twice their length.
  let effective = min(Double(count) * variance / max(total, 1e-300), 2 * Double(count))
  return (mean, (variance / effective).squareRoot(), effective)
}
