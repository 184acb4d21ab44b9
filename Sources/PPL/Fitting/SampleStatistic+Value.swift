import PPLInference
import PPLStorage
import PPLTypeSystem

// What a statistic is in a draw and in a file.

extension SampleStatistic {
  /// What its numbers are.
  var element: FitElement {
    switch self {
    case .logDensity, .acceptanceRate, .stepSize, .stepSizeNominal, .energy, .energyError,
      .maxEnergyError, .swapRate:
      .real
    case .treeDepth, .stepCount, .indexInTrajectory, .evaluationCount: .integer
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
    case .evaluationCount: Double(draw.evaluationCount)
    case .swapRate: draw.swapRate
    }
  }
}
