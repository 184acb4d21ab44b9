import PPLGraphIR
import PPLTensorCore

/// Reverse accumulation over the nodes of a graph, last first.
///
/// The *adjoint* of a node is the derivative of the output by the node's value. All uses of a node come after it, so
/// that its adjoint is complete when the sweep arrives.
struct ReverseSweep {
  let graph: Graph
  let builder: GraphBuilder
  /// What stands for each node of the graph in the new graph.
  let values: [GraphValue]
  let depends: [Bool]
  private var adjoints: [PendingAdjoint]
  private var inputAdjoints: [Int: GraphValue] = [:]

  init(graph: Graph, builder: GraphBuilder, values: [GraphValue], selected: Set<Int>) {
    self.graph = graph
    self.builder = builder
    self.values = values
    depends = graph.dependence(onInputs: selected)
    adjoints = [PendingAdjoint](repeating: PendingAdjoint(), count: graph.nodes.count)
  }

  /// The adjoint of an input after the sweep; nil if the output does not depend on it.
  func adjoint(ofInput input: Int) -> GraphValue? { inputAdjoints[input] }

  /// Sweeps from an output of one element.
  mutating func run(from output: NodeID) throws(AutodiffError) {
    let shape = graph[output].shape
    precondition(shape.count == 1, "A gradient is that of one number.")
    let one = builder.constant(1).broadcast(to: shape)
    try run(from: output, Adjoint(value: one, isMasked: false))
  }

  /// Sweeps from an output whose adjoint is given.
  mutating func run(from output: NodeID, _ adjoint: Adjoint) throws(AutodiffError) {
    if !depends[output.index] { return }
    adjoints[output.index].add(adjoint.value, isMasked: adjoint.isMasked)
    for index in (0...output.index).reversed() where depends[index] {
      guard let adjoint = adjoints[index].total(shape: graph.nodes[index].shape) else { continue }
      adjoints[index] = PendingAdjoint()
      let node = graph.nodes[index]
      if case .input(let input) = node.op {
        inputAdjoints[input] = adjoint.value
      } else {
        try propagate(adjoint, through: NodeUse(id: NodeID(index), node: node))
      }
    }
  }

  /// A node that the sweep has arrived at.
  struct NodeUse {
    let id: NodeID
    let node: Node
  }

  /// The value of an operand.
  func operand(_ position: Int, of use: NodeUse) -> GraphValue {
    values[use.node.operands[position].index]
  }

  /// Whether an operand's adjoint is asked for.
  func isWanted(_ position: Int, of use: NodeUse) -> Bool {
    depends[use.node.operands[position].index]
      && use.node.op.dependsSmoothly(onOperand: position)
  }

  /// Adds to the adjoint of an operand; axes along which the operand was repeated are summed.
  mutating func add(_ value: GraphValue, isMasked: Bool, to position: Int, of use: NodeUse) {
    // Parts of an output that the sweep does not begin at.
    if value.constantValue?.uniformValue == 0 { return }
    let operand = use.node.operands[position].index
    adjoints[operand].add(value.summed(to: graph.nodes[operand].shape), isMasked: isMasked)
  }

  /// Adds to a part of the adjoint of an operand.
  mutating func add(_ slice: AdjointSlice, isMasked: Bool, to position: Int, of use: NodeUse) {
    if slice.value.constantValue?.uniformValue == 0 { return }
    adjoints[use.node.operands[position].index].add(slice, isMasked: isMasked)
  }

  private mutating func propagate(
    _ adjoint: Adjoint,
    through use: NodeUse
  ) throws(AutodiffError) {
    if case .scan(let body, let length, let isReversed) = use.node.op {
      let loop = ScanUse(body: body, length: length, isReversed: isReversed, use: use)
      try propagate(adjoint, through: loop)
      return
    }
    var pieceStart = 0
    for position in use.node.operands.indices {
      let start = pieceStart
      let operandShape = operand(position, of: use).shape
      if case .concatenate(let axis) = use.node.op { pieceStart += operandShape[axis] }
      guard isWanted(position, of: use) else { continue }

      if case .concatenate(let axis) = use.node.op {
        let piece = adjoint.value.slice(axis: axis, start: start, count: operandShape[axis])
        add(piece, isMasked: adjoint.isMasked, to: position, of: use)
        continue
      }
      if case .slice(let axis, let start, let count) = use.node.op {
        let slice = AdjointSlice(axis: axis, start: start, count: count, value: adjoint.value)
        add(slice, isMasked: adjoint.isMasked, to: position, of: use)
        continue
      }
      guard let contribution = contribution(of: adjoint, to: position, of: use) else {
        throw .notDifferentiable(op: use.node.op.name, operand: position, node: use.id)
      }
      add(contribution.value, isMasked: contribution.isMasked, to: position, of: use)
    }
  }
}

/// The derivative of the output by a value.
struct Adjoint {
  var value: GraphValue
  /// Whether it may be 0 because a branch was not taken (see `Partial.applied`).
  var isMasked: Bool
}

extension GraphValue {
  /// The sum over axes that are of size 1 in a shape of equal rank.
  func summed(to shape: Shape) -> GraphValue {
    let axes = shape.sizes.indices.filter { shape[$0] == 1 && self.shape[$0] != 1 }
    return axes.isEmpty ? self : sum(axes: axes)
  }
}
