package import PPLGraphIR
import PPLTensorCore

/// The graph of a function and its directional derivative, by forward accumulation.
///
/// Conventions are those of `gradient(of:)`.
///
/// - Parameters:
///   - graph: the graph to differentiate.
///   - selection: numbers of the inputs that change; all if nil.
///   - elementBudget: elements that the new graph may hold.
/// - Returns: a graph whose inputs are those of the graph, then one direction for each selected input, shaped like it;
///   its outputs are those of the graph, then the derivative of each in that direction.
/// - Throws: `AutodiffError` where an output depends on a selected input through a primitive without derivative.
package func tangent(
  of graph: Graph,
  withRespectTo selection: [Int]? = nil,
  elementBudget: Int = 1 << 27
) throws(AutodiffError) -> Graph {
  let selected = selection ?? Array(graph.inputs.indices)
  let graph = try graph.withDifferentiatedSolutions(onInputs: Set(selected))
  let builder = GraphBuilder(elementBudget: elementBudget)
  let inputs = graph.inputs.map { builder.addInput(shape: $0) }
  var directions: [Int: GraphValue] = [:]
  for input in selected { directions[input] = builder.addInput(shape: graph.inputs[input]) }
  let values = builder.inline(graph, inputs: inputs)

  var sweep = ForwardSweep(graph: graph, values: values, selected: Set(selected))
  try sweep.run(directions: directions)
  let tangents = graph.outputs.map { output in
    sweep.tangents[output.index] ?? builder.constant(0).broadcast(to: graph[output].shape)
  }
  if let failure = builder.failure { throw .budgetExceeded(failure) }
  return builder.build(outputs: graph.outputs.map { values[$0.index] } + tangents)
}

/// Forward accumulation over the nodes of a graph, first first.
struct ForwardSweep {
  let graph: Graph
  let values: [GraphValue]
  let depends: [Bool]
  /// The tangent of each node that depends on a selected input.
  private(set) var tangents: [GraphValue?]

  init(graph: Graph, values: [GraphValue], selected: Set<Int>) {
    self.graph = graph
    self.values = values
    depends = graph.dependence(onInputs: selected)
    tangents = [GraphValue?](repeating: nil, count: graph.nodes.count)
  }

  mutating func run(directions: [Int: GraphValue]) throws(AutodiffError) {
    for (index, node) in graph.nodes.enumerated() where depends[index] {
      if case .input(let input) = node.op {
        tangents[index] = directions[input]
      } else {
        tangents[index] = try tangent(of: node, id: NodeID(index)).broadcast(to: node.shape)
      }
    }
  }

  /// The tangent of an operand in which the node is smooth; nil if it does not change.
  private func change(_ position: Int, of node: Node) -> GraphValue? {
    node.op.dependsSmoothly(onOperand: position)
      ? tangents[node.operands[position].index] : nil
  }

  /// The tangents of a loop's rows: a loop of the tangents of its carries.
  private func tangent(
    of loop: ScanUse,
    operands: [GraphValue],
    changes: [GraphValue],
    rows: GraphValue
  ) throws(AutodiffError) -> GraphValue {
    let builder = rows.builder
    let (length, count) = (loop.length, loop.body.carryCount)
    let failure = AutodiffError.notDifferentiable(
      op: loop.use.node.op.name,
      operand: 0,
      node: loop.use.id
    )
    let graph = loop.body.batched
    let carries = loop.carries(initial: operands[0], rows: rows, count: count)
    let batched = builder.inline(graph, inputs: [carries] + operands.dropFirst())
    let placeholder = builder.addPlaceholder(shape: [length, count])
    var directions = [0: placeholder]
    for position in changes.indices.dropFirst() { directions[position] = changes[position] }
    var sweep = ForwardSweep(
      graph: graph,
      values: batched,
      selected: Set(graph.inputs.indices)
    )
    try sweep.run(directions: directions)
    guard let row = sweep.tangents[graph.outputs[0].index] else {
      return builder.constant(0).broadcast(to: rows.shape)
    }
    let carried = CarriedValue(
      placeholder: placeholder,
      axis: 0,
      initial: changes[0],
      next: row.slice(axis: 1, start: 0, count: count)
    )
    let result = builder.scan(
      length: length,
      reversed: loop.isReversed,
      carried: [carried],
      outputs: [(row, 0)]
    )
    guard let result else { throw failure }
    return result[0]
  }

  private func tangent(of node: Node, id: NodeID) throws(AutodiffError) -> GraphValue {
    func operand(_ position: Int) -> GraphValue { values[node.operands[position].index] }
    func changeOrZero(_ position: Int) -> GraphValue {
      change(position, of: node)
        ?? operand(position).scalar(0).broadcast(to: operand(position).shape)
    }
    let first = operand(0)
    let result = values[id.index]

    switch node.op {
    case .constant, .input, .argsort, .random:
      throw .notDifferentiable(op: node.op.name, operand: 0, node: id)
    case .unary(.exp):
      // exp(-inf) stays 0, also where its argument goes there without bound.
      return result.isEqual(to: 0).select(0, changeOrZero(0) * result)
    case .unary(let op):
      return try sum(of: [op.partial(at: first, result: result)], node, id)
    case .binary(let op):
      let partials = (0..<2).map { position in
        change(position, of: node) == nil
          ? nil : op.partial(inOperand: position, first, operand(1), result: result)
      }
      return try sum(of: partials, node, id)
    case .betaP:
      let partials = (0..<3).map { position in
        change(position, of: node) == nil
          ? nil : betaPartial(inOperand: position, first, operand(1), operand(2))
      }
      return try sum(of: partials, node, id)
    case .select:
      if let product = maskedProduct(node) { return tangent(of: product, result) }
      return first.select(changeOrZero(1), changeOrZero(2))
    case .scan(let body, let length, let isReversed):
      let loop = ScanUse(
        body: body,
        length: length,
        isReversed: isReversed,
        use: ReverseSweep.NodeUse(id: id, node: node)
      )
      return try tangent(
        of: loop,
        operands: node.operands.indices.map(operand),
        changes: node.operands.indices.map(changeOrZero),
        rows: result
      )
    case .solveODE(let body, _):
      let parts = node.operands.indices.map { position in
        change(position, of: node).map { body.tangent(of: position, $0, result: result) }
      }
      // Derivatives of the derivatives are not known, and not asked for.
      let changes = total(parts) ?? result.slice(axis: 3, start: 0, count: 1) * 0
      return changes.broadcast(to: node.shape.replacing(axis: 3, with: 1))
        .pad(axis: 3, before: 0, after: node.shape[3] - 1)
    case .callout(let body, .columns):
      let parts = node.operands.indices.map { position in
        change(position, of: node).map { body.tangent(of: position, $0, result: result) }
      }
      let changes = total(parts) ?? result.slice(axis: 2, start: 0, count: 1) * 0
      return changes.pad(axis: 2, before: 0, after: node.shape[2] - 1)
    case .callout(let body, _):
      throw .notDifferentiable(op: body.name, operand: 0, node: id)
    case .reshape, .transpose, .broadcast, .slice, .pad, .cumulativeSum, .diagonal,
      .diagonalMatrix, .lowerTriangle, .reduce(.sum, _):
      return first.builder.apply(node.op, [changeOrZero(0)])
    case .gather, .scatterAdd:
      return first.builder.apply(node.op, [changeOrZero(0), operand(1)])
    case .concatenate(let axis):
      return .concatenate(node.operands.indices.map(changeOrZero), axis: axis)
    case .reduce(.product, let axes):
      return first.productTangent(axes: axes, tangent: changeOrZero(0), shape: node.shape)
    case .reduce(.maximum, let axes), .reduce(.minimum, let axes):
      return first.firstEqual(to: result, axes: axes).select(changeOrZero(0), 0).sum(axes: axes)
    case .sort(let axis):
      return first.sortTangent(axis: axis, tangent: changeOrZero(0))
    case .matrixMultiply, .convolve:
      let parts = [
        change(0, of: node).map { first.builder.apply(node.op, [$0, operand(1)]) },
        change(1, of: node).map { first.builder.apply(node.op, [first, $0]) },
      ]
      return total(parts) ?? changeOrZero(0)
    case .solve:
      // dX = A⁻¹ (dB - dA X).
      let part = change(0, of: node).map { -$0.matrixMultiply(result) }
      return first.solve(total([change(1, of: node), part]) ?? changeOrZero(1))
    case .determinant(let isLogarithm):
      let trace = (first.inverse() * changeOrZero(0).matrixTranspose())
        .sum(axes: [first.shape.rank - 2, first.shape.rank - 1]).reshape(node.shape)
      return isLogarithm ? trace : trace * result
    case .symmetricEigen:
      return changeOrZero(0).eigenTangent(decomposition: result)
    case .cholesky:
      return changeOrZero(0).choleskyTangent(factor: result)
    case .triangularSolve(let transposed):
      // X = L⁻¹ B: dX = L⁻¹ (dB - dL X), with transposed factors when X = L⁻ᵀ B.
      let factorPart = change(0, of: node).map {
        -$0.lowerTriangle().matrixMultiply(result, transposeLeft: transposed)
      }
      let right = total([change(1, of: node), factorPart]) ?? changeOrZero(1)
      let shape = Shape(result.shape.sizes.dropLast(2) + operand(1).shape.sizes.suffix(2))
      return first.triangularSolve(right.broadcast(to: shape), transposed: transposed)
    }
  }

  /// A product that is 0 where its first factor is, as adjoints have it; or a quotient.
  private struct MaskedProduct {
    var change: Int
    var factor: Int
    var isQuotient: Bool
  }

  /// What `Partial.applied` makes of a masked change.
  private func maskedProduct(_ node: Node) -> MaskedProduct? {
    func isZero(_ id: NodeID) -> Bool { values[id.index].constantValue?.uniformValue == 0 }
    let condition = graph[node.operands[0]]
    let product = graph[node.operands[2]]
    guard case .binary(.equal) = condition.op, isZero(condition.operands[1]),
      isZero(node.operands[1])
    else { return nil }
    let change = condition.operands[0]
    switch product.op {
    case .binary(.divide) where product.operands[0] == change:
      return .init(change: change.index, factor: product.operands[1].index, isQuotient: true)
    case .binary(.multiply) where product.operands[0] == change:
      return .init(change: change.index, factor: product.operands[1].index, isQuotient: false)
    case .binary(.multiply) where product.operands[1] == change:
      return .init(change: change.index, factor: product.operands[0].index, isQuotient: false)
    default: return nil
    }
  }

  /// Both parts are 0 where what they are proportional to is: the other factor may be infinite there.
  private func tangent(of product: MaskedProduct, _ result: GraphValue) -> GraphValue {
    let (change, factor) = (values[product.change], values[product.factor])
    let own = tangents[product.change].map { tangent in
      tangent.isEqual(to: 0).select(0, product.isQuotient ? tangent / factor : tangent * factor)
    }
    let other = tangents[product.factor].map { tangent in
      change.isEqual(to: 0)
        .select(0, product.isQuotient ? -(result * tangent) / factor : change * tangent)
    }
    return total([own, other]) ?? result.scalar(0)
  }

  private func total(_ parts: [GraphValue?]) -> GraphValue? {
    parts.compactMap(\.self).reduce(nil) { sum, part in sum.map { $0 + part } ?? part }
  }

  /// The sum of products of partial derivatives and changes.
  private func sum(
    of partials: [Partial?],
    _ node: Node,
    _ id: NodeID
  ) throws(AutodiffError) -> GraphValue {
    var sum: GraphValue?
    for (position, partial) in partials.enumerated() {
      guard let partial, let change = change(position, of: node) else { continue }
      // Nothing changes where the operand does not, even where the derivative is infinite.
      guard let product = partial.applied(to: change, isMasked: true) else {
        throw .notDifferentiable(op: node.op.name, operand: position, node: id)
      }
      sum = sum.map { $0 + product } ?? product
    }
    return sum ?? values[id.index].scalar(0)
  }
}
