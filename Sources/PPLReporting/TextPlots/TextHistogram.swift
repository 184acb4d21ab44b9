package import PPLPosteriorAnalysis

/// A histogram of block characters, for a terminal: columns of eighths over an axis with numbers.
///
///     mu
///             ▁▄▇█▆▃▁
///        ▁▂▄▇████████▇▅▃▂▁
///      └──────┴──────┴──────┘
///     -10     0      10    20
package struct TextHistogram {
  private let name: String
  private let values: [Double]

  /// Columns of the picture.
  static let width = 60
  /// Lines of the columns.
  static let height = 6

  package init(_ name: String, _ draws: ScalarDraws) {
    self.name = name
    values = draws.values
  }

  /// The lines, each ending in a line break.
  package var text: String {
    let finite = values.filter(\.isFinite)
    guard let scale = Self.scale(finite) else { return "\(name): no draw is finite\n" }
    var counts = [Int](repeating: 0, count: Self.width)
    var outside = 0
    for value in finite {
      let place = scale.fraction(value) * Double(Self.width)
      guard place >= 0, place <= Double(Self.width) else {
        outside += 1
        continue
      }
      counts[min(Int(place), Self.width - 1)] += 1
    }
    let greatest = Double(counts.max() ?? 0)
    let eighths = counts.map { count -> Int in
      guard count > 0, greatest > 0 else { return 0 }
      return max(1, Int((Double(count) / greatest * Double(8 * Self.height)).rounded()))
    }
    var lines = [name]
    for line in (0..<Self.height).reversed() {
      let cells = eighths.map { Blocks.level(min(max($0 - 8 * line, 0), 8)) }
      lines.append(withoutTrailingSpace("  " + cells.joined()))
    }
    lines += Self.axis(scale)
    let gone = values.count - finite.count
    if outside > 0 { lines.append("  \(outside) of \(values.count) draws lie beyond the ends") }
    if gone > 0 { lines.append("  \(gone) of \(values.count) draws are not finite") }
    return lines.joined(separator: "\n") + "\n"
  }

  /// From far below to far above what is usual: a few draws in the tails do not make the rest one column.
  private static func scale(_ finite: [Double]) -> AxisScale? {
    let sorted = finite.sorted()
    guard let first = sorted.first, let last = sorted.last else { return nil }
    let low = quantile(ofSorted: sorted, 0.05)
    let high = quantile(ofSorted: sorted, 0.95)
    let ends =
      high > low
      ? [max(first, low - 2 * (high - low)), min(last, high + 2 * (high - low))] : [first, last]
    return AxisScale(ends, tickCount: 5, margin: 0)
  }

  /// The axis, and the numbers below it.
  private static func axis(_ scale: AxisScale) -> [String] {
    var line = [String](repeating: "─", count: width)
    var labels = [Character](repeating: " ", count: width + 12)
    var end = -1
    for tick in scale.ticks {
      let column = min(Int(scale.fraction(tick) * Double(width)), width - 1)
      line[column] = "┴"
      let label = scale.label(tick)
      let start = max(0, column + 2 - label.count / 2)
      guard start > end, start + label.count <= labels.count else { continue }
      for (offset, character) in label.enumerated() { labels[start + offset] = character }
      end = start + label.count
    }
    return ["  " + line.joined(), withoutTrailingSpace(String(labels))]
  }
}

/// Block characters by the eighths of a cell that they fill.
enum Blocks {
  private static let levels = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

  static func level(_ eighths: Int) -> String { levels[eighths] }
}

/// A line as far as something is in it.
func withoutTrailingSpace(_ line: String) -> String {
  var line = line
  while line.hasSuffix(" ") { line.removeLast() }
  return line
}
