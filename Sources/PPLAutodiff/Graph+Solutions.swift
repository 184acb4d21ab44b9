import PPLGraphIR
import PPLTensorCore

extension Graph {
  /// This graph with the derivatives of solutions of differential equations beside the solutions.
  ///
  /// A solution is then the first part of a node that also holds its derivatives, so that both come from one run of the
  /// solver. They cannot be differentiated again.
  func withDifferentiatedSolutions(onInputs selected: Set<Int>) throws(AutodiffError) -> Graph {
    let hasSolutions = nodes.contains { if case .solveODE = $0.op { true } else { false } }
    guard hasSolutions else { return self }
    let depends = dependence(onInputs: selected)
    let builder = GraphBuilder(elementBudget: .max)
    let inputs = inputs.map { builder.addInput(shape: $0) }
    var values: [GraphValue] = []
    for (index, node) in nodes.enumerated() {
      let operands = node.operands.map { values[$0.index] }
      switch node.op {
      case .constant(let constant): values.append(builder.constant(constants[constant]))
      case .input(let input): values.append(inputs[input])
      case .solveODE(_, true) where depends[index]:
        throw .notDifferentiable(op: node.op.name, operand: 0, node: NodeID(index))
      case .solveODE(let body, false) where depends[index]:
        let both = builder.apply(.solveODE(body, differentiated: true), operands)
        values.append(both.slice(axis: 3, start: 0, count: 1))
      default: values.append(builder.apply(node.op, operands))
      }
    }
    return builder.build(outputs: outputs.map { values[$0.index] })
  }
}

extension ODEBody {
  /// The adjoint of an operand, from that of the solutions with their derivatives `[S, T, N, 1 + M]`, which are `result`.
  func adjoint(of operand: Int, _ adjoint: GraphValue, result: GraphValue) -> GraphValue {
    let values = adjoint.slice(axis: 3, start: 0, count: 1)
    var sum = (values * derivatives(by: operand, result)).sum(axes: [1, 2])
    if operand >= 2 + sequenceCount { sum = sum.sum(axes: [0]) }
    return sum.reshape(operandShapes[operand])
  }

  /// What a change of an operand adds to the change of the solutions, `[S, T, N, 1]`.
  func tangent(of operand: Int, _ change: GraphValue, result: GraphValue) -> GraphValue {
    let rows = operand < 2 + sequenceCount ? solutionCount : 1
    let direction = change.reshape([rows, 1, 1, width(of: operand)])
    return (derivatives(by: operand, result) * direction).sum(axes: [3])
  }

  private func derivatives(by operand: Int, _ result: GraphValue) -> GraphValue {
    result.slice(axis: 3, start: 1 + column(of: operand), count: width(of: operand))
  }
}
