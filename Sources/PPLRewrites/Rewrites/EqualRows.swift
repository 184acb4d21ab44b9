package import PPLGraphIR
import PPLTensorCore

/// Sums an expression over the rows of data that differ, each times the number of its copies.
///
/// - Matches: a sum of all elements of an elementwise expression whose leaves, where they vary, are data: constants,
///   tables gathered by constant indices, products of a known matrix and a vector. At most half of the rows of these
///   data differ, and the sum over them is less work.
/// - Value and gradient: equal rows have equal terms, which are added by multiplication.
package struct EqualRows: Rewrite {
  package let name = "equal-rows"
  package let summary = "equal rows of data are evaluated once"

  package init() {}

  package func replacement(for id: NodeID, in site: RewriteSite) -> GraphValue? {
    guard let operand = site.operandOfFullSum(id),
      var expression = RowExpression(operand, site)
    else { return nil }
    let count = site.node(operand).shape.count
    guard let rows = expression.distinctRows(atMost: count / 2) else { return nil }
    let share = Double(rows.count) / Double(count)
    guard share * expression.work + 2 * Double(rows.count) < site.workSaved(without: id) else {
      return nil
    }
    let value = expression.value(rows.map(\.first))
    let copies = Tensor(shape: [rows.count], values: rows.map { Double($0.copies) })
    let sum = (value * site.builder.constant(copies)).sum()
    let node = site.node(id)
    return sum.kind == node.kind ? sum.reshape(node.shape) : nil
  }
}

/// An elementwise expression of n elements whose leaves are data or do not vary.
private struct RowExpression {
  private let site: RewriteSite
  private let count: Int
  private let root: NodeID
  /// Inner nodes and leaves, operands first.
  private var order: [NodeID] = []
  private var parts: [NodeID: Part] = [:]
  /// The shape to which each is repeated.
  private var shapes: [NodeID: Shape] = [:]
  /// The work of all of it.
  private(set) var work = 0.0

  private enum Part {
    /// An elementwise primitive of other parts.
    case inner
    /// The same elements as another part.
    case alias(NodeID)
    /// The same for all rows.
    case common
    /// Known numbers, one a row.
    case numbers([Double])
    /// Rows of a table (a vector) by number.
    case table(GraphValue, rows: [Double])
    /// Products of known rows and a vector.
    case products(columns: [Double], vector: GraphValue)
  }

  /// A row that represents its copies.
  struct Row {
    var first: Int
    var copies: Int
  }

  init?(_ root: NodeID, _ site: RewriteSite) {
    self.site = site
    self.root = root
    count = site.node(root).shape.count
    guard add(root, site.node(root).shape) else { return nil }
  }

  private static let partLimit = 200

  /// Adds a node, whose elements repeat to a shape; false if it does not fit.
  private mutating func add(_ id: NodeID, _ shape: Shape) -> Bool {
    if let known = parts[id] {
      if case .common = known { return true }
      return shapes[id] == shape
    }
    guard parts.count < Self.partLimit, let part = part(id, shape) else { return false }
    parts[id] = part
    shapes[id] = shape
    switch part {
    case .inner:
      work += site.graph.work(of: id)
      for operand in site.node(id).operands {
        guard add(operand, site.node(id).shape) else { return false }
      }
    case .alias(let operand):
      guard add(operand, site.node(operand).shape) else { return false }
    case .table: work += 3 * Double(count)
    case .products(_, let vector): work += Double(count * vector.shape.count)
    case .common, .numbers: break
    }
    order.append(id)
    return true
  }

  private func part(_ id: NodeID, _ shape: Shape) -> Part? {
    let node = site.node(id)
    if node.shape.count == 1 { return .common }
    if let tensor = site.constant(id) {
      if tensor.uniformValue != nil { return .common }
      guard tensor.shape.rank == shape.rank else { return nil }
      return repeated(tensor, shape).map { .numbers($0) }
    }
    guard node.shape.count == count else {
      guard node.shape.rank == shape.rank else { return nil }
      let positions = Tensor(positions: Array(0..<node.shape.count), shape: node.shape)
      return repeated(positions, shape).map {
        .table(site.value(id).reshape([node.shape.count]), rows: $0)
      }
    }
    switch node.op {
    case .unary, .binary, .select, .betaP: return .inner
    case .reshape: return .alias(node.operands[0])
    case .gather:
      guard let gathered = site.value(id).gatheredScalars,
        let rows = gathered.index.constantValue?.values
      else { return nil }
      return .table(gathered.table, rows: rows)
    case .reduce, .matrixMultiply:
      var analysis = LinearAnalysis(site)
      guard let form = analysis.form(of: id), form.terms.count == 1,
        case .vector(let vector) = form.terms[0].coefficient,
        let columns = form.terms[0].data.constantValue?.values,
        columns.count == count * vector.shape.count
      else { return nil }
      return .products(columns: columns, vector: vector)
    default: return nil
    }
  }

  private func repeated(_ tensor: Tensor, _ shape: Shape) -> [Double]? {
    guard shape.count == count else { return nil }
    let data = GraphBuilder(elementBudget: site.builder.elementBudget)
    return data.constant(tensor).broadcast(to: shape).constantValue?.values
  }

  // MARK: Rows

  /// The rows that differ, by first appearance; nil if there are more than so many.
  func distinctRows(atMost limit: Int) -> [Row]? {
    var classes = [Int](repeating: 0, count: count)
    func refine(_ value: (Int) -> Double) -> Bool {
      var known: [ClassKey: Int] = [:]
      for row in 0..<count {
        let key = ClassKey(class: classes[row], bits: value(row).bitPattern)
        let next = known.count
        let found = known[key] ?? next
        if found == next {
          guard next < limit else { return false }
          known[key] = next
        }
        classes[row] = found
      }
      return true
    }
    for id in order {
      switch parts[id] {
      case .numbers(let numbers):
        guard refine({ numbers[$0] }) else { return nil }
      case .table(_, let rows):
        guard refine({ rows[$0] }) else { return nil }
      case .products(let columns, let vector):
        let width = vector.shape.count
        for column in 0..<width {
          guard refine({ columns[$0 * width + column] }) else { return nil }
        }
      case .inner, .alias, .common, nil: break
      }
    }
    var result: [Row] = []
    for (row, place) in classes.enumerated() {
      if place == result.count {
        result.append(Row(first: row, copies: 1))
      } else {
        result[place].copies += 1
      }
    }
    return result
  }

  private struct ClassKey: Hashable {
    let `class`: Int
    let bits: UInt64
  }

  // MARK: Values

  /// The expression at some rows, as a vector.
  mutating func value(_ rows: [Int]) -> GraphValue {
    let shape: Shape = [rows.count]
    func constant(_ shape: Shape, _ kind: ElementKind, _ values: [Double]) -> GraphValue {
      site.builder.constant(Tensor(shape: shape, kind: kind, values: values))
    }
    var values: [NodeID: GraphValue] = [:]
    for id in order {
      let node = site.node(id)
      switch parts[id] {
      case .inner:
        values[id] = site.builder.apply(node.op, node.operands.compactMap { values[$0] })
      case .alias(let operand): values[id] = values[operand]
      case .common:
        let first = site.constant(id).map { Tensor(scalar: $0.values[0], kind: $0.kind) }
        values[id] = first.map(site.builder.constant) ?? site.value(id).reshape([])
      case .numbers(let numbers):
        values[id] = constant(shape, node.kind, rows.map { numbers[$0] })
      case .table(let table, let index):
        values[id] = table.gather(constant(shape, .integer, rows.map { index[$0] }))
      case .products(let columns, let vector):
        let width = vector.shape.count
        let matrix = rows.flatMap { columns[$0 * width..<($0 + 1) * width] }
        values[id] = constant([rows.count, width], .real, matrix)
          .matrixMultiply(vector.reshape([width, 1])).reshape(shape)
      case nil: break
      }
    }
    guard let value = values[root] else { preconditionFailure("The root is a part.") }
    return value
  }
}
