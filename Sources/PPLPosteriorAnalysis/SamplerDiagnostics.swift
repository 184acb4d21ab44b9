/// What the sampler itself reported of one chain's draws after warm-up.
package struct ChainStatistics: Sendable {
  /// Energy (negative log joint density of position and momentum) at each draw.
  package var energies: [Double]
  /// Number of draws whose trajectory diverged.
  package var divergenceCount: Int
  /// Number of draws whose tree reached the largest depth allowed.
  package var maxTreeDepthCount: Int
  /// Number of draws.
  package var drawCount: Int

  /// Statistics of one chain.
  package init(energies: [Double], divergenceCount: Int, maxTreeDepthCount: Int, drawCount: Int) {
    self.energies = energies
    self.divergenceCount = divergenceCount
    self.maxTreeDepthCount = maxTreeDepthCount
    self.drawCount = drawCount
  }
}

/// Diagnostics of a whole run of a Hamiltonian sampler.
package struct SamplerDiagnostics: Sendable, Equatable {
  /// Draws of all chains.
  package var drawCount: Int
  /// Divergent draws of all chains.
  package var divergenceCount: Int
  /// Draws at the largest tree depth, of all chains.
  package var maxTreeDepthCount: Int
  /// Energy Bayesian fraction of missing information of each chain; NaN below two draws.
  package var energyFractions: [Double]

  /// Diagnostics of these chains.
  package init(chains: [ChainStatistics]) {
    drawCount = chains.reduce(0) { $0 + $1.drawCount }
    divergenceCount = chains.reduce(0) { $0 + $1.divergenceCount }
    maxTreeDepthCount = chains.reduce(0) { $0 + $1.maxTreeDepthCount }
    energyFractions = chains.map { energyFractionOfMissingInformation($0.energies) }
  }
}

/// Energy Bayesian fraction of missing information of one chain.
///
/// Mean squared change of the energy over its variance (Betancourt 2016, arXiv:1604.00695); values
/// below 0.3 are suspicious.
///
/// - Returns: NaN below two draws and for constant energy.
package func energyFractionOfMissingInformation(_ energies: [Double]) -> Double {
  guard energies.count > 1 else { return .nan }
  var squaredSteps = 0.0
  for index in 1..<energies.count {
    let step = energies[index] - energies[index - 1]
    squaredSteps += step * step
  }
  return squaredSteps / Double(energies.count - 1) / sampleVariance(energies)
}
