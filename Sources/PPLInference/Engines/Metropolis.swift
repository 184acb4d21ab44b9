package import PPLTensorCore
package import PPLTypeSystem

/// Random-walk Metropolis whose proposals take the posterior's covariance in the warm-up.
///
/// Sources: Haario, Saksman and Tamminen 2001, doi:10.2307/3318737 (covariance); Andrieu and Thoms 2008,
/// doi:10.1007/s11222-008-9110-y (scale). The chain adapts in the warm-up only.
package struct Metropolis: KernelEngine {
  package static let signature = EngineSignature(
    "metropolis",
    "random-walk proposals with adapted covariance and scale",
    kind: .chains,
    needs: .density,
    settings: [
      .chains, .draws, .warmup(), .seed, .moves,
      .words(
        "adapt",
        CovarianceAdaptation.Structure.allCases.map(\.rawValue),
        "what of the posterior's covariance the proposals take"
      ),
      EngineSetting(
        "target_accept",
        .probability,
        default: .chosen("0.44 for one value to 0.234 for many"),
        "mean acceptance that the scale aims at"
      ),
    ],
    foreignNames: ["mh", "rwm", "rwmh", "metropolis_hastings", "random_walk", "am"],
    statistics: [.logDensity, .acceptanceRate, .stepSize, .evaluationCount],
    screensProposals: true
  )

  private let structure: CovarianceAdaptation.Structure
  private let target: Double?
  private let steps: Int?

  package init(_ values: EngineValues) {
    structure = CovarianceAdaptation.Structure(rawValue: values[word: "adapt"]) ?? .covariance
    target = values[number: "target_accept"]
    steps = values[count: "steps"]
  }

  package func makeKernel(
    _ starts: [KernelPoint],
    _ plan: KernelPlan,
    generator: inout RandomGenerator
  ) -> MetropolisKernel {
    MetropolisKernel(
      point: starts[0],
      move: MetropolisMove(
        start: starts[0].position,
        structure: structure,
        target: target,
        warmup: plan.warmup
      ),
      steps: steps ?? max(1, plan.dimension)
    )
  }
}

/// Some random-walk moves from one draw to the next.
package struct MetropolisKernel: ChainKernel {
  private var point: KernelPoint
  private var move: MetropolisMove
  private let steps: Int
  private var acceptance = 1.0

  init(point: KernelPoint, move: MetropolisMove, steps: Int) {
    self.point = point
    self.move = move
    self.steps = steps
  }

  package func point(of walker: Int) -> KernelPoint { point }

  package func statistics(of walker: Int) -> DrawStatistics {
    var statistics = DrawStatistics()
    statistics.acceptanceRate = acceptance
    statistics.stepSize = move.scale
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
      sum += try move.step(&point, density, adapts: isWarmup, generator: &generator).acceptance
    }
    acceptance = sum / Double(steps)
    if isWarmup { move.learn(point.position, iteration: iteration) }
  }
}
