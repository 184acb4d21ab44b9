import PPLGraphIR
import PPLSemantics
import PPLTensorCore
import PPLTypeSystem

/// A place at which examples are normalised together.
struct BatchNormalization {
  var layer: LayerID
  /// Weight of a step in the averages.
  var momentum: Double
  /// What is added to variances.
  var epsilon: Double
}

extension Lowering {
  /// A value less its mean, over its standard deviation, for each element of its first own axis; scaled and moved.
  ///
  /// While a net is trained these are those of all indices of the plate, which the examples of a step are, and of the axes behind the
  /// first; afterwards averages over the steps. Variances are those of the sample as it is; in averages they are
  /// unbiased, as PyTorch has it.
  ///
  /// - Parameters:
  ///   - value: `[plate…, channel, …]`.
  ///   - weights: scale, offset, average of means, average of variances, each `[channel]`.
  ///   - call: where.
  /// - Returns: the same shape.
  /// - Throws: where a step has one example, or the plate is a recursion's.
  func normalize(_ value: LoweredValue, _ weights: [GraphValue], _ call: BatchNormalization)
    throws(LoweringError) -> LoweredValue
  {
    let node = value.node
    let own = node.shape.rank - value.ownRank
    let channels = node.shape[own]
    var shape = [Int](repeating: 1, count: node.shape.rank)
    shape[own] = channels
    func spread(_ weight: GraphValue) -> GraphValue { weight.reshape(Shape(shape)) }
    let variables = model.layers[call.layer.index].weights
    var (mean, variance) = (spread(weights[2]), spread(weights[3]))
    if let training, variables.count == weights.count, training.moves(variables[2]) {
      let others = (0..<node.shape.rank).filter { $0 != own }
      let count = node.shape.count / max(1, channels)
      let span = model.layers[call.layer.index].span
      guard recursion == nil else {
        throw LoweringError(
          "E0210",
          "`BatchNorm` in a recursion would have other means at each index",
          at: span,
          help: "use `LayerNorm`, which is a function of one example"
        )
      }
      guard count > 1 else {
        throw LoweringError(
          "E0209",
          "`BatchNorm` holds the examples of a step against each other, and there is one",
          at: span,
          help: "let an index with several values make the batch: `f(x[i])`, or use `LayerNorm`"
        )
      }
      let n = Double(count)
      mean = node.sum(axes: others) / n
      variance = (node - mean).square().sum(axes: others) / n
      if training.isNew(mean) {
        let parts = [
          (variables[2], weights[2], mean), (variables[3], weights[3], variance * (n / (n - 1))),
        ]
        for (average, now, new) in parts {
          training.count(
            new.reshape([channels]),
            in: average,
            now: now.reshape([channels]),
            momentum: call.momentum
          )
        }
      }
    }
    let scale = spread(weights[0]) / (variance + call.epsilon).squareRoot()
    let result = (node - mean) * scale + spread(weights[1])
    return LoweredValue(result, ownRank: value.ownRank)
  }
}
