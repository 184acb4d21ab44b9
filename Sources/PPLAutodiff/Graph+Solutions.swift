import PPLGraphIR
import PPLTensorCore

extension Graph {
  /// This graph with derivatives beside the solutions of differential equations and the results of callouts.
  ///
  /// Such a value is then the first part of a node that also holds its derivatives, so that both come from one run of the
  /// solver, or one call. They cannot be differentiated again.
  func withDifferentiatedSolutions(onInputs selected: Set<Int>) throws(AutodiffError) -> Graph {
    let hasSolutions = nodes.contains { node in
      switch node.op {
      case .solveODE, .callout: true
      default: false
      }
    }
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
      case .callout(let body, .value) where depends[index] && body.derivative == .columns:
        let both = builder.apply(.callout(body, .columns), operands)
        values.append(both.slice(axis: 2, start: 0, count: 1).reshape(node.shape))
      case .callout(let body, let form) where depends[index]:
        guard form == .value, body.derivative == .pullback else {
          throw .noGradient(callout: body.name)
        }
        values.append(builder.apply(node.op, operands))
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

extension CalloutBody {
  /// The adjoint of an argument `[N, w]`, from that of the callout's result; nil where it is not known.
  func adjoint(
    of argument: Int,
    _ adjoint: GraphValue,
    _ form: CalloutForm,
    operands: [GraphValue],
    result: GraphValue
  ) -> GraphValue? {
    guard isDifferentiated[argument] else { return nil }
    switch form {
    case .columns:
      let values = adjoint.slice(axis: 2, start: 0, count: 1)
      return (values * derivatives(by: argument, result)).sum(axes: [1])
        .reshape([callCount, widths[argument]])
    case .value where derivative == .pullback:
      // One node for all arguments, as equal applications are one.
      return adjoint.builder.apply(.callout(self, .pullback), operands + [adjoint])
        .slice(axis: 1, start: column(of: argument), count: widths[argument])
    case .value, .pullback, .draw: return nil
    }
  }

  /// What a change of an argument adds to the change of the results, `[N, R, 1]`.
  func tangent(of argument: Int, _ change: GraphValue, result: GraphValue) -> GraphValue {
    let direction = change.reshape([callCount, 1, widths[argument]])
    return (derivatives(by: argument, result) * direction).sum(axes: [2])
  }

  private func derivatives(by argument: Int, _ result: GraphValue) -> GraphValue {
    result.slice(axis: 2, start: 1 + column(of: argument), count: widths[argument])
  }
}
