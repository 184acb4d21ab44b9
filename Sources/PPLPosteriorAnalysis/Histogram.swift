/// Numbers of values in bins of one width, whose ends are round numbers.
package struct Histogram: Sendable, Equatable {
  /// Left end of the first bin.
  package let first: Double
  /// Width of each bin, above 0.
  package let width: Double
  /// Values in each bin.
  package let counts: [Int]

  /// Right end of the last bin.
  package var last: Double { first + width * Double(counts.count) }

  /// Bins of values that are all finite; nil of none, and of others.
  ///
  /// The width is that of Freedman and Diaconis (1981, doi:10.1007/BF01025868), 2 IQR n^(-1/3), rounded up to a round number, and more
  /// where that gives too many bins. Whole numbers are in the middles of their bins, one each where they are few.
  ///
  /// - Parameters:
  ///   - values: in any order.
  ///   - mostBins: how many bins there are at most, at least 3.
  package init?(_ values: [Double], mostBins: Int = 30) {
    guard let least = values.min(), let greatest = values.max(),
      values.allSatisfy(\.isFinite), (greatest - least).isFinite
    else { return nil }
    let sorted = values.sorted()
    let isWhole = values.allSatisfy { $0 == $0.rounded() && $0.magnitude < 1e9 }
    let spread = quantile(ofSorted: sorted, 0.75) - quantile(ofSorted: sorted, 0.25)
    let range = greatest - least
    var wanted = 2 * spread / LibraryMath.cubeRoot(Double(values.count))
    // One end at each side may lie inside of a bin.
    wanted = max(wanted, range / Double(max(mostBins - 2, 1)))
    if wanted <= 0 { wanted = least == 0 ? 1 : least.magnitude / 10 }
    var width = roundStep(atLeast: wanted)
    if isWhole { width = range < Double(mostBins) ? 1 : max(1, width.rounded(.up)) }
    var first = (least / width).rounded(.down) * width
    if isWhole { first = least - 0.5 }
    guard width > 0, width.isFinite, first.isFinite, first + width > first else { return nil }
    let last = Int(((greatest - first) / width).rounded(.down))
    guard last < 10 * mostBins else { return nil }
    var counts = [Int](repeating: 0, count: last + 1)
    for value in values { counts[min(max(Int((value - first) / width), 0), last)] += 1 }
    self.first = first
    self.width = width
    self.counts = counts
  }
}

/// The least of 1, 2, 2.5 and 5 times a power of ten that is at least a number above 0.
package func roundStep(atLeast wanted: Double) -> Double {
  guard wanted > 0, wanted.isFinite else { return 1 }
  let power = LibraryMath.powerOfTen(LibraryMath.log10(wanted).rounded(.down))
  for factor in [1, 2, 2.5, 5] where factor * power >= wanted * (1 - 1e-12) {
    return factor * power
  }
  return 10 * power
}
