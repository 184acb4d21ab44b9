/// How a figure went over the rounds of a fit by steps, for one or several kinds of rows.
package struct CurvePlot: Sendable {
  private let title: String
  private let xLabel: String
  /// A name, and points that ascend.
  private let curves: [(name: String, points: [(x: Double, y: Double)])]

  package init(
    _ title: String,
    xLabel: String,
    _ curves: [(name: String, points: [(x: Double, y: Double)])]
  ) {
    self.title = title
    self.xLabel = xLabel
    self.curves = curves
  }

  /// Share of the values, the lowest ones, that may lie below the frame: a fit begins far from its end.
  private static let hiddenShare = 0.02

  /// The picture.
  package var svg: SVG {
    let values = curves.flatMap { $0.points.map(\.y) }.filter(\.isFinite).sorted()
    let hidden = Int(Double(values.count) * Self.hiddenShare)
    let xs = curves.flatMap { $0.points.map(\.x) }
    let legend = curves.enumerated().map { "\($0.element.name) (\(Self.strokes[$0.offset % 2]))" }
    var frame = PlotFrame(
      title: title,
      x: AxisScale(xs, margin: 0.01),
      y: AxisScale(Array(values.dropFirst(hidden)), tickCount: 4),
      xLabel: curves.count > 1 ? "\(xLabel); \(legend.joined(separator: ", "))" : xLabel
    )
    var sentences: [String] = []
    for (number, curve) in curves.enumerated() {
      let points = curve.points.map { point in
        // What lies below the frame leaves it at its lower edge.
        (frame.placeX(point.x), min(frame.placeY(point.y), frame.bottom))
      }
      frame.svg.path(points, number == 0 ? "line c0" : "line dashed c1")
      guard let first = curve.points.first, let last = curve.points.last else { continue }
      sentences.append(
        "\(curve.name): from \(words(first.y)) at \(words(first.x)) to \(words(last.y)) at \(words(last.x)),"
          + " highest \(words(curve.points.map(\.y).filter(\.isFinite).max() ?? .nan))."
      )
    }
    frame.svg.description = sentences.joined(separator: " ")
    return frame.svg
  }

  private static let strokes = ["line", "dashed"]
}
