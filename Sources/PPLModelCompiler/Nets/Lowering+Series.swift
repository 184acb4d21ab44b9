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
    func part(_ node: GraphValue, _ number: Int) -> GraphValue {
      node.slice(axis: 2, start: number * units, count: units)
    }
    var carried: [CarriedValue] = []
    let next: GraphValue
    switch cell {
    case .plain:
      next = (incoming + product).tanh()
    case .lstm:
      let memory = builder.addPlaceholder(shape: [length, count, units])
      let sum = incoming + product
      let (input, forget) = (part(sum, 0).logistic(), part(sum, 1).logistic())
      let kept = forget * memory + input * part(sum, 2).tanh()
      next = part(sum, 3).logistic() * kept.tanh()
      carried.append(CarriedValue(placeholder: memory, axis: 0, initial: zeros, next: kept))
    case .gru:
      let reset = (part(incoming, 0) + part(product, 0)).logistic()
      let update = (part(incoming, 1) + part(product, 1)).logistic()
      let new = (part(incoming, 2) + reset * part(product, 2)).tanh()
      next = new + update * (state - new)
    }
    carried.insert(CarriedValue(placeholder: state, axis: 0, initial: zeros, next: next), at: 0)
    let result = builder.scan(
      length: length,
      reversed: reversed,
      carried: carried,
      outputs: [(next, 0)]
    )
    guard let result else { preconditionFailure("A cell mixes no steps but by its state.") }
    return result[0]
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
