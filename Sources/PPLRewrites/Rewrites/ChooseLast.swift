package import PPLGraphIR
import PPLTensorCore

/// Applies functions to what is chosen from, not to the choices.
///
///     f(c ? a : b, d) = c ? f(a, d) : f(b, d)
///
/// - Matches: an elementwise primitive of choices by one condition that is known from data, where the two results together
///   have at most a quarter of the elements, as where rates before and after a change are chosen for each year and each
///   place of the change.
/// - Value and gradient: the same elements are computed fewer times. Every element that is chosen from is chosen
///   somewhere, so that none is computed that was not before.
package struct ChooseLast: Rewrite {
  package let name = "choose-last"
  package let summary = "functions are applied to what is chosen from, not to each choice"

  package init() {}

  package func replacement(for id: NodeID, in site: RewriteSite) -> GraphValue? {
    let node = site.node(id)
    switch node.op {
    case .unary, .binary: break
    default: return nil
    }
    guard node.shape.count >= 16 else { return nil }
    let operands = node.operands.map(site.value)
    let choices = operands.filter(\.isChoice)
    guard let condition = choices.first?.operands[0], let known = condition.constantValue,
      choices.allSatisfy({ $0.operands[0].id == condition.id })
    else { return nil }
    func side(_ number: Int) -> [GraphValue] {
      operands.map { $0.isChoice ? $0.operands[number] : $0 }
    }
    let (taken, other) = (side(1), side(2))
    guard let first = Shape.repeating(taken.map { $0.shape }),
      let second = Shape.repeating(other.map { $0.shape }),
      first.count + second.count <= node.shape.count / 4,
      choices.allSatisfy({ choice in
        Self.reaches(choice.operands[1].shape, known, choice.shape) { $0 != 0 }
          && Self.reaches(choice.operands[2].shape, known, choice.shape) { $0 == 0 }
      })
    else { return nil }
    let result = condition.select(
      site.builder.apply(node.op, taken),
      site.builder.apply(node.op, other)
    )
    return result.shape == node.shape && result.kind == node.kind ? result : nil
  }

  /// Whether each element of a shape is chosen somewhere by a condition over a larger one.
  private static func reaches(
    _ shape: Shape,
    _ condition: Tensor,
    _ whole: Shape,
    _ isChosen: (Double) -> Bool
  ) -> Bool {
    let sizes = whole.sizes
    guard shape.rank == sizes.count, condition.shape.rank == sizes.count else { return false }
    if shape.count == 1 { return condition.values.contains(where: isChosen) }
    let (own, other) = (shape.strides, condition.shape.strides)
    var isReached = [Bool](repeating: false, count: shape.count)
    var place = [Int](repeating: 0, count: sizes.count)
    for _ in 0..<whole.count {
      var (element, flag) = (0, 0)
      for axis in sizes.indices {
        if shape[axis] > 1 { element += place[axis] * own[axis] }
        if condition.shape[axis] > 1 { flag += place[axis] * other[axis] }
      }
      if isChosen(condition.values[flag]) { isReached[element] = true }
      for axis in sizes.indices.reversed() {
        place[axis] += 1
        if place[axis] < sizes[axis] { break }
        place[axis] = 0
      }
    }
    return !isReached.contains(false)
  }
}

extension GraphValue {
  /// Whether this is a choice by a condition that is known.
  fileprivate var isChoice: Bool {
    guard case .select = op else { return false }
    return operands[0].constantValue != nil
  }
}
