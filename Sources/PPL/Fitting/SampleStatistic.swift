import PPLInference
import PPLStorage

/// What is stored of a draw beside its values, under ArviZ's names.
enum SampleStatistic: String, CaseIterable {
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

  /// What its numbers are.
  var element: FitElement {
    switch self {
    case .logDensity, .acceptanceRate, .stepSize, .stepSizeNominal, .energy, .energyError,
      .maxEnergyError:
      .real
    case .treeDepth, .stepCount, .indexInTrajectory: .integer
    case .isDivergent, .reachedMaxTreeDepth: .boolean
    }
  }

  /// Its value in one draw.
  func value(in draw: DrawStatistics) -> Double {
    switch self {
    case .logDensity: draw.logDensity
    case .acceptanceRate: draw.acceptanceRate
    case .stepSize: draw.stepSize
    case .stepSizeNominal: draw.stepSizeNominal
    case .treeDepth: Double(draw.treeDepth)
    case .stepCount: Double(draw.stepCount)
    case .isDivergent: draw.isDivergent ? 1 : 0
    case .energy: draw.energy
    case .energyError: draw.energyError
    case .maxEnergyError: draw.maxEnergyError
    case .indexInTrajectory: Double(draw.indexInTrajectory)
    case .reachedMaxTreeDepth: draw.reachedMaxTreeDepth ? 1 : 0
    }
  }
}
