package import PPLPosteriorAnalysis

/// Intervals of several quantities on one scale: a thick line for the central half, a thin one for the central 90 %, a dot at the median.
package struct IntervalPlot: Sendable {
  /// The quantiles of one quantity.
  package struct Row: Sendable {
    package let name: String
    /// At 5, 25, 50, 75 and 95 %.
    package let quantiles: [Double]

    /// The quantiles of draws.
    package init(_ name: String, _ draws: ScalarDraws) {
      self.name = name
      let sorted = draws.values.filter { !$0.isNaN }.sorted()
      quantiles = [0.05, 0.25, 0.5, 0.75, 0.95].map { quantile(ofSorted: sorted, $0) }
    }
  }

  private let title: String
  private let rows: [Row]

  package init(_ title: String, _ rows: [Row]) {
    self.title = title
    self.rows = rows
  }

  /// The picture.
  package var svg: SVG {
    let longest = Double(rows.map(\.name.count).max() ?? 0) * SVG.characterWidth
    let names = min(longest, 150)
    let width = PlotFrame.size.width
    let pitch = 17.0
    let scale = AxisScale(rows.flatMap(\.quantiles))
    let (left, right) = (names + 16, width - 12)
    let bottom = 28 + pitch * Double(rows.count)
    var svg = SVG(width: width, height: bottom + 24, title: title)
    svg.text(title, width / 2, 14, .middle, "title", room: width - 8)
    func place(_ value: Double) -> Double { left + scale.fraction(value) * (right - left) }
    let room = Double(scale.ticks.map { scale.label($0).count }.max() ?? 1) * SVG.characterWidth + 8
    let distance = (right - left) / Double(max(scale.ticks.count, 1))
    let stride = max(1, Int((room / distance).rounded(.up)))
    for (number, tick) in scale.ticks.enumerated() {
      svg.line(place(tick), 22, place(tick), bottom, tick == 0 ? "reference" : "grid")
      guard number % stride == 0 else { continue }
      let half = Double(scale.label(tick).count) * SVG.characterWidth / 2
      svg.text(scale.label(tick), min(place(tick), width - half), bottom + 14, .middle)
    }
    svg.line(left, bottom, right, bottom, "axis")
    var sentences: [String] = []
    for (number, row) in rows.enumerated() {
      let y = 28 + pitch * (Double(number) + 0.5)
      let at = row.quantiles.map(place)
      svg.text(row.name, left - 8, y + 4, .end, "name", room: names + 4)
      svg.line(at[0], y, at[4], y, "line c0")
      svg.line(at[1], y, at[3], y, "line thick c0")
      svg.dots([(at[2], y)], radius: 3.5, "median")
      sentences.append(
        "\(row.name): median \(words(row.quantiles[2])), 90 % from \(words(row.quantiles[0])) to \(words(row.quantiles[4]))."
      )
    }
    svg.description =
      "Medians, central halves and central 90 %. " + sentences.joined(separator: " ")
    return svg
  }
}
