import PPLPosteriorAnalysis
import PPLSemantics

extension PredictionScore {
  /// How draws agree with what was observed.
  ///
  /// - Parameters:
  ///   - observed: one value an element; NaN where there is none, which does not count.
  ///   - level: probability of the central interval, for a coverage.
  ///   - draws: the draws of an element.
  ///   - mostProbable: its most probable value.
  /// - Returns: the score, and how many elements it is made of.
  func value(
    observed: [Double],
    level: Double,
    draws: (Int) -> [Double],
    mostProbable: (Int) -> Double
  ) -> (score: Double, count: Int) {
    var sum = 0.0
    var count = 0
    for (element, value) in observed.enumerated() where !value.isNaN {
      count += 1
      if self == .accuracy {
        sum += mostProbable(element) == value ? 1 : 0
        continue
      }
      let own = draws(element)
      switch self {
      case .rootMeanSquaredError:
        let error = own.reduce(0, +) / Double(own.count) - value
        sum += error * error
      case .meanAbsoluteError: sum += abs(quantile(ofSorted: own.sorted(), 0.5) - value)
      case .coverage:
        let sorted = own.sorted()
        let tail = (1 - level) / 2
        let isInside =
          value >= quantile(ofSorted: sorted, tail) && value <= quantile(ofSorted: sorted, 1 - tail)
        sum += isInside ? 1 : 0
      case .accuracy: break
      }
    }
    guard count > 0 else { return (.nan, 0) }
    let mean = sum / Double(count)
    return (self == .rootMeanSquaredError ? mean.squareRoot() : mean, count)
  }
}
