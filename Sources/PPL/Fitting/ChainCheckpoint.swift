import PPLInference
import PPLModelCompiler
import PPLStorage
import PPLTypeSystem

/// What lies in a fit's directory of chains that move together, of which usually each is one: where they stand, bit by bit.
struct ChainCheckpoint<State: SavedChain>: Codable {
  /// The version of the project that wrote it.
  var version: String
  /// Tells apart programs, data and settings.
  var identity: String
  /// What the position is made of.
  var blocks: [CoordinateBlock]
  /// Iterations of the warm-up.
  var warmup: Int
  /// What the chains have done so far, by chain.
  var tallies: [ChainTally]
  /// State of the first of them, which has that of all.
  var state: State
}

/// Coordinates of one latent in a position.
package struct CoordinateBlock: Sendable, Hashable, Codable {
  package var name: String
  package var range: Range<Int>
}

/// What a checkpoint says whatever its engine.
struct ChainCheckpointHead: Decodable {
  var version: String
  var identity: String
}

/// Writes checkpoints of the chains of a fit.
struct ChainSaving: Sendable {
  let identity: String
  let blocks: [CoordinateBlock]
  let warmup: Int
  let writer: FitWriter
  let interval: Double

  /// Its name in the directory of a fit, by the number of the first chain.
  static func fileName(chain: Int) -> String { "checkpoint/chain_\(chain + 1).state" }

  /// Brings where chains stand, one or all that move together, to the disk, behind the draws that were brought there before.
  func save(_ chains: [ChainResult], isDurable: Bool) throws {
    guard let first = chains.first, let state = first.state else { return }
    let bytes = try bytes(chains.map(\.tally), state)
    try writer.keep(bytes, as: Self.fileName(chain: first.chain), isDurable: isDurable)
  }

  private func bytes(_ tallies: [ChainTally], _ state: some SavedChain) throws -> [UInt8] {
    try StateFile.bytes(
      of: ChainCheckpoint(
        version: Version.text,
        identity: identity,
        blocks: blocks,
        warmup: warmup,
        tallies: tallies,
        state: state
      )
    )
  }
}

extension Model {
  /// Tells apart fits by chains: by program, data, settings and parameters, whatever the number of draws.
  func identity(_ name: String, _ plan: ChainPlan, keepsPositions: Bool) -> String {
    var digest = Digest()
    digest.add(program.source.bytes)
    digest.add(name)
    digest.add(executor.rawValue)
    for rewrite in compiled.rewrites { digest.add("\(rewrite)") }
    digest.add("\(plan.engine)")
    digest.add(plan.lengths.seed)
    digest.add(UInt64(plan.lengths.chains))
    digest.add(UInt64(plan.lengths.warmup))
    digest.add(keepsPositions ? "positions" : "")
    digest.add(bound)
    return digest.text
  }

  /// What positions of the model are made of.
  var coordinateBlocks: [CoordinateBlock] {
    compiled.blocks.map {
      CoordinateBlock(name: $0.name, range: $0.offset..<($0.offset + $0.count))
    }
  }
}
