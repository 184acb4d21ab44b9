import PPLPosteriorAnalysis

/// What was observed, among draws of the same from the model.
package struct PredictivePlot: Sendable {
  private let name: String
  private let observed: [Double]
  /// By draw, as many numbers.
  private let replicated: [[Double]]

  /// Draws that are shown at most.
  package static let greatestDrawCount = 30

  package init(_ name: String, observed: [Double], replicated: [[Double]]) {
    self.name = name
    self.observed = observed
    self.replicated = Array(replicated.prefix(Self.greatestDrawCount))
  }

  /// Points of a curve at most.
  private static let pointCount = 100

  /// The picture; nil of no values.
  package var svg: SVG? {
    let own = Self.curve(observed)
    let others = replicated.map(Self.curve).filter { !$0.isEmpty }
    guard !own.isEmpty, !others.isEmpty else { return nil }
    var frame = PlotFrame(
      title: "\(name): predicted and observed",
      x: AxisScale((own + others.joined()).map(\.value), margin: 0.02),
      y: AxisScale(from: 0, to: 1, tickCount: 4),
      xLabel: "share at most; observed (dark), \(others.count) draws (light)"
    )
    for curve in others {
      frame.svg.path(curve.map { frame.place($0.value, $0.share) }, "line thin faint c0")
    }
    frame.svg.path(own.map { frame.place($0.value, $0.share) }, "line ink")
    func mean(_ values: [Double]) -> Double {
      values.reduce(0, +) / Double(max(values.count, 1))
    }
    let finite = observed.filter(\.isFinite)
    frame.svg.description =
      "Cumulative distributions of \(finite.count) observed values, mean \(words(mean(finite))), and of \(others.count)"
      + " draws of as many predictions, mean \(words(mean(replicated.joined().filter(\.isFinite))))."
    return frame.svg
  }

  /// The share of values that are at most each of them, as steps.
  private static func curve(_ values: [Double]) -> [(value: Double, share: Double)] {
    let sorted = values.filter(\.isFinite).sorted()
    guard let first = sorted.first else { return [] }
    var result = [(value: first, share: 0.0)]
    let count = min(sorted.count, pointCount)
    for number in 1...count {
      let rank = number * sorted.count / count
      let share = Double(rank) / Double(sorted.count)
      if let last = result.last { result.append((sorted[rank - 1], last.share)) }
      result.append((sorted[rank - 1], share))
    }
    return result
  }
}

/// A posterior predictive check: a statistic of the replicates, with that of what was observed.
package struct CheckPlot: Sendable {
  private let check: CheckHistogram

  package init(_ check: CheckHistogram) {
    self.check = check
  }

  /// The picture.
  package var svg: SVG {
    let last = check.first + check.width * Double(check.counts.count)
    var frame = PlotFrame(
      title: "\(check.name), p = \(check.probability.isNaN ? "-" : check.probability.fixed(3))",
      x: AxisScale([check.first, last, check.observed]),
      y: AxisScale(from: 0, to: max(Double(check.counts.max() ?? 1), 1) * 1.05, tickCount: 4),
      xLabel: "replicates (bars), observed (line)",
      labelsY: false
    )
    for (bin, count) in check.counts.enumerated() {
      let left = frame.placeX(check.first + check.width * Double(bin))
      let right = frame.placeX(check.first + check.width * Double(bin + 1))
      let top = frame.placeY(Double(count))
      frame.svg.rectangle(
        left,
        top,
        max(right - left - 0.5, 0.5),
        frame.bottom - top,
        "area faint c0"
      )
    }
    frame.vertical(check.observed, "line ink")
    frame.svg.description =
      "The \(check.name) is \(words(check.observed)) of what was observed; of replicates it lies between"
      + " \(words(check.first)) and \(words(last)). Tail probability \(words(check.probability))."
    return frame.svg
  }
}
