/// A table of probabilities: a row for each element, a column for each state.
package struct ProbabilityTable: Sendable {
  private let states: [String]
  private let names: [String]
  private let rows: [[Double]]

  /// A table of probabilities `[elements, states]`.
  package init(states: [String], names: [String], rows: [[Double]]) {
    self.states = states
    self.names = names
    self.rows = rows
  }

  /// Columns that fit on a line; of more, those of an element's most probable states are named.
  private static let mostColumns = 12
  private static let namedStates = 5

  /// The table as text: names on the left, numbers right-aligned; each line ends in a line break.
  package func text() -> String {
    guard states.count <= Self.mostColumns else { return mostProbable() }
    let cells = rows.map { $0.map(Self.words) }
    let widths = states.indices.map { column in
      max(states[column].count, cells.map { $0[column].count }.max() ?? 0)
    }
    let width = names.map(\.count).max() ?? 0
    var text = line("", width, states, widths)
    for (name, row) in zip(names, cells) { text += line(name, width, row, widths) }
    return text
  }

  private func line(_ name: String, _ width: Int, _ cells: [String], _ widths: [Int]) -> String {
    let numbers = zip(cells, widths).map { Self.spaces($1 - $0.count) + $0 }
    return ([name + Self.spaces(width - name.count)] + numbers).joined(separator: "  ") + "\n"
  }

  private func mostProbable() -> String {
    let width = names.map(\.count).max() ?? 0
    var text = ""
    for (name, row) in zip(names, rows) {
      let best = row.indices.sorted { row[$0] > row[$1] }.prefix(Self.namedStates)
      let words = best.map { "\(states[$0]): \(Self.words(row[$0]))" }.joined(separator: ", ")
      text += name + Self.spaces(width - name.count) + "  \(words), …\n"
    }
    return text
  }

  private static func spaces(_ count: Int) -> String {
    String(repeating: " ", count: max(0, count))
  }

  /// A probability to four places.
  private static func words(_ probability: Double) -> String {
    guard probability.isFinite else { return "\(probability)" }
    let scaled = Int((probability * 10_000).rounded())
    let digits = "\(scaled % 10_000)"
    return "\(scaled / 10_000)." + String(repeating: "0", count: 4 - digits.count) + digits
  }
}
