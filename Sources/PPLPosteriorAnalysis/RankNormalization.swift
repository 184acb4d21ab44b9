/// Ranks turned to normal scores, with the scores of untied ranks kept between calls.
///
/// A value of rank r among S becomes the normal quantile of (r - 3/8) / (S + 1/4) (Blom 1958),
/// ties share their average rank: Vehtari et al. (2021), equation 14, doi 10.1214/20-BA1221.
struct RankNormalization {
  private var scores: [Double] = []

  /// Writes the normal scores of `ordered`, ascending by value, to their places in `result`.
  ///
  /// - Parameters:
  ///   - ordered: values with their places, ascending, without NaN.
  ///   - result: as many elements as `ordered`; each place is written once.
  mutating func score(_ ordered: [PlacedValue], into result: inout [Double]) {
    if scores.count != ordered.count {
      let total = ordered.count
      scores = (0..<total).map { Self.score(rank: Double($0 + 1), of: total) }
    }
    var start = 0
    while start < ordered.count {
      var end = start + 1
      while end < ordered.count && ordered[end].value == ordered[start].value { end += 1 }
      let score =
        end - start == 1
        ? scores[start] : Self.score(rank: Double(start + end + 1) / 2, of: ordered.count)
      for index in start..<end { result[ordered[index].place] = score }
      start = end
    }
  }

  private static func score(rank: Double, of count: Int) -> Double {
    normalQuantile((rank - 0.375) / (Double(count) + 0.25))
  }
}

/// A value and where it stands in an unsorted array.
struct PlacedValue {
  var value: Double
  var place: Int
}

/// The same elements by ascending distance from `centre`, their values replaced by the distance.
///
/// - Parameters:
///   - ordered: ascending by value.
///   - centre: a finite number.
/// - Returns: distances with the places of their values, ascending.
/// - Complexity: linear; the two sides of the centre are merged.
func folded(_ ordered: [PlacedValue], around centre: Double) -> [PlacedValue] {
  var above = ordered.partitioningIndex { $0.value >= centre }
  var below = above - 1
  var result: [PlacedValue] = []
  result.reserveCapacity(ordered.count)
  while below >= 0 || above < ordered.count {
    let distanceBelow = below >= 0 ? centre - ordered[below].value : .infinity
    let distanceAbove = above < ordered.count ? ordered[above].value - centre : .infinity
    if above == ordered.count || (below >= 0 && distanceBelow <= distanceAbove) {
      result.append(PlacedValue(value: distanceBelow, place: ordered[below].place))
      below -= 1
    } else {
      result.append(PlacedValue(value: distanceAbove, place: ordered[above].place))
      above += 1
    }
  }
  return result
}

extension Array {
  /// First index at which `predicate` holds, given that it stays true from there on.
  fileprivate func partitioningIndex(where predicate: (Element) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if predicate(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
