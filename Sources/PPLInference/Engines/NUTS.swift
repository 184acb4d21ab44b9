package import PPLTypeSystem

/// The No-U-Turn sampler with adapted step size and metric; see `NUTSKernel` and `Chain`.
package struct NUTS: HamiltonianEngine {
  package static let signature = EngineSignature(
    "nuts",
    "Hamiltonian trajectories that double until they turn; the choice for smooth models",
    kind: .chains,
    needs: .gradient,
    settings: [
      .chains, .draws, .warmup(default: .chosen("400, or 1000 with `adapt: stan`")), .seed,
    ] + EngineSetting.metricAdaptation(targetAcceptance: 0.8) + [maxDepth],
    foreignNames: ["sample"],
    statistics: [
      .logDensity, .acceptanceRate, .stepSize, .stepSizeNominal, .treeDepth, .stepCount,
      .isDivergent, .energy, .energyError, .maxEnergyError, .indexInTrajectory,
      .reachedMaxTreeDepth,
    ]
  )

  static let maxDepth = EngineSetting(
    "max_depth",
    .count(1...20),
    default: .number(10),
    "doublings of a trajectory at most"
  )

  package let settings: NUTSSettings

  init(settings: NUTSSettings) {
    self.settings = settings
  }

  package init(_ values: EngineValues) {
    var settings = NUTSSettings(hamiltonian: values)
    settings.maxTreeDepth = values[count: "max_depth"] ?? settings.maxTreeDepth
    self.settings = settings
  }
}
