package import PPLPosteriorAnalysis

/// Pareto k of each observation of a leave-one-out cross-validation: those above the limit are too influential to be left out by weighting.
package struct ShapePlot: Sendable {
  private let names: [String]
  private let accuracy: PredictiveAccuracy

  /// Observations above the limit that the description names at most.
  private static let mostNamed = 10

  package init(_ names: [String], _ accuracy: PredictiveAccuracy) {
    self.names = names
    self.accuracy = accuracy
  }

  /// The picture.
  package var svg: SVG {
    let shapes = accuracy.shapes
    let limit = accuracy.greatestShape
    var frame = PlotFrame(
      title: "Pareto k of the observations",
      x: AxisScale(from: 0, to: Double(max(shapes.count, 1) + 1)),
      y: AxisScale(shapes + [0, limit], tickCount: 4),
      xLabel: "observation"
    )
    frame.horizontal(limit, "reference")
    let bad = shapes.indices.filter { !(shapes[$0] <= limit) }
    frame.svg.dots(
      shapes.indices.filter { shapes[$0] <= limit }.map { frame.place(Double($0 + 1), shapes[$0]) },
      radius: shapes.count < 100 ? 2.5 : 1.5,
      "c0"
    )
    frame.svg.dots(bad.map { frame.place(Double($0 + 1), shapes[$0]) }, radius: 3, "bad")
    let named = bad.sorted { shapes[$0] > shapes[$1] }.prefix(Self.mostNamed)
      .map { "\(names.indices.contains($0) ? names[$0] : "\($0 + 1)") (\(words(shapes[$0])))" }
    frame.svg.description =
      "\(bad.count) of \(shapes.count) observations are above the limit \(words(limit))"
      + (named.isEmpty ? "." : ": \(named.joined(separator: ", ")).")
    return frame.svg
  }
}
