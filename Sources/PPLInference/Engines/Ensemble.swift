package import PPLTensorCore
package import PPLTypeSystem

// Notation: K walkers, x the walker that moves, y and y′ walkers of the other half, D dimension.

/// The affine-invariant ensemble sampler: walkers that move along lines through each other.
///
/// The walkers are in two halves, and each walker of one is moved given the other:
///
///     stretch   x* = y + ζ (x − y),  ζ with density ∝ 1/√ζ on (1/2, 2),  factor ζ^(D−1)
///     de        x* = x + γ (y − y′),  γ = 2.38/√(2 D) (1 + e)
///
/// Neither knows a scale, so that there is nothing to adapt and the warm-up only lets the walkers find the posterior. The
/// walkers are the chains of the fit. They are not independent: what R-hat compares are walkers of one ensemble, which
/// tells whether the ensemble has mixed, as walkers that stay in a mode of their own differ from the others, but not
/// whether another ensemble would agree. One ensemble has what several small ones lack: walkers enough to span the space.
///
/// Sources: Goodman and Weare 2010, doi:10.2140/camcos.2010.5.65; Nelson, Ford and Payne 2014, arXiv:1311.5229 (`de`).
package struct Ensemble: KernelEngine {
  package static let signature = EngineSignature(
    "ensemble",
    "walkers that move along lines through each other; the walkers are the chains",
    kind: .chains,
    needs: .density,
    settings: [
      EngineSetting(
        "chains",
        .count(4...1024),
        default: .chosen("2 for each unconstrained value and 2 more, 16 at least"),
        "walkers of the one ensemble"
      ),
      .draws, .warmup(), .seed, .moves,
      .words("move", ["stretch", "de"], "how walkers move"),
    ],
    foreignNames: ["emcee", "aies", "stretch", "ensemble_sampler", "affine_invariant"],
    statistics: [.logDensity, .acceptanceRate, .evaluationCount],
    joinsChains: true
  )

  private let move: EnsembleKernel.Move
  private let steps: Int?

  package init(_ values: EngineValues) {
    move = EnsembleKernel.Move(rawValue: values[word: "move"]) ?? .stretch
    steps = values[count: "steps"]
  }

  package static func defaultChains(dimension: Int) -> Int { max(16, 2 * dimension + 2) }

  /// The walkers of each half must span the space, so that those of the other can move anywhere in it.
  package func validate(_ lengths: ChainLengths, dimension: Int) throws(InferenceError) {
    try lengths.validate()
    let least = max(4, 2 * dimension + 2)
    guard lengths.chains >= least else {
      throw .invalidSetting(
        name: "chains",
        requirement: "must be at least \(least) for an ensemble that moves in \(dimension)"
          + " dimensions: leave it out, or take more walkers"
      )
    }
  }

  package func makeKernel(
    _ starts: [KernelPoint],
    _ plan: KernelPlan,
    generator: inout RandomGenerator
  ) -> EnsembleKernel {
    EnsembleKernel(walkers: starts, move: move, steps: steps ?? max(1, plan.dimension))
  }
}

/// Moves of all walkers from one draw to the next.
package struct EnsembleKernel: ChainKernel {
  /// How a walker moves.
  enum Move: String, Sendable, Codable {
    case stretch
    case de
  }

  /// Greatest ζ, the source's a.
  private static let greatestStretch = 2.0
  /// Relative half-width e of the noise on γ.
  private static let jitter = 0.1

  private var walkers: [KernelPoint]
  private var acceptances: [Double]
  private var proposal: [Double]
  private let move: Move
  private let steps: Int

  init(walkers: [KernelPoint], move: Move, steps: Int) {
    self.walkers = walkers
    self.move = move
    self.steps = steps
    acceptances = [Double](repeating: 1, count: walkers.count)
    proposal = [Double](repeating: 0, count: walkers.first?.position.count ?? 0)
  }

  package func point(of walker: Int) -> KernelPoint { walkers[walker] }

  package func statistics(of walker: Int) -> DrawStatistics {
    var statistics = DrawStatistics()
    statistics.acceptanceRate = acceptances[walker]
    return statistics
  }

  package mutating func transition(
    _ density: DensityCounter,
    iteration: Int,
    isWarmup: Bool,
    generator: inout RandomGenerator
  ) throws(EvaluationError) {
    for walker in acceptances.indices { acceptances[walker] = 0 }
    let middle = walkers.count / 2
    for _ in 0..<steps {
      for walker in walkers.indices {
        let others = walker < middle ? middle..<walkers.count : 0..<middle
        let logFactor = propose(walker, others, &generator)
        let logDensity = try density.value(at: proposal.span)
        let difference = logDensity - walkers[walker].logDensity + logFactor
        let acceptance = difference < 0 ? LibM.exp(difference) : 1
        acceptances[walker] += acceptance / Double(steps)
        if generator.nextUniform() < acceptance {
          swap(&walkers[walker].position, &proposal)
          walkers[walker].logDensity = logDensity
        }
      }
    }
  }

  /// Writes a proposal for a walker; its share of the acceptance beside the densities.
  private mutating func propose(
    _ walker: Int,
    _ others: Range<Int>,
    _ generator: inout RandomGenerator
  ) -> Double {
    let dimension = Double(proposal.count)
    let first = others.lowerBound + generator.nextInt(below: others.count)
    switch move {
    case .stretch:
      // ζ = ((a − 1) v + 1)²/a with v uniform.
      let root = (Self.greatestStretch - 1) * generator.nextUniform() + 1
      let stretch = root * root / Self.greatestStretch
      for index in proposal.indices {
        let origin = walkers[first].position[index]
        proposal[index] = origin + stretch * (walkers[walker].position[index] - origin)
      }
      return (dimension - 1) * LibM.log(stretch)
    case .de:
      let offset = 1 + generator.nextInt(below: others.count - 1)
      let second =
        others.lowerBound + (first - others.lowerBound + offset) % others.count
      let noise = 1 + Self.jitter * (2 * generator.nextUniform() - 1)
      let length =
        ScaleAdaptation.bestScale(dimension: proposal.count) / 2.0.squareRoot() * noise
      for index in proposal.indices {
        proposal[index] =
          walkers[walker].position[index] + length
          * (walkers[first].position[index] - walkers[second].position[index])
      }
      return 0
    }
  }
}
