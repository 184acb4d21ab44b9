package import PPLGraphIR
import PPLTensorCore

/// Takes back exponentials: parameters with a lower bound are exponentials of what is sampled.
///
///     log exp x = x,    exp x < c is false for c ≤ 0
///
/// - Matches: logarithms of exponentials, also through reshapes; comparisons of exponentials with constants that are not
///   positive, as densities make to check their parameters.
/// - Value and gradient: rounding, and beyond the range of exp (|x| > 700) the exact value instead of an infinite one.
package struct LogsOfExp: Rewrite {
  package let name = "logs-of-exp"
  package let summary = "the logarithm of an exponential is its argument"

  package init() {}

  package func replacement(for id: NodeID, in site: RewriteSite) -> GraphValue? {
    let node = site.node(id)
    switch node.op {
    case .unary(.log):
      guard let argument = argumentOfExp(node.operands[0], site) else { return nil }
      return site.value(argument).reshape(node.shape)
    case .binary(.less):
      guard argumentOfExp(node.operands[0], site) != nil,
        let bound = site.constant(node.operands[1]), bound.values.allSatisfy({ $0 <= 0 })
      else { return nil }
      return site.builder.constant(Tensor(shape: node.shape, kind: .boolean, repeating: 0))
    default: return nil
    }
  }

  /// x, where a node is exp x in some shape.
  private func argumentOfExp(_ id: NodeID, _ site: RewriteSite) -> NodeID? {
    let node = site.node(id)
    switch node.op {
    case .unary(.exp): return node.operands[0]
    case .reshape: return argumentOfExp(node.operands[0], site)
    default: return nil
    }
  }
}
