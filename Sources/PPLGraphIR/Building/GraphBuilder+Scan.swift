import PPLTensorCore

/// A quantity that a loop hands from step to step.
package struct CarriedValue {
  /// Stands for the value that each step is given, all steps along one axis.
  package var placeholder: GraphValue
  /// The axis of the steps.
  package var axis: Int
  /// What the first step is given; size 1 along the axis.
  package var initial: GraphValue
  /// What each step hands on, in the shape of the placeholder.
  package var next: GraphValue

  /// A carried value of these parts.
  package init(placeholder: GraphValue, axis: Int, initial: GraphValue, next: GraphValue) {
    self.placeholder = placeholder
    self.axis = axis
    self.initial = initial
    self.next = next
  }
}

extension GraphBuilder {
  /// Turns values that were written for all steps at once, in terms of placeholders, into a loop.
  ///
  /// What does not depend on a placeholder stays outside of the loop, computed for all steps together; the loop reads
  /// one element of it in each step.
  /// - Parameters:
  ///   - length: number of steps, at least 1.
  ///   - reversed: whether the last step is the first one made.
  ///   - carried: what is handed on.
  ///   - outputs: values that are wanted, with their axes of steps.
  ///   - kept: values of the loop that are wanted besides, whatever their axes of steps.
  /// - Returns: outputs and kept values without placeholders; nil where a value mixes steps otherwise than by what is carried.
  package func scan(
    length: Int,
    reversed: Bool,
    carried: [CarriedValue],
    outputs: [(value: GraphValue, axis: Int)],
    keeping kept: [GraphValue] = []
  ) -> [GraphValue]? {
    var loop = LoopExtraction(builder: self, length: length, carried: carried)
    if length == 1 { return loop.substituted(outputs.map(\.value) + kept) }
    guard loop.trace(carried.map { ($0.next, $0.axis) } + outputs, keeping: kept) else {
      return nil
    }
    return loop.write(reversed: reversed, outputs, keeping: kept)
  }
}

/// The part of a graph that depends on placeholders, made the body of a loop.
struct LoopExtraction {
  /// A value from outside, of which each step gets its part.
  struct Sequence: Hashable {
    var id: NodeID
    var axis: Int
  }

  let builder: GraphBuilder
  let length: Int
  let carried: [CarriedValue]
  /// Axis of the steps of each value in the loop.
  private(set) var axes: [NodeID: Int] = [:]
  /// The nodes of the loop, in order.
  private(set) var members: [NodeID] = []
  private(set) var sequences: [Sequence] = []
  private var invariants: [NodeID] = []
  private(set) var knownSequences: [Sequence: Int] = [:]
  private var knownInvariants: [NodeID: Int] = [:]

  init(builder: GraphBuilder, length: Int, carried: [CarriedValue]) {
    self.builder = builder
    self.length = length
    self.carried = carried
    for entry in carried { axes[entry.placeholder.id] = entry.axis }
  }

  func isInLoop(_ id: NodeID) -> Bool { axes[id] != nil }

  // MARK: What belongs to the loop

  /// Finds the nodes of the loop and what they read from outside; false where steps are mixed.
  mutating func trace(
    _ targets: [(value: GraphValue, axis: Int)],
    keeping kept: [GraphValue] = []
  ) -> Bool {
    for id in dependentNodes(targets.map(\.value.id) + kept.map(\.id)) {
      let node = builder.nodes[id.index]
      if length == 1 {
        // There is nothing to be mixed: all of a single step is one, and all from outside is its.
        for operand in node.operands where !isInLoop(operand) {
          _ = note(operand, sharedAxis: nil, length: 1)
        }
        axes[id] = 0
        members.append(id)
        continue
      }
      let operandAxes = node.operands.map { axes[$0] }
      let axis = node.op.stepAxis(
        operands: node.operands.map { builder.nodes[$0.index].shape },
        axes: operandAxes,
        result: node.shape,
        size: length
      )
      guard let axis, node.shape[axis] % length == 0 else { return false }
      let shared = node.op.sharedStepAxis(result: node.shape, axis: axis)
      for (operand, own) in zip(node.operands, operandAxes) where own == nil {
        guard note(operand, sharedAxis: shared, length: node.shape[axis]) else { return false }
      }
      axes[id] = axis
      members.append(id)
    }
    for target in targets {
      if length == 1 {
        if !isInLoop(target.value.id) { _ = note(target.value.id, sharedAxis: nil, length: 1) }
      } else if let axis = axes[target.value.id] {
        guard axis == target.axis, target.value.shape[axis] == length else { return false }
      } else {
        guard note(target.value.id, sharedAxis: target.axis, length: length) else { return false }
      }
    }
    return true
  }

  /// The nodes that depend on a placeholder and that the targets need, in order.
  private func dependentNodes(_ targets: [NodeID]) -> [NodeID] {
    let first = carried.map(\.placeholder.id).min()?.index ?? 0
    let last = targets.map(\.index).max() ?? -1
    guard first <= last else { return [] }
    var depends = [Bool](repeating: false, count: last - first + 1)
    func isDependent(_ id: NodeID) -> Bool {
      id.index >= first && id.index <= last && depends[id.index - first]
    }
    for index in first...last {
      depends[index - first] =
        isInLoop(NodeID(index)) || builder.nodes[index].operands.contains(where: isDependent)
    }
    var isNeeded = [Bool](repeating: false, count: depends.count)
    for target in targets where isDependent(target) { isNeeded[target.index - first] = true }
    for index in (first...last).reversed() where isNeeded[index - first] {
      for operand in builder.nodes[index].operands where isDependent(operand) {
        isNeeded[operand.index - first] = true
      }
    }
    return (first...last).map { NodeID($0) }
      .filter { isNeeded[$0.index - first] && !isInLoop($0) }
  }

  /// Notes a value from outside that the loop reads; false if its part of a step cannot be told.
  private mutating func note(_ id: NodeID, sharedAxis: Int?, length whole: Int) -> Bool {
    let shape = builder.nodes[id.index].shape
    if let sharedAxis, sharedAxis < shape.rank, shape[sharedAxis] == whole {
      let sequence = Sequence(id: id, axis: sharedAxis)
      if knownSequences[sequence] == nil {
        knownSequences[sequence] = sequences.count
        sequences.append(sequence)
      }
      return true
    }
    if let sharedAxis, sharedAxis < shape.rank, shape[sharedAxis] != 1 { return false }
    if knownInvariants[id] == nil {
      knownInvariants[id] = invariants.count
      invariants.append(id)
    }
    return true
  }

  // MARK: The loop

  /// The outputs of a single step, with the initial values in place of the placeholders.
  func substituted(_ outputs: [GraphValue]) -> [GraphValue] {
    var values: [NodeID: GraphValue] = [:]
    for entry in carried { values[entry.placeholder.id] = entry.initial }
    for id in dependentNodes(outputs.map(\.id)) {
      let node = builder.nodes[id.index]
      let operands = node.operands.map { values[$0] ?? GraphValue(builder: builder, id: $0) }
      values[id] = builder.apply(node.op, operands)
    }
    return outputs.map { values[$0.id] ?? $0 }
  }

  func write(
    reversed: Bool,
    _ outputs: [(value: GraphValue, axis: Int)],
    keeping kept: [GraphValue]
  ) -> [GraphValue]? {
    let outputs = outputs + kept.map { ($0, axes[$0.id] ?? 0) }
    guard let step = body(stepCount: 1, outputs), let batched = body(stepCount: length, outputs)
    else { return nil }
    if step.builder.failure != nil || batched.builder.failure != nil { return nil }
    let scan = Op.scan(
      ScanBody(
        step.builder.build(outputs: [step.row]),
        batched: batched.builder.build(outputs: [batched.row]),
        carryCount: carryCount,
        sequenceCount: sequences.count
      ),
      length: length,
      reversed: reversed
    )
    let initial = GraphValue.concatenate(
      carried.map { $0.initial.reshape([1, $0.initial.shape.count]) },
      axis: 1
    )
    let operands = [initial] + outerSequences + outerInvariants
    let rows = builder.apply(scan, operands)
    return outputs.map { output in
      guard let column = step.columns[output.value.id], isInLoop(output.value.id) else {
        return output.value
      }
      return rows.slice(axis: 1, start: column, count: output.value.shape.count / length)
        .withSteps(along: output.axis, of: output.value.shape, count: length)
    }
  }

  /// The sequences, steps first.
  var outerSequences: [GraphValue] {
    sequences.map {
      GraphValue(builder: builder, id: $0.id).stepsFirst(axis: $0.axis, count: length)
    }
  }

  var outerInvariants: [GraphValue] {
    wholeInvariants.map { GraphValue(builder: builder, id: $0) }
  }

  private var carryCount: Int {
    carried.reduce(0) { $0 + $1.placeholder.shape.count / length }
  }

  /// Invariants that are operands of the loop; small constants are written into the body.
  var wholeInvariants: [NodeID] { invariants.filter { embedded($0) == nil } }

  /// A row of the loop, and where in it each value begins.
  struct Body {
    var builder: GraphBuilder
    var row: GraphValue
    var columns: [NodeID: Int]
  }

  /// The loop's computation for a number of steps at once: 1 or all.
  func body(stepCount: Int, _ outputs: [(value: GraphValue, axis: Int)]) -> Body? {
    let body = GraphBuilder(elementBudget: builder.elementBudget, keepsAxes: true)
    func resized(_ shape: Shape, _ axis: Int) -> Shape {
      shape.resized(axis: axis, from: length, to: stepCount)
    }
    let carry = body.addInput(shape: [stepCount, carryCount])
    let sequenceInputs = sequences.map {
      body.addInput(shape: Shape([stepCount] + partShape($0).sizes))
    }
    var inputs: [NodeID: GraphValue] = [:]
    for id in wholeInvariants {
      inputs[id] = body.addInput(shape: builder.nodes[id.index].shape)
    }

    var values: [NodeID: GraphValue] = [:]
    var start = 0
    for entry in carried {
      let width = entry.placeholder.shape.count / length
      values[entry.placeholder.id] = carry.slice(axis: 1, start: start, count: width)
        .withSteps(
          along: entry.axis,
          of: resized(entry.placeholder.shape, entry.axis),
          count: stepCount
        )
      start += width
    }
    func outside(_ id: NodeID, axis: Int?, length whole: Int) -> GraphValue? {
      let shape = builder.nodes[id.index].shape
      if let axis, let position = knownSequences[Sequence(id: id, axis: axis)],
        shape[axis] == whole
      {
        return sequenceInputs[position]
          .withSteps(along: axis, of: resized(shape, axis), count: stepCount)
      }
      return inputs[id] ?? embedded(id).map { body.constant($0) }
    }
    for id in members {
      let node = builder.nodes[id.index]
      guard let axis = axes[id] else { return nil }
      let shared = node.op.sharedStepAxis(result: node.shape, axis: axis)
      var operands: [GraphValue] = []
      for operand in node.operands {
        guard
          let value = values[operand]
            ?? outside(operand, axis: shared, length: node.shape[axis])
        else { return nil }
        operands.append(value)
      }
      values[id] = body.apply(
        node.op.resized(axis: axis, from: length, to: stepCount),
        operands
      )
    }

    var pieces: [GraphValue] = []
    var columns: [NodeID: Int] = [:]
    var width = 0
    func add(_ value: GraphValue, _ axis: Int) -> Bool {
      guard let part = values[value.id] ?? outside(value.id, axis: axis, length: length) else {
        return false
      }
      let count = value.shape.count / length
      let first = part.broadcast(to: resized(value.shape, axis))
        .stepsFirst(axis: axis, count: stepCount)
      pieces.append(first.reshape([stepCount, count]))
      if columns[value.id] == nil { columns[value.id] = width }
      width += count
      return true
    }
    for entry in carried { guard add(entry.next, entry.axis) else { return nil } }
    for output in outputs where isInLoop(output.value.id) && columns[output.value.id] == nil {
      guard add(output.value, output.axis) else { return nil }
    }
    return Body(
      builder: body,
      row: GraphValue.concatenate(pieces, axis: 1),
      columns: columns
    )
  }

  /// A small constant without steps, or one that is the same number throughout.
  func embedded(_ id: NodeID) -> Tensor? {
    let value = GraphValue(builder: builder, id: id)
    guard let tensor = builder.constantValue(of: value), tensor.values.count <= 64 else {
      return nil
    }
    return tensor
  }

  /// Shape of what a step gets of a sequence.
  private func partShape(_ sequence: Sequence) -> Shape {
    builder.nodes[sequence.id.index].shape.resized(axis: sequence.axis, from: length, to: 1)
  }
}

extension GraphValue {
  /// This value `[…, count · k, …]` as `[count, …, k, …]`.
  func stepsFirst(axis: Int, count: Int) -> GraphValue {
    let sizes = shape.sizes
    let split = Array(sizes[..<axis]) + [count, sizes[axis] / count] + sizes[(axis + 1)...]
    let order = [axis] + split.indices.filter { $0 != axis }
    let part = shape.resized(axis: axis, from: count, to: 1)
    return reshape(Shape(split)).transpose(order).reshape(Shape([count] + part.sizes))
  }

  /// The reverse of `stepsFirst`: a value whose first axis holds the steps, in a shape that has them along `axis`.
  func withSteps(along axis: Int, of shape: Shape, count: Int) -> GraphValue {
    let part = shape.resized(axis: axis, from: count, to: 1).sizes
    let order = (0...part.count).map { $0 < axis ? $0 + 1 : $0 == axis ? 0 : $0 }
    return reshape(Shape([count] + part)).transpose(order).reshape(shape)
  }
}
