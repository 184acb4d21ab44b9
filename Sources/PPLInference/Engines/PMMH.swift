package import PPLTypeSystem

/// Particle marginal Metropolis-Hastings: random-walk proposals of the parameters, accepted by estimates of their likelihood
/// from a particle filter over the states.
///
/// An estimate stays with the point it was made at until that is left, so that the chain's stationary distribution is the
/// posterior itself, however few particles there are; with few, it stands still for long. Draws of the states are trajectories
/// of the filter. Without parameters every proposal is a new run of the filter, and their estimates give the marginal likelihood.
///
/// Source: Andrieu, Doucet and Holenstein 2010, doi:10.1111/j.1467-9868.2009.00736.x, sections 2.4.1 (without parameters) and
/// 2.4.2. The proposals are those of `metropolis`; the acceptance that their scale aims at is lower by default, as estimates
/// with errors are accepted less often, whatever the scale: the optimum lies at 0.07 for errors of the best size and rises to
/// 0.234 without any (Sherlock, Thiery, Roberts and Rosenthal 2015, doi:10.1214/14-AOS1278, figure 1).
package struct PMMH: ChainEngine {
  package static var stateType: any SavedChain.Type { ParticleState.self }

  package static let signature = EngineSignature(
    "pmmh",
    "random-walk proposals of the parameters of a state-space model, weighed by a particle filter over its states",
    kind: .chains,
    needs: .states,
    settings: [
      EngineSetting(
        "particles",
        .count(2...1_000_000),
        default: .number(200),
        "particles of the filter; enough where estimates of the log likelihood spread by 1 to 2"
      ),
      .words(
        "filter",
        ["bootstrap", "guided"],
        "states are drawn from their own statements, or near the data where they are normal"
      ),
      .chains, .draws, .warmup(), .seed,
      EngineSetting(
        "steps",
        .count(1...1_000_000),
        default: .number(1),
        "moves that lead from one draw to the next, each of which runs the filter"
      ),
      .words(
        "adapt",
        CovarianceAdaptation.Structure.allCases.map(\.rawValue),
        "what of the posterior's covariance the proposals take"
      ),
      EngineSetting(
        "target_accept",
        .probability,
        default: .number(Self.standardTarget),
        "mean acceptance that the scale aims at"
      ),
    ],
    foreignNames: [
      "pmcmc", "particle_mcmc", "pimh", "particle_filter", "pmh", "bootstrap_filter",
    ],
    statistics: [.logDensity, .acceptanceRate, .stepSize, .evaluationCount]
  )

  private static let standardTarget = 0.2

  let structure: CovarianceAdaptation.Structure
  let target: Double
  let steps: Int
  /// Number of particles.
  package let particles: Int
  /// Whether states are drawn near the data.
  package let isGuided: Bool

  package init(_ values: EngineValues) {
    structure = CovarianceAdaptation.Structure(rawValue: values[word: "adapt"]) ?? .covariance
    target = values[number: "target_accept"] ?? Self.standardTarget
    steps = values[count: "steps"] ?? 1
    particles = values[count: "particles"] ?? 200
    isGuided = values[word: "filter"] == "guided"
  }

  package func validate(_ lengths: ChainLengths, dimension: Int) throws(InferenceError) {
    try lengths.validate()
  }

  package func run(_ chains: Range<Int>, of run: SamplingRun) throws(InferenceError)
    -> [ChainResult]
  {
    guard let model = run.stateSpace else {
      preconditionFailure("A run of an engine that needs states has a model of states.")
    }
    var results: [ChainResult] = []
    for chain in chains {
      var own = try ParticleChain.start(self, model, chain: chain, run: run)
      try own.runToEnd()
      results.append(own.makeResult())
    }
    return results
  }
}
