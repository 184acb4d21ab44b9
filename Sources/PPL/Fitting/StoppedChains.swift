import PPLInference
import PPLSourceText
import PPLStorage
import PPLTypeSystem

/// What a run of chains that was stopped has left on the disk: where its chains stand, and the draws up to there.
struct StoppedChains {
  /// The fit's files.
  let reader: FitReader
  /// State of each chain; nil of those that run from their start.
  private(set) var states: [(any SavedChain)?]
  /// What each chain has done.
  private(set) var tallies: [ChainTally]
  /// Draws up to the state, by chain: shape `[draws, row width]`.
  private(set) var rows: [[Double]]
  /// Draws up to the state, by chain.
  private(set) var drawCounts: [Int]
  /// Checkpoints that cannot be read, a sentence each.
  private(set) var damages: [String] = []
  /// The files of the checkpoints that can be read.
  private(set) var files: [(name: String, bytes: [UInt8])] = []

  /// What is at a fit's place; nil where there is nothing to go on from.
  ///
  /// - Throws: where what is there belongs to something else, or its draws cannot be read.
  init?(_ place: FitPlace, _ plan: ChainPlan, _ schema: FitSchema, identity: String)
    throws(SamplingFailure)
  {
    guard let root = place.stoppedRoot else { return nil }
    do {
      reader = try FitReader(path: root)
    } catch {
      throw .storage(message: error.message)
    }
    let count = plan.lengths.chains
    states = Array(repeating: nil, count: count)
    tallies = [ChainTally](repeating: ChainTally(), count: count)
    rows = [[Double]](repeating: [], count: count)
    drawCounts = [Int](repeating: 0, count: count)
    let stateType = type(of: plan.engine).stateType
    let isJoined = plan.signature.joinsChains
    for chain in 0..<(isJoined ? 1 : count) {
      let members = isJoined ? 0..<count : chain..<(chain + 1)
      try take(stateType, members, root: root, plan: plan, schema: schema, identity: identity)
    }
  }

  private mutating func take<State: SavedChain>(
    _ type: State.Type,
    _ chains: Range<Int>,
    root: String,
    plan: ChainPlan,
    schema: FitSchema,
    identity: String
  ) throws(SamplingFailure) {
    let name = ChainSaving.fileName(chain: chains.lowerBound)
    let path = root + "/" + name
    guard let bytes = try? readFile(path) else { return }
    let head: ChainCheckpointHead
    let saved: ChainCheckpoint<State>
    do {
      head = try StateFile.value(ChainCheckpointHead.self, of: bytes)
      try FitPlace.check(version: head.version, of: path)
      guard head.identity == identity else { throw FitPlace.foreign(path) }
      saved = try StateFile.value(ChainCheckpoint<State>.self, of: bytes)
    } catch let failure as SamplingFailure {
      throw failure
    } catch {
      damages.append(
        "the checkpoint \(path) is damaged (\((error as? StateError)?.reason ?? "\(error)")): "
          + (chains.count == 1 ? "chain \(chains.lowerBound + 1) runs" : "the chains run")
          + " from the start, to the same draws"
      )
      return
    }
    guard saved.tallies.count == chains.count, saved.state.iteration >= 0 else {
      throw FitPlace.foreign(path)
    }
    let done = max(0, saved.state.iteration - plan.lengths.warmup)
    guard done <= plan.lengths.draws else { throw FitPlace.foreign(path) }
    for (tally, chain) in zip(saved.tallies, chains) {
      states[chain] = saved.state
      tallies[chain] = tally
      drawCounts[chain] = done
      do {
        rows[chain] = try reader.rows(schema, chain: chain, count: done)
      } catch {
        throw .storage(message: error.message)
      }
    }
    files.append((name, bytes))
  }

  /// What is said of it before the run goes on.
  func text(_ name: String, _ lengths: ChainLengths) -> String {
    if zip(states, drawCounts).allSatisfy({ $0.0 != nil && $0.1 == lengths.draws }) {
      return "`\(name)` is finished"
    }
    let places = zip(states, drawCounts).map { state, draws in
      guard let state else { return "from the start" }
      return draws > 0
        ? "after draw \(draws)" : "after iteration \(state.iteration) of the warm-up"
    }
    let all = Set(places)
    let text = all.count == 1 ? places[0] : places.joined(separator: ", ")
    return "`\(name)` goes on: \(all.count == 1 ? "its chains " : "chain by chain ")\(text)"
  }
}
