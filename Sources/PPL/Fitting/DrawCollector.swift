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
    /// Values of one draw, then its statistics, then the position if that is kept.
    var row: [Double]
    var draws = ChainDraws()
    var pace = SavingPace()
  }

  private final class Chain: Sendable {
    let workplace: Mutex<Workplace>

    init(
      _ graph: ExecutableGraph,
      _ writer: FitWriter?,
      _ number: Int,
      resuming rows: [Double]?,
      draws drawCount: Int,
      otherColumns: Int
    ) {
      let width = graph.graph.outputCount
      var place = Workplace(
        executor: graph.makeExecutor(),
        recorder: rows.map { writer?.makeRecorder(chain: number, resuming: $0) }
          ?? writer?.makeRecorder(chain: number),
        inputs: [Double](repeating: 1, count: graph.graph.inputCount),
        row: [Double](repeating: 0, count: width + otherColumns)
      )
      // Room for all draws of usual runs at once: growing copies everything again and again.
      let reserved = min(drawCount, DrawCollector.reservedElements / max(1, width))
      place.draws.rows.reserveCapacity(reserved * width)
      place.draws.energies.reserveCapacity(reserved)
      workplace = Mutex(place)
    }
  }

  private let chains: [Chain]
  /// Writes where chains stand; nil where they are not resumed.
  private let saving: ChainSaving?
  /// What chains had done before they were stopped.
  private let earlier: [ChainTally]
  private let width: Int
  private let key: RandomKey
  private let keepsPositions: Bool
  private let statistics: [SampleStatistic]
  private let recordsEnergy: Bool
  /// Whether positions are a part of what is written.
  private let keepsPositionsOnDisk: Bool

  /// Streams of random numbers for quantities that are drawn forward, apart from the sampler's.
  private static let generationPurpose: UInt64 = 0x6765_6E65_7261_7465

  /// Elements of draws for which there is room from the start, at most.
  private static let reservedElements = 1 << 22

  init(
    graph: ExecutableGraph,
    writer: FitWriter?,
    lengths: ChainLengths,
    statistics: [SampleStatistic],
    dimension: Int = 0,
    keepsPositions: Bool = false,
    saving: ChainSaving? = nil,
    stopped: StoppedChains? = nil
  ) {
    self.statistics = statistics
    recordsEnergy = statistics.contains(.energy)
    self.keepsPositions = keepsPositions
    width = graph.graph.outputCount
    key = RandomKey(seed: lengths.seed).derived(Self.generationPurpose)
    self.saving = saving
    earlier = stopped?.tallies ?? Array(repeating: ChainTally(), count: lengths.chains)
    keepsPositionsOnDisk = keepsPositions && writer != nil && saving != nil
    let otherColumns = statistics.count + (keepsPositionsOnDisk ? dimension : 0)
    chains = (0..<lengths.chains).map { number in
      Chain(
        graph,
        writer,
        number,
        resuming: stopped?.rows[number],
        draws: lengths.draws,
        otherColumns: otherColumns
      )
    }
    if let stopped { for number in chains.indices { takeUp(stopped, chain: number) } }
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
      if keepsPositionsOnDisk {
        let start = width + self.statistics.count
        for index in position.indices { place.row[start + index] = position[index] }
      }
      try place.recorder?.append(place.row)
    }
  }

  /// Takes the draws that a chain had when it was stopped.
  private func takeUp(_ stopped: StoppedChains, chain: Int) {
    let rows = stopped.rows[chain]
    let count = stopped.drawCounts[chain]
    guard count > 0 else { return }
    chains[chain].workplace.withLock { place in
      let rowWidth = place.row.count
      func column(_ statistic: SampleStatistic) -> Int? {
        statistics.firstIndex(of: statistic).map { width + $0 }
      }
      func values(_ statistic: SampleStatistic) -> [Double] {
        guard let column = column(statistic) else { return [] }
        return (0..<count).map { rows[$0 * rowWidth + column] }
      }
      for draw in 0..<count {
        let start = draw * rowWidth
        place.draws.rows += rows[start..<(start + width)]
        if keepsPositionsOnDisk {
          place.draws.positions += rows[(start + width + statistics.count)..<(start + rowWidth)]
        }
      }
      place.draws.drawCount = count
      place.draws.energies = values(.energy)
      place.draws.divergenceCount = values(.isDivergent).count { $0 != 0 }
      place.draws.maxTreeDepthCount = values(.reachedMaxTreeDepth).count { $0 != 0 }
    }
  }

  func isSaveDue(chain: Int) -> Bool {
    guard let saving else { return false }
    return chains[chain].workplace.withLock { $0.pace.isDue(interval: saving.interval) }
  }

  func save(_ chains: [ChainResult]) throws {
    try save(chains, isDurable: true)
  }

  /// Saves where chains stand, which move together if `joined`, at the end or where they were stopped.
  ///
  /// It is on the disk after `finish` or `pause` of the writer.
  func saveEnd(_ results: [ChainResult], joined: Bool) throws {
    for group in joined ? [results] : results.map({ [$0] }) {
      try save(group, isDurable: false)
    }
  }

  private func save(_ results: [ChainResult], isDurable: Bool) throws {
    guard let saving else { return }
    let start = monotonicSeconds()
    for result in results {
      try chains[result.chain].workplace.withLock { place in
        try isDurable ? place.recorder?.flush() : place.recorder?.finish()
      }
    }
    var sums = results
    for index in sums.indices { sums[index].add(earlier[sums[index].chain]) }
    try saving.save(sums, isDurable: isDurable)
    let cost = monotonicSeconds() - start
    for result in results {
      chains[result.chain].workplace.withLock { $0.pace.restart(cost: cost) }
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

/// When a chain is to be saved: at intervals, but so that it waits for the disk at most about a twentieth of the time.
///
/// It looks at the clock about a hundred times a second only.
struct SavingPace {
  private var last = monotonicSeconds()
  /// Seconds that the last time took.
  private var cost = 0.0
  private var lastLook = monotonicSeconds()
  /// Iterations from one look at the clock to the next.
  private var stride = 1
  private var left = 1

  private static let costFactor = 20.0
  private static let lookInterval = 0.01
  private static let greatestStride = 1 << 12

  /// Whether so many seconds have passed since the chain was saved; asked after each iteration.
  mutating func isDue(interval: Double) -> Bool {
    left -= 1
    guard left <= 0 else { return false }
    let now = monotonicSeconds()
    let elapsed = now - lastLook
    lastLook = now
    if elapsed < Self.lookInterval / 2 { stride = min(2 * stride, Self.greatestStride) }
    if elapsed > Self.lookInterval { stride = max(1, stride / 4) }
    left = stride
    return now - last >= max(interval, Self.costFactor * cost)
  }

  /// Notes that the chain is saved, which took so many seconds.
  mutating func restart(cost: Double) {
    last = monotonicSeconds()
    self.cost = cost
  }
}
