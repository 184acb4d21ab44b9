package import PPLTensorCore

/// The place of a node in its graph.
package struct NodeID: Sendable, Hashable, Comparable {
  /// Index into `Graph.nodes`, in 32 bits.
  package let rawValue: Int32

  /// The node with this index, which is below 2³¹.
  package init(_ index: Int) {
    guard let rawValue = Int32(exactly: index) else {
      preconditionFailure("A graph has fewer than 2³¹ nodes.")
    }
    self.rawValue = rawValue
  }

  /// Index into `Graph.nodes`.
  package var index: Int { Int(rawValue) }

  package static func < (left: NodeID, right: NodeID) -> Bool { left.rawValue < right.rawValue }
}

/// One application of a primitive.
package struct Node: Sendable {
  /// The primitive.
  package let op: Op
  /// What it is applied to.
  package let operands: [NodeID]
  /// Shape of the result.
  package let shape: Shape
  /// What the elements of the result stand for.
  package let kind: ElementKind

  /// A node; shape and kind follow the primitive's rules.
  package init(op: Op, operands: [NodeID], shape: Shape, kind: ElementKind) {
    self.op = op
    self.operands = operands
    self.shape = shape
    self.kind = kind
  }
}

/// A computation with static shapes: from inputs to outputs, without effects.
///
/// Invariants (`checkInvariants()`): operands stand before the nodes that use them; shapes and kinds follow
/// the rules of `Op`; no node is without use.
package struct Graph: Sendable {
  /// All nodes in topological order.
  package let nodes: [Node]
  /// What `.constant` nodes stand for.
  package let constants: [Tensor]
  /// Shape of each input, whether used or not.
  package let inputs: [Shape]
  /// The nodes whose values are the results; one may stand there several times.
  package let outputs: [NodeID]

  /// A graph of parts that keep the invariants.
  package init(nodes: [Node], constants: [Tensor], inputs: [Shape], outputs: [NodeID]) {
    self.nodes = nodes
    self.constants = constants
    self.inputs = inputs
    self.outputs = outputs
  }

  /// The node with this number.
  package subscript(id: NodeID) -> Node { nodes[id.index] }

  /// Number of elements of all inputs together.
  package var inputCount: Int { inputs.reduce(0) { $0 + $1.count } }

  /// Number of elements of all outputs together.
  package var outputCount: Int { outputs.reduce(0) { $0 + self[$1].shape.count } }
}
