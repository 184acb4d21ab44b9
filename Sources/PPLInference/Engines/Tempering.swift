package import PPLTensorCore
package import PPLTypeSystem

// Notation: p the model's density, r the reference's, ℓ = log p − log r, β inverse temperature of a level.

/// Parallel tempering: levels between the posterior and a broad normal distribution that exchange their points.
///
/// Level k draws from p^β r^(1 − β), by slice sampling or random walks of its own; the coldest has β = 1 and is
/// recorded, the hottest has β = 0 and is drawn from r itself. Then neighbours exchange points with the probability
///
///     min(1, exp((βₖ − βₖ₊₁) (ℓₖ₊₁ − ℓₖ)))
///
/// in turn those of even and of odd k, which carries a point on in one direction instead of to and fro. In the warm-up the
/// ladder is spaced for equal rates, and the reference is centred on the draws of the coldest level.
///
/// Source: Syed, Bouchard-Côté, Deligiannidis and Doucet 2022, doi:10.1111/rssb.12464. What was weighed about the reference
/// is in `PPL.docc/Decisions/Tempering.md`.
package struct Tempering: KernelEngine {
  package static let signature = EngineSignature(
    "tempering",
    "levels of temperature that exchange points, for posteriors of several modes",
    kind: .chains,
    needs: .density,
    settings: [
      .chains, .draws, .warmup(), .seed,
      EngineSetting("levels", .count(2...256), default: .number(10), "temperatures of each chain"),
      EngineSetting(
        "spread",
        .positive(below: 1e9),
        default: .number(5),
        "least standard deviation of the hottest level, on the unconstrained scale"
      ),
      .words("explore", ["slice", "metropolis"], "how the levels between move"),
    ],
    foreignNames: [
      "pt", "parallel_tempering", "paralleltempering", "replica_exchange", "remc", "pigeons",
    ],
    statistics: [.logDensity, .swapRate, .evaluationCount]
  )

  private let levels: Int
  private let spread: Double
  private let walks: Bool

  package init(_ values: EngineValues) {
    levels = values[count: "levels"] ?? 10
    spread = values[number: "spread"] ?? 5
    walks = values[word: "explore"] == "metropolis"
  }

  package func startCount(walkers: Int) -> Int { levels }

  package func makeKernel(
    _ starts: [KernelPoint],
    _ plan: KernelPlan,
    generator: inout RandomGenerator
  ) -> TemperingKernel {
    TemperingKernel(starts: starts, plan, spread: spread, walks: walks)
  }
}

/// Moves of all levels and exchanges between them, from one draw to the next.
package struct TemperingKernel: ChainKernel {
  /// Iterations of the warm-up after which the reference is centred anew, and the first that leaves the ladder alone.
  private let referenceUpdates: [Int]
  private let lastUpdate: Int

  /// Points with log p, from cold to hot.
  private var points: [KernelPoint]
  private var ladder: TemperatureLadder
  private var reference: BroadReference
  /// Moves of the levels between: one of the two is empty.
  private var slices: [SliceMove]
  private var walks: [MetropolisMove]
  private var recent: RunningCovariance
  private var swapRate = 1.0

  init(starts: [KernelPoint], _ plan: KernelPlan, spread: Double, walks isWalking: Bool) {
    points = starts
    ladder = TemperatureLadder(count: starts.count)
    reference = BroadReference(dimension: plan.dimension, deviation: spread)
    let moving = starts.dropLast()
    slices = isWalking ? [] : moving.map { _ in SliceMove(dimension: plan.dimension) }
    walks =
      isWalking
      ? moving.map {
        MetropolisMove(
          start: $0.position,
          structure: .covariance,
          target: nil,
          warmup: plan.warmup
        )
      } : []
    recent = RunningCovariance(dimension: plan.dimension)
    referenceUpdates = [plan.warmup / 4, plan.warmup / 2]
    lastUpdate = plan.warmup - plan.warmup / 10
  }

  package func point(of walker: Int) -> KernelPoint { points[0] }

  package func statistics(of walker: Int) -> DrawStatistics {
    var statistics = DrawStatistics()
    statistics.swapRate = swapRate
    return statistics
  }

  package mutating func transition(
    _ density: DensityCounter,
    iteration: Int,
    isWarmup: Bool,
    generator: inout RandomGenerator
  ) throws(EvaluationError) {
    for level in points.indices.dropLast() {
      try move(level, density, iteration, isWarmup, &generator)
    }
    let hottest = points.count - 1
    reference.draw(into: &points[hottest].position, generator: &generator)
    points[hottest].logDensity = try density.value(of: points[hottest].position)
    exchange(isOdd: !iteration.isMultiple(of: 2), isWarmup, &generator)
    if isWarmup { adapt(iteration) }
  }

  private mutating func move(
    _ level: Int,
    _ density: DensityCounter,
    _ iteration: Int,
    _ isWarmup: Bool,
    _ generator: inout RandomGenerator
  ) throws(EvaluationError) {
    let tempered = TemperedDensity(
      density: density,
      reference: reference,
      inverseTemperature: ladder.levels[level]
    )
    let before = points[level].logDensity
    points[level].logDensity = tempered.tempered(
      before,
      logReference: reference.logDensity(of: points[level].position)
    )
    if walks.isEmpty {
      try slices[level].sweep(
        &points[level],
        tempered,
        adapts: isWarmup,
        generator: &generator
      )
    } else {
      for _ in points[level].position.indices {
        _ = try walks[level].step(
          &points[level],
          tempered,
          adapts: isWarmup,
          generator: &generator
        )
      }
      if isWarmup { walks[level].learn(points[level].position, iteration: iteration) }
    }
    points[level].logDensity = tempered.untempered(
      points[level].logDensity,
      logReference: reference.logDensity(of: points[level].position)
    )
  }

  private mutating func exchange(
    isOdd: Bool,
    _ isWarmup: Bool,
    _ generator: inout RandomGenerator
  ) {
    var sum = 0.0
    var count = 0.0
    for level in stride(from: isOdd ? 1 : 0, to: points.count - 1, by: 2) {
      let difference = ladder.levels[level] - ladder.levels[level + 1]
      let exponent = difference * (contrast(level + 1) - contrast(level))
      let acceptance = exponent < 0 ? LibM.exp(exponent) : 1
      if generator.nextUniform() < acceptance { points.swapAt(level, level + 1) }
      if isWarmup { ladder.record(level: level, acceptance: acceptance) }
      sum += acceptance
      count += 1
    }
    // With two levels there is nobody to exchange with every other time.
    if count > 0 { swapRate = sum / count }
  }

  /// ℓ at a level.
  private func contrast(_ level: Int) -> Double {
    points[level].logDensity - reference.logDensity(of: points[level].position)
  }

  private mutating func adapt(_ iteration: Int) {
    guard iteration < lastUpdate else { return }
    ladder.finishIteration()
    recent.add(points[0].position)
    let done = iteration + 1
    if referenceUpdates.contains(done) {
      reference.cover(recent)
      ladder.restart()
    }
    // The reference takes the draws of the second half of each stretch; those before are on the way.
    if referenceUpdates.contains(where: { done == $0 - referenceUpdates[0] / 2 }) {
      recent.reset()
    }
  }
}
