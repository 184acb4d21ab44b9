package import PPLGraphIR
import PPLTensorCore

/// A graph on its way into a new builder: the old nodes, and what stands for those that were visited.
///
/// Rewrites match on the old graph, whose nodes and uses do not change under them, and build from the new values.
package struct RewriteSite {
  /// The graph before the rewrite.
  package let graph: Graph
  /// The builder of the graph after it.
  package let builder: GraphBuilder
  /// What stands for each old node; those of operands are known before a node is visited.
  package private(set) var values: [GraphValue] = []
  /// How often each old node is an operand or an output.
  package let useCounts: [Int]
  /// What is known of constant indices.
  let indices: ConstantIndices

  init(_ graph: Graph, elementBudget: Int) {
    self.graph = graph
    builder = GraphBuilder(elementBudget: elementBudget)
    indices = ConstantIndices(builder)
    var useCounts = [Int](repeating: 0, count: graph.nodes.count)
    for node in graph.nodes {
      for operand in node.operands { useCounts[operand.index] += 1 }
    }
    for output in graph.outputs { useCounts[output.index] += 1 }
    self.useCounts = useCounts
  }

  /// Rebuilds the graph with the replacements of one rewrite, in one pass over its nodes.
  ///
  /// - Returns: the new graph and the number of replacements; nil if there were none, if the new graph does not
  ///   fit the budget, or if it has more work than the old one.
  static func apply(
    _ rewrite: some Rewrite,
    to graph: Graph,
    elementBudget: Int
  ) -> (graph: Graph, count: Int)? {
    var site = RewriteSite(graph, elementBudget: elementBudget)
    let inputs = graph.inputs.map { site.builder.addInput(shape: $0) }
    site.values.reserveCapacity(graph.nodes.count)
    var count = 0
    for (index, node) in graph.nodes.enumerated() {
      switch node.op {
      case .constant(let constant):
        site.values.append(site.builder.constant(graph.constants[constant]))
      case .input(let input):
        site.values.append(inputs[input])
      default:
        if let value = rewrite.replacement(for: NodeID(index), in: site) {
          precondition(
            value.shape == node.shape && value.kind == node.kind,
            "A replacement has the shape and kind of the node."
          )
          site.values.append(value)
          count += 1
        } else {
          let operands = node.operands.map { site.values[$0.index] }
          site.values.append(site.builder.apply(node.op, operands))
        }
      }
    }
    guard count > 0, site.builder.failure == nil else { return nil }
    let result = site.builder.build(outputs: graph.outputs.map { site.values[$0.index] })
    return result.work <= graph.work ? (result, count) : nil
  }
}

extension RewriteSite {
  /// An old node.
  func node(_ id: NodeID) -> Node { graph[id] }

  /// What stands for an old node that was visited.
  func value(_ id: NodeID) -> GraphValue { values[id.index] }

  /// The tensor that an old node is, if it is a constant.
  func constant(_ id: NodeID) -> Tensor? {
    guard case .constant(let index) = graph[id].op else { return nil }
    return graph.constants[index]
  }

  /// The operand of a node that sums all elements of more than one.
  func operandOfFullSum(_ id: NodeID) -> NodeID? {
    guard case .reduce(.sum, _) = graph[id].op, graph[id].shape.count == 1 else { return nil }
    let operand = graph[id].operands[0]
    return graph[operand].shape.count > 1 ? operand : nil
  }

  /// The rows of a table (a vector) that an index reads.
  func rows(of table: GraphValue, _ index: IndexTable) -> GraphValue {
    index.usedRows.count == table.shape.count
      ? table : table.gather(builder.constant(index.usedRowPositions))
  }

  /// The work of a node and of all that only it needs.
  ///
  /// It is what a replacement that does without the node saves, at least.
  func workSaved(without id: NodeID) -> Double {
    var work = 0.0
    var remainingUses: [NodeID: Int] = [:]
    var pending = [id]
    // The bound keeps nested sums from taking quadratic time.
    for _ in 0..<1000 {
      guard let next = pending.popLast() else { break }
      work += graph.work(of: next)
      for operand in graph[next].operands {
        let remaining = remainingUses[operand, default: useCounts[operand.index]] - 1
        remainingUses[operand] = remaining
        if remaining == 0 { pending.append(operand) }
      }
    }
    return work
  }
}
