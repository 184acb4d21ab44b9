import PPLTensorCore

extension GraphBuilder {
  /// Numbers for the rows of values along their first axis, equal only for rows that are equal whatever the inputs are.
  ///
  /// Rows are known to be equal where they are gathered from the same place, or are constants, or are computed from such.
  /// - Parameters:
  ///   - values: values whose first axis has `count` rows, or one for all.
  ///   - count: number of rows.
  /// - Returns: for each row the number of its class, in the order in which the classes appear.
  package func rowClasses(of values: [GraphValue], count: Int) -> [Int] {
    var classes = RowClasses(builder: self, count: count)
    return classes.joined(values.map { classes.classes(of: $0.id) })
  }
}

/// Finds out which rows of values are equal.
private struct RowClasses {
  let builder: GraphBuilder
  let count: Int
  private var known: [NodeID: [Int]] = [:]

  init(builder: GraphBuilder, count: Int) {
    self.builder = builder
    self.count = count
  }

  private var one: [Int] { [Int](repeating: 0, count: count) }
  private var distinct: [Int] { Array(0..<count) }

  mutating func classes(of id: NodeID) -> [Int] {
    if let known = known[id] { return known }
    let found = find(id)
    known[id] = found
    return found
  }

  private mutating func find(_ id: NodeID) -> [Int] {
    let node = builder.nodes[id.index]
    guard let rows = node.shape.sizes.first, rows != 1 || count == 1 else { return one }
    guard rows == count else { return distinct }
    if let constant = builder.constantEntry(of: GraphValue(builder: builder, id: id)) {
      return numbered(rowsOf(constant.tensor))
    }
    func keepsRows(_ operand: Int) -> Bool {
      builder.nodes[node.operands[operand].index].shape.sizes.first == count
    }
    switch node.op {
    case .unary: return classes(of: node.operands[0])
    case .binary, .select, .betaP: return joinedOperands(node)
    case .concatenate(let axis) where axis != 0: return joinedOperands(node)
    case .gather:
      let index = GraphValue(builder: builder, id: node.operands[1])
      guard let tensor = builder.constantValue(of: index), tensor.shape.sizes.first == count else {
        return distinct
      }
      return numbered(rowsOf(tensor))
    case .slice(let axis, _, _) where axis != 0: return classes(of: node.operands[0])
    case .cumulativeSum(let axis, _) where axis != 0: return classes(of: node.operands[0])
    case .reduce(_, let axes) where !axes.contains(0): return classes(of: node.operands[0])
    case .transpose(let permutation) where permutation.first == 0:
      return classes(of: node.operands[0])
    case .reshape where keepsRows(0): return classes(of: node.operands[0])
    case .broadcast: return classes(of: node.operands[0])
    default: return distinct
    }
  }

  private mutating func joinedOperands(_ node: Node) -> [Int] {
    var parts: [[Int]] = []
    for operand in node.operands { parts.append(classes(of: operand)) }
    return joined(parts)
  }

  /// The elements of each row, bit for bit.
  private func rowsOf(_ tensor: Tensor) -> [[UInt64]] {
    let width = tensor.shape.count / max(count, 1)
    return (0..<count).map { row in
      tensor.values[(row * width)..<((row + 1) * width)].map(\.bitPattern)
    }
  }

  /// Rows are in one class where they are in all lists.
  func joined(_ lists: [[Int]]) -> [Int] {
    numbered((0..<count).map { row in lists.map { $0[row] } })
  }

  private func numbered<Key: Hashable>(_ keys: [Key]) -> [Int] {
    var numbers: [Key: Int] = [:]
    return keys.map { key in
      if let number = numbers[key] { return number }
      let number = numbers.count
      numbers[key] = number
      return number
    }
  }
}
