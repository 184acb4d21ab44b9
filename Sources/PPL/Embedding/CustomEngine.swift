import PPLInference
import PPLModelCompiler
import PPLTensorCore

/// An engine of inference that a program brings with it.
///
/// It sees of a model its log density alone, as a ``CustomChain`` for each chain; ``Model/infer(with:chains:draws:seed:)`` runs it.
/// Draws are given on the unconstrained scale; quantities, summaries, predictions and queries are made of them as of those of any
/// engine.
public protocol CustomEngine: Sendable {
  /// The name that the fit has in reports.
  var name: String { get }

  /// Makes the draws of one chain; called for several chains at once.
  ///
  /// - Parameter chain: what it is called for.
  /// - Throws: whatever ends the inference; it comes out of `infer`.
  func run(_ chain: inout CustomChain) throws
}

/// One chain of a custom engine: its density, random numbers, and where its draws go.
public struct CustomChain {
  /// Number of the chain, from zero.
  public let number: Int
  /// The density to draw from.
  public let density: ModelDensity
  /// Draws that are wanted.
  public let drawCount: Int
  /// Random numbers of this chain alone: the same for the same seed.
  public var random: ChainRandom
  private let collector: DrawCollector
  private let interruption: Interruption
  private var kept = 0

  init(
    number: Int,
    density: ModelDensity,
    drawCount: Int,
    random: ChainRandom,
    collector: DrawCollector,
    interruption: Interruption
  ) {
    self.number = number
    self.density = density
    self.drawCount = drawCount
    self.random = random
    self.collector = collector
    self.interruption = interruption
  }

  /// Whether the chain should end: it has its draws, or was asked to stop.
  public var isDone: Bool { kept >= drawCount || interruption.isRaised }

  /// Keeps a draw; beyond `drawCount` nothing is kept.
  ///
  /// - Parameter position: D unconstrained values.
  /// - Throws: where it has not D values.
  public mutating func keep(_ position: [Double]) throws {
    guard position.count == density.dimension else {
      throw SamplingFailure.run(
        message: "a draw has \(density.dimension) unconstrained values, and not \(position.count)"
      )
    }
    guard kept < drawCount else { return }
    try collector.receive(
      position: position.span,
      statistics: DrawStatistics(),
      chain: number,
      index: kept,
      isWarmup: false
    )
    kept += 1
  }
}

/// Random numbers of one chain, the same for the same seed and number of the chain.
public struct ChainRandom: RandomNumberGenerator, Sendable {
  private var generator: RandomGenerator

  init(_ key: RandomKey) { generator = key.makeGenerator() }

  /// 64 uniform bits.
  public mutating func next() -> UInt64 { generator.nextUInt64() }

  /// A uniform number in (0, 1).
  public mutating func uniform() -> Double { generator.nextUniform() }

  /// A standard normal number.
  public mutating func normal() -> Double { generator.nextNormal() }
}

extension Model {
  /// Draws by an engine of the caller's own.
  ///
  /// - Parameters:
  ///   - engine: makes the draws.
  ///   - chains: number of chains, at least 1.
  ///   - draws: draws of each chain.
  ///   - seed: of all random numbers; nil for one by chance.
  /// - Returns: the draws with all that is made of them.
  /// - Throws: what the engine throws; `SamplingFailure` where the density cannot be had; `CancellationError` where there is no draw.
  public func infer(
    with engine: some CustomEngine,
    chains: Int = 4,
    draws: Int = 1000,
    seed: UInt64? = nil
  ) async throws -> Posterior {
    guard (1...1024).contains(chains), (1...1_000_000_000).contains(draws) else {
      throw SamplingFailure.run(
        message: "there are 1 to 1024 chains, of 1 to 1000000000 draws each"
      )
    }
    let clock = ContinuousClock()
    let start = clock.now
    let model = try prepared(for: .gradient)
    let density = try logDensity()
    let seed = seed ?? .random(in: 0..<1_000_000_000)
    let lengths = ChainLengths(chains: chains, warmup: 0, draws: draws, seed: seed)
    let interruption = Interruption()
    let collector = DrawCollector(
      graph: model.graphs.draw(model.compiled),
      writer: nil,
      lengths: lengths,
      statistics: []
    )
    let key = RandomKey(seed: seed).derived(Simulator.Purpose.custom.rawValue)
    try await withTaskCancellationHandler {
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<chains {
          group.addTask {
            var chain = CustomChain(
              number: number,
              density: density,
              drawCount: draws,
              random: ChainRandom(key.derived(UInt64(number))),
              collector: collector,
              interruption: interruption
            )
            do { try engine.run(&chain) } catch {
              interruption.raise()
              throw error
            }
          }
        }
        try await group.waitForAll()
      }
    } onCancel: {
      interruption.raise()
    }
    let seconds = (clock.now - start) / .seconds(1)
    let fit = Fit(
      name: engine.name,
      engine: engine.name,
      path: nil,
      seed: seed,
      bound: bound,
      recorded: model.compiled.recorded,
      likelihoods: model.compiled.likelihoods,
      draws: try collector.finish(),
      samplingSeconds: seconds,
      totalSeconds: seconds,
      wasInterrupted: interruption.isRaised
    )
    guard fit.drawCount > 0 else { throw CancellationError() }
    return Posterior(model: self, fit: fit, engine: "nuts()", remarks: [], hasFailed: false)
  }
}
