import PPLInference
import Synchronization

/// Keeps the positions of draws, for chains whose draws are used at once.
final class PositionCollector: DrawSink {
  private let chains: Mutex<[[[Double]]]>

  init(chains: Int) {
    self.chains = Mutex([[[Double]]](repeating: [], count: chains))
  }

  /// All of them, chain by chain.
  var positions: [[Double]] { chains.withLock { $0.flatMap(\.self) } }

  func receive(
    position: Span<Double>,
    statistics: DrawStatistics,
    chain: Int,
    index: Int,
    isWarmup: Bool
  ) {
    guard !isWarmup else { return }
    let copy = position.indices.map { position[$0] }
    chains.withLock { $0[chain].append(copy) }
  }
}
