package import PPLGraphIR
import PPLTensorCore

/// Multiplies by the reciprocal of a divisor that serves several elements.
///
///     xᵢ / s = xᵢ (1 / s)
///
/// A processor divides at a fraction of the rate at which it multiplies.
///
/// - Matches: a quotient whose divisor has at most half as many elements.
/// - Value and gradient: one more rounding of each element. Where |s| is below 1e-308 the reciprocal is infinite though
///   a quotient need not be; where it is below 1e-154 its derivative is.
package struct Reciprocals: Rewrite {
  package let name = "reciprocals"
  package let summary = "division by a common divisor is multiplication by its reciprocal"

  package init() {}

  package func replacement(for id: NodeID, in site: RewriteSite) -> GraphValue? {
    let node = site.node(id)
    guard node.op == .binary(.divide),
      2 * site.node(node.operands[1]).shape.count <= node.shape.count
    else { return nil }
    return site.value(node.operands[0]) * site.value(node.operands[1]).reciprocal()
  }
}
