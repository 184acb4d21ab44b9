/// A smooth density of a sample by a normal kernel, on a grid.
///
/// The width of the kernel is 0.9 min(sd, IQR / 1.34) n^(-1/5) (Silverman 1986, Density Estimation for Statistics and Data Analysis,
/// eq. 3.31). Where much of the sample is near its end, as at a bound, the grid ends there and the mass that the kernel moves over it is
/// reflected; elsewhere the grid goes on until the density has sunk to 0. It leaves out far tails, which would make it coarse: what lies more
/// than twice the width of the central 90 % beyond that.
package struct DensityEstimate: Sendable, Equatable {
  /// Ascending, at equal distances.
  package let points: [Double]
  /// The density at each of them.
  package let densities: [Double]

  /// Share of a sample within one width of the kernel from its end, above which it is taken to end there: far tails have less.
  private static let crowdedShare = 0.01

  /// An estimate; nil where the sample does not vary, or has values that are not finite.
  ///
  /// - Parameters:
  ///   - values: in any order.
  ///   - count: points of the grid, at least 2.
  package init?(_ values: [Double], count: Int = 128) {
    guard values.count > 1, count > 1, values.allSatisfy(\.isFinite) else { return nil }
    let sorted = values.sorted()
    let low = quantile(ofSorted: sorted, 0.05)
    let high = quantile(ofSorted: sorted, 0.95)
    var first = max(sorted[0], low - 2 * (high - low))
    var last = min(sorted[sorted.count - 1], high + 2 * (high - low))
    guard last > first, (last - first).isFinite else { return nil }
    let inside = sorted.filter { $0 >= first && $0 <= last }
    let range = quantile(ofSorted: inside, 0.75) - quantile(ofSorted: inside, 0.25)
    var scale = sampleVariance(inside).squareRoot()
    if range > 0 { scale = min(scale, range / 1.34) }
    let power = LibraryMath.exp(-0.2 * LibraryMath.log(Double(inside.count)))
    // A kernel narrower than the grid would be drawn as teeth.
    let bandwidth = max(0.9 * scale * power, (last - first) / Double(count - 1))
    guard bandwidth.isFinite, bandwidth > 0 else { return nil }
    let crowd = max(Self.crowdedShare * Double(inside.count), 3)
    let endsBelow = Double(inside.count { $0 < first + bandwidth }) > crowd
    let endsAbove = Double(inside.count { $0 > last - bandwidth }) > crowd
    if !endsBelow { first -= 3 * bandwidth }
    if !endsAbove { last += 3 * bandwidth }
    let step = (last - first) / Double(count - 1)

    // Each value is shared by its two neighbours on the grid.
    var mass = [Double](repeating: 0, count: count)
    for value in inside {
      let place = (value - first) / step
      let left = min(Int(place), count - 2)
      let share = min(place - Double(left), 1)
      mass[left] += 1 - share
      mass[left + 1] += share
    }
    let reach = min(Int((4 * bandwidth / step).rounded(.up)), count - 1)
    let kernel = (0...reach).map { offset in
      let distance = Double(offset) * step / bandwidth
      return LibraryMath.exp(-0.5 * distance * distance)
    }
    var sums = [Double](repeating: 0, count: count)
    for (place, weight) in mass.enumerated() where weight > 0 {
      for offset in -reach...reach {
        var target = place + offset
        if target < 0, endsBelow { target = -1 - target }
        if target > count - 1, endsAbove { target = 2 * count - 1 - target }
        guard sums.indices.contains(target) else { continue }
        sums[target] += weight * kernel[abs(offset)]
      }
    }
    // The trapezoids sum to the share of the sample that is inside.
    let area = (sums.reduce(0, +) - (sums[0] + sums[count - 1]) / 2) * step
    guard area > 0 else { return nil }
    let factor = Double(inside.count) / Double(values.count) / area
    points = (0..<count).map { first + Double($0) * step }
    densities = sums.map { $0 * factor }
  }
}
