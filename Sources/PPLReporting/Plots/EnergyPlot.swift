package import PPLPosteriorAnalysis

/// Energies of a Hamiltonian sampler around their mean, and their changes from draw to draw.
///
/// Where the changes are much narrower, the sampler reaches the tails slowly (Betancourt 2016, arXiv:1604.00695).
package struct EnergyPlot: Sendable {
  private let energies: ScalarDraws

  package init(_ energies: ScalarDraws) {
    self.energies = energies
  }

  /// The picture; nil where energies do not vary.
  package var svg: SVG? {
    var levels: [Double] = []
    var changes: [Double] = []
    var fractions: [Double] = []
    for index in 0..<energies.chainCount {
      let chain = energies.chain(index)
      guard chain.allSatisfy(\.isFinite), chain.count > 1 else { continue }
      let mean = chain.reduce(0, +) / Double(chain.count)
      levels += chain.map { $0 - mean }
      changes += zip(chain.dropFirst(), chain).map { $0 - $1 }
      fractions.append(energyFractionOfMissingInformation(chain))
    }
    guard let level = DensityEstimate(levels), let change = DensityEstimate(changes) else {
      return nil
    }
    var frame = PlotFrame(
      title: "energy",
      x: AxisScale(level.points + change.points, margin: 0.02),
      y: AxisScale(from: 0, to: ((level.densities + change.densities).max() ?? 1) * 1.05),
      xLabel: "around its mean (filled), changes (line)",
      labelsY: false
    )
    let line = zip(level.points, level.densities).map { frame.place($0, $1) }
    if let first = line.first, let last = line.last {
      frame.svg.path(
        [(first.x, frame.bottom)] + line + [(last.x, frame.bottom)],
        "area faint c0",
        closed: true
      )
    }
    frame.svg.path(line, "line c0")
    frame.svg.path(
      zip(change.points, change.densities).map { frame.place($0, $1) },
      "line c1"
    )
    frame.svg.description =
      "Energy fraction of missing information of the chains: "
      + fractions.map { $0.fixed(2) }.joined(separator: ", ") + "; below 0.3 is suspicious."
    return frame.svg
  }
}
