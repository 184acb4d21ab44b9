import Glibc
package import PPLTensorCore

/// A sample of parameters whose simulations are near the data, with what is known of it.
package struct SimulationFit: Sendable {
  /// `[draws, D]`, unconstrained.
  package var positions: [[Double]]
  /// Simulations made.
  package var simulationCount: Int
  /// Simulations that gave nothing usable.
  package var failureCount: Int
  /// Effective number of independent draws by the weights.
  package var effectiveCount: Double
  /// What its user should know, a sentence each.
  package var notes: [String]
}

/// Approximate Bayesian computation by sequential Monte Carlo with population proposals.
///
/// Each generation keeps particles whose statistics lie within a tolerance of the data's, which is a quantile of the distances
/// of the one before: Toni et al. 2009, J. R. Soc. Interface 6:187-202, with the proposal of Beaumont et al. 2009,
/// Biometrika 96:983-990 (normal, twice the weighted covariance), and its tolerances as in Drovandi and Pettitt 2011,
/// Biometrics 67:225-233. Statistics are divided by their median absolute deviation under the prior. In the end parameters
/// are moved to what they would be at the data's own statistics, by a local linear regression: Beaumont et al. 2002, Genetics
/// 162:2025-2035.
package struct ABCSMC: Sendable {
  /// Particles of each generation, ≥ 2.
  package var particles = 1000
  /// Draws in the end.
  package var draws = 1000
  /// Share of a generation's distances below the next tolerance, in (0, 1).
  package var quantile = 0.5
  /// The tolerance at which it ends; nil to go on while simulations are accepted often enough.
  package var tolerance: Double?
  /// Most generations.
  package var rounds = 30
  /// Most simulations.
  package var simulations = 1_000_000
  /// Share of accepted simulations below which it ends.
  package var leastAcceptance = 0.02
  package var distance = SimulationDistance.euclidean
  /// Whether parameters are moved by the regression in the end.
  package var adjusts = true
  package var threads = 1

  package init() {}

  private struct Particle: Sendable {
    var position: [Double]
    var statistics: [Double]
    var distance: Double
  }

  private enum Purpose: UInt64 {
    case prior, proposal, resampling
  }

  /// Runs it.
  ///
  /// - Parameters:
  ///   - model: what is simulated, and the statistics of the data.
  ///   - key: key of all random numbers.
  ///   - isCancelled: asked between blocks of simulations.
  ///   - progress: called with how far it is, in words.
  /// - Returns: draws, which depend on the model and the key alone, not on the number of threads.
  /// - Throws: why there are none.
  package func run(
    _ model: any SimulatedModel,
    key: RandomKey,
    isCancelled: @escaping @Sendable () -> Bool,
    progress: (String) -> Void
  ) async throws(SimulationFailure) -> SimulationFit {
    let work = ParallelWork(model: model, threads: threads)
    let observed = model.observed
    var state = State()
    var population = try await first(work, key, &state, isCancelled)
    let spreads = Self.spreads(population.map(\.statistics))
    for place in population.indices {
      population[place].distance = distance.value(population[place].statistics, observed, spreads)
    }
    population.sort { $0.distance < $1.distance }
    population.removeLast(population.count - particles)
    var weights = [Double](repeating: 1 / Double(particles), count: particles)
    progress(line(0, population, state, acceptance: nil))

    var reason = "after \(rounds) generations"
    for round in 1..<max(rounds, 2) {
      if isCancelled() {
        reason = "as it was interrupted"
        break
      }
      let reached = population.map(\.distance).max() ?? 0
      if let tolerance, reached <= tolerance {
        reason = "at the tolerance that was asked for"
        break
      }
      if state.count >= simulations {
        reason = "after \(state.count) simulations"
        break
      }
      let next = max(Self.quantile(population.map(\.distance), weights, quantile), tolerance ?? 0)
      guard next < reached else {
        reason = "as distances do not fall any more"
        break
      }
      guard let kernel = NormalKernel(population.map(\.position), weights: weights, scale: 2) else {
        reason = "as the particles do not spread in every direction"
        break
      }
      let before = state.count
      guard
        let (accepted, logWeights) = try await generation(
          round,
          work,
          (population, weights, kernel),
          within: next,
          spreads,
          key,
          &state,
          isCancelled
        )
      else {
        reason =
          isCancelled() ? "as it was interrupted" : "as few simulations are near enough to the data"
        break
      }
      population = accepted
      weights = Self.normalized(logWeights)
      let acceptance = Double(particles) / Double(max(state.count - before, 1))
      progress(line(round, population, state, acceptance: acceptance))
      if acceptance < leastAcceptance {
        reason = "as \(Self.percent(acceptance)) of the simulations are near enough to the data"
        break
      }
    }
    return finish(population, weights, observed, spreads, state, reason, key)
  }

  // MARK: Generations

  private struct State {
    var count = 0
    var failures = 0
  }

  /// Simulations at draws from the prior, all that are usable: enough that the quantile of them are a generation.
  private func first(
    _ work: ParallelWork,
    _ key: RandomKey,
    _ state: inout State,
    _ isCancelled: @Sendable () -> Bool
  ) async throws(SimulationFailure) -> [Particle] {
    let wanted = Int((Double(particles) / quantile).rounded(.up))
    let own = key.derived(Purpose.prior.rawValue)
    var result: [Particle] = []
    while result.count < wanted {
      guard !isCancelled() else { throw .cancelled }
      let start = state.count
      let block: [Particle]
      do {
        block = try await work.results(start..<start + wanted - result.count) { evaluator, number in
          let key = own.derived(UInt64(number))
          let position = try evaluator.drawPrior(key.derived(0))
          let statistics = try evaluator.simulate(at: position, key.derived(1))
          return Particle(position: position, statistics: statistics, distance: 0)
        }
      } catch { throw .model(error) }
      state.count += block.count
      let usable = block.filter { $0.statistics.allSatisfy(\.isFinite) }
      state.failures += block.count - usable.count
      result += usable
      guard state.count < 20 * wanted || result.count * 10 > state.count else {
        throw .unusable(
          message:
            "\(state.failures) of \(state.count) simulations at draws from the prior give no finite"
            + " statistics"
        )
      }
    }
    return result
  }

  /// A generation of particles within a tolerance; nil if simulations, or the user's patience, run out.
  private func generation(
    _ round: Int,
    _ work: ParallelWork,
    _ earlier: (population: [Particle], weights: [Double], kernel: NormalKernel),
    within tolerance: Double,
    _ spreads: [Double],
    _ key: RandomKey,
    _ state: inout State,
    _ isCancelled: @Sendable () -> Bool
  ) async throws(SimulationFailure) -> (particles: [Particle], logWeights: [Double])? {
    let own = key.derived(Purpose.proposal.rawValue).derived(UInt64(round))
    let cumulative = Self.cumulative(earlier.weights)
    let logWeights = earlier.weights.map { log($0) }
    let (population, kernel) = (earlier.population, earlier.kernel)
    let (distance, observed) = (distance, work.model.observed)
    var result: [Particle] = []
    var weights: [Double] = []
    var tried = 0
    let most = Int(Double(particles) / (leastAcceptance / 4))
    while result.count < particles {
      guard !isCancelled(), tried < most, state.count < 2 * simulations else { return nil }
      let block: [(particle: Particle, logWeight: Double)?]
      do {
        block = try await work.results(tried..<tried + max(particles - result.count, 64)) {
          evaluator,
          number in
          let key = own.derived(UInt64(number))
          var generator = key.derived(0).makeGenerator()
          let chosen = Self.index(generator.nextUniform(), cumulative)
          let step = kernel.draw(&generator)
          let position = zip(population[chosen].position, step).map(+)
          let prior = evaluator.logPrior(at: position)
          guard prior > -.infinity else { return nil }
          let statistics = try evaluator.simulate(at: position, key.derived(1))
          let far = distance.value(statistics, observed, spreads)
          var particle = Particle(position: position, statistics: statistics, distance: far)
          guard far <= tolerance else {
            if far.isNaN { particle.distance = .nan }
            return (particle, -.infinity)
          }
          let density = Self.logSum(
            zip(population, logWeights).map { earlier, weight in
              weight + kernel.logDensity(zip(position, earlier.position).map(-))
            }
          )
          return (particle, prior - density)
        }
      } catch { throw .model(error) }
      tried += block.count
      // In the order of their numbers, so that threads make no difference.
      for entry in block {
        guard let entry else { continue }
        state.count += 1
        if entry.particle.distance.isNaN { state.failures += 1 }
        guard entry.logWeight > -.infinity, result.count < particles else { continue }
        result.append(entry.particle)
        weights.append(entry.logWeight)
      }
    }
    return (result, weights)
  }

  // MARK: End

  private func finish(
    _ population: [Particle],
    _ weights: [Double],
    _ observed: [Double],
    _ spreads: [Double],
    _ state: State,
    _ reason: String,
    _ key: RandomKey
  ) -> SimulationFit {
    let reached = population.map(\.distance).max() ?? 0
    var notes = [
      "distances are at most \(Self.short(reached)), of statistics divided by their spread under the"
        + " prior; it ended \(reason)"
    ]
    var positions = population.map(\.position)
    var weights = weights
    if adjusts {
      let regression = LocalRegression(
        positions: positions,
        statistics: population.map { particle in
          particle.statistics.indices.map { (particle.statistics[$0] - observed[$0]) / spreads[$0] }
        },
        distances: population.map(\.distance),
        weights: weights
      )
      if let regression {
        positions = regression.positions
        weights = regression.weights
        notes.append("parameters are moved to the data's statistics by a local linear regression")
      } else {
        notes.append("particles are too few for a regression on \(observed.count) statistics")
      }
    }
    let effective = 1 / weights.reduce(0) { $0 + $1 * $1 }
    notes.append("the weights leave \(Int(effective)) independent draws of \(positions.count)")
    var generator = key.derived(Purpose.resampling.rawValue).makeGenerator()
    // Systematic resampling, then in an order by chance.
    let cumulative = Self.cumulative(weights)
    let first = generator.nextUniform()
    var chosen = (0..<draws).map { Self.index((Double($0) + first) / Double(draws), cumulative) }
    for place in chosen.indices.dropFirst() {
      let other = min(Int(generator.nextUniform() * Double(place + 1)), place)
      chosen.swapAt(place, other)
    }
    return SimulationFit(
      positions: chosen.map { positions[$0] },
      simulationCount: state.count,
      failureCount: state.failures,
      effectiveCount: effective,
      notes: notes
    )
  }

  private func line(
    _ round: Int,
    _ population: [Particle],
    _ state: State,
    acceptance: Double?
  ) -> String {
    let reached = population.map(\.distance).max() ?? 0
    let share = acceptance.map { ", \(Self.percent($0)) accepted" } ?? ""
    return
      "generation \(round)  tolerance \(Self.short(reached))  \(state.count) simulations\(share)"
  }

  // MARK: Weights

  package static func cumulative(_ weights: [Double]) -> [Double] {
    var sum = 0.0
    return weights.map { weight in
      sum += weight
      return sum
    }
  }

  /// The first place whose cumulative weight is above a share of the whole.
  package static func index(_ share: Double, _ cumulative: [Double]) -> Int {
    let wanted = share * (cumulative.last ?? 1)
    var (low, high) = (0, cumulative.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if cumulative[middle] > wanted { high = middle } else { low = middle + 1 }
    }
    return low
  }

  static func logSum(_ values: [Double]) -> Double {
    let greatest = values.max() ?? -.infinity
    guard greatest > -.infinity else { return -.infinity }
    return greatest + log(values.reduce(0) { $0 + exp($1 - greatest) })
  }

  static func normalized(_ logWeights: [Double]) -> [Double] {
    let sum = logSum(logWeights)
    return logWeights.map { exp($0 - sum) }
  }

  /// The value below which a share of the weight lies.
  package static func quantile(_ values: [Double], _ weights: [Double], _ share: Double) -> Double {
    let order = values.indices.sorted { values[$0] < values[$1] }
    let total = weights.reduce(0, +)
    var sum = 0.0
    for place in order {
      sum += weights[place] / total
      if sum >= share { return values[place] }
    }
    return order.last.map { values[$0] } ?? 0
  }

  /// For each statistic its median absolute deviation; where that is 0 its standard deviation, and 1 where it never varies.
  package static func spreads(_ statistics: [[Double]]) -> [Double] {
    (0..<(statistics.first?.count ?? 0)).map { place in
      let values = statistics.map { $0[place] }.sorted()
      let median = values[values.count / 2]
      let deviation = values.map { abs($0 - median) }.sorted()[values.count / 2]
      if deviation > 0 { return deviation }
      let mean = values.reduce(0, +) / Double(values.count)
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
      return variance > 0 ? variance.squareRoot() : 1
    }
  }

  private static func percent(_ share: Double) -> String {
    "\((share * 1000).rounded() / 10) %"
  }

  private static func short(_ value: Double) -> String {
    guard value != 0, value.isFinite else { return "\(value)" }
    let digits = 2 - Int(floor(log10(abs(value))))
    let scale = pow(10.0, Double(min(max(digits, 0), 12)))
    return "\((value * scale).rounded() / scale)"
  }
}
