import PPLPosteriorAnalysis

/// The draws of several quantities against each other; draws that diverged stand out.
package struct PairPlot: Sendable {
  private let names: [String]
  /// By quantity, in all draws.
  private let values: [[Double]]
  private let divergent: [Bool]

  /// Draws that are shown of each kind at most, at equal distances.
  private static let greatestDrawCount = 500

  /// Quantities with as many draws each; `divergent` of each draw, or empty.
  package init(_ quantities: [(name: String, values: [Double])], divergent: [Bool]) {
    names = quantities.map(\.name)
    values = quantities.map(\.values)
    self.divergent = divergent
  }

  /// The picture: a panel for each pair, the later one of it upwards.
  package var svg: SVG {
    let count = names.count
    let size = 340.0
    let (left, top, bottom) = (48.0, 24.0, 34.0)
    let panel = (size - left - 8) / Double(max(count - 1, 1))
    let divergences = divergent.count { $0 }
    let title = "pairs of \(names.joined(separator: ", "))"
    var svg = SVG(
      width: size,
      height: top + panel * Double(max(count - 1, 1)) + bottom,
      title: title
    )
    svg.text(title, size / 2, 14, .middle, "title", room: size - 8)
    let scales = values.map { AxisScale(Self.usualEnds($0), tickCount: count > 3 ? 2 : 4) }
    // A draw that is far out in one quantity is left out of all panels.
    let inside = (values.first?.indices ?? 0..<0).filter { draw in
      zip(scales, values).allSatisfy { (0...1).contains($0.fraction($1[draw])) }
    }
    let shown = Self.thinned(inside.filter { !isDivergent($0) })
    let bad = Self.thinned(inside.filter(isDivergent))
    var sentences: [String] = []
    for row in 1..<max(count, 1) {
      for column in 0..<row {
        let x0 = left + panel * Double(column)
        let y0 = top + panel * Double(row - 1)
        let inner = panel - 8
        func place(_ draw: Int) -> (x: Double, y: Double) {
          (
            x0 + scales[column].fraction(values[column][draw]) * inner,
            y0 + inner - scales[row].fraction(values[row][draw]) * inner
          )
        }
        svg.rectangle(x0, y0, inner, inner, "panel")
        svg.dots(shown.map(place), radius: 1, "faint c0")
        svg.dots(bad.map(place), radius: 1.8, "bad")
        sentences.append(
          "\(names[column]) and \(names[row]): correlation \(words(correlation(column, row)))."
        )
        if column == 0 {
          for tick in Self.ends(scales[row]) {
            let y = y0 + inner - scales[row].fraction(tick) * inner
            svg.text(scales[row].label(tick), left - 4, y + 4, .end, room: left - 6)
          }
        }
        if row == count - 1 {
          for (number, tick) in Self.ends(scales[column]).enumerated() {
            let x = x0 + scales[column].fraction(tick) * inner
            svg.text(scales[column].label(tick), x, y0 + inner + 13, number == 0 ? .start : .end)
          }
          svg.text(names[column], x0 + inner / 2, y0 + inner + 27, .middle, "label", room: inner)
        }
      }
      // Inside of the panel, where names of any length have room.
      let y = top + panel * Double(row - 1) + 12
      svg.text(names[row], left + 4, y, .start, "label", room: panel - 12)
    }
    svg.description =
      "\(values.first?.count ?? 0) draws, \(divergences) of them divergent; \(shown.count + bad.count) are shown,"
      + " \((values.first?.count ?? 0) - inside.count) lie beyond the frames. "
      + sentences.joined(separator: " ")
    return svg
  }

  private func isDivergent(_ draw: Int) -> Bool {
    divergent.indices.contains(draw) && divergent[draw]
  }

  /// The ends of values without far tails: twice the width of the central 90 % beyond it.
  private static func usualEnds(_ values: [Double]) -> [Double] {
    let sorted = values.filter(\.isFinite).sorted()
    guard let first = sorted.first, let last = sorted.last else { return [] }
    let (low, high) = (quantile(ofSorted: sorted, 0.05), quantile(ofSorted: sorted, 0.95))
    guard high > low else { return [first, last] }
    return [max(first, low - 2 * (high - low)), min(last, high + 2 * (high - low))]
  }

  /// The outermost ticks.
  private static func ends(_ scale: AxisScale) -> [Double] {
    guard let first = scale.ticks.first, let last = scale.ticks.last else { return [] }
    return first == last ? [first] : [first, last]
  }

  private static func thinned(_ draws: [Int]) -> [Int] {
    guard draws.count > greatestDrawCount else { return draws }
    return (0..<greatestDrawCount).map { draws[$0 * draws.count / greatestDrawCount] }
  }

  private func correlation(_ a: Int, _ b: Int) -> Double {
    let count = Double(values[a].count)
    let (meanA, meanB) = (values[a].reduce(0, +) / count, values[b].reduce(0, +) / count)
    var (ab, aa, bb) = (0.0, 0.0, 0.0)
    for (x, y) in zip(values[a], values[b]) {
      ab += (x - meanA) * (y - meanB)
      aa += (x - meanA) * (x - meanA)
      bb += (y - meanB) * (y - meanB)
    }
    return ab / (aa * bb).squareRoot()
  }
}
