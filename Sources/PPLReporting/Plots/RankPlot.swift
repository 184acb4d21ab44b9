package import PPLPosteriorAnalysis

/// How the draws of each chain rank among those of all: flat lines where chains agree.
///
/// Source: Vehtari, Gelman, Simpson, Carpenter and Bürkner 2021, doi:10.1214/20-BA1221, section 5. Equal draws share their mean rank.
package struct RankPlot: Sendable {
  let name: String
  let draws: ScalarDraws

  static let binCount = 20

  package init(_ name: String, _ draws: ScalarDraws) {
    self.name = name
    self.draws = draws
  }

  /// Draws of each chain, in bins of the ranks among all draws.
  var bins: [[Int]] {
    let order = draws.values.indices.sorted { draws.values[$0] < draws.values[$1] }
    var ranks = [Double](repeating: 0, count: order.count)
    var start = 0
    while start < order.count {
      var end = start + 1
      while end < order.count, draws.values[order[end]] == draws.values[order[start]] { end += 1 }
      for place in start..<end { ranks[order[place]] = Double(start + end - 1) / 2 }
      start = end
    }
    let total = Double(max(order.count, 1))
    return (0..<draws.chainCount).map { chain in
      var bins = [Int](repeating: 0, count: Self.binCount)
      for draw in 0..<draws.drawCount {
        let share = ranks[chain * draws.drawCount + draw] / total
        bins[min(Int(share * Double(Self.binCount)), Self.binCount - 1)] += 1
      }
      return bins
    }
  }

  /// The picture.
  package var svg: SVG {
    let bins = Array(bins.prefix(greatestChainCount))
    let expected = Double(draws.drawCount) / Double(Self.binCount)
    let greatest = Double(bins.joined().max() ?? 1)
    var frame = PlotFrame(
      title: "\(name): ranks",
      x: AxisScale(from: 0, to: Double(max(draws.values.count, 1))),
      y: AxisScale(from: 0, to: max(greatest, 2 * expected, 1)),
      xLabel: "rank among all draws"
    )
    frame.horizontal(expected, "reference")
    let width = Double(max(draws.values.count, 1)) / Double(Self.binCount)
    var sentences: [String] = []
    for (chain, counts) in bins.enumerated() {
      let steps = counts.enumerated().flatMap { bin, count in
        [
          frame.place(Double(bin) * width, Double(count)),
          frame.place(Double(bin + 1) * width, Double(count)),
        ]
      }
      frame.svg.path(steps, "line \(chainStyle(chain))")
      sentences.append(
        "Chain \(chain + 1): from \(counts.min() ?? 0) to \(counts.max() ?? 0) draws in a bin."
      )
    }
    frame.svg.description =
      "Ranks of each chain's draws among all, in \(Self.binCount) bins; \(words(expected)) are expected in each. "
      + sentences.joined(separator: " ")
    return frame.svg
  }
}

extension RankPlot {
  /// The same in characters, a line a chain: a bin in the middle of its height has as many draws as are expected.
  package var text: String {
    let expected = Double(draws.drawCount) / Double(Self.binCount)
    var text = "\(name), ranks among all draws in \(Self.binCount) bins\n"
    for (chain, counts) in bins.prefix(Sparklines.greatestLineCount).enumerated() {
      let cells = counts.map { count -> String in
        Blocks.level(min(8, Int((4 * Double(count) / max(expected, 1e-9)).rounded())))
      }
      let label = String(chain + 1)
      text += String(repeating: " ", count: max(0, 3 - label.count)) + label + " "
      text += withoutTrailingSpace(cells.joined()) + "\n"
    }
    return text
  }
}
