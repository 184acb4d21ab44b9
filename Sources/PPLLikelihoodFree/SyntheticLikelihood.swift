import Glibc
package import PPLInference
package import PPLTensorCore
import Synchronization

/// Bayesian synthetic likelihood: statistics are taken for normal, with mean and covariance of some simulations at each
/// point; random-walk Metropolis draws from prior times that density of the data's statistics.
///
/// Wood 2010, doi:10.1038/nature09319; Price, Drovandi, Lee and Nott 2018, doi:10.1080/10618600.2017.1302882, with their estimate
/// without bias: the chains' distribution is the posterior of normal statistics, however few the simulations (Andrieu and Roberts 2009,
/// doi:10.1214/07-AOS574). Of simulations that fail the share of the others is a factor, as a failure is a result that the data
/// are not. Chains begin at particles of a short `ABCSMC`.
package struct SyntheticLikelihood: DensitySimulator {
  /// Simulations of each estimate.
  package var simulations = 100
  package var threads = 1

  private var state: State?

  package init() {}

  private struct State {
    var model: any SimulatedModel
    var density: SyntheticDensity
    var key: RandomKey
    /// Simulations for the starts, and those that failed.
    var search: (count: Int, failures: Int)
  }

  /// Particles of which chains begin at some, and simulations to find them.
  private static let (particles, searchSimulations) = (200, 20_000)
  /// Estimates at the mean of the draws, whose variance is judged.
  private static let checks = 50
  /// The greatest variance of the log likelihood's estimate at which chains move well.
  ///
  /// Doucet, Pitt, Deligiannidis and Kohn 2015, doi:10.1093/biomet/asu075; Price et al. 2018, section 3.
  private static let greatestVariance = 2.0
  /// Skewness and excess kurtosis, by size, from which statistics are far from normal.
  private static let (greatestSkewness, greatestKurtosis) = (1.0, 2.0)

  private enum Purpose: UInt64 {
    case search, start, density, checking
  }

  package var simulationCount: Int {
    state.map { $0.search.count + $0.density.counter.simulations } ?? 0
  }

  package var failureCount: Int {
    state.map { $0.search.failures + $0.density.counter.failures } ?? 0
  }

  package mutating func prepare(
    _ model: any SimulatedModel,
    chains: Int,
    key: RandomKey,
    cancellation: CancellationFlag,
    progress: (String) -> Void
  ) async throws(SimulationFailure) -> SimulatedDensity {
    let least = model.observed.count + 4
    guard simulations >= least else {
      throw .unusable(
        message: "`simulations: \(simulations)` are too few for the covariance of"
          + " \(model.observed.count) statistics: take \(least) at least, better some times as many"
      )
    }
    var search = ABCSMC()
    search.particles = Self.particles
    search.draws = Self.particles
    search.simulations = Self.searchSimulations
    search.leastAcceptance = 0.1
    search.adjusts = false
    search.threads = threads
    let near = try await search.run(
      model,
      key: key.derived(Purpose.search.rawValue),
      isCancelled: { cancellation.isCancelled },
      progress: progress
    )
    guard !cancellation.isCancelled else { throw .cancelled }
    let density = SyntheticDensity(
      model: model,
      simulations: simulations,
      key: key.derived(Purpose.density.rawValue)
    )
    state = State(
      model: model,
      density: density,
      key: key.derived(Purpose.checking.rawValue),
      search: (near.simulationCount, near.failureCount)
    )
    let starts = try await starts(chains, of: near.positions, density)
    return SimulatedDensity(logDensity: density, starts: starts)
  }

  /// The first particles at which the data's statistics have a density.
  private func starts(_ count: Int, of particles: [[Double]], _ density: SyntheticDensity)
    async throws(SimulationFailure) -> [[Double]]
  {
    let work = ParallelWork(model: density.model, threads: threads)
    var result: [[Double]] = []
    var isFlat = false
    for start in stride(from: 0, to: particles.count, by: count) where result.count < count {
      let block = particles[start..<min(start + count, particles.count)]
      let estimates: [Double?]
      do {
        estimates = try await work.results(block.indices) { evaluator, place in
          try density.estimate(at: particles[place], density.key(at: particles[place]), evaluator)
        }
      } catch { throw .model(error) }
      for (position, estimate) in zip(block, estimates) {
        if estimate == nil { isFlat = true }
        if let estimate, estimate > -.infinity { result.append(position) }
      }
    }
    guard let first = result.first else {
      throw .unusable(
        message: isFlat
          ? "at parameters near the data statistics do not spread in every direction: leave out those that"
            + " hardly vary, or follow from others"
          : "the data's statistics have no density at any parameters near them: take more"
            + " `simulations`, or other statistics"
      )
    }
    return (0..<count).map { $0 < result.count ? result[$0] : first }
  }

  // MARK: Checks

  package mutating func findings(on draws: [[Double]]) async throws(SimulationFailure) -> [String] {
    guard let state, let first = draws.first else { return [] }
    let mean = first.indices.map { place in
      draws.reduce(0) { $0 + $1[place] } / Double(draws.count)
    }
    let work = ParallelWork(model: state.model, threads: threads)
    let density = state.density
    let groups: [[[Double]]]
    do {
      groups = try await work.results(0..<Self.checks) { evaluator, number in
        try density.statistics(at: mean, state.key.derived(UInt64(number)), evaluator)
      }
    } catch { throw .model(error) }
    var result = ["each estimate of the likelihood took \(simulations) simulations"]
    let observed = state.model.observed
    let estimates = groups.map { group -> Double in
      let share = Double(group.count) / Double(simulations)
      return (NormalDensityEstimate.logUnbiased(observed, group) ?? -.infinity) + log(share)
    }
    let average = estimates.reduce(0, +) / Double(estimates.count)
    let variance =
      estimates.reduce(0) { $0 + ($1 - average) * ($1 - average) } / Double(estimates.count - 1)
    // Of -inf the variance is not a number.
    result.append(
      variance <= Self.greatestVariance
        ? "at the mean of the draws the log likelihood's estimate has the variance \(variance.rounded(to: 2))"
        : "at the mean of the draws the log likelihood's estimate has the variance"
          + " \(variance.rounded(to: 2)), above \(Int(Self.greatestVariance)): chains get stuck where it is"
          + " high by chance; take more `simulations`"
    )
    let pool = groups.flatMap(\.self)
    result += normality(pool)
    if let scatter = NormalDensityEstimate.Scatter(pool) {
      let own = scatter.squaredDistance(of: observed)
      let share = Double(pool.count { scatter.squaredDistance(of: $0) >= own }) / Double(pool.count)
      let percent = "\((share * 100).rounded(to: 1)) % of the simulations there"
      result.append(
        share < 0.01
          ? "the data's statistics are farther from the mean than all but \(percent): the model does not give"
            + " such data"
          : "\(percent) are as far from their mean as the data's statistics"
      )
    }
    return result
  }

  /// Which statistics are far from normal.
  private func normality(_ rows: [[Double]]) -> [String] {
    let count = Double(rows.count)
    var far: [String] = []
    for place in (rows.first ?? []).indices {
      let values = rows.map { $0[place] }
      let mean = values.reduce(0, +) / count
      func moment(_ power: Int) -> Double {
        values.reduce(0) { $0 + pow($1 - mean, Double(power)) } / count
      }
      let variance = moment(2)
      guard variance > 0 else { continue }
      let skewness = moment(3) / pow(variance, 1.5)
      let kurtosis = moment(4) / (variance * variance) - 3
      if abs(skewness) > Self.greatestSkewness || abs(kurtosis) > Self.greatestKurtosis {
        far.append(
          "\(place + 1) (skewness \(skewness.rounded(to: 1)), excess kurtosis \(kurtosis.rounded(to: 1)))"
        )
      }
    }
    return [
      far.isEmpty
        ? "skewness and kurtosis of all statistics there are near those of a normal distribution"
        : "statistics that are far from normal, as they are taken for: \(far.joined(separator: ", "));"
          + " transform them, or use `nle`"
    ]
  }
}

/// Prior times the estimated density of the data's statistics, a random number at each point.
///
/// What is drawn at a point is keyed by the point, so that equal positions give equal results, and chains, which never
/// come back to a proposal, see independent estimates.
package struct SyntheticDensity: LogDensity {
  let model: any SimulatedModel
  let simulations: Int
  let key: RandomKey
  let counter = Counter()

  package var dimension: Int { model.dimension }

  package func makeEvaluator() -> any LogDensityEvaluator {
    Evaluator(density: self, evaluator: model.makeEvaluator())
  }

  /// The key of what is drawn at a position.
  func key(at position: [Double]) -> RandomKey {
    position.reduce(key) { $0.derived($1.bitPattern) }
  }

  /// Simulations at a position: the statistics of those that did not fail.
  func statistics(
    at position: [Double],
    _ key: RandomKey,
    _ evaluator: any SimulatedModelEvaluator
  ) throws -> [[Double]] {
    var result: [[Double]] = []
    for number in 0..<simulations {
      let row = try evaluator.simulate(at: position, key.derived(UInt64(number)))
      if row.allSatisfy(\.isFinite) { result.append(row) }
    }
    counter.add(simulations, failures: simulations - result.count)
    return result
  }

  /// The log likelihood there; nil where statistics do not spread in every direction.
  func estimate(
    at position: [Double],
    _ key: RandomKey,
    _ evaluator: any SimulatedModelEvaluator
  ) throws -> Double? {
    let rows = try statistics(at: position, key, evaluator)
    let share = Double(rows.count) / Double(simulations)
    return NormalDensityEstimate.logUnbiased(model.observed, rows).map { $0 + log(share) }
  }

  /// Counts simulations of all threads.
  final class Counter: Sendable {
    private let made = Atomic(0)
    private let failed = Atomic(0)

    func add(_ count: Int, failures: Int) {
      made.wrappingAdd(count, ordering: .relaxed)
      failed.wrappingAdd(failures, ordering: .relaxed)
    }

    var simulations: Int { made.load(ordering: .relaxed) }
    var failures: Int { failed.load(ordering: .relaxed) }
  }

  private final class Evaluator: LogDensityEvaluator {
    private let density: SyntheticDensity
    private let evaluator: any SimulatedModelEvaluator

    init(density: SyntheticDensity, evaluator: any SimulatedModelEvaluator) {
      self.density = density
      self.evaluator = evaluator
    }

    func logDensity(at position: Span<Double>) throws(EvaluationError) -> Double {
      let point = position.indices.map { position[$0] }
      let prior = evaluator.logPrior(at: point)
      guard prior > -.infinity else { return -.infinity }
      do {
        let value = try density.estimate(at: point, density.key(at: point), evaluator)
        return prior + (value ?? -.infinity)
      } catch { throw EvaluationError(message: "\(error)") }
    }

    /// The density, with a gradient that is not known: NaN.
    func evaluate(
      at position: Span<Double>,
      gradient: inout MutableSpan<Double>
    ) throws(EvaluationError) -> Double {
      for index in gradient.indices { gradient[index] = .nan }
      return try logDensity(at: position)
    }
  }
}
