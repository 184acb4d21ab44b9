import PPLGraphIR
import PPLTensorCore

/// What is known of the constant indices of a graph under construction, and the indices made from them.
///
/// Indices are compared by their nodes, so that what is made from one node must be one node again.
final class ConstantIndices {
  private let builder: GraphBuilder
  private var tables: [TableKey: IndexTable?] = [:]
  private var usedRows: [NodeID: GraphValue] = [:]
  private var groups: [NodeID: GraphValue] = [:]
  private var choices: [ChoiceKey: GraphValue] = [:]

  private struct TableKey: Hashable {
    let index: NodeID
    let rowCount: Int
  }

  /// An index where a constant condition of the old graph chooses it.
  struct ChoiceKey: Hashable {
    let index: NodeID
    let condition: NodeID
    let takesFirst: Bool
  }

  init(_ builder: GraphBuilder) { self.builder = builder }

  /// What is known of a constant index into so many rows; nil if it reads outside.
  func table(of index: GraphValue, rowCount: Int) -> IndexTable? {
    let key = TableKey(index: index.id, rowCount: rowCount)
    if let known = tables[key] { return known }
    let table = index.constantValue.flatMap { IndexTable($0, rowCount: rowCount) }
    tables[key] = .some(table)
    return table
  }

  /// The rows of a table (a vector) that an index reads.
  func rows(of table: GraphValue, readBy index: GraphValue, _ known: IndexTable) -> GraphValue {
    if known.usedRows.count == table.shape.count { return table }
    let used = usedRows[index.id] ?? builder.constant(known.usedRowPositions)
    usedRows[index.id] = used
    return table.gather(used)
  }

  /// The same index into the rows that it reads.
  func groups(of index: GraphValue, _ known: IndexTable) -> GraphValue {
    if known.usedRows.last == known.usedRows.count - 1 { return index }
    let made =
      groups[index.id] ?? builder.constant(Tensor(positions: known.groups, shape: index.shape))
    groups[index.id] = made
    return made
  }

  /// The index that was made for a choice.
  func choice(_ key: ChoiceKey, _ make: () -> Tensor) -> GraphValue {
    let made = choices[key] ?? builder.constant(make())
    choices[key] = made
    return made
  }
}
