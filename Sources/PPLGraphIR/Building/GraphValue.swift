package import PPLTensorCore

/// A node of a graph under construction.
///
/// Arithmetic on values adds nodes to their builder:
///
///     let builder = GraphBuilder()
///     let x = builder.addInput(shape: [8])
///     let density = (-0.5 * x * x).sum()
///     let graph = builder.build(outputs: [density])
///
/// Elementwise operands have equal rank, with sizes that agree or are 1; a value of shape `[]` goes with any rank.
package struct GraphValue {
  /// The builder that the node belongs to.
  package let builder: GraphBuilder
  /// The node's number in the builder.
  package let id: NodeID

  /// The node's shape.
  package var shape: Shape { builder.nodes[id.index].shape }
  /// What the node's elements stand for.
  package var kind: ElementKind { builder.nodes[id.index].kind }

  /// The primitive that makes the node.
  package var op: Op { builder.nodes[id.index].op }
  /// What the primitive is applied to.
  package var operands: [GraphValue] {
    builder.nodes[id.index].operands.map { GraphValue(builder: builder, id: $0) }
  }

  /// The tensor that this value is known to be, if so.
  package var constantValue: Tensor? { builder.constantValue(of: self) }

  /// This primitive of this value.
  package func unary(_ op: UnaryOp) -> GraphValue { builder.apply(.unary(op), [self]) }

  /// This primitive of this value and another.
  package func binary(_ op: BinaryOp, _ other: GraphValue) -> GraphValue {
    builder.apply(.binary(op), [self, other])
  }

  /// A scalar constant of the same builder.
  package func scalar(_ value: Double) -> GraphValue { builder.constant(value) }
}

extension GraphValue: CustomStringConvertible {
  package var description: String { "%\(id.rawValue) \(kind)\(shape)" }
}
