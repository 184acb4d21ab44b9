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
  package let builder: GraphBuilder
  package let id: NodeID

  package var shape: Shape { builder.nodes[id.index].shape }
  package var kind: ElementKind { builder.nodes[id.index].kind }

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
