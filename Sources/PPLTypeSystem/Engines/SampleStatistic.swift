/// What is stored of a draw beside its values, under ArviZ's names.
package enum SampleStatistic: String, Sendable, CaseIterable {
  case logDensity = "lp"
  case acceptanceRate = "acceptance_rate"
  case stepSize = "step_size"
  case stepSizeNominal = "step_size_nom"
  case treeDepth = "tree_depth"
  case stepCount = "n_steps"
  case isDivergent = "diverging"
  case energy
  case energyError = "energy_error"
  case maxEnergyError = "max_energy_error"
  case indexInTrajectory = "index_in_trajectory"
  case reachedMaxTreeDepth = "reached_max_treedepth"
  /// Evaluations of the log density that led to the draw.
  case evaluationCount = "n_evaluations"
  /// Share of the exchanges between temperatures that were accepted.
  case swapRate = "swap_rate"
}
