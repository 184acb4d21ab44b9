import PPLGraphIR
import PPLTensorCore
import PPLTypeSystem

// Attention and the blocks made of it, over series side by side: `[series, step, feature]`.

extension Lowering {
  /// What each step takes from steps, weighted by the softmax of scaled products.
  ///
  /// - Parameters:
  ///   - settings: of the layer.
  ///   - value: what asks, `[series, step, feature]`.
  ///   - memory: what is asked, `[series, other step, feature]`; nil where steps ask each other.
  ///   - mask: 1 for steps of what is asked that count, else 0, `[series, other step, 1]`; nil where all do.
  ///   - weights: of the products with what asks, what is asked, and what is taken, in one array; their biases; of the result.
  ///   - dropout: share of the shares that are zero while the net is trained.
  /// - Returns: the shape of `value`.
  func attention(
    _ settings: AttentionSettings,
    _ value: GraphValue,
    _ memory: GraphValue?,
    _ mask: GraphValue?,
    _ weights: [GraphValue],
    dropout: Double = 0
  ) -> GraphValue {
    let (count, length, width) = (value.shape[0], value.shape[1], value.shape[2])
    let (heads, size) = (settings.heads, width / settings.heads)
    let steps = memory?.shape[1] ?? length
    /// Some of the three products, each `[series, head, step, size]`.
    func products(_ value: GraphValue, from first: Int, _ number: Int) -> [GraphValue] {
      let weight = weights[0].slice(axis: 0, start: first * width, count: number * width)
      let bias = weights[1].slice(axis: 0, start: first * width, count: number * width)
      let rows = value.shape[0] * value.shape[1]
      let projected =
        value.reshape([rows, width]).matrixMultiply(weight, transposeRight: true)
        + bias.reshape([1, number * width])
      let parts = projected.reshape([count, value.shape[1], number, heads, size])
        .transpose([2, 0, 3, 1, 4])
      return (0..<number).map { part in
        parts.slice(axis: 0, start: part, count: 1).reshape([count, heads, value.shape[1], size])
      }
    }
    let all =
      memory.map { products(value, from: 0, 1) + products($0, from: 1, 2) }
      ?? products(value, from: 0, 3)
    var scores =
      all[0].matrixMultiply(all[1], transposeRight: true) * (1 / Double(size).squareRoot())
    if settings.isCausal {
      let later = (0..<(length * steps)).map { $0 % steps > $0 / steps ? Self.out : 0.0 }
      scores = scores + builder.constant(Tensor(shape: [1, 1, length, steps], values: later))
    }
    if let mask {
      scores = scores + (1 - mask.reshape([count, 1, 1, steps])) * Self.out
    }
    let shares = dropped(
      (scores - scores.logSumExp(axes: [3])).exp(),
      dropout,
      [count, heads, length, steps]
    )
    let taken = shares.matrixMultiply(all[2]).transpose([0, 2, 1, 3])
      .reshape([count * length, width])
    let result =
      taken.matrixMultiply(weights[2], transposeRight: true) + weights[3].reshape([1, width])
    return result.reshape([count, length, width])
  }

  /// The score of what is left out: its share is zero in single precision too.
  private static let out = -1e9

  /// Attention and two dense layers, each added to what it is given and normalised.
  ///
  /// `weights` are those of attention, of the dense layers, and of the two normalisations.
  func transformer(
    _ settings: TransformerSettings,
    _ value: GraphValue,
    _ mask: GraphValue?,
    _ weights: [GraphValue]
  ) -> GraphValue {
    let rate = settings.dropout
    func attended(_ x: GraphValue) -> GraphValue {
      let own = Array(weights.prefix(4))
      let taken = attention(settings.attention, x, nil, mask, own, dropout: rate)
      return dropped(taken, rate, taken.shape)
    }
    func dense(_ x: GraphValue) -> GraphValue {
      let hidden = linear(x, weights[4], weights[5])
      let active =
        settings.activation == .gelu
        ? hidden * hidden.normalCDF() : hidden * hidden.isGreater(than: 0)
      let result = linear(dropped(active, rate, active.shape), weights[6], weights[7])
      return dropped(result, rate, result.shape)
    }
    func normalized(_ x: GraphValue, _ first: Int) -> GraphValue {
      layerNormalized(x, weights[first], weights[first + 1], epsilon: settings.epsilon)
    }
    if settings.normalizesFirst {
      let x = value + attended(normalized(value, 8))
      return x + dense(normalized(x, 10))
    }
    let x = normalized(value + attended(value), 8)
    return normalized(x + dense(x), 10)
  }
}
