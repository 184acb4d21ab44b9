package import PPLPosteriorAnalysis

/// A line of a model's text with what was found of the quantities that it defines.
package struct MarkedLine: Sendable {
  package var text: String
  package var marks: [Mark]

  package init(_ text: String, marks: [Mark] = []) {
    self.text = text
    self.marks = marks
  }

  /// What was found of one quantity.
  package enum Mark: Sendable {
    /// A scalar, with its draws.
    case scalar(name: String, summary: QuantitySummary, density: DensityEstimate?)
    /// An array, with the means of its elements.
    case array(name: String, means: [Double])
    /// A quantity without prior, with the values that the fit found.
    case fitted(name: String, shape: [Int], values: [Double])
  }

  /// The line in HTML.
  var html: String {
    let code = "<pre>\(escaped(text))</pre>"
    guard !marks.isEmpty else { return "<div>\(code)</div>\n" }
    return "<div class=\"marked\">\(code)\(marks.map(\.html).joined())</div>\n"
  }
}

extension MarkedLine.Mark {
  private static let size = (width: 90.0, height: 18.0)

  fileprivate var html: String {
    switch self {
    case .scalar(let name, let summary, let density):
      let format = NumberFormat(error: summary.mcse)
      var words = "\(name) = \(format.text(summary.mean))"
      if summary.sd.isFinite { words += " ± \(format.text(summary.sd))" }
      let picture = density.map { self.picture(of: $0, summary, words) } ?? ""
      return "<span class=\"mark\">\(picture)\(escaped(words))</span>"
    case .fitted(let name, let shape, let values):
      let sizes = shape.map(String.init).joined(separator: " × ")
      let words =
        shape.isEmpty
        ? "\(name) = \(significant(values.first ?? .nan, 5)), fitted" : "\(name): \(sizes), fitted"
      return "<span class=\"mark\">\(escaped(words))</span>"
    case .array(let name, let means):
      let finite = means.filter(\.isFinite)
      guard let least = finite.min(), let greatest = finite.max() else {
        return "<span class=\"mark\">\(escaped(name)): \(means.count) elements</span>"
      }
      let words =
        means.count == 1
        ? "\(name): mean \(significant(least, 3))"
        : "\(name): \(means.count) means, \(significant(least, 3)) to \(significant(greatest, 3))"
      return "<span class=\"mark\">\(strip(of: finite, words))\(escaped(words))</span>"
    }
  }

  /// The density over the central 90 %, drawn below it as a line.
  private func picture(of density: DensityEstimate, _ summary: QuantitySummary, _ words: String)
    -> String
  {
    guard let first = density.points.first, let last = density.points.last,
      let top = density.densities.max(), top > 0, last > first
    else { return "" }
    var svg = SVG(
      width: Self.size.width,
      height: Self.size.height,
      title: words,
      description:
        "90 % of the draws between \(significant(summary.q5, 4)) and \(significant(summary.q95, 4))"
    )
    func place(_ value: Double) -> Double {
      2 + (value - first) / (last - first) * (Self.size.width - 4)
    }
    let line = zip(density.points, density.densities).map { (place($0), 14 - 13 * $1 / top) }
    svg.path([(place(first), 14)] + line + [(place(last), 14)], "area faint c0", closed: true)
    svg.line(place(max(summary.q5, first)), 16, place(min(summary.q95, last)), 16, "line c0")
    return svg.text
  }

  /// A dot for each mean.
  private func strip(of means: [Double], _ words: String) -> String {
    guard let least = means.min(), let greatest = means.max() else { return "" }
    var svg = SVG(
      width: Self.size.width,
      height: Self.size.height,
      title: words,
      description: "posterior means of the elements"
    )
    let range = max(greatest - least, 1e-300)
    let shown = means.count > 200 ? (0..<200).map { means[$0 * means.count / 200] } : means
    svg.dots(
      shown.map { (4 + ($0 - least) / range * (Self.size.width - 8), Self.size.height / 2) },
      radius: 2,
      "faint c0"
    )
    return svg.text
  }
}
