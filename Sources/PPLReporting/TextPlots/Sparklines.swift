package import PPLPosteriorAnalysis

/// The draws of a quantity in their order, one line of block characters a chain, all on one scale.
///
///     mu, draws 1 to 1000, from -8.2 to 16.1
///       1 ▄▅▃▄▆▄▅▄▃▅▄▅▄▅▃▄▅▆▄▅
///       2 ▅▄▄▅▃▄▅▄▆▄▃▄▅▄▄▅▄▃▅▄
package struct Sparklines {
  private let name: String
  private let draws: ScalarDraws

  static let width = 60
  /// Chains that are shown at most.
  static let greatestLineCount = 16

  package init(_ name: String, _ draws: ScalarDraws) {
    self.name = name
    self.draws = draws
  }

  /// The lines, each ending in a line break: a character is the mean of a stretch of draws.
  package var text: String {
    let columns = min(Self.width, max(draws.drawCount, 1))
    let means = (0..<min(draws.chainCount, Self.greatestLineCount)).map { chain in
      let values = draws.chain(chain)
      return (0..<columns).map { column -> Double in
        let range =
          (column * values.count / columns)..<max((column + 1) * values.count / columns, 1)
        let finite = values[range].filter(\.isFinite)
        return finite.reduce(0, +) / Double(finite.count)
      }
    }
    let finite = means.joined().filter(\.isFinite)
    guard let low = finite.min(), let high = finite.max() else {
      return "\(name): no draw is finite\n"
    }
    var text =
      "\(name), draws 1 to \(draws.drawCount), means of \(columns) stretches from"
      + " \(significant(low, 3)) to \(significant(high, 3))\n"
    for (chain, line) in means.enumerated() {
      let cells = line.map { mean -> String in
        guard mean.isFinite else { return "?" }
        let share = high > low ? (mean - low) / (high - low) : 0.5
        return Blocks.level(1 + min(Int(share * 8), 7))
      }
      let label = String(chain + 1)
      text += String(repeating: " ", count: max(0, 3 - label.count)) + label + " "
      text += cells.joined() + "\n"
    }
    if draws.chainCount > means.count {
      text += "  \(draws.chainCount - means.count) more chains\n"
    }
    return text
  }
}
