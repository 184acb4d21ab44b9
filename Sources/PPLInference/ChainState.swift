/// What is saved of a chain that follows Hamiltonian trajectories.
package struct ChainState: SavedChain {
  /// Iterations completed, of both phases.
  package var iteration: Int
  /// Position of the last draw, D elements.
  package var position: [Double]
  private var tuning: StoredAdaptation
  /// Whether the metric has just changed and the next iteration begins with a step size search.
  package var needsStepSizeSearch: Bool

  /// The choice of coordinates, of `position` too; nil where there is none to make.
  package var centering: CenteringSearch?

  /// A state from its parts, for example of a checkpoint; `iteration` ≥ 0.
  package init(
    iteration: Int,
    position: [Double],
    adaptation: any Adaptation,
    needsStepSizeSearch: Bool,
    centering: CenteringSearch? = nil
  ) {
    self.iteration = iteration
    self.position = position
    tuning = StoredAdaptation(adaptation)
    self.needsStepSizeSearch = needsStepSizeSearch
    self.centering = centering
  }

  /// State of the adaptation; unchanged after the warm-up.
  package var adaptation: any Adaptation { tuning.adaptation }

  package func suits(dimension: Int) -> Bool {
    iteration >= 0 && position.count == dimension && adaptation.inverseMass.count == dimension
  }
}
