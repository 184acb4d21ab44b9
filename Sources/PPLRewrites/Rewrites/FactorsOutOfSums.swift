package import PPLGraphIR
import PPLTensorCore

/// Takes factors that are the same for all terms out of a sum.
///
///     Σ c eᵢ = c Σ eᵢ,   Σ −eᵢ = −Σ eᵢ,   Σ eᵢ / c = (Σ eᵢ) / c,   Σ (c eᵢ)² = c c Σ eᵢ²
///
/// - Matches: a sum over axes of negations, products, quotients and squares with a factor of size 1 along those axes,
///   where each product is used by that sum only.
/// - Value and gradient: the sum is linear. Squares of c are never formed: it is applied twice, so that only a
///   sum Σ eᵢ² beyond 1e±308, with |eᵢ| beyond 1e±154, over- or underflows where the original need not.
package struct FactorsOutOfSums: Rewrite {
  package let name = "factors-out-of-sums"
  package let summary = "common factors are applied to sums, not to their terms"

  package init() {}

  package func replacement(for id: NodeID, in site: RewriteSite) -> GraphValue? {
    let node = site.node(id)
    guard case .reduce(.sum, let axes) = node.op else { return nil }
    let terms = Terms(site: site, axes: axes)
    guard let split = terms.split(node.operands[0]) else { return nil }
    let sum = split.core.sum(axes: axes)
    let value = split.factors.reversed().reduce(sum) { $1.applied(to: $0) }
    return value.shape == node.shape && value.kind == node.kind ? value : nil
  }
}

/// A factor that does not vary along the axes of a sum.
private enum Factor {
  case minusOne
  case multiplier(GraphValue)
  case divisor(GraphValue)

  func applied(to value: GraphValue) -> GraphValue {
    switch self {
    case .minusOne: -value
    case .multiplier(let factor): factor * value
    case .divisor(let divisor): value / divisor
    }
  }
}

/// The terms of a sum over axes.
private struct Terms {
  let site: RewriteSite
  let axes: [Int]

  /// Common factors, outermost first, and what they multiply.
  struct Split {
    var factors: [Factor]
    var core: GraphValue

    func with(_ factor: Factor) -> Split { Split(factors: [factor] + factors, core: core) }
  }

  /// The common factors of a value; nil if there are none.
  func split(_ id: NodeID, depth: Int = 0) -> Split? {
    let node = site.node(id)
    guard site.useCounts[id.index] == 1, depth < 32, varies(id) else { return nil }
    func inner(_ operand: NodeID) -> Split {
      split(operand, depth: depth + 1) ?? Split(factors: [], core: site.value(operand))
    }
    switch node.op {
    case .unary(.negate):
      return inner(node.operands[0]).with(.minusOne)
    case .unary(.square):
      guard let root = split(node.operands[0], depth: depth + 1) else { return nil }
      return Split(factors: root.factors + root.factors, core: root.core.square())
    case .binary(.multiply):
      let (left, right) = (node.operands[0], node.operands[1])
      if !varies(left) { return inner(right).with(.multiplier(site.value(left))) }
      if !varies(right) { return inner(left).with(.multiplier(site.value(right))) }
      let splits = (inner(left), inner(right))
      let factors = splits.0.factors + splits.1.factors
      return factors.isEmpty
        ? nil : Split(factors: factors, core: splits.0.core * splits.1.core)
    case .binary(.divide):
      let (left, right) = (node.operands[0], node.operands[1])
      if !varies(right) { return inner(left).with(.divisor(site.value(right))) }
      guard let numerator = split(left, depth: depth + 1) else { return nil }
      return Split(factors: numerator.factors, core: numerator.core / site.value(right))
    default:
      return nil
    }
  }

  /// Whether a value has more than one element along the axes of the sum.
  private func varies(_ id: NodeID) -> Bool {
    axes.contains { site.node(id).shape[$0] != 1 }
  }
}
