import PPLTensorCore

/// A broken invariant of a graph: a fault of the code that made it.
package struct GraphFault: Error, CustomStringConvertible {
  /// The node and the rule that it breaks.
  package let description: String
}

extension Graph {
  /// Checks every invariant of a graph.
  ///
  /// - Throws: `GraphFault`, naming the first node at fault.
  package func checkInvariants() throws(GraphFault) {
    var isUsed = [Bool](repeating: false, count: nodes.count)
    for (index, node) in nodes.enumerated() {
      func require(_ condition: Bool, _ rule: String) throws(GraphFault) {
        if !condition { throw GraphFault(description: "%\(index) \(node.op.name): \(rule)") }
      }
      for operand in node.operands {
        try require((0..<index).contains(operand.index), "an operand stands before its use")
        isUsed[operand.index] = true
      }
      let operands = node.operands.map { self[$0] }
      switch node.op {
      case .constant(let constant):
        try require(constants.indices.contains(constant), "the constant exists")
        try require(operands.isEmpty, "a source has no operands")
        try require(
          constants[constant].shape == node.shape && constants[constant].kind == node.kind,
          "the node is like its constant"
        )
      case .input(let input):
        try require(inputs.indices.contains(input), "the input exists")
        try require(operands.isEmpty, "a source has no operands")
        try require(inputs[input] == node.shape && node.kind == .real, "the node is like its input")
      default:
        let shape: Shape
        do {
          shape = try node.op.resultShape(of: operands.map(\.shape))
        } catch {
          throw GraphFault(description: "%\(index) \(error)")
        }
        try require(shape == node.shape, "the shape is \(shape)")
        let kind = node.op.resultKind(of: operands.map(\.kind))
        try require(kind == node.kind, "the kind is \(kind)")
      }
    }
    for output in outputs {
      guard nodes.indices.contains(output.index) else {
        throw GraphFault(description: "output %\(output.rawValue) exists")
      }
      isUsed[output.index] = true
    }
    if let unused = isUsed.firstIndex(of: false) {
      throw GraphFault(description: "%\(unused) \(nodes[unused].op.name): a node has a use")
    }
  }
}
