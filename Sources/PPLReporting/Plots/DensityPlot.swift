package import PPLPosteriorAnalysis

/// The density of a quantity, a line a chain; bars where its draws are few different whole numbers.
package struct DensityPlot: Sendable {
  private let name: String
  private let draws: ScalarDraws

  /// Different values up to which whole numbers have bars of their own.
  private static let greatestValueCount = 30

  package init(_ name: String, _ draws: ScalarDraws) {
    self.name = name
    self.draws = draws
  }

  /// The picture.
  package var svg: SVG {
    let finite = draws.values.filter(\.isFinite)
    let sorted = finite.sorted()
    let description =
      "\(finite.count) draws, mean \(words(finite.reduce(0, +) / Double(max(finite.count, 1)))), median"
      + " \(words(quantile(ofSorted: sorted, 0.5))), 90 % of them between \(words(quantile(ofSorted: sorted, 0.05)))"
      + " and \(words(quantile(ofSorted: sorted, 0.95)))."
    let isWhole = !finite.isEmpty && finite.allSatisfy { $0 == $0.rounded() }
    var svg =
      isWhole && Set(finite).count <= Self.greatestValueCount ? bars(finite) : lines(sorted)
    svg.description = description
    return svg
  }

  private func bars(_ values: [Double]) -> SVG {
    var counts: [Double: Int] = [:]
    for value in values { counts[value, default: 0] += 1 }
    let share = { (count: Int) in Double(count) / Double(values.count) }
    let keys = counts.keys.sorted()
    var frame = PlotFrame(
      title: "\(name): distribution",
      x: AxisScale(from: (keys.first ?? 0) - 0.6, to: (keys.last ?? 0) + 0.6),
      y: AxisScale(from: 0, to: share(counts.values.max() ?? 1) * 1.05, tickCount: 4)
    )
    // Values far apart get bars that can still be seen.
    let width = max(2, frame.placeX(0.8) - frame.placeX(0))
    for key in keys {
      let top = frame.placeY(share(counts[key] ?? 0))
      frame.svg.rectangle(frame.placeX(key) - width / 2, top, width, frame.bottom - top, "area c0")
    }
    return frame.svg
  }

  private func lines(_ sorted: [Double]) -> SVG {
    let chains = draws.chainCount <= greatestChainCount ? draws.chainCount : 1
    let samples =
      chains == 1
      ? [draws.values] : (0..<chains).map(draws.chain)
    let estimates = samples.map { DensityEstimate($0.filter(\.isFinite)) }
    let known = estimates.compactMap { $0 }
    let points = known.flatMap(\.points)
    var frame = PlotFrame(
      title: "\(name): density",
      x: AxisScale(points.isEmpty ? sorted : points, margin: 0.02),
      y: AxisScale(from: 0, to: max((known.flatMap(\.densities).max() ?? 1) * 1.05, 1e-300)),
      labelsY: false
    )
    if known.isEmpty, let value = sorted.first {
      // All draws are one number.
      frame.vertical(value, "line c0")
    }
    for (chain, estimate) in estimates.enumerated() {
      guard let estimate else { continue }
      let line = zip(estimate.points, estimate.densities).map { frame.place($0, $1) }
      if chains == 1, let first = line.first, let last = line.last {
        frame.svg.path(
          [(first.x, frame.bottom)] + line + [(last.x, frame.bottom)],
          "area faint c0",
          closed: true
        )
      }
      frame.svg.path(line, "line \(chainStyle(chain))")
    }
    return frame.svg
  }
}
