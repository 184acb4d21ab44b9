/// How often each observed value was predicted as which, as text.
package struct ConfusionTable {
  package var names: [String]
  /// By observed value, then by predicted one.
  package var counts: [[Int]]

  package init(names: [String], counts: [[Int]]) {
    self.names = names
    self.counts = counts
  }

  /// Rows are what was observed, columns what was predicted.
  package var text: String {
    let head = "observed"
    let first = max(head.count, names.map(\.count).max() ?? 0)
    let widths = names.indices.map { column in
      max(names[column].count, counts.map { "\($0[column])".count }.max() ?? 1)
    }
    func padded(_ text: String, _ width: Int) -> String {
      String(repeating: " ", count: max(0, width - text.count)) + text
    }
    func line(_ title: String, _ cells: [String]) -> String {
      title + String(repeating: " ", count: first - title.count)
        + zip(cells, widths).map { "  " + padded($0, $1) }.joined()
    }
    let rows = zip(names, counts).map { line($0, $1.map(String.init)) }
    return ([line(head, names)] + rows).joined(separator: "\n") + "\n"
  }
}
