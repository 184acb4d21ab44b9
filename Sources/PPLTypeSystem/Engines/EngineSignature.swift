/// What is known of an engine of inference without running it: its name, its settings and its needs.
///
/// Checker, help, documentation and plan read it; the engine reads its own defaults from it.
package struct EngineSignature: Sendable {
  /// What an engine makes.
  package enum Kind: Sendable, Hashable {
    /// Markov chains whose draws are those of the posterior in the end.
    case chains
    /// Independent draws of the latents from their own statements.
    case forward
    /// Draws of a distribution that is near the posterior, or a point.
    case approximation
    /// Particles that are moved from the prior to the posterior.
    case population
    /// Draws of parameters whose simulations are like the data.
    case comparison
    /// Parameters that are moved step by step along stochastic gradients.
    case steps
  }

  /// What an engine asks of a model, each need more than the one before.
  package enum Need: Int, Sendable, Comparable {
    /// Statements that can be drawn from.
    case simulation
    /// The log density at a point.
    case density
    /// States that follow from index to index, drawn from their statements, and the log density of the data given them.
    case states
    /// The log density and its gradient.
    case gradient

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
  }

  /// Name in programs.
  package var name: String
  /// What it does, in one sentence without a full stop.
  package var summary: String
  package var kind: Kind
  package var needs: Need
  /// In the order in which help shows them.
  package var settings: [EngineSetting]
  /// Names of the engine in other systems, in lower case.
  package var foreignNames: [String]
  /// What is stored of each draw, under ArviZ's names.
  package var statistics: [SampleStatistic]
  /// Whether the chains move together, so that one of them says nothing without the others.
  package var joinsChains: Bool
  /// Whether it moves parts of the position in ways of their own, among them discrete latents that cannot be summed out.
  package var movesBlocks: Bool
  /// Whether it estimates the marginal likelihood by itself; from draws of chains bridge sampling does.
  package var estimatesEvidence: Bool
  /// Whether proposals are tried with a cheap density first, where there is one.
  package var screensProposals: Bool

  package init(
    _ name: String,
    _ summary: String,
    kind: Kind,
    needs: Need,
    settings: [EngineSetting],
    foreignNames: [String] = [],
    statistics: [SampleStatistic] = [],
    joinsChains: Bool = false,
    movesBlocks: Bool = false,
    estimatesEvidence: Bool = false,
    screensProposals: Bool = false
  ) {
    self.name = name
    self.summary = summary
    self.kind = kind
    self.needs = needs
    self.settings = settings
    self.foreignNames = foreignNames
    self.statistics = statistics
    self.joinsChains = joinsChains
    self.movesBlocks = movesBlocks
    self.estimatesEvidence = estimatesEvidence
    self.screensProposals = screensProposals
  }

  /// The setting of a name.
  package func setting(_ name: String) -> EngineSetting? { settings.first { $0.name == name } }
}

/// All engines that programs may name.
package struct EngineCatalog: Sendable {
  /// In the order in which help shows them.
  package let engines: [EngineSignature]

  package init(_ engines: [EngineSignature]) {
    self.engines = engines
  }

  /// The engine of a name.
  package subscript(name: String) -> EngineSignature? { engines.first { $0.name == name } }

  /// The engine that another system calls by a name.
  package func engine(foreignName name: String) -> EngineSignature? {
    engines.first { $0.foreignNames.contains(name.lowercased()) }
  }
}
