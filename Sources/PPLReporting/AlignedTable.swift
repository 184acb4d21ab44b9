/// Rows of cells as text: the first column on the left, the others right-aligned; each line ends in a line break.
///
/// All rows have as many cells as the first.
package func alignedTable(_ rows: [[String]]) -> String {
  var widths = [Int](repeating: 0, count: rows.first?.count ?? 0)
  for row in rows {
    for (column, cell) in row.enumerated() { widths[column] = max(widths[column], cell.count) }
  }
  var text = ""
  for row in rows {
    let cells = row.enumerated().map { column, cell in
      let space = String(repeating: " ", count: widths[column] - cell.count)
      return column == 0 ? cell + space : space + cell
    }
    text += cells.joined(separator: "  ") + "\n"
  }
  return text
}

/// A measured number with three significant digits, or a dash.
package func threeDigits(_ value: Double) -> String {
  value.isFinite ? significant(value, 3) : "-"
}
