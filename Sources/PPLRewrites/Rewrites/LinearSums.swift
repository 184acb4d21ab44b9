package import PPLGraphIR
import PPLTensorCore

/// Sums linear forms by sums of data.
///
///     Σᵢ Σₜ cₜ dₜᵢ = Σₜ cₜ (Σᵢ dₜᵢ),    Σᵢ c[gᵢ] dᵢ = Σⱼ c[j] (Σ of d over the i with gᵢ = j)
///
/// So the Poisson, binomial, Bernoulli, exponential and gamma likelihoods with common or grouped parameters become
/// functions of their sufficient statistics.
///
/// - Matches: a sum of all elements of a linear form (`LinearAnalysis`); of a chain of additions, the addends that are
///   linear, while the others stay one sum.
/// - Value and gradient: sums of data are taken once, with compensation. A coefficient that no element has, as its
///   group is empty or it was not chosen, does not occur in the result.
package struct LinearSums: Rewrite {
  package let name = "linear-sums"
  package let summary = "sums that are linear in parameters use sums of data"

  package init() {}

  package func replacement(for id: NodeID, in site: RewriteSite) -> GraphValue? {
    guard let operand = site.operandOfFullSum(id) else { return nil }
    let node = site.node(id)
    let saved = site.workSaved(without: id)
    var sum = DataSum(site)
    if let form = sum.form(operand), sum.work(form) < saved {
      let value = sum.value(form).reshape(node.shape)
      return value.kind == node.kind ? value : nil
    }
    let chain = AdditionChain(operand, site)
    guard chain.addends.count > 1 else { return nil }
    var linear = site.builder.constant(0)
    var rest: GraphValue?
    var isAnyLinear = false
    for addend in chain.addends {
      let count = Double(site.node(operand).shape.count)
      if let form = sum.form(addend.id, as: site.node(operand).shape), sum.work(form) < count {
        let value = sum.value(form)
        linear = addend.isSubtracted ? linear - value : linear + value
        isAnyLinear = true
      } else {
        let value = site.value(addend.id)
        rest =
          rest.map { addend.isSubtracted ? $0 - value : $0 + value }
          ?? (addend.isSubtracted ? -value : value)
      }
    }
    guard isAnyLinear, let rest, rest.shape == site.node(operand).shape else { return nil }
    let value = rest.sum(axes: Array(rest.shape.sizes.indices)).reshape(node.shape)
    return linear.reshape(node.shape) + value
  }
}

/// The addends of a value made by additions that nothing else uses.
private struct AdditionChain {
  private(set) var addends: [(id: NodeID, isSubtracted: Bool)] = []

  init(_ id: NodeID, _ site: RewriteSite) {
    var pending = [(id: id, isSubtracted: false)]
    while let (id, isSubtracted) = pending.popLast() {
      let node = site.node(id)
      guard site.useCounts[id.index] == 1, addends.count + pending.count < 64 else {
        addends.append((id, isSubtracted))
        continue
      }
      switch node.op {
      case .binary(.add):
        pending.append((node.operands[1], isSubtracted))
        pending.append((node.operands[0], isSubtracted))
      case .binary(.subtract):
        pending.append((node.operands[1], !isSubtracted))
        pending.append((node.operands[0], isSubtracted))
      case .unary(.negate):
        pending.append((node.operands[0], !isSubtracted))
      default:
        addends.append((id, isSubtracted))
      }
    }
  }
}

/// Sums of linear forms.
private struct DataSum {
  private let site: RewriteSite
  private var analysis: LinearAnalysis

  init(_ site: RewriteSite) {
    self.site = site
    analysis = LinearAnalysis(site)
  }

  mutating func form(_ id: NodeID) -> LinearForm? { analysis.form(of: id) }

  /// The form of a value whose elements repeat to a shape.
  mutating func form(_ id: NodeID, as shape: Shape) -> LinearForm? {
    analysis.form(of: id, repeatedTo: shape)
  }

  /// The work of the sum: a multiplication and an addition for each parameter value.
  ///
  /// Infinite where a table has nearly as many rows as there are elements.
  func work(_ form: LinearForm) -> Double {
    let sizes = form.terms.map { Double($0.coefficient.size) }
    let isSmall = sizes.allSatisfy { 2 * $0 <= Double(form.count) }
    return isSmall ? 2 * sizes.reduce(0, +) : .infinity
  }

  /// The sum, shape `[]`.
  func value(_ form: LinearForm) -> GraphValue {
    var known = CompensatedSum()
    var sum: GraphValue?
    for term in form.terms {
      guard let share = share(of: term, form.count, &known) else { continue }
      sum = sum.map { $0 + share } ?? share
    }
    let constant = site.builder.constant(known.value)
    return sum.map { $0 + constant } ?? constant
  }

  /// A term's sum; nil if it is known, or absent everywhere.
  private func share(
    of term: LinearForm.Term,
    _ count: Int,
    _ known: inout CompensatedSum
  ) -> GraphValue? {
    let width = term.data.shape[1]
    let columns = TermColumns(term, count: count)
    switch term.coefficient {
    case .one:
      for element in 0..<count { known.add(columns[element, 0]) }
      return nil
    case .shared(let value):
      var sum = CompensatedSum()
      for element in 0..<count { sum.add(columns[element, 0]) }
      return columns.isAbsent ? nil : value * sum.value
    case .vector(let value):
      guard !columns.isAbsent else { return nil }
      let sums = (0..<width).map { column in
        var sum = CompensatedSum()
        for element in 0..<count { sum.add(columns[element, column]) }
        return sum.value
      }
      return (value * site.builder.constant(Tensor(shape: [width], values: sums))).sum()
    case .grouped(let table, let index):
      // Groups all of whose elements lack the term do not occur.
      let present = (0..<count).filter { columns.isPresent($0) }
      guard !present.isEmpty else { return nil }
      let used =
        present.count == count
        ? index
        : IndexTable(rows: present.map { index.rows[$0] }, rowCount: table.shape.count)
      var sums = [CompensatedSum](repeating: CompensatedSum(), count: used.usedRows.count)
      for (place, element) in present.enumerated() {
        sums[used.groups[place]].add(columns[element, 0])
      }
      let weights = Tensor(shape: [sums.count], values: sums.map(\.value))
      return (site.rows(of: table, used) * site.builder.constant(weights)).sum()
    }
  }
}
