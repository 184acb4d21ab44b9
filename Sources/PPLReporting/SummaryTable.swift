import PPLPosteriorAnalysis

/// The table that a run prints: a row for each scalar, a column for each figure.
///
/// Where there are more rows than the limit, every array keeps its first rows, as many as let all
/// arrays have the same share, and a line tells what was left out.
package struct SummaryTable: Sendable {
  /// The quantities in order.
  package var arrays: [ReportedArray]
  /// How many rows are shown at most; `nil` for all.
  package var rowLimit: Int?
  /// Name of the fit in the program, for the line that says how to see the rest.
  package var fitName: String?

  /// A table of these quantities.
  package init(arrays: [ReportedArray], rowLimit: Int? = 60, fitName: String? = nil) {
    self.arrays = arrays
    self.rowLimit = rowLimit
    self.fitName = fitName
  }

  static let header = [
    "", "mean", "sd", "q5", "median", "q95", "ess_bulk", "ess_tail", "rhat", "mcse",
  ]
  /// The columns of a single point, such as a mode.
  static let pointHeader = ["", "value"]

  /// Whether all quantities have one draw, so that nothing varies.
  var isPoint: Bool {
    arrays.allSatisfy { $0.summaries.allSatisfy { $0.sd.isNaN && $0.q5 == $0.mean } }
  }

  /// A line of the table.
  private enum Line {
    case cells([String])
    case remark(String)
  }

  /// The table as text: names on the left, numbers right-aligned; each line ends in a line break.
  package func text() -> String {
    let isPoint = isPoint
    let header = isPoint ? Self.pointHeader : Self.header
    let lines = makeLines(isPoint)
    var widths = header.map(\.count)
    for case .cells(let cells) in lines {
      for (column, cell) in cells.enumerated() { widths[column] = max(widths[column], cell.count) }
    }
    var text = ""
    for line in [.cells(header)] + lines {
      switch line {
      case .cells(let cells):
        let name = cells[0] + spaces(widths[0] - cells[0].count)
        let numbers = zip(cells, widths).dropFirst().map { spaces($1 - $0.count) + $0 }
        text += ([name] + numbers).joined(separator: "  ") + "\n"
      case .remark(let remark):
        text += remark + "\n"
      }
    }
    return text
  }

  private func makeLines(_ isPoint: Bool) -> [Line] {
    let present = arrays.filter { !$0.summaries.isEmpty }
    let (shownArrays, rowsPerArray) = shares(present.map(\.summaries.count))
    var lines: [Line] = []
    for array in present.prefix(shownArrays) {
      for index in 0..<min(array.summaries.count, rowsPerArray) {
        let cells = Self.cells(array, index)
        lines.append(.cells(isPoint ? Array(cells.prefix(2)) : cells))
      }
      let rest = array.summaries.count - rowsPerArray
      if rest > 0 {
        lines.append(
          .remark(
            "... \(counted(rest, "more row")) of \(array.name), \(array.summaries.count) in all; "
              + howToSee(array.name)
          )
        )
      }
    }
    let rest = present.dropFirst(shownArrays)
    if !rest.isEmpty {
      let rows = rest.reduce(0) { $0 + $1.summaries.count }
      let noun = rest.count == 1 ? "quantity" : "quantities"
      lines.append(
        .remark("... \(rest.count) more \(noun), \(counted(rows, "row")); " + howToSee(nil))
      )
    }
    return lines
  }

  private func howToSee(_ name: String?) -> String {
    guard let fitName, let name else { return "`--format json` has them all" }
    return "`show \(fitName).\(name)` prints them"
  }

  /// How many arrays are shown, and how many rows of each at most.
  private func shares(_ counts: [Int]) -> (arrays: Int, rows: Int) {
    let most = counts.max() ?? 0
    guard let rowLimit, counts.reduce(0, +) > rowLimit else { return (counts.count, most) }
    let limit = max(rowLimit, 1)
    if counts.count >= limit { return (limit, 1) }
    var low = 1
    var high = most
    while low < high {
      let middle = (low + high + 1) / 2
      if counts.reduce(0, { $0 + min($1, middle) }) <= limit {
        low = middle
      } else {
        high = middle - 1
      }
    }
    return (counts.count, low)
  }

  /// The cells of an element's row.
  static func cells(_ array: ReportedArray, _ index: Int) -> [String] {
    let summary = array.summaries[index]
    let format = NumberFormat(error: summary.mcse)
    func orDash(_ value: Double, _ text: (Double) -> String) -> String {
      value.isNaN ? "-" : text(value)
    }
    let figures = [summary.mean, summary.sd, summary.q5, summary.median, summary.q95]
    return [array.elementName(index)] + figures.map(format.text)
      + [
        orDash(summary.essBulk) { $0.fixed(0) }, orDash(summary.essTail) { $0.fixed(0) },
        orDash(summary.rhat) { $0.fixed(3) }, orDash(summary.mcse) { significant($0, 2) },
      ]
  }
}

private func spaces(_ count: Int) -> String {
  String(repeating: " ", count: max(count, 0))
}

/// `1 row`, `2 rows`.
private func counted(_ count: Int, _ noun: String) -> String {
  "\(count) \(noun)\(count == 1 ? "" : "s")"
}
