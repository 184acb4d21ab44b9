import PPLTensorCore

/// One step of a loop as a graph of its own, for those who run the steps themselves.
package struct LoopStep {
  /// What the step is given, then its parts of the sequences, then the invariants → the values of the step.
  ///
  /// Axes of steps have size 1.
  package var graph: Graph
  /// Values from outside of which each step reads its part, steps first: `[length, …]`.
  package var sequences: [GraphValue]
  /// Values from outside that are the same in all steps.
  package var invariants: [GraphValue]
}

extension GraphBuilder {
  /// The step of values that were written for all steps at once, in terms of placeholders.
  ///
  /// - Parameters:
  ///   - length: number of steps, at least 1.
  ///   - placeholders: what each step is given, with their axes of steps.
  ///   - outputs: values that are wanted of each step, with their axes of steps.
  /// - Returns: nil where a value mixes steps.
  package func loopStep(
    length: Int,
    placeholders: [(value: GraphValue, axis: Int)],
    outputs: [(value: GraphValue, axis: Int)]
  ) -> LoopStep? {
    let given = placeholders.map {
      CarriedValue(placeholder: $0.value, axis: $0.axis, initial: $0.value, next: $0.value)
    }
    var loop = LoopExtraction(builder: self, length: length, carried: given)
    guard loop.trace(outputs) else { return nil }
    return loop.step(outputs)
  }
}

extension LoopExtraction {
  /// The loop's computation for a single step.
  fileprivate func step(_ outputs: [(value: GraphValue, axis: Int)]) -> LoopStep? {
    let step = GraphBuilder(elementBudget: builder.elementBudget, keepsAxes: true)
    func resized(_ shape: Shape, _ axis: Int) -> Shape {
      shape.resized(axis: axis, from: length, to: 1)
    }
    var values: [NodeID: GraphValue] = [:]
    for entry in carried {
      let shape = resized(entry.placeholder.shape, entry.axis)
      values[entry.placeholder.id] = step.addInput(shape: shape)
    }
    let parts = sequences.map { sequence in
      let whole = builder.nodes[sequence.id.index].shape
      let part = resized(whole, sequence.axis)
      return step.addInput(shape: Shape([1] + part.sizes))
        .withSteps(along: sequence.axis, of: part, count: 1)
    }
    for id in wholeInvariants {
      values[id] = step.addInput(shape: builder.nodes[id.index].shape)
    }
    func outside(_ id: NodeID, axis: Int?, length whole: Int) -> GraphValue? {
      let shape = builder.nodes[id.index].shape
      if length > 1, let axis, axis < shape.rank, shape[axis] == whole,
        let position = knownSequences[Sequence(id: id, axis: axis)]
      {
        return parts[position]
      }
      return values[id] ?? embedded(id).map { step.constant($0) }
    }
    for id in members {
      let node = builder.nodes[id.index]
      var op = node.op
      var shared: Int?
      var whole = 1
      if length > 1 {
        guard let axis = axes[id] else { return nil }
        op = op.resized(axis: axis, from: length, to: 1)
        shared = node.op.sharedStepAxis(result: node.shape, axis: axis)
        whole = node.shape[axis]
      }
      var operands: [GraphValue] = []
      for operand in node.operands {
        let value =
          isInLoop(operand) ? values[operand] : outside(operand, axis: shared, length: whole)
        guard let value else { return nil }
        operands.append(value)
      }
      values[id] = step.apply(op, operands)
    }
    var results: [GraphValue] = []
    for (value, axis) in outputs {
      let own =
        isInLoop(value.id) ? values[value.id] : outside(value.id, axis: axis, length: length)
      guard let own else { return nil }
      results.append(own.broadcast(to: resized(value.shape, axis)))
    }
    guard step.failure == nil else { return nil }
    return LoopStep(
      graph: step.build(outputs: results),
      sequences: outerSequences,
      invariants: outerInvariants
    )
  }
}
