import PPLTensorCore

/// A constant index into the rows of a table: which rows it reads, and the same index into those rows only.
struct IndexTable: Equatable {
  /// Row of the table (from 0) for each position.
  let rows: [Int]
  /// The rows that are read, ascending.
  let usedRows: [Int]
  /// For each position the place of its row in `usedRows`.
  let groups: [Int]

  /// Nil unless all elements are whole numbers below `rowCount`, not negative.
  init?(_ index: Tensor, rowCount: Int) {
    var rows: [Int] = []
    rows.reserveCapacity(index.values.count)
    for value in index.values {
      guard let row = Int(exactly: value), row >= 0, row < rowCount else { return nil }
      rows.append(row)
    }
    self.init(rows: rows, rowCount: rowCount)
  }

  /// An index of rows below `rowCount`.
  init(rows: [Int], rowCount: Int) {
    self.rows = rows
    var places = [Int](repeating: -1, count: rowCount)
    for row in rows { places[row] = 0 }
    var usedRows: [Int] = []
    for row in 0..<rowCount where places[row] == 0 {
      places[row] = usedRows.count
      usedRows.append(row)
    }
    self.usedRows = usedRows
    groups = rows.map { places[$0] }
  }

  /// The rows that are read, as a tensor.
  var usedRowPositions: Tensor { Tensor(positions: usedRows, shape: [usedRows.count]) }

  /// The same places, counted in the rows that are read.
  var compact: IndexTable { IndexTable(rows: groups, rowCount: usedRows.count) }

  static func == (left: IndexTable, right: IndexTable) -> Bool { left.rows == right.rows }
}

extension Tensor {
  /// Positions as a tensor.
  init(positions: [Int], shape: Shape) {
    self.init(shape: shape, kind: .integer, values: positions.map(Double.init))
  }
}
