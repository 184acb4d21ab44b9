import PPLTensorCore

extension ScanBody {
  /// The same computation for all steps at once: the carry `[length, K]` holds what each step is given.
  ///
  /// - Returns: a graph with the inputs of the body, carry and sequences with all their steps, and the output
  ///   `[length, R]`; nil where the body treats steps in a way that has no such form.
  package func batched(length: Int, elementBudget: Int) -> Graph? {
    let builder = GraphBuilder(elementBudget: elementBudget)
    let inputs = graph.inputs.enumerated().map { position, shape in
      builder.addInput(
        shape: position <= sequenceCount ? shape.replacing(axis: 0, with: length) : shape
      )
    }
    var values: [GraphValue] = []
    var axes: [Int?] = []
    for node in graph.nodes {
      switch node.op {
      case .constant(let constant):
        values.append(builder.constant(graph.constants[constant]))
        axes.append(nil)
      case .input(let input):
        values.append(inputs[input])
        axes.append(input <= sequenceCount ? 0 : nil)
      default:
        let operandAxes = node.operands.map { axes[$0.index] }
        var operands = node.operands.map { values[$0.index] }
        guard operandAxes.contains(where: { $0 != nil }) else {
          if case .random = node.op { return nil }
          if case .scan = node.op { return nil }
          values.append(builder.apply(node.op, operands))
          axes.append(nil)
          continue
        }
        if case .random = node.op { return nil }
        let axis = node.op.stepAxis(
          operands: node.operands.map { graph[$0].shape },
          axes: operandAxes,
          result: node.shape,
          size: 1
        )
        if axis == nil, case .reshape(let shape) = node.op, let own = operandAxes[0],
          graph[node.operands[0]].shape[own] == 1, let free = shape.sizes.firstIndex(of: 1)
        {
          // The steps go to another axis of size 1: the elements of each step keep their order.
          values.append(
            operands[0].stepsFirst(axis: own, count: length)
              .withSteps(along: free, of: shape.replacing(axis: free, with: length), count: length)
          )
          axes.append(free)
          continue
        }
        guard let axis else { return nil }
        if case .concatenate = node.op {
          for (position, own) in operandAxes.enumerated() where own == nil {
            let shape = operands[position].shape.replacing(axis: axis, with: length)
            operands[position] = operands[position].broadcast(to: shape)
          }
        } else if node.shape[axis] > 1 {
          // An operand as long as the axis within a step does not fit the batched form.
          for (position, own) in operandAxes.enumerated()
          where own == nil && node.op.sharedStepAxis(result: node.shape, axis: axis) != nil {
            guard operands[position].shape.sizes.dropFirst(axis).first == 1 else { return nil }
          }
        }
        let op = node.op.resized(axis: axis, from: 1, to: length)
        values.append(builder.apply(op, operands))
        axes.append(axis)
      }
    }
    let output = graph.outputs[0].index
    let row = axes[output] == nil ? values[output].broadcast(to: [length, rowCount]) : values[output]
    guard row.shape == [length, rowCount], builder.failure == nil else { return nil }
    return builder.build(outputs: [row])
  }
}
