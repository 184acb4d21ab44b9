/// Learns mean and covariance of the posterior from the draws of the warm-up.
///
/// Two windows run at once: the foreground gives the estimate, the background replaces it when it is full, so that draws
/// on the way to the posterior are forgotten. Each window is longer than the one before by half. While draws are few the
/// covariances are drawn towards 0, by a weight of as many draws as there are coordinates, which fades until there are
/// four draws for each. The last tenth of the warm-up leaves the estimate alone: what is tuned for it comes to rest.
///
/// Source: Haario, Saksman and Tamminen 2001, doi:10.2307/3318737, with windows for its one growing history.
struct CovarianceAdaptation: Sendable, Codable {
  /// What is learnt.
  enum Structure: String, Sendable, CaseIterable, Codable {
    case covariance
    case diagonal
    case none
  }

  private static let firstWindow = 20
  private static let minimumCount = 5
  /// Draws that the shrinkage is worth in the end.
  private static let lastWeight = 2.0

  /// Centre of the posterior.
  private(set) var mean: [Double]
  /// Factor of its covariance.
  private(set) var factor: CholeskyFactor
  private let structure: Structure
  private let lastIteration: Int
  private var foreground: RunningCovariance
  private var background: RunningCovariance
  private var window = CovarianceAdaptation.firstWindow

  /// Begins with a centre and the unit matrix.
  init(mean: [Double], structure: Structure, warmup: Int) {
    self.mean = mean
    self.structure = structure
    factor = CholeskyFactor(dimension: mean.count)
    foreground = RunningCovariance(dimension: structure == .none ? 0 : mean.count)
    background = foreground
    lastIteration = warmup - warmup / 10
  }

  /// What a draw has changed.
  enum Change: Sendable {
    case nothing
    /// The estimate is a little better.
    case refined
    /// The estimate is that of other draws.
    case replaced
  }

  /// Takes a draw of the warm-up.
  mutating func add(_ position: [Double], iteration: Int) -> Change {
    guard structure != .none, iteration < lastIteration else { return .nothing }
    foreground.add(position)
    background.add(position)
    var isReplaced = false
    if background.count >= window, iteration + window < lastIteration {
      swap(&foreground, &background)
      background.reset()
      window += window / 2
      isReplaced = true
    }
    // A factor costs D³ operations, a draw D² and more.
    let isDue = foreground.count.isMultiple(of: max(1, mean.count / 8))
    guard isDue || isReplaced, foreground.count >= Self.minimumCount, update() else {
      return .nothing
    }
    return isReplaced ? .replaced : .refined
  }

  /// Takes the estimate of the foreground; false where a coordinate has not moved.
  private mutating func update() -> Bool {
    let count = Double(foreground.count)
    let dimension = Double(mean.count)
    let missing = max(0, 1 - count / (4 * dimension))
    let weight = max(Self.lastWeight, dimension * missing)
    let share = structure == .diagonal ? 0 : count / (count + weight)
    for index in mean.indices {
      let variance = foreground.covariance(index, index)
      guard variance > 0, variance.isFinite else { return false }
    }
    let isDefinite = factor.factor { row, column in
      let value = foreground.covariance(row, column)
      return row == column ? value : share * value
    }
    if isDefinite {
      for index in mean.indices { mean[index] = foreground.mean[index] }
    }
    return isDefinite
  }
}
