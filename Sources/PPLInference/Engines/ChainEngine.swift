package import PPLTypeSystem

/// An engine of Markov chains with its settings.
///
/// It sees of a model its `LogDensity` alone. An engine whose chains are moved by a `ChainKernel` conforms to
/// `KernelEngine`, which has all the rest; `EngineLibrary` lists what programs may name.
package protocol ChainEngine: Sendable {
  /// Its name, settings and needs.
  static var signature: EngineSignature { get }

  /// The engine with the settings that a program gives.
  init(_ values: EngineValues)

  /// Number of chains when a program gives none.
  static func defaultChains(dimension: Int) -> Int

  /// What is saved of its chains.
  static var stateType: any SavedChain.Type { get }

  /// Iterations of the warm-up when a program gives none.
  var defaultWarmup: Int { get }

  /// Refuses settings outside of their domains, or that do not go with a model of D parameters.
  ///
  /// - Throws: `InferenceError.invalidSetting`.
  func validate(_ lengths: ChainLengths, dimension: Int) throws(InferenceError)

  /// Runs chains to their end, or until the run is stopped: one chain, or all where they move together.
  ///
  /// - Throws: what ended them; draws delivered before stay valid.
  func run(_ chains: Range<Int>, of run: SamplingRun) throws(InferenceError) -> [ChainResult]
}

extension ChainEngine {
  package static func defaultChains(dimension: Int) -> Int { 4 }

  package var defaultWarmup: Int { 1000 }

  /// The lengths of a run with the settings that a program gives.
  package func lengths(_ values: EngineValues, dimension: Int, seed: UInt64) -> ChainLengths {
    ChainLengths(
      chains: values[count: "chains"] ?? Self.defaultChains(dimension: dimension),
      warmup: values[count: "warmup"] ?? defaultWarmup,
      draws: values[count: "draws"] ?? 1000,
      seed: values[count: "seed"].map { UInt64($0) } ?? seed
    )
  }
}

/// How many chains a run has, how long they are, and the seed of their random numbers.
package struct ChainLengths: Sendable, Hashable {
  /// Bounds that keep sums of counts, and the memory of the chains' results, in range.
  private static let maximumChains = 1_000_000
  private static let maximumDraws = 1_000_000_000_000

  /// Number of chains, ≥ 1.
  package var chains: Int
  /// Iterations of the warm-up of each chain, ≥ 0.
  package var warmup: Int
  /// Draws to keep of each chain, ≥ 0.
  package var draws: Int
  /// Seed of all random numbers.
  package var seed: UInt64

  package init(chains: Int, warmup: Int, draws: Int, seed: UInt64) {
    self.chains = chains
    self.warmup = warmup
    self.draws = draws
    self.seed = seed
  }

  /// Refuses numbers out of range.
  ///
  /// - Throws: `InferenceError.invalidSetting`.
  package func validate() throws(InferenceError) {
    guard (1...Self.maximumChains).contains(chains) else {
      throw .invalidSetting(name: "chains", requirement: "must be between 1 and 1000000")
    }
    for (name, count) in [("warmup", warmup), ("draws", draws)]
    where !(0...Self.maximumDraws).contains(count) {
      throw .invalidSetting(
        name: name,
        requirement: "must be between 0 and 1000000000000"
      )
    }
  }
}

/// All that a chain needs to go on exactly where it stands; a checkpoint.
///
/// What is decoded from what one was encoded to equals it to the last bit.
package protocol SavedChain: Sendable, Codable {
  /// Iterations completed, of both phases.
  var iteration: Int { get }
  /// Position of the last draw, D elements.
  var position: [Double] { get }
  /// Whether it can belong to a chain of a model with D parameters.
  func suits(dimension: Int) -> Bool
}
