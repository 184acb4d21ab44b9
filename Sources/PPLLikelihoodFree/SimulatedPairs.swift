import PPLTensorCore

/// Parameters, and the statistics of a simulation at them.
struct SimulatedPair: Sendable {
  var position: [Double]
  var statistics: [Double]
}

/// Makes pairs of parameters and statistics, block by block, on several threads.
///
/// Simulations are numbered through; each has a key of its own, so that the pairs follow the key and the proposals alone.
struct PairSimulation {
  let work: ParallelWork
  let key: RandomKey
  /// Simulations that are planned in all.
  let total: Int
  private(set) var made = 0
  private(set) var failures = 0

  private static let block = 1000

  init(_ model: any SimulatedModel, threads: Int, key: RandomKey, total: Int) {
    work = ParallelWork(model: model, threads: threads)
    self.key = key
    self.total = total
  }

  /// Simulates at draws from the prior, or at given positions.
  ///
  /// - Parameters:
  ///   - count: how many simulations, as many as positions if there are some.
  ///   - positions: where; nil for draws from the prior.
  ///   - isCancelled: asked between blocks.
  ///   - progress: called with how far it is, in words.
  /// - Returns: the pairs whose statistics are all finite.
  /// - Throws: that it was cancelled, or why the model cannot be simulated.
  mutating func run(
    _ count: Int,
    at positions: [[Double]]? = nil,
    _ isCancelled: () -> Bool,
    _ progress: (String) -> Void
  ) async throws(SimulationFailure) -> [SimulatedPair] {
    var pairs: [SimulatedPair] = []
    let first = made
    while made < first + count {
      guard !isCancelled() else { throw .cancelled }
      let end = min(made + Self.block, first + count)
      let block: [SimulatedPair]
      do {
        block = try await work.results(made..<end) { [key] evaluator, number in
          let own = key.derived(UInt64(number))
          let position = try positions?[number - first] ?? evaluator.drawPrior(own.derived(0))
          return SimulatedPair(
            position: position,
            statistics: try evaluator.simulate(at: position, own.derived(1))
          )
        }
      } catch { throw .model(error) }
      made = end
      let usable = block.filter { $0.statistics.allSatisfy(\.isFinite) }
      failures += block.count - usable.count
      pairs += usable
      progress("\(made) of \(total) simulations")
    }
    return pairs
  }

  /// What is said of too few pairs to learn from; nil where there are enough.
  func shortage(of pairs: [SimulatedPair]) -> SimulationFailure? {
    guard pairs.count < Self.leastPairs else { return nil }
    return .unusable(
      message: "\(failures) of \(made) simulations at draws from the prior give no finite"
        + " statistics, which leaves too few to learn from"
    )
  }

  /// What is said of so many rounds that each has too few simulations; nil where each has enough.
  static func shortage(_ simulations: Int, sharedBy rounds: Int) -> SimulationFailure? {
    guard simulations / rounds < leastPairs else { return nil }
    return .unusable(
      message: "\(simulations) simulations in \(rounds) rounds are \(simulations / rounds) in each,"
        + " too few to learn from: take fewer `rounds`, or more `simulations`"
    )
  }

  private static let leastPairs = 100
}
