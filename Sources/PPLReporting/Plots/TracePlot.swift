package import PPLPosteriorAnalysis

/// The draws of a quantity in their order, a line a chain.
///
/// Chains longer than the picture is wide are shown by the least and the greatest of each stretch of draws, so that no excursion is lost.
package struct TracePlot: Sendable {
  private let name: String
  private let draws: ScalarDraws

  /// Stretches of draws that are told apart.
  private static let stretches = 150

  package init(_ name: String, _ draws: ScalarDraws) {
    self.name = name
    self.draws = draws
  }

  /// The picture.
  package var svg: SVG {
    let chains = min(draws.chainCount, greatestChainCount)
    var frame = PlotFrame(
      title: "\(name): trace",
      x: AxisScale(from: 0, to: Double(max(draws.drawCount, 2) - 1)),
      y: AxisScale(Array(draws.values.prefix(chains * draws.drawCount)), tickCount: 4),
      xLabel: chains < draws.chainCount ? "draw (\(chains) of \(draws.chainCount) chains)" : "draw"
    )
    var sentences: [String] = []
    for chain in 0..<chains {
      let values = draws.chain(chain)
      frame.svg.path(
        Self.thinned(values).map { frame.place(Double($0.draw), $0.value) },
        "line thin \(chainStyle(chain))"
      )
      let finite = values.filter(\.isFinite)
      let mean = finite.reduce(0, +) / Double(max(finite.count, 1))
      sentences.append(
        "Chain \(chain + 1): mean \(words(mean)), from \(words(finite.min() ?? .nan)) to \(words(finite.max() ?? .nan))."
      )
    }
    frame.svg.description =
      "\(draws.drawCount) draws of \(draws.chainCount) chains in their order. "
      + sentences.joined(separator: " ")
    return frame.svg
  }

  /// The values of a chain, or the ends of what they do in each stretch.
  static func thinned(_ values: [Double]) -> [(draw: Int, value: Double)] {
    guard values.count > 2 * stretches else {
      return values.enumerated().map { ($0.offset, $0.element) }
    }
    var result: [(draw: Int, value: Double)] = []
    for stretch in 0..<stretches {
      let range = (stretch * values.count / stretches)..<((stretch + 1) * values.count / stretches)
      let finite = range.filter { values[$0].isFinite }
      guard let least = finite.min(by: { values[$0] < values[$1] }),
        let greatest = finite.max(by: { values[$0] < values[$1] })
      else { continue }
      for draw in [min(least, greatest), max(least, greatest)] {
        result.append((draw, values[draw]))
      }
    }
    return result
  }
}
