package import PPLGraphIR
import PPLTensorCore

/// Applies functions to a table, not to the rows gathered from it.
///
///     f(a[gᵢ], b[gᵢ], c) = f(a, b, c)[gᵢ]
///
/// - Matches: an elementwise primitive whose operands are gathers by one constant index, or have one element; the
///   rows that are read are fewer than the positions. A cheap function moves only if nothing else needs the gathers.
/// - Also: a choice, by a condition known from data, between gathered rows and one value, which becomes a gather from
///   the rows that are chosen and that value.
/// - Value and gradient: the same elements are computed once. Rows that no position reads are left out first, so
///   that they cannot spoil a gradient.
package struct GatherLast: Rewrite {
  package let name = "gather-last"
  package let summary = "functions of gathered values are computed once a table row"

  package init() {}

  package func replacement(for id: NodeID, in site: RewriteSite) -> GraphValue? {
    let node = site.node(id)
    switch node.op {
    case .unary, .binary, .select, .betaP: break
    default: return nil
    }
    guard node.shape.count > 1 else { return nil }
    if let choice = choice(id, site) { return choice.kind == node.kind ? choice : nil }
    let operands = node.operands.map(site.value)
    let gathers = operands.map(\.gatheredScalars)
    guard let index = gathers.compactMap({ $0?.index }).first else { return nil }
    for (operand, gathered) in zip(operands, gathers) where operand.shape.count > 1 {
      guard gathered?.index.id == index.id, operand.shape == node.shape else { return nil }
    }
    let tables = gathers.compactMap { $0?.table }
    guard let indexTable = site.indices.table(of: index, rowCount: tables[0].shape.count),
      indexTable.usedRows.count < node.shape.count,
      tables.allSatisfy({ (indexTable.usedRows.last ?? 0) < $0.shape.count })
    else { return nil }
    let areGathersLost = zip(node.operands, gathers).allSatisfy { operand, gathered in
      gathered == nil || site.useCounts[operand.index] == 1
    }
    guard node.op.isExpensive || areGathersLost else { return nil }

    let applied = zip(operands, gathers).map { operand, gathered in
      guard let gathered else { return operand.reshape([]) }
      return site.indices.rows(of: gathered.table, readBy: index, indexTable)
    }
    let table = site.builder.apply(node.op, applied)
    return table.gather(site.indices.groups(of: index, indexTable))
  }

  /// A choice known from data between gathered rows and one value: a gather from a table with a row more.
  private func choice(_ id: NodeID, _ site: RewriteSite) -> GraphValue? {
    let node = site.node(id)
    guard case .select = node.op, let condition = site.constant(node.operands[0]),
      condition.shape == node.shape
    else { return nil }
    for position in 1...2 {
      let (rows, other) = (node.operands[position], site.value(node.operands[3 - position]))
      guard other.shape.count == 1, site.node(rows).shape == node.shape,
        let (table, index) = site.value(rows).gatheredScalars,
        let all = site.indices.table(of: index, rowCount: table.shape.count)
      else { continue }
      let isChosen = condition.values.map { ($0 != 0) == (position == 1) }
      let chosen = zip(all.rows, isChosen).filter(\.1).map(\.0)
      let used = IndexTable(rows: chosen, rowCount: table.shape.count)
      let rowCount = used.usedRows.count + 1
      let isGatherLost = site.useCounts[rows.index] == 1
      guard rowCount > 1, (isGatherLost ? 1 : 4) * rowCount < node.shape.count else { continue }
      let extended = GraphValue.concatenate(
        [site.rows(of: table, used), other.reshape([1])],
        axis: 0
      )
      let key = ConstantIndices.ChoiceKey(
        index: index.id,
        condition: node.operands[0],
        takesFirst: position == 1
      )
      let newIndex = site.indices.choice(key) {
        var next = 0
        let positions = isChosen.map { isChosen in
          defer { next += isChosen ? 1 : 0 }
          return isChosen ? used.groups[next] : rowCount - 1
        }
        return Tensor(positions: positions, shape: node.shape)
      }
      return extended.gather(newIndex)
    }
    return nil
  }
}

extension GraphValue {
  /// The table and the constant index, if this is a gather of rows of one element each; the table as a vector.
  var gatheredScalars: (table: GraphValue, index: GraphValue)? {
    guard case .gather = op else { return nil }
    let (table, index) = (operands[0], operands[1])
    guard index.constantValue != nil, table.shape.count == table.shape[0] else { return nil }
    return (table.reshape([table.shape[0]]), index)
  }
}

extension Op {
  /// Whether applying it to fewer elements pays for a gather of the results.
  fileprivate var isExpensive: Bool {
    switch self {
    case .unary(let op): op.isExpensive
    case .binary(let op): op.isExpensive
    case .betaP: true
    default: false
    }
  }
}
