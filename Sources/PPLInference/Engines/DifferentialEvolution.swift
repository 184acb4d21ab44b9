package import PPLTensorCore
package import PPLTypeSystem

// Notation: x position, D its dimension, z points of the archive, γ length of a jump, s its adapted factor.

/// Differential evolution with an archive of past states, DE-MC(Z).
///
/// A jump goes along the difference of two points of the archive, so that it has the posterior's shape without any matrix:
///
///     x* = x + s γ (1 + e) (z₁ − z₂),  γ = 2.38/√(2 D), or s γ = 1 in one of ten jumps, from mode to mode
///
/// One jump in ten is a snooker update: along the line through x and a point z, by the difference of the projections of
/// two others onto it, with the factor (|x* − z|/|x − z|)^(D−1) in the acceptance.
///
/// Each chain has an archive of its own, which the warm-up fills, and overwrites from the oldest point on when it is full. It is kept as it
/// is after the warm-up, where the paper lets it grow: then the draws are those of one Markov chain. The factor s, which the
/// paper lacks, lets chains begin far from the posterior's scale; it is adapted in the warm-up.
///
/// Source: ter Braak and Vrugt 2008, doi:10.1007/s11222-008-9104-9.
package struct DifferentialEvolution: KernelEngine {
  package static let signature = EngineSignature(
    "de",
    "jumps along differences of past states, with snooker updates",
    kind: .chains,
    needs: .density,
    settings: [.chains, .draws, .warmup(), .seed, .moves],
    foreignNames: [
      "demc", "demcz", "de_mc", "demetropolis", "demetropolisz", "differential_evolution", "dream",
    ],
    statistics: [.logDensity, .acceptanceRate, .stepSize, .evaluationCount]
  )

  private let steps: Int?

  package init(_ values: EngineValues) {
    steps = values[count: "steps"]
  }

  package func makeKernel(
    _ starts: [KernelPoint],
    _ plan: KernelPlan,
    generator: inout RandomGenerator
  ) -> DifferentialEvolutionKernel {
    DifferentialEvolutionKernel(
      point: starts[0],
      steps: steps ?? max(1, plan.dimension),
      generator: &generator
    )
  }
}

/// Some jumps from one draw to the next.
package struct DifferentialEvolutionKernel: ChainKernel {
  /// Points of the archive for each coordinate, as in the paper.
  ///
  /// There are `leastStart` at least when it begins and room for `leastArchive`: many serve where tails are long.
  private static let pointsPerCoordinate = 10
  private static let leastStart = 20
  private static let leastArchive = 500
  /// Half-width of the cube around the start that the first points lie in.
  private static let initialRadius = 2.0
  private static let snookerShare = 0.1
  private static let modeJumpShare = 0.1
  /// Relative half-width e of the noise on γ, and the range of a snooker update's.
  private static let jitter = 0.1
  private static let snookerLengths = (least: 1.2, greatest: 2.2)

  private var point: KernelPoint
  /// Points one after the other, `[count, D]`.
  private var archive: [Double]
  private var count: Int
  private let capacity: Int
  private var oldest = 0
  private var scaling: ScaleAdaptation
  private var proposal: [Double]
  private let steps: Int
  private var acceptance = 1.0

  init(point: KernelPoint, steps: Int, generator: inout RandomGenerator) {
    self.point = point
    self.steps = steps
    let dimension = point.position.count
    count = max(Self.leastStart, Self.pointsPerCoordinate * dimension)
    capacity = max(Self.leastArchive, count)
    archive = []
    archive.reserveCapacity(capacity * dimension)
    for _ in 0..<count {
      for value in point.position {
        archive.append(value + Self.initialRadius * (2 * generator.nextUniform() - 1))
      }
    }
    scaling = ScaleAdaptation(
      scale: 1,
      target: ScaleAdaptation.bestAcceptance(dimension: dimension)
    )
    proposal = [Double](repeating: 0, count: dimension)
  }

  package func point(of walker: Int) -> KernelPoint { point }

  package func statistics(of walker: Int) -> DrawStatistics {
    var statistics = DrawStatistics()
    statistics.acceptanceRate = acceptance
    statistics.stepSize = scaling.scale
    return statistics
  }

  package mutating func transition(
    _ density: DensityCounter,
    iteration: Int,
    isWarmup: Bool,
    generator: inout RandomGenerator
  ) throws(EvaluationError) {
    var sum = 0.0
    for _ in 0..<steps {
      let kind = generator.nextUniform()
      if kind < Self.snookerShare {
        sum += try snooker(density, generator: &generator)
      } else {
        let crossesModes = kind < Self.snookerShare + Self.modeJumpShare
        let reached = try jump(density, crossesModes: crossesModes, generator: &generator)
        if isWarmup, !crossesModes { scaling.update(acceptance: reached) }
        sum += reached
      }
    }
    acceptance = sum / Double(steps)
    guard isWarmup else { return }
    remember()
  }

  /// Takes the point into the archive, in place of the oldest where it is full.
  private mutating func remember() {
    guard count == capacity else {
      archive.append(contentsOf: point.position)
      count += 1
      return
    }
    let dimension = proposal.count
    for index in 0..<dimension { archive[oldest * dimension + index] = point.position[index] }
    oldest = (oldest + 1) % count
  }

  /// Two points of the archive that differ.
  private func pair(_ generator: inout RandomGenerator) -> (Int, Int) {
    let first = generator.nextInt(below: count)
    let second = (first + 1 + generator.nextInt(below: count - 1)) % count
    return (first * proposal.count, second * proposal.count)
  }

  private mutating func jump(
    _ density: DensityCounter,
    crossesModes: Bool,
    generator: inout RandomGenerator
  ) throws(EvaluationError) -> Double {
    let (first, second) = pair(&generator)
    let best = ScaleAdaptation.bestScale(dimension: proposal.count) / 2.0.squareRoot()
    let noise = 1 + Self.jitter * (2 * generator.nextUniform() - 1)
    let length = noise * (crossesModes ? 1 : best * scaling.scale)
    for index in proposal.indices {
      proposal[index] =
        point.position[index] + length * (archive[first + index] - archive[second + index])
    }
    return try accept(density, logFactor: 0, generator: &generator)
  }

  private mutating func snooker(
    _ density: DensityCounter,
    generator: inout RandomGenerator
  ) throws(EvaluationError) -> Double {
    let dimension = proposal.count
    let center = generator.nextInt(below: count) * dimension
    let (first, second) = pair(&generator)
    let length =
      Self.snookerLengths.least
      + (Self.snookerLengths.greatest - Self.snookerLengths.least) * generator.nextUniform()
    var square = 0.0
    var product = 0.0
    for index in 0..<dimension {
      let line = point.position[index] - archive[center + index]
      square += line * line
      product += line * (archive[first + index] - archive[second + index])
    }
    // A chain that stands at the point itself has no line.
    guard square > 0 else { return 0 }
    let factor = 1 + length * product / square
    for index in 0..<dimension {
      let origin = archive[center + index]
      proposal[index] = origin + factor * (point.position[index] - origin)
    }
    return try accept(
      density,
      logFactor: Double(dimension - 1) * LibM.log(abs(factor)),
      generator: &generator
    )
  }

  private mutating func accept(
    _ density: DensityCounter,
    logFactor: Double,
    generator: inout RandomGenerator
  ) throws(EvaluationError) -> Double {
    let logDensity = try density.value(at: proposal.span)
    let difference = logDensity - point.logDensity + logFactor
    let acceptance = difference < 0 ? LibM.exp(difference) : difference.isNaN ? 0 : 1
    if generator.nextUniform() < acceptance {
      swap(&point.position, &proposal)
      point.logDensity = logDensity
    }
    return acceptance
  }
}
