package import PPLGraphIR

extension Graph {
  /// The numbers of the inputs by which an output has no gradient, as it goes through functions outside of the program that
  /// give none.
  package func opaqueInputs(ofOutput output: Int = 0) -> Set<Int> {
    // Backwards: what the output depends on smoothly, and what of that goes through such a function.
    var matters = [Bool](repeating: false, count: nodes.count)
    var isBehind = matters
    matters[outputs[output].index] = true
    var found: Set<Int> = []
    for index in nodes.indices.reversed() where matters[index] {
      let node = nodes[index]
      if case .input(let input) = node.op {
        if isBehind[index] { found.insert(input) }
        continue
      }
      let isOpaque = isBehind[index] || node.op.isOpaqueCallout
      for (position, operand) in node.operands.enumerated()
      where node.op.dependsSmoothly(onOperand: position) {
        matters[operand.index] = true
        if isOpaque { isBehind[operand.index] = true }
      }
    }
    return found
  }
}

extension Op {
  /// Whether it is a call whose derivative nobody knows.
  fileprivate var isOpaqueCallout: Bool {
    guard case .callout(let body, .value) = self else { return false }
    return body.derivative != .columns && body.derivative != .pullback
  }
}
