/// What a terminal of great width shows of the bytes that are written to it: lines, moves of the cursor, and erasures.
///
/// Control sequences are those of ECMA-48 that the line editor and the lines of progress use.
struct TerminalScreen {
  private var rows: [[Character]] = [[]]
  private var row = 0
  private var column = 0

  /// Shows a text.
  init(_ text: String) {
    var rest = text.unicodeScalars[...]
    while let scalar = rest.popFirst() {
      switch scalar {
      case "\r": column = 0
      case "\n":
        row += 1
        if row == rows.count { rows.append([]) }
      case "\u{8}": column = max(0, column - 1)
      case "\t": column = (column / 8 + 1) * 8
      case "\u{1B}": control(&rest)
      case _ where scalar.value < 32: break
      default: write(Character(scalar))
      }
    }
  }

  /// The lines, without blanks at their ends.
  var lines: [String] {
    rows.map { row in
      var row = row
      while row.last == " " { row.removeLast() }
      return String(row)
    }
  }

  private mutating func write(_ character: Character) {
    while rows[row].count <= column { rows[row].append(" ") }
    rows[row][column] = character
    column += 1
  }

  /// Follows a control sequence, whose escape has been read.
  private mutating func control(_ rest: inout Substring.UnicodeScalarView) {
    guard rest.popFirst() == "[" else { return }
    let parameters = rest.prefix { ("\u{20}"..."\u{3F}").contains($0) }
    rest = rest.dropFirst(parameters.count)
    guard let final = rest.popFirst() else { return }
    let count = Int(String(parameters))
    switch final {
    case "A": row = max(0, row - (count ?? 1))
    case "C": column += count ?? 1
    case "D": column = max(0, column - (count ?? 1))
    case "G": column = max(0, (count ?? 1) - 1)
    case "K":
      if count == 2 { rows[row] = [] }
      if count ?? 0 == 0 { rows[row] = Array(rows[row].prefix(column)) }
    case "J":
      rows[row] = Array(rows[row].prefix(column))
      rows = Array(rows.prefix(row + 1))
    case "P":
      let end = min(rows[row].count, column + (count ?? 1))
      if column < end { rows[row].removeSubrange(column..<end) }
    case "@":
      if column < rows[row].count {
        rows[row].insert(contentsOf: repeatElement(" ", count: count ?? 1), at: column)
      }
    default: break
    }
  }
}
