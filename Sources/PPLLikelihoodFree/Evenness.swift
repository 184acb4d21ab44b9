import Glibc

/// Whether several lists of numbers in [0, 1) are spread evenly, by the chi-squared statistic of ten bins.
struct Evenness {
  /// The greatest statistic of all lists.
  let statistic: Double
  private let listCount: Int
  private static let bins = 10

  /// Nil for lists too short to tell.
  init?(_ lists: [[Double]]) {
    let count = lists.first?.count ?? 0
    guard count >= 5 * Self.bins else { return nil }
    let expected = Double(count) / Double(Self.bins)
    statistic =
      lists.map { list in
        var counts = [Double](repeating: 0, count: Self.bins)
        for value in list {
          // What is no number counts as the least.
          let bin = value.isFinite ? Int(min(max(value, 0), 1) * Double(Self.bins)) : 0
          counts[min(bin, Self.bins - 1)] += 1
        }
        return counts.reduce(0) { $0 + ($1 - expected) * ($1 - expected) / expected }
      }.max() ?? 0
    listCount = lists.count
  }

  /// Whether a list is so uneven by chance with probability 0.001 at most.
  ///
  /// The chi-squared distribution of 9 degrees of freedom exceeds 27.9 with probability 0.001.
  var isPoor: Bool { statistic > 27.9 + 4 * log(Double(max(listCount, 1))) }

  /// The statistic in words.
  var text: String {
    "chi-squared at most \(statistic.rounded(to: 2)) of 9 degrees of freedom"
  }
}
