import PPLGraphIR
import PPLTensorCore

/// Finds linear forms.
///
/// The search goes down from a value through nodes with as many elements: sums, products with factors that have one
/// term, quotients by such, choices known from data, products of a known matrix and a vector. What is smaller, or is
/// gathered by a constant index, is a coefficient and is not looked into. A part of full size and of another make
/// would be a coefficient of its own for each element, which is of no use: then there is no form.
struct LinearAnalysis {
  private let site: RewriteSite
  /// The builder of the data.
  let data: GraphBuilder
  /// Nodes that may still be visited, so that shared parts cannot make the search long.
  private var visitsLeft = 512

  init(_ site: RewriteSite) {
    self.site = site
    data = GraphBuilder(elementBudget: site.builder.elementBudget)
  }

  /// The linear form of an old node; nil if it has none, too many terms, too large data, or data that are not finite.
  mutating func form(of id: NodeID) -> LinearForm? {
    form(of: id, repeatedTo: site.node(id).shape)
  }

  /// The linear form of an old node whose elements repeat to a shape.
  mutating func form(of id: NodeID, repeatedTo shape: Shape) -> LinearForm? {
    guard let form = form(id, shape), data.failure == nil else { return nil }
    for term in form.terms {
      guard let values = term.data.constantValue?.values, values.allSatisfy(\.isFinite) else {
        return nil
      }
    }
    return form
  }

  /// The form of a node whose elements repeat to a shape.
  private mutating func form(_ id: NodeID, _ shape: Shape) -> LinearForm? {
    let node = site.node(id)
    visitsLeft -= 1
    guard visitsLeft >= 0, data.failure == nil else { return nil }
    if let tensor = site.constant(id) { return known(tensor, shape) }
    if node.shape.count == 1 { return single(.shared(site.value(id).reshape([])), shape) }
    guard node.shape.count == shape.count else { return repeated(id, shape) }

    switch node.op {
    case .unary(.negate):
      return form(node.operands[0], shape).map(negated)
    case .binary(.add), .binary(.subtract):
      guard let left = form(node.operands[0], shape), let right = form(node.operands[1], shape)
      else { return nil }
      return sum(left, node.op == .binary(.subtract) ? negated(right) : right)
    case .binary(.multiply):
      guard let left = form(node.operands[0], shape), let right = form(node.operands[1], shape)
      else { return nil }
      return product(left, right) ?? product(right, left)
    case .binary(.divide):
      guard let left = form(node.operands[0], shape), let right = form(node.operands[1], shape)
      else { return nil }
      return quotient(left, by: right)
    case .select:
      guard let condition = site.constant(node.operands[0]),
        let left = form(node.operands[1], shape), let right = form(node.operands[2], shape)
      else { return nil }
      let holds = known(condition, shape).terms[0].data
      return sum(restricted(left, to: holds), restricted(right, to: holds.not()))
    case .reshape:
      return form(node.operands[0], site.node(node.operands[0]).shape)
    case .broadcast:
      return form(node.operands[0], shape)
    case .gather:
      guard let gathered = site.value(id).gatheredScalars,
        let index = site.indices.table(
          of: gathered.index,
          rowCount: gathered.table.shape.count
        )
      else { return nil }
      // Rows that are not read are left out at once: 0 times an infinite one would spoil gradients.
      let rows = site.indices.rows(of: gathered.table, readBy: gathered.index, index)
      return single(.grouped(rows, index.compact), shape)
    case .reduce(.sum, let axes):
      return rowProducts(node.operands[0], axes, shape)
    case .matrixMultiply(let transposeLeft, let transposeRight):
      return matrixProduct(node, transposeLeft, transposeRight, shape)
    case .constant, .input, .random, .unary, .binary, .betaP, .transpose, .slice, .pad,
      .concatenate, .scatterAdd, .reduce, .cumulativeSum, .sort, .argsort, .cholesky, .convolve,
      .triangularSolve, .diagonal, .diagonalMatrix, .lowerTriangle, .solve, .determinant,
      .symmetricEigen, .scan, .solveODE, .callout:
      return nil
    }
  }

  // MARK: Leaves

  private func single(_ coefficient: Coefficient, _ shape: Shape) -> LinearForm {
    let one = data.constant(1).reshape([1, 1])
    return LinearForm(count: shape.count, terms: [.init(coefficient: coefficient, data: one)])
  }

  private func known(_ tensor: Tensor, _ shape: Shape) -> LinearForm {
    var values = data.constant(tensor)
    if let uniform = tensor.uniformValue {
      values = data.constant(Tensor(shape: [1, 1], kind: tensor.kind, repeating: uniform))
    } else {
      values = values.broadcast(to: shape).reshape([shape.count, 1])
    }
    return LinearForm(count: shape.count, terms: [.init(coefficient: .one, data: values)])
  }

  /// A smaller value as a table of its elements.
  private func repeated(_ id: NodeID, _ shape: Shape) -> LinearForm? {
    let node = site.node(id)
    guard node.shape.rank == shape.rank else { return nil }
    let positions = data.constant(
      Tensor(positions: Array(0..<node.shape.count), shape: node.shape)
    )
    guard let rows = positions.broadcast(to: shape).constantValue,
      let index = IndexTable(rows, rowCount: node.shape.count)
    else { return nil }
    let table = site.value(id).reshape([node.shape.count])
    return single(.grouped(table, index), shape)
  }

  /// Sums over axes of the product of known numbers and a value that varies along these axes only.
  private func rowProducts(_ id: NodeID, _ axes: [Int], _ shape: Shape) -> LinearForm? {
    let node = site.node(id)
    guard node.op == .binary(.multiply) else { return nil }
    for position in 0...1 {
      let (factor, other) = (node.operands[position], node.operands[1 - position])
      guard let matrix = site.constant(factor), site.constant(other) == nil else { continue }
      let width = axes.reduce(1) { $0 * node.shape[$1] }
      let vector = site.node(other).shape
      guard vector.count == width, width > 1,
        vector.sizes.indices.allSatisfy({ axes.contains($0) || vector[$0] == 1 })
      else { continue }
      let others = node.shape.sizes.indices.filter { !axes.contains($0) }
      let columns = data.constant(matrix).broadcast(to: node.shape)
        .transpose(others + axes.sorted()).reshape([shape.count, width])
      return LinearForm(
        count: shape.count,
        terms: [.init(coefficient: .vector(site.value(other).reshape([width])), data: columns)]
      )
    }
    return nil
  }

  /// A known matrix times a vector.
  private func matrixProduct(
    _ node: Node,
    _ transposeLeft: Bool,
    _ transposeRight: Bool,
    _ shape: Shape
  ) -> LinearForm? {
    let vector = site.node(node.operands[1]).shape
    guard let matrix = site.constant(node.operands[0]), node.shape.rank == 2, vector.count > 1,
      vector.matrixSizes(transposed: transposeRight).columns == 1
    else { return nil }
    let left = data.constant(matrix)
    return LinearForm(
      count: shape.count,
      terms: [
        .init(
          coefficient: .vector(site.value(node.operands[1]).reshape([vector.count])),
          data: transposeLeft ? left.matrixTranspose() : left
        )
      ]
    )
  }

  // MARK: Arithmetic

  private func negated(_ form: LinearForm) -> LinearForm { mapped(form) { -$0 } }

  private func mapped(_ form: LinearForm, _ change: (GraphValue) -> GraphValue) -> LinearForm {
    LinearForm(
      count: form.count,
      terms: form.terms.map { term in
        var term = term
        term.data = change(term.data)
        return term
      }
    )
  }

  private func sum(_ left: LinearForm, _ right: LinearForm) -> LinearForm? {
    var sum = left
    for term in right.terms { sum.add(term) }
    return sum.terms.count <= LinearForm.termLimit ? sum : nil
  }

  /// The product with a form of one term.
  private func product(_ form: LinearForm, _ factor: LinearForm) -> LinearForm? {
    combined(form, .multiply, factor)
  }

  private func quotient(_ form: LinearForm, by divisor: LinearForm) -> LinearForm? {
    combined(form, .divide, divisor)
  }

  private func combined(_ form: LinearForm, _ op: BinaryOp, _ other: LinearForm) -> LinearForm? {
    guard let single = other.terms.first, other.terms.count == 1, single.presence == nil,
      single.data.shape[1] == 1
    else { return nil }
    if case .vector = single.coefficient { return nil }
    var result = LinearForm(count: form.count, terms: [])
    for term in form.terms {
      guard let coefficient = term.coefficient.combined(op, single.coefficient) else { return nil }
      result.add(
        .init(
          coefficient: coefficient,
          data: term.data.binary(op, single.data),
          presence: term.presence
        )
      )
    }
    return result
  }

  /// The terms where a condition holds, absent elsewhere.
  private func restricted(_ form: LinearForm, to condition: GraphValue) -> LinearForm {
    var result = LinearForm(count: form.count, terms: [])
    for term in form.terms {
      result.add(
        .init(
          coefficient: term.coefficient,
          data: condition.select(term.data, 0),
          presence: term.presence.map { $0.and(condition) } ?? condition
        )
      )
    }
    return result
  }
}
