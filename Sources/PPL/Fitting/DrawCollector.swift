import PPLExecution
import PPLGraphIR
import PPLInference
import PPLStorage
import PPLTensorCore
import PPLTypeSystem
import Synchronization

/// Turns positions into values of the model's quantities, keeps them and sends them to the disk.
final class DrawCollector: DrawSink {
  /// What one chain has given so far.
  struct ChainDraws: Sendable {
    /// Values of the quantities, `[drawCount, width]`.
    var rows: [Double] = []
    /// On the unconstrained scale, `[drawCount, D]`, if they are kept.
    var positions: [Double] = []
    /// The coordinates of the draws: a weight for each element that has a choice.
    var weights: [Double] = []
    var drawCount = 0
    var energies: [Double] = []
    var divergenceCount = 0
    var maxTreeDepthCount = 0
  }

  /// One chain's tools, used by one thread at a time.
  private struct Workplace {
    let executor: any Executor
    let recorder: ChainRecorder?
    /// A position, then the weights of its coordinates.
    var inputs: [Double]
    /// Values of one draw, then its statistics.
    var row: [Double]
    var draws = ChainDraws()
  }

  private final class Chain: Sendable {
    let workplace: Mutex<Workplace>

    init(
      _ graph: ExecutableGraph,
      _ writer: FitWriter?,
      _ number: Int,
      draws drawCount: Int,
      statistics statisticCount: Int
    ) {
      let width = graph.graph.outputCount
      var place = Workplace(
        executor: graph.makeExecutor(),
        recorder: writer?.makeRecorder(chain: number),
        inputs: [Double](repeating: 1, count: graph.graph.inputCount),
        row: [Double](repeating: 0, count: width + statisticCount)
      )
      // Room for all draws of usual runs at once: growing copies everything again and again.
      let reserved = min(drawCount, DrawCollector.reservedElements / max(1, width))
      place.draws.rows.reserveCapacity(reserved * width)
      place.draws.energies.reserveCapacity(reserved)
      workplace = Mutex(place)
    }
  }

  private let chains: [Chain]
  private let width: Int
  private let key: RandomKey
  private let keepsPositions: Bool
  private let statistics: [SampleStatistic]
  private let recordsEnergy: Bool

  /// Streams of random numbers for quantities that are drawn forward, apart from the sampler's.
  private static let generationPurpose: UInt64 = 0x6765_6E65_7261_7465

  /// Elements of draws for which there is room from the start, at most.
  private static let reservedElements = 1 << 22

  init(
    graph: ExecutableGraph,
    writer: FitWriter?,
    lengths: ChainLengths,
    statistics: [SampleStatistic],
    keepsPositions: Bool = false
  ) {
    self.statistics = statistics
    recordsEnergy = statistics.contains(.energy)
    self.keepsPositions = keepsPositions
    width = graph.graph.outputCount
    key = RandomKey(seed: lengths.seed).derived(Self.generationPurpose)
    chains = (0..<lengths.chains).map {
      Chain(graph, writer, $0, draws: lengths.draws, statistics: statistics.count)
    }
  }

  func receive(
    position: Span<Double>,
    statistics: DrawStatistics,
    chain: Int,
    index: Int,
    isWarmup: Bool
  ) throws {
    guard !isWarmup else { return }
    let key = key.derived(UInt64(chain)).derived(UInt64(index))
    try chains[chain].workplace.withLock { place in
      let executor = place.executor
      for index in position.indices { place.inputs[index] = position[index] }
      unsafe place.inputs.withUnsafeBufferPointer { inputs in
        unsafe place.row.withUnsafeMutableBufferPointer { row in
          let outputs = unsafe UnsafeMutableBufferPointer(rebasing: row[..<width])
          unsafe executor.run(inputs: inputs, outputs: outputs, key: key)
        }
      }
      place.draws.rows.append(contentsOf: place.row[..<width])
      if keepsPositions {
        for index in position.indices { place.draws.positions.append(position[index]) }
      }
      place.draws.drawCount += 1
      if recordsEnergy { place.draws.energies.append(statistics.energy) }
      if statistics.isDivergent { place.draws.divergenceCount += 1 }
      if statistics.reachedMaxTreeDepth { place.draws.maxTreeDepthCount += 1 }
      for (offset, statistic) in self.statistics.enumerated() {
        place.row[width + offset] = statistic.value(in: statistics)
      }
      try place.recorder?.append(place.row)
    }
  }

  func adopt(_ centering: Centering, chain: Int) {
    chains[chain].workplace.withLock { place in
      let start = place.inputs.count - centering.weights.count
      place.inputs.replaceSubrange(start..., with: centering.weights)
      place.draws.weights = centering.weights
    }
  }

  /// Brings what waits in memory to the disk, and gives the draws of all chains.
  func finish() throws(FitError) -> [ChainDraws] {
    var result: [ChainDraws] = []
    for chain in chains {
      result.append(
        try chain.workplace.withLock { place throws(FitError) in
          try place.recorder?.finish()
          return place.draws
        }
      )
    }
    return result
  }
}
