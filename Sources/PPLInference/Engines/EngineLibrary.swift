package import PPLTypeSystem

/// The engines that programs may name.
package enum EngineLibrary {
  /// Engines of Markov chains; one line registers an engine.
  package static let chains: [any ChainEngine.Type] = [
    NUTS.self,
    WALNUTS.self,
    HMC.self,
    MAMS.self,
    Slice.self,
    EllipticalSlice.self,
    Metropolis.self,
    DifferentialEvolution.self,
    Ensemble.self,
    Tempering.self,
    Gibbs.self,
    PMMH.self,
  ]

  /// What is known of all engines, those that make no chains included.
  package static let standard = EngineCatalog(
    chains.map { $0.signature } + [.prior] + EngineSignature.approximations
      + EngineSignature.stepFits + [TemperedSMC.signature] + EngineSignature.comparisons
  )

  /// The engine of chains of a name; nil for other engines.
  package static func chainEngine(_ name: String) -> (any ChainEngine.Type)? {
    chains.first { $0.signature.name == name }
  }
}
