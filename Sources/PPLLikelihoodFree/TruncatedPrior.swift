import Glibc
import PPLTensorCore

/// The prior where neural posteriors of earlier rounds have nearly all of their mass.
///
/// Each region is the highest-density region of a posterior at the data, less a share of 10⁻⁴ of its mass; the prior is
/// truncated to what lies in all of them. So the proposal of a round is, wherever the next one looks, a multiple of the
/// prior, and simulations of all rounds within the last region are draws from one truncated prior.
///
/// Source: Deistler, Gonçalves and Macke 2022, arXiv:2210.04815, with regions that are nested.
struct TruncatedPrior {
  /// One region, and the flow that it is of.
  private struct Region {
    var density: ConditionalFlow.Density
    var sampler: ConditionalFlow.Sampler
    var threshold: Double
  }

  private let observed: [Double]
  private var regions: [Region] = []
  private let work: ParallelWork
  /// Share of the prior's draws that lay in the region when it was last drawn from; nil where they were too few.
  private(set) var acceptance: Double?

  /// Draws of a posterior whose least density is that of the region: 10⁻⁴ of the mass lies below.
  private static let regionDraws = 10_000
  private static let block = 10_000
  /// Share of accepted draws from the prior below which draws of the flow are weighted instead.
  private static let leastAcceptance = 0.01
  /// Draws of the flow for each that is kept (Rubin 1988, "Using the SIR algorithm to simulate posterior distributions").
  private static let oversampling = 20

  init(_ work: ParallelWork) {
    self.work = work
    observed = work.model.observed
  }

  /// Narrows it to where a posterior has its mass.
  mutating func narrow(to flow: ConditionalFlow, key: RandomKey) throws(SimulationFailure) {
    let (density, sampler) = (try flow.makeDensity(), try flow.makeSampler())
    var generator = key.makeGenerator()
    let draws = sampler.draws(Self.regionDraws, given: observed, &generator)
    let values = density.values(of: draws, given: observed).filter { $0 > -.infinity }
    regions.append(Region(density: density, sampler: sampler, threshold: values.min() ?? 0))
  }

  /// Which positions lie in the region.
  func contains(_ positions: [[Double]]) -> [Bool] {
    var result = [Bool](repeating: true, count: positions.count)
    for region in regions {
      let values = region.density.values(of: positions, given: observed)
      for place in result.indices where values[place] < region.threshold { result[place] = false }
    }
    return result
  }

  /// Draws from it.
  mutating func draws(_ count: Int, key: RandomKey, _ isCancelled: () -> Bool)
    async throws(SimulationFailure) -> [[Double]]
  {
    var result: [[Double]] = []
    var tried = 0
    let own = key.derived(0)
    while result.count < count {
      guard !isCancelled() else { throw .cancelled }
      let block: [[Double]]
      do {
        block = try await work.results(tried..<tried + Self.block) { evaluator, number in
          try evaluator.drawPrior(own.derived(UInt64(number)))
        }
      } catch { throw .model(error) }
      tried += block.count
      result += zip(block, contains(block)).lazy.filter(\.1).map(\.0)
      let share = Double(result.count) / Double(tried)
      acceptance = share
      if share < Self.leastAcceptance, result.count < count {
        acceptance = nil
        return try await weightedDraws(count, key: key.derived(1))
      }
    }
    return Array(result.prefix(count))
  }

  /// Draws of the last flow within the region, resampled by the ratio of the prior to the flow.
  private func weightedDraws(_ count: Int, key: RandomKey)
    async throws(SimulationFailure) -> [[Double]]
  {
    guard let region = regions.last else { return [] }
    var generator = key.makeGenerator()
    let drawn = region.sampler.draws(Self.oversampling * count, given: observed, &generator)
    let pool = zip(drawn, contains(drawn)).filter(\.1).map(\.0)
    let priors: [Double]
    do {
      priors = try await work.results(pool.indices) { evaluator, number in
        evaluator.logPrior(at: pool[number])
      }
    } catch { throw .model(error) }
    let densities = region.density.values(of: pool, given: observed)
    let weights = ABCSMC.normalized(zip(priors, densities).map { $0 - $1 })
    guard weights.contains(where: { $0 > 0 }) else {
      throw .unusable(message: "no draw of the flow at the data's statistics lies in the prior")
    }
    let cumulative = ABCSMC.cumulative(weights)
    let first = generator.nextUniform()
    var chosen = (0..<count).map { ABCSMC.index((Double($0) + first) / Double(count), cumulative) }
    // Some are held out of the training: in an order by chance.
    for place in chosen.indices.dropFirst() {
      chosen.swapAt(place, generator.nextInt(below: place + 1))
    }
    return chosen.map { pool[$0] }
  }
}
