import PPLPosteriorAnalysis

/// Intervals of several quantities on one scale, a line each: the central 90 % as a line, the central half thick, the median a dot.
///
///     theta[1]  ──━━━━●━━━━────
///     theta[2]    ──━━●━━──
package struct TextIntervals {
  private let rows: [IntervalPlot.Row]

  static let width = 60

  package init(_ rows: [IntervalPlot.Row]) {
    self.rows = rows
  }

  /// The lines, each ending in a line break.
  package var text: String {
    let scale = AxisScale(rows.flatMap { [$0.quantiles[0], $0.quantiles[4]] }, margin: 0)
    let names = rows.map(\.name.count).max() ?? 0
    func column(_ value: Double) -> Int {
      min(max(Int((scale.fraction(value) * Double(Self.width - 1)).rounded()), 0), Self.width - 1)
    }
    var text = ""
    for row in rows {
      var cells = [String](repeating: " ", count: Self.width)
      if row.quantiles.allSatisfy(\.isFinite) {
        let places = row.quantiles.map(column)
        for cell in places[0]...places[4] { cells[cell] = "─" }
        for cell in places[1]...places[3] { cells[cell] = "━" }
        cells[places[2]] = "●"
      }
      let line = row.name + String(repeating: " ", count: names - row.name.count + 2)
      text += withoutTrailingSpace(line + cells.joined()) + "\n"
    }
    var labels = [Character](repeating: " ", count: Self.width + 8)
    var end = -1
    for tick in scale.ticks {
      let label = scale.label(tick)
      let start = max(0, column(tick) - label.count / 2)
      guard start > end, start + label.count <= labels.count else { continue }
      for (offset, character) in label.enumerated() { labels[start + offset] = character }
      end = start + label.count
    }
    return text + withoutTrailingSpace(String(repeating: " ", count: names + 2) + String(labels))
      + "\n"
  }
}
