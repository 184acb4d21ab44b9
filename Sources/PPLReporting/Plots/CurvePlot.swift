/// How a figure went over the steps of a fit, for one or several kinds of rows or of distributions.
package struct CurvePlot: Sendable {
  /// A name, and points whose x ascend.
  package struct Curve: Sendable, Equatable {
    package var name: String
    package var xs: [Double]
    package var ys: [Double]

    package init(_ name: String, xs: [Double], ys: [Double]) {
      precondition(xs.count == ys.count, "A point has two coordinates.")
      self.name = name
      self.xs = xs
      self.ys = ys
    }
  }

  private let title: String
  private let xLabel: String
  private let curves: [Curve]

  package init(
    _ title: String,
    xLabel: String,
    _ curves: [Curve]
  ) {
    self.title = title
    self.xLabel = xLabel
    self.curves = curves
  }

  /// Share of the values, the lowest ones, that may lie below the frame: a fit begins far from its end.
  private static let hiddenShare = 0.02

  /// The picture.
  package var svg: SVG {
    let values = curves.flatMap(\.ys).filter(\.isFinite).sorted()
    let hidden = Int(Double(values.count) * Self.hiddenShare)
    let xs = curves.flatMap(\.xs)
    let legend = curves.enumerated().map { number, curve in
      "\(Self.stroke(number).sample) \(curve.name)"
    }
    var frame = PlotFrame(
      title: title,
      x: AxisScale(xs, margin: 0.01),
      y: AxisScale(Array(values.dropFirst(hidden)), tickCount: 4),
      xLabel: curves.count > 1 ? "\(xLabel); \(legend.joined(separator: ", "))" : xLabel
    )
    var sentences: [String] = []
    for (number, curve) in curves.enumerated() {
      let points = zip(curve.xs, curve.ys).map { x, y in
        // What lies below the frame leaves it at its lower edge.
        (frame.placeX(x), min(frame.placeY(y), frame.bottom))
      }
      frame.svg.path(points, "\(Self.stroke(number).style) c\(number % 8)")
      guard let firstX = curve.xs.first, let lastX = curve.xs.last, let first = curve.ys.first,
        let last = curve.ys.last
      else { continue }
      sentences.append(
        "\(curve.name): from \(words(first)) at \(words(firstX)) to \(words(last)) at \(words(lastX)),"
          + " highest \(words(curve.ys.filter(\.isFinite).max() ?? .nan))."
      )
    }
    frame.svg.description = sentences.joined(separator: " ")
    return frame.svg
  }

  /// How a curve is drawn, and a piece of it for the legend.
  private static func stroke(_ number: Int) -> (style: String, sample: String) {
    switch number % 3 {
    case 0: ("line", "—")
    case 1: ("line dashed", "- -")
    default: ("line dotted", "···")
    }
  }
}
