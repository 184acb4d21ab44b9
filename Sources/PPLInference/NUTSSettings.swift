/// How to adapt the metric during the warm-up.
package enum AdaptationMethod: String, Sendable, Hashable, CaseIterable {
  /// Fisher divergence from draws and gradients; the default.
  case fisher
  /// Stan's windows and variances; the control arm.
  case stan

  /// Draws of the warm-up when the user gives none: 400 for `fisher`, 1000 for `stan`.
  package var defaultWarmup: Int {
    switch self {
    case .fisher: 400
    case .stan: 1000
    }
  }
}

/// Where chains begin.
package enum StartMethod: String, Sendable, Hashable, CaseIterable {
  /// At uniform points, brought near to the posterior's bulk; the default.
  case uniform
  /// At draws of an approximation, one for each chain.
  case pathfinder
}

/// When a Hamiltonian trajectory ends.
package enum TrajectoryRule: Sendable, Hashable {
  /// When it turns back.
  case untilTurn
  /// After a random time of a given mean, in units of the metric's standard deviations.
  case fixed(meanLength: Double)
  /// After a random time of a given mean, along the flow of constant speed.
  case isokinetic(meanLength: Double)
}

/// What a user may set of the No-U-Turn sampler, and of others that adapt step size and metric as it does.
package struct NUTSSettings: Sendable, Hashable {
  /// Number of chains, ≥ 1.
  package var chains = 4
  /// Draws of the warm-up of each chain, ≥ 0; nil for the method's default.
  package var warmup: Int?
  /// Draws to keep of each chain, ≥ 0.
  package var draws = 1000
  /// Seed of all random numbers.
  package var seed: UInt64
  /// How the metric is adapted.
  package var adaptation = AdaptationMethod.fisher
  /// Mean acceptance statistic to adapt the step size to, in (0, 1).
  package var targetAcceptance = 0.8
  /// When a trajectory ends.
  package var trajectory = TrajectoryRule.untilTurn
  /// When a step of a trajectory that ends where it turns is divided; nil for never.
  package var division: StepDivision?
  /// Largest number of doublings of a trajectory, ≥ 1.
  package var maxTreeDepth = 10

  /// Where chains begin; who makes the run gives it `findStart` for other starts than uniform ones.
  package var start = StartMethod.uniform

  /// Whether hierarchical elements are sampled as the model is written, whatever suits them better.
  package var keepsWrittenCoordinates = false

  /// The default settings with a seed.
  package init(seed: UInt64) {
    self.seed = seed
  }

  /// Draws of the warm-up in effect.
  package var warmupCount: Int { warmup ?? adaptation.defaultWarmup }

  /// Whether the coordinates of hierarchical elements are chosen in the warm-up.
  package var choosesCoordinates: Bool { adaptation == .fisher && !keepsWrittenCoordinates }

  /// Refuses settings outside of their domains.
  ///
  /// - Throws: `InferenceError.invalidSetting`.
  func validate() throws(InferenceError) {
    func require(_ isValid: Bool, _ name: String, _ requirement: String) throws(InferenceError) {
      if !isValid { throw .invalidSetting(name: name, requirement: requirement) }
    }
    try lengths.validate()
    try require(
      targetAcceptance > 0 && targetAcceptance < 1,
      "targetAcceptance",
      "must be between 0 and 1"
    )
    try require(maxTreeDepth >= 1, "maxTreeDepth", "must be at least 1")
  }
}
