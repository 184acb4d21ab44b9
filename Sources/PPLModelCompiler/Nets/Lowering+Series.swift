import PPLGraphIR
import PPLTensorCore
import PPLTypeSystem

// Layers over the steps of a series, `[plate…, step, feature]`.

extension Lowering {
  /// What a layer over the steps of a series gives; nil for other layers.
  func series(
    _ layer: Layer,
    _ value: LoweredValue,
    _ others: [LoweredValue],
    _ weights: [GraphValue]
  ) -> LoweredValue? {
    let values = aligned([value] + others)
    let (value, others) = (values[0], Array(values.dropFirst()))
    let plate = value.plateSizes
    let count = plate.reduce(1, *)
    let own = value.ownSizes
    /// All series side by side, `[series, step, feature]`.
    func flat(_ value: LoweredValue) -> GraphValue {
      value.node.reshape(Shape([count] + value.ownSizes))
    }
    func result(_ node: GraphValue, _ sizes: [Int]) -> LoweredValue {
      LoweredValue(node.reshape(Shape(plate + sizes)), ownRank: sizes.count)
    }
    /// 1 for steps that count, else 0, `[series, step, 1]`; nil where all do.
    func mask(_ length: LoweredValue?, _ steps: Int) -> GraphValue? {
      length.map { length in
        let numbers = Tensor(shape: [1, steps, 1], values: (0..<steps).map(Double.init))
        return builder.constant(numbers).isLess(than: length.node.reshape([count, 1, 1]))
          .select(builder.constant(1), builder.constant(0))
      }
    }
    switch layer {
    case .recurrent(let cell, _, let isBidirectional, _):
      let length = others.first
      let known = mask(length, own[0])
      let node = recurrent(cell, isBidirectional, flat(value), length, known, weights)
      return result(node, Array(node.shape.sizes.dropFirst()))
    case .attention(let settings):
      let memory = settings.hasMemory ? flat(others[0]) : nil
      let length = settings.hasLength ? others.last : nil
      let steps = memory?.shape[1] ?? own[0]
      let node = attention(settings, flat(value), memory, mask(length, steps), weights)
      return result(node, own)
    case .transformer(let settings):
      return result(transformer(settings, flat(value), mask(others.first, own[0]), weights), own)
    case .position(let isLearned):
      let table = isLearned ? weights[0] : builder.constant(Self.waves(own[0], own[1]))
      return result(flat(value) + table.reshape([1, own[0], own[1]]), own)
    case .delay(let steps):
      let axis = plate.count
      guard steps < own[0] else { return result(value.node * 0, own) }
      let kept = value.node.slice(axis: axis, start: 0, count: own[0] - steps)
      return result(kept.pad(axis: axis, before: steps, after: 0), own)
    case .overSteps(let reduction, _):
      let node = overSteps(reduction, flat(value), others.first, mask(others.first, own[0]))
      return result(node, [own[1]])
    case .dense, .flatten, .reshape, .embedding, .layerNormalization, .batchNormalization,
      .convolution, .pool, .dropout, .recurrentCell:
      return nil
    }
  }

  /// Values repeated to the same sizes of the plate.
  private func aligned(_ values: [LoweredValue]) -> [LoweredValue] {
    guard values.count > 1 else { return values }
    let rank = values[0].plateSizes.count
    let sizes = (0..<rank).map { axis in values.map { $0.plateSizes[axis] }.max() ?? 1 }
    return values.map { value in
      var result = value
      result.node = value.node.broadcast(to: Shape(sizes + value.ownSizes))
      return result
    }
  }

  /// One vector of those of all steps that count.
  private func overSteps(
    _ reduction: StepReduction,
    _ value: GraphValue,
    _ length: LoweredValue?,
    _ mask: GraphValue?
  ) -> GraphValue {
    let (count, steps) = (value.shape[0], value.shape[1])
    switch reduction {
    case .mean:
      guard let length, let mask else { return value.sum(axes: [1]) / Double(steps) }
      let counted = length.node.reshape([count, 1, 1]).max(builder.constant(1))
        .min(builder.constant(Double(steps)))
      return (value * mask).sum(axes: [1]) / counted
    case .maximum:
      guard let mask else { return value.reduce(.maximum, axes: [1]) }
      return (value * mask + (1 - mask) * Self.nothing).reduce(.maximum, axes: [1])
    case .last:
      guard let length else { return value.slice(axis: 1, start: steps - 1, count: 1) }
      let numbers = Tensor(shape: [1, steps, 1], values: (1...steps).map(Double.init))
      let isLast = builder.constant(numbers).isEqual(to: length.node.reshape([count, 1, 1]))
      return (value * isLast.select(builder.constant(1), builder.constant(0))).sum(axes: [1])
    }
  }

  /// Less than any value, and far from the end of single precision.
  private static let nothing = -1e9

  /// Sines and cosines of positions, `[step, feature]`.
  ///
  /// At 2i and 2i + 1 those of position / 10000^(2i / width) (Vaswani et al. 2017, section 3.5).
  private static func waves(_ steps: Int, _ width: Int) -> Tensor {
    var values: [Double] = []
    values.reserveCapacity(steps * width)
    for step in 0..<steps {
      for place in 0..<width {
        let exponent = Double(place / 2 * 2) / Double(width)
        let angle = Double(step) * LibM.exp(-exponent * LibM.log(10000))
        values.append(place % 2 == 0 ? LibM.sin(angle) : LibM.cos(angle))
      }
    }
    return Tensor(shape: [steps, width], values: values)
  }

  /// The states of a recursion after each step, `[series, step, units]`; zeros behind the steps that count.
  ///
  /// Backward, a series begins at its last step that counts: it is turned round before and after a loop that runs forward.
  private func recurrent(
    _ cell: RecurrentCell,
    _ isBidirectional: Bool,
    _ value: GraphValue,
    _ length: LoweredValue?,
    _ mask: GraphValue?,
    _ weights: [GraphValue]
  ) -> GraphValue {
    let (count, steps, width) = (value.shape[0], value.shape[1], value.shape[2])
    func states(_ value: GraphValue, _ weights: ArraySlice<GraphValue>, reversed: Bool)
      -> GraphValue
    {
      // All series side by side, step by step.
      let series = value.transpose([1, 0, 2]).reshape([steps * count, width])
      let rows = self.states(cell, series, Array(weights), steps, count, reversed: reversed)
        .transpose([1, 0, 2])
      return mask.map { rows * $0 } ?? rows
    }
    let forward = states(value, weights.prefix(4), reversed: false)
    guard isBidirectional else { return forward }
    let own = weights.suffix(4)
    let backward =
      length.map { length in
        turned(states(turned(value, length), own, reversed: false), length)
      } ?? states(value, own, reversed: true)
    return GraphValue.concatenate([forward, backward], axis: 2)
  }

  /// Series with the steps that count in reverse, `[series, step, feature]`.
  private func turned(_ value: GraphValue, _ length: LoweredValue) -> GraphValue {
    let (count, steps) = (value.shape[0], value.shape[1])
    func numbers(_ shape: Shape, _ values: [Int]) -> GraphValue {
      builder.constant(Tensor(shape: shape, kind: .integer, values: values.map(Double.init)))
    }
    let step = numbers([1, steps], Array(0..<steps))
    let counted = length.node.reshape([count, 1]).min(builder.constant(Double(steps)))
    let other = step.isLess(than: counted).select(counted - 1 - step, step)
    let place = other + numbers([count, 1], (0..<count).map { $0 * steps })
    let rows = value.reshape([count * steps, value.shape[2]])
    return rows.gather(place.floor().reshape([count * steps])).reshape(value.shape)
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
}
