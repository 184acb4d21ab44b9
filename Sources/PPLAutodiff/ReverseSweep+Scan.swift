import PPLGraphIR
import PPLTensorCore

/// A loop that the sweep has arrived at.
struct ScanUse {
  let body: ScanBody
  let length: Int
  let isReversed: Bool
  let use: ReverseSweep.NodeUse
}

extension ReverseSweep {
  /// Adds the adjoints of a loop's operands.
  ///
  /// With c the carries, r the rows, ρ the adjoints of rows that come from outside of the loop, and λ those of carries,
  ///
  ///     λ(t) = (∂r(t)/∂c(t))ᵀ (ρ(t) + λ(t + 1)),
  ///
  /// which is a loop in the other direction. It is linear in λ, so that all partial derivatives are computed for all
  /// steps at once before it; and once it has run, the adjoints of sequences and invariants are no recursion any more.
  mutating func propagate(_ adjoint: Adjoint, through loop: ScanUse) throws(AutodiffError) {
    let (body, length) = (loop.body, loop.length)
    let count = body.carryCount
    let graph = body.batched
    let rows = values[loop.use.id.index]
    let operands = loop.use.node.operands.indices.map { operand($0, of: loop.use) }
    let carries = loop.carries(initial: operands[0], rows: rows, count: count)
    let batched = builder.inline(graph, inputs: [carries] + operands.dropFirst())
    let output = graph.outputs[0]
    func wide(_ value: GraphValue) -> GraphValue {
      value.pad(axis: 1, before: 0, after: body.rowCount - count)
    }

    let placeholder = builder.addPlaceholder(shape: [length, count])
    var sweep = ReverseSweep(graph: graph, builder: builder, values: batched, selected: [0])
    try sweep.run(
      from: output,
      Adjoint(value: adjoint.value + wide(placeholder), isMasked: adjoint.isMasked)
    )
    let zeros = builder.constant(0).broadcast(to: [1, count])
    var lambda = builder.constant(0).broadcast(to: [length, count])
    if let next = sweep.adjoint(ofInput: 0) {
      let carried = CarriedValue(placeholder: placeholder, axis: 0, initial: zeros, next: next)
      let result = builder.scan(
        length: length,
        reversed: !loop.isReversed,
        carried: [carried],
        outputs: [(next, 0)]
      )
      guard let result else {
        throw .notDifferentiable(op: loop.use.node.op.name, operand: 0, node: loop.use.id)
      }
      lambda = result[0]
    }
    if isWanted(0, of: loop.use) {
      let first = loop.isReversed ? length - 1 : 0
      add(
        lambda.slice(axis: 0, start: first, count: 1),
        isMasked: adjoint.isMasked,
        to: 0,
        of: loop.use
      )
    }

    let wanted = operands.indices.dropFirst().filter { isWanted($0, of: loop.use) }
    guard !wanted.isEmpty else { return }
    let later = loop.handedOn(lambda, zeros: zeros)
    var second = ReverseSweep(
      graph: graph,
      builder: builder,
      values: batched,
      selected: Set(wanted)
    )
    try second.run(
      from: output,
      Adjoint(value: adjoint.value + wide(later), isMasked: adjoint.isMasked)
    )
    for position in wanted {
      guard let value = second.adjoint(ofInput: position) else { continue }
      add(value, isMasked: adjoint.isMasked, to: position, of: loop.use)
    }
  }
}

extension ScanUse {
  /// What each step was given: the initial carry, then the carries of the rows of the steps before.
  func carries(initial: GraphValue, rows: GraphValue, count: Int) -> GraphValue {
    let before = rows.slice(axis: 0, start: isReversed ? 1 : 0, count: length - 1)
      .slice(axis: 1, start: 0, count: count)
    return .concatenate(isReversed ? [before, initial] : [initial, before], axis: 0)
  }

  /// For each step what the next one has, and zeros for the last one made.
  func handedOn(_ values: GraphValue, zeros: GraphValue) -> GraphValue {
    let rest = values.slice(axis: 0, start: isReversed ? 0 : 1, count: length - 1)
    return .concatenate(isReversed ? [zeros, rest] : [rest, zeros], axis: 0)
  }
}
