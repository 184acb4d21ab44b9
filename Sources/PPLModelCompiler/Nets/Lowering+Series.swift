import PPLGraphIR
import PPLTensorCore
import PPLTypeSystem

// Layers over the steps of a series, `[plate…, step, feature]`.

extension Lowering {
  /// The states of a recursion after each step.
  func recurrent(
    _ cell: RecurrentCell,
    isBidirectional: Bool,
    _ value: LoweredValue,
    _ weights: [GraphValue]
  ) -> GraphValue {
    let (length, width) = (value.ownSizes[0], value.ownSizes[1])
    let count = value.plateSizes.reduce(1, *)
    // All series side by side, step by step.
    let series = value.node.reshape([count, length, width]).transpose([1, 0, 2])
      .reshape([length * count, width])
    let forward = states(cell, series, Array(weights.prefix(4)), length, count, reversed: false)
    guard isBidirectional else { return forward.transpose([1, 0, 2]) }
    let backward = states(cell, series, Array(weights.suffix(4)), length, count, reversed: true)
    return GraphValue.concatenate([forward, backward], axis: 2).transpose([1, 0, 2])
  }

  /// The states after each step, `[step, series, units]`.
  private func states(
    _ cell: RecurrentCell,
    _ series: GraphValue,
    _ weights: [GraphValue],
    _ length: Int,
    _ count: Int,
    reversed: Bool
  ) -> GraphValue {
    let units = weights[1].shape[1]
    let gates = cell.gateCount * units
    // What comes in is multiplied for all steps at once; the loop is left with the state.
    let incoming =
      (series.matrixMultiply(weights[0], transposeRight: true)
      + weights[2].reshape([1, gates])).reshape([length, count, gates])
    let zeros = builder.constant(0).broadcast(to: [1, count, units])
    let state = builder.addPlaceholder(shape: [length, count, units])
    let product =
      (state.reshape([length * count, units])
      .matrixMultiply(weights[1], transposeRight: true) + weights[3].reshape([1, gates]))
      .reshape([length, count, gates])
    let before =
      [state]
      + cell.stateNames.dropFirst().map { _ in
        builder.addPlaceholder(shape: [length, count, units])
      }
    let after = step(of: cell, incoming, product, before)
    let carried = zip(before, after).map { placeholder, next in
      CarriedValue(placeholder: placeholder, axis: 0, initial: zeros, next: next)
    }
    let result = builder.scan(
      length: length,
      reversed: reversed,
      carried: carried,
      outputs: [(after[0], 0)]
    )
    guard let result else { preconditionFailure("A cell mixes no steps but by its state.") }
    return result[0]
  }

  /// The next state of a cell, of an LSTM with its memory.
  ///
  /// - Parameters:
  ///   - cell: which.
  ///   - incoming: what comes in, multiplied, `[…, gates · units]`.
  ///   - product: the state, multiplied, `[…, gates · units]`.
  ///   - state: the state, and the memory of an LSTM, `[…, units]`.
  /// - Returns: the same a step later.
  private func step(
    of cell: RecurrentCell,
    _ incoming: GraphValue,
    _ product: GraphValue,
    _ state: [GraphValue]
  ) -> [GraphValue] {
    let axis = product.shape.rank - 1
    let units = product.shape[axis] / cell.gateCount
    func part(_ node: GraphValue, _ number: Int) -> GraphValue {
      node.slice(axis: axis, start: number * units, count: units)
    }
    switch cell {
    case .plain: return [(incoming + product).tanh()]
    case .lstm:
      let sum = incoming + product
      let (input, forget) = (part(sum, 0).logistic(), part(sum, 1).logistic())
      let kept = forget * state[1] + input * part(sum, 2).tanh()
      return [part(sum, 3).logistic() * kept.tanh(), kept]
    case .gru:
      let reset = (part(incoming, 0) + part(product, 0)).logistic()
      let update = (part(incoming, 1) + part(product, 1)).logistic()
      let new = (part(incoming, 2) + reset * part(product, 2)).tanh()
      return [new + update * (state[0] - new)]
    }
  }

  /// One step of a cell, `[plate…, feature]` and a state to the next state.
  func cell(
    _ cell: RecurrentCell,
    _ value: LoweredValue,
    state: [LoweredValue],
    _ weights: [GraphValue]
  ) -> [LoweredValue] {
    let units = weights[1].shape[1]
    let ones = Shape([Int](repeating: 1, count: value.plateSizes.count) + [units])
    let zero = builder.constant(0).broadcast(to: ones)
    let before = state.isEmpty ? [GraphValue](repeating: zero, count: 2) : state.map(\.node)
    let incoming = linear(value.node, weights[0], weights[2])
    let product = linear(before[0], weights[1], weights[3])
    return step(of: cell, incoming, product, before).map { LoweredValue($0, ownRank: 1) }
  }

  /// What each step takes from others, `[plate…, step, feature]`.
  func attention(
    heads: Int,
    isCausal: Bool,
    _ value: LoweredValue,
    _ weights: [GraphValue]
  ) -> GraphValue {
    let (length, width) = (value.ownSizes[0], value.ownSizes[1])
    let count = value.plateSizes.reduce(1, *)
    let size = width / heads
    let projected =
      value.node.reshape([count * length, width])
      .matrixMultiply(weights[0], transposeRight: true) + weights[1].reshape([1, 3 * width])
    // [series, step, 3, head, size] → three of [series, head, step, size].
    let parts = projected.reshape([count, length, 3, heads, size]).transpose([2, 0, 3, 1, 4])
    func part(_ number: Int) -> GraphValue {
      parts.slice(axis: 0, start: number, count: 1).reshape([count, heads, length, size])
    }
    var scores =
      part(0).matrixMultiply(part(1), transposeRight: true)
      * (1 / Double(size).squareRoot())
    if isCausal {
      let later = (0..<(length * length)).map { $0 % length > $0 / length ? -1e9 : 0.0 }
      scores =
        scores
        + builder.constant(Tensor(shape: [1, 1, length, length], values: later))
    }
    let shares = (scores - scores.logSumExp(axes: [3])).exp()
    let taken = shares.matrixMultiply(part(2)).transpose([0, 2, 1, 3])
      .reshape([count * length, width])
    return taken.matrixMultiply(weights[2], transposeRight: true) + weights[3].reshape([1, width])
  }
}
