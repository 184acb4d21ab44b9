/// A test of whether ranks are uniform on 0, 1, …, L.
///
/// The statistic is the least of the two-sided binomial tail probabilities of the number of ranks below k, for
/// k = 1, …, L: the point at which the empirical distribution function comes nearest to leaving its simultaneous
/// confidence band (Säilynoja, Bürkner and Vehtari 2022, doi:10.1007/s11222-022-10090-6, section 2.2). Its
/// distribution under uniformity is simulated, once for all quantities.
package struct RankUniformity: Sendable {
  /// Number of ranks, N.
  package let count: Int
  /// Greatest rank, L.
  package let greatest: Int
  /// `[L, N + 1]`: log of the two-sided tail probability of c ranks below k, at most 0.
  private let tails: [Double]
  /// Statistics of uniform ranks, ascending.
  private var reference: [Double] = []

  /// Sets of uniform ranks that are simulated, unless a caller says otherwise.
  package static let simulationCount = 50_000

  /// Prepares the test of N ranks.
  ///
  /// - Parameters:
  ///   - count: N ≥ 1.
  ///   - greatest: L ≥ 1.
  ///   - simulations: sets of uniform ranks that are simulated.
  ///   - uniform: gives numbers that are uniform on [0, 1).
  package init(
    count: Int,
    greatest: Int,
    simulations: Int = RankUniformity.simulationCount,
    uniform: () -> Double
  ) {
    self.count = count
    self.greatest = greatest
    tails = Self.tails(count, greatest)
    for _ in 0..<simulations {
      var histogram = [Int](repeating: 0, count: greatest + 1)
      for _ in 0..<count {
        histogram[min(Int(uniform() * Double(greatest + 1)), greatest)] += 1
      }
      reference.append(statistic(histogram))
    }
    reference.sort()
  }

  /// Probability of ranks at least as far from uniform; at least 1 / (simulations + 1).
  ///
  /// `ranks` are N numbers from 0 to L.
  package func probability(_ ranks: [Int]) -> Double {
    precondition(ranks.count == count, "the test is for so many ranks")
    var histogram = [Int](repeating: 0, count: greatest + 1)
    for rank in ranks { histogram[rank] += 1 }
    let own = statistic(histogram)
    // How many of the reference are at most as great; equal but for rounding is equal.
    var low = 0
    var high = reference.count
    while low < high {
      let middle = (low + high) / 2
      if reference[middle] <= own + 1e-9 { low = middle + 1 } else { high = middle }
    }
    return Double(low + 1) / Double(reference.count + 1)
  }

  private func statistic(_ histogram: [Int]) -> Double {
    var least = 0.0
    var below = 0
    for k in 1...greatest {
      below += histogram[k - 1]
      least = min(least, tails[(k - 1) * (count + 1) + below])
    }
    return least
  }

  private static func tails(_ count: Int, _ greatest: Int) -> [Double] {
    var logFactorials = [0.0]
    for number in 1...max(count, 1) {
      logFactorials.append(logFactorials[number - 1] + LibraryMath.log(Double(number)))
    }
    var result: [Double] = []
    result.reserveCapacity(greatest * (count + 1))
    for k in 1...greatest {
      let p = Double(k) / Double(greatest + 1)
      let (yes, no) = (LibraryMath.log(p), LibraryMath.log(1 - p))
      let masses = (0...count).map { c in
        LibraryMath.exp(
          logFactorials[count] - logFactorials[c] - logFactorials[count - c]
            + Double(c) * yes + Double(count - c) * no
        )
      }
      var lower = masses
      for c in 1..<masses.count { lower[c] += lower[c - 1] }
      var upper = masses
      for c in (0..<masses.count - 1).reversed() { upper[c] += upper[c + 1] }
      for c in 0...count {
        result.append(min(0, LibraryMath.log(max(2 * min(lower[c], upper[c]), 1e-300))))
      }
    }
    return result
  }
}

/// Probabilities adjusted for the number of tests: the least level of the family at which each is rejected.
///
/// The step-down method of Holm (1979, Scandinavian Journal of Statistics 6:65). NaN stays NaN and does not count.
package func holmAdjusted(_ probabilities: [Double]) -> [Double] {
  let order = probabilities.indices.filter { !probabilities[$0].isNaN }
    .sorted { probabilities[$0] < probabilities[$1] }
  var result = probabilities
  var greatest = 0.0
  for (number, index) in order.enumerated() {
    greatest = max(greatest, min(1, Double(order.count - number) * probabilities[index]))
    result[index] = greatest
  }
  return result
}
