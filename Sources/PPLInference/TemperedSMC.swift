import Glibc
package import PPLTensorCore
package import PPLTypeSystem

/// A model whose prior can be drawn from, as a path of densities from the prior to the posterior needs it.
package protocol TemperedModel: Sendable {
  /// Number of unconstrained parameters, D ≥ 1.
  var dimension: Int { get }

  /// Something that draws and evaluates, with work buffers of its own, for one thread.
  func makeEvaluator() -> any TemperedEvaluator
}

/// Draws from the prior and evaluates, for one thread; equal keys give equal draws.
package protocol TemperedEvaluator: AnyObject {
  /// A draw from the prior, D unconstrained numbers.
  func drawPrior(_ key: RandomKey) throws -> [Double]

  /// Log density of the prior, with the Jacobian of the transforms; -inf or NaN outside of its support.
  func logPrior(at position: [Double]) -> Double

  /// The parts of the log likelihood that the path takes in one after the other, as many at each position.
  func logLikelihoods(at position: [Double], logPrior: Double) -> [Double]
}

/// Particles that are moved from the prior to the posterior over densities between them.
///
/// With the log likelihood in K parts, the density at level t in [0, K] is the prior times the parts before t, and of the one at t its
/// power t - ⌊t⌋: one part is tempered as a whole, prior × likelihood^t; parts that are rows of the data come in one after the
/// other (Chopin 2002, doi:10.1093/biomet/89.3.539), and one that tells much is itself tempered.
///
/// Each next level leaves half of the particles' effective number; particles are resampled and moved by random-walk Metropolis
/// steps with their own covariance, so many that few stay where they were. The increments give the marginal likelihood,
/// without bias on its own scale: Del Moral, Doucet and Jasra 2006, doi:10.1111/j.1467-9868.2006.00553.x; adaptive steps as in
/// Dai et al. 2022, arXiv:2007.11936.
package struct TemperedSMC: Sendable {
  package static let signature = EngineSignature(
    "smc",
    "particles moved from the prior to the posterior, with the marginal likelihood",
    kind: .population,
    needs: .density,
    settings: [
      EngineSetting(
        "particles",
        .count(10...1_000_000),
        default: .number(1000),
        "particles of each run, which are its draws"
      ),
      EngineSetting(
        "chains",
        .count(1...1024),
        default: .number(4),
        "independent runs, whose differences show what one is worth"
      ),
      EngineSetting(
        "moves",
        .count(1...10_000),
        default: .number(100),
        "most Metropolis steps of a particle at each density"
      ),
      .words(
        "path",
        ["tempered", "data"],
        "whether the likelihood is tempered, or its observations come in one after the other"
      ),
      .seed,
    ],
    foreignNames: ["smc_sampler", "sample_smc", "tempered_smc", "sequential_monte_carlo", "ibis"],
    estimatesEvidence: true
  )

  /// What a run came to.
  package struct Result: Sendable {
    /// `[particles, D]`, in an order by chance.
    package var positions: [[Double]]
    package var logMarginalLikelihood: Double
    /// Number of densities on the path, the posterior included.
    package var stages: Int
    /// Share of accepted moves at the posterior.
    package var acceptance: Double
    package var evaluations: Int
    /// Whether it was stopped before it came to the posterior; there are no positions then.
    package var wasStopped = false
  }

  package var particles = 1000
  package var moves = 100

  package init() {}

  private static let effectiveShare = 0.5
  /// Share of particles that may stay where they were.
  private static let stayers = 0.01
  private static let greatestStages = 1000

  private enum Purpose: UInt64 {
    case prior, resampling, moves
  }

  private struct Particle {
    var position: [Double]
    var logPrior: Double
    /// The log likelihood of the parts before each level 0, 1, …, K.
    var sums: [Double]

    /// The log likelihood that the density at a level has.
    func logLikelihood(_ level: Double) -> Double {
      let last = sums.count - 1
      let place = min(Int(level), last)
      let share = level - Double(place)
      return share > 0 && place < last
        ? sums[place] + share * (sums[place + 1] - sums[place]) : sums[place]
    }
  }

  /// A particle at a position.
  private func particle(
    at position: [Double],
    logPrior: Double,
    _ evaluator: any TemperedEvaluator
  ) -> Particle {
    var sums = [0.0]
    for part in evaluator.logLikelihoods(at: position, logPrior: logPrior) {
      sums.append(sums[sums.count - 1] + (part.isNaN ? -.infinity : part))
    }
    return Particle(position: position, logPrior: logPrior, sums: sums)
  }

  /// Runs it once.
  ///
  /// - Parameters:
  ///   - model: the model.
  ///   - key: key of all random numbers.
  ///   - cancellation: stops it between moves.
  /// - Returns: draws and the marginal likelihood.
  /// - Throws: what the model throws where it is drawn from, and `InferenceError` where nothing has a likelihood.
  package func run(
    _ model: any TemperedModel,
    key: RandomKey,
    cancellation: CancellationFlag
  ) throws -> Result {
    let evaluator = model.makeEvaluator()
    let dimension = model.dimension
    var swarm = try (0..<particles).map { number in
      let position = try evaluator.drawPrior(
        key.derived(Purpose.prior.rawValue).derived(UInt64(number))
      )
      return particle(at: position, logPrior: evaluator.logPrior(at: position), evaluator)
    }
    let end = Double((swarm.first?.sums.count ?? 1) - 1)
    var result = Result(
      positions: [],
      logMarginalLikelihood: 0,
      stages: 0,
      acceptance: 1,
      evaluations: particles
    )
    var level = 0.0
    var scale = 2.38 / Double(dimension).squareRoot()
    var factor = CholeskyFactor(dimension: dimension)
    while level < end {
      let first = level.rounded(.down) + 1
      guard result.stages < Self.greatestStages,
        swarm.contains(where: { $0.logLikelihood(first) > -.infinity })
      else { throw TemperingFailure.noLikelihood(stages: result.stages) }
      let next = nextLevel(swarm, from: level, to: end)
      let logWeights = swarm.map { $0.logLikelihood(next) - $0.logLikelihood(level) }
      let sum = logSum(logWeights)
      result.logMarginalLikelihood += sum - log(Double(particles))
      level = next
      result.stages += 1
      let own = key.derived(UInt64(result.stages))
      var generator = own.derived(Purpose.resampling.rawValue).makeGenerator()
      swarm = resampled(swarm, logWeights.map { exp($0 - sum) }, &generator)
      var covariance = RunningCovariance(dimension: dimension)
      for particle in swarm { covariance.add(particle.position) }
      _ = factor.factor { covariance.covariance($0, $1) }
      // Steps until all but a few have moved.
      var stay = 1.0
      var count = 0
      while count < moves, stay > Self.stayers {
        if cancellation.isCancelled {
          result.wasStopped = true
          return result
        }
        let accepted = sweep(
          &swarm,
          level,
          scale,
          factor,
          evaluator,
          own.derived(Purpose.moves.rawValue).derived(UInt64(count))
        )
        result.evaluations += particles
        result.acceptance = accepted
        stay *= 1 - accepted
        count += 1
        let aim = dimension == 1 ? 0.44 : 0.3
        scale *= exp(accepted - aim)
      }
    }
    var generator = key.derived(Purpose.resampling.rawValue).makeGenerator()
    for place in swarm.indices.dropFirst() {
      swarm.swapAt(place, generator.nextInt(below: place + 1))
    }
    result.positions = swarm.map(\.position)
    return result
  }

  /// One Metropolis step of each particle; the share that was accepted.
  private func sweep(
    _ swarm: inout [Particle],
    _ level: Double,
    _ scale: Double,
    _ factor: CholeskyFactor,
    _ evaluator: any TemperedEvaluator,
    _ key: RandomKey
  ) -> Double {
    var generator = key.makeGenerator()
    let dimension = factor.dimension
    var normals = [Double](repeating: 0, count: dimension)
    var step = normals
    var accepted = 0
    for number in swarm.indices {
      for index in 0..<dimension { normals[index] = generator.nextNormal() }
      factor.multiply(normals, into: &step)
      var moved = swarm[number].position
      for index in 0..<dimension { moved[index] += scale * step[index] }
      let chance = log(generator.nextUniform())
      let prior = evaluator.logPrior(at: moved)
      guard prior > -.infinity else { continue }
      let next = particle(at: moved, logPrior: prior, evaluator)
      let likelihood = next.logLikelihood(level)
      let gain = prior - swarm[number].logPrior + likelihood - swarm[number].logLikelihood(level)
      guard likelihood > -.infinity, chance < gain else { continue }
      swarm[number] = next
      accepted += 1
    }
    return Double(accepted) / Double(swarm.count)
  }

  /// How far the level may go until the weights leave half of the effective number.
  private func nextLevel(_ swarm: [Particle], from level: Double, to end: Double) -> Double {
    func share(_ next: Double) -> Double {
      let logs = swarm.map { $0.logLikelihood(next) - $0.logLikelihood(level) }
      let sum = logSum(logs)
      return 1 / logs.reduce(0) { $0 + exp(2 * ($1 - sum)) } / Double(swarm.count)
    }
    var (low, high) = (level, end)
    if share(high) >= Self.effectiveShare { return high }
    for _ in 0..<60 {
      let middle = 0.5 * (low + high)
      if share(middle) >= Self.effectiveShare { low = middle } else { high = middle }
    }
    // Where even the least step leaves fewer, as many particles have no likelihood at all, it goes on.
    return low > level ? low : high
  }

  private func resampled(
    _ swarm: [Particle],
    _ weights: [Double],
    _ generator: inout RandomGenerator
  ) -> [Particle] {
    var result: [Particle] = []
    result.reserveCapacity(swarm.count)
    let first = generator.nextUniform()
    var (sum, place) = (weights[0], 0)
    for number in swarm.indices {
      let wanted = (Double(number) + first) / Double(swarm.count)
      while sum < wanted, place < swarm.count - 1 {
        place += 1
        sum += weights[place]
      }
      result.append(swarm[place])
    }
    return result
  }

  private func logSum(_ values: [Double]) -> Double {
    let greatest = values.max() ?? -.infinity
    guard greatest > -.infinity else { return -.infinity }
    return greatest + log(values.reduce(0) { $0 + exp($1 - greatest) })
  }
}

/// Why particles do not come to the posterior.
package enum TemperingFailure: Error, Sendable {
  /// No particle has a likelihood above 0, or the path has no end.
  case noLikelihood(stages: Int)
}
