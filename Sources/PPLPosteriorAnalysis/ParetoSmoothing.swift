/// Importance weights whose largest values are replaced by the expected order statistics of a generalised Pareto
/// distribution that is fitted to them.
///
/// Source: Vehtari, Simpson, Gelman, Yao and Gabry 2024, arXiv:1507.02646, algorithm 1; the details (tail length, fit,
/// prior on k) as ArviZ 0.23 has them.
struct ParetoSmoothing {
  /// Normalised log weights: their exponentials sum to 1.
  private(set) var logWeights: [Double]
  /// The shape k of the tail: above 0.7 the weights cannot be trusted; infinite where there are too few to tell.
  private(set) var shape = Double.infinity

  /// Smooths log weights of S draws.
  ///
  /// - Parameters:
  ///   - logRatios: log importance ratios up to a constant, `[S]`.
  ///   - relativeEfficiency: effective draws of each draw, above 0.
  init(_ logRatios: [Double], relativeEfficiency: Double) {
    let count = logRatios.count
    let greatest = logRatios.max() ?? 0
    var weights = logRatios.map { $0 - greatest }
    let draws = Double(count)
    let tail = Int(min(draws / 5, 3 * (draws / relativeEfficiency).squareRoot()).rounded(.up))
    let order = weights.indices.sorted { weights[$0] < weights[$1] }
    if tail > 0, tail < count {
      let cutoff = max(
        weights[order[count - tail - 1]],
        LibraryMath.log(Double.leastNormalMagnitude)
      )
      let members = order.filter { weights[$0] > cutoff }
      if members.count > 4 {
        let base = LibraryMath.exp(cutoff)
        let excess = members.map { LibraryMath.exp(weights[$0]) - base }
        let fit = GeneralizedPareto(excess)
        shape = fit.shape
        if fit.shape.isFinite {
          for (rank, member) in members.enumerated() {
            let probability = (Double(rank) + 0.5) / Double(members.count)
            let value = LibraryMath.log(fit.quantile(probability) + base)
            weights[member] = min(value, 0)
          }
        }
      }
    }
    let sum = logSumExp(weights)
    logWeights = weights.map { $0 - sum }
  }
}

/// log Σ exp(x).
func logSumExp(_ values: [Double]) -> Double {
  let greatest = values.max() ?? -.infinity
  guard greatest.isFinite else { return greatest }
  var sum = 0.0
  for value in values { sum += LibraryMath.exp(value - greatest) }
  return greatest + LibraryMath.log(sum)
}

/// The generalised Pareto distribution on the positive numbers, fitted to a sample.
///
/// Source: Zhang and Stephens 2009, doi:10.1198/tech.2009.08017, with a weakly informative prior on the shape.
private struct GeneralizedPareto {
  let shape: Double
  let scale: Double

  /// Fits an ascending sample of positive numbers.
  init(_ sample: [Double]) {
    let count = Double(sample.count)
    let gridCount = 30 + Int(count.squareRoot())
    let quartile = sample[max(Int(count / 4 + 0.5) - 1, 0)]
    let largest = sample[sample.count - 1]
    func meanLog(_ b: Double) -> Double {
      var sum = 0.0
      for value in sample { sum += LibraryMath.log1p(-b * value) }
      return sum / count
    }
    let grid = (1...gridCount).map { place in
      (1 - (Double(gridCount) / (Double(place) - 0.5)).squareRoot()) / (3 * quartile) + 1 / largest
    }
    let lengths = grid.map { b -> Double in
      let k = meanLog(b)
      return count * (LibraryMath.log(-(b / k)) - k - 1)
    }
    var weights = lengths.map { own in
      1 / lengths.reduce(0) { $0 + LibraryMath.exp($1 - own) }
    }
    for place in weights.indices where weights[place] < 10 * Double.ulpOfOne { weights[place] = 0 }
    let sum = weights.reduce(0, +)
    let b = zip(grid, weights).reduce(0) { $0 + $1.0 * $1.1 } / sum
    let k = meanLog(b)
    scale = -k / b
    shape = (count * k + 10 * 0.5) / (count + 10)
  }

  func quantile(_ probability: Double) -> Double {
    guard scale > 0 else { return .nan }
    let log = LibraryMath.log1p(-probability)
    return shape.magnitude < Double.ulpOfOne
      ? -scale * log : scale * LibraryMath.expm1(-shape * log) / shape
  }
}
