extension Layer {
  /// The arrays of weights that it owns, for a value with these axes.
  ///
  /// `categories` is the dimension whose indices an embedding takes.
  package func weights(for input: [SizedAxis], categories: SizedAxis?) -> [LayerWeight] {
    switch self {
    case .dense(let units, let initialization, let hasBias):
      guard let last = input.last else { return [] }
      let fanIn = last.size ?? 1
      let start = initialization.start(fanIn: fanIn, fanOut: units.size ?? 1)
      let weight = LayerWeight("weight", [units, last], start)
      guard hasBias else { return [weight] }
      return [weight, LayerWeight("bias", [units], initialization.biasStart(fanIn: fanIn))]
    case .flatten, .reshape, .pool, .dropout, .delay, .overSteps, .position(isLearned: false):
      return []
    case .recurrent(let cell, let units, let isBidirectional, _):
      guard input.count == 2 else { return [] }
      return (isBidirectional ? ["", "_reverse"] : [""]).flatMap { direction in
        Self.weights(of: cell, input[1], units, direction)
      }
    case .recurrentCell(let cell, let units, _):
      guard input.count == 1 else { return [] }
      return Self.weights(of: cell, input[0], units, "")
    case .attention:
      guard let width = input.last else { return [] }
      return Self.attentionWeights(width, prefix: "", output: "out_proj_")
    case .transformer(let settings):
      guard let width = input.last else { return [] }
      func dense(_ name: String, _ units: SizedAxis, _ inputs: SizedAxis) -> [LayerWeight] {
        let start = Initialization.fanIn.start(fanIn: inputs.size ?? 1, fanOut: units.size ?? 1)
        return [
          LayerWeight("\(name).weight", [units, inputs], start),
          LayerWeight("\(name).bias", [units], start),
        ]
      }
      func norm(_ name: String) -> [LayerWeight] {
        [
          LayerWeight("\(name).weight", [width], .constant(1)),
          LayerWeight("\(name).bias", [width], .constant(0)),
        ]
      }
      return Self.attentionWeights(width, prefix: "self_attn.", output: "out_proj.")
        + dense("linear1", settings.hidden, width) + dense("linear2", width, settings.hidden)
        + norm("norm1") + norm("norm2")
    case .position(isLearned: true):
      guard input.count == 2 else { return [] }
      return [LayerWeight("weight", input, .normal(Self.positionSpread))]
    case .convolution(let window, let channels, let isTransposed, let initialization, let hasBias):
      let inputs = input.count > window.rank ? input[0] : .anonymous(1)
      let area = window.kernel.reduce(1, *)
      let fanIn = Self.product(area, (isTransposed ? channels.size : inputs.size) ?? 1)
      let fanOut = Self.product(area, (isTransposed ? inputs.size : channels.size) ?? 1)
      let weight = LayerWeight(
        "weight",
        (isTransposed ? [inputs, channels] : [channels, inputs])
          + window.kernel.map { .anonymous($0) },
        initialization.start(fanIn: fanIn, fanOut: fanOut)
      )
      guard hasBias else { return [weight] }
      return [weight, LayerWeight("bias", [channels], initialization.biasStart(fanIn: fanIn))]
    case .embedding(let units, let initialization):
      guard let categories else { return [] }
      let start = initialization.start(fanIn: categories.size ?? 1, fanOut: units.size ?? 1)
      return [LayerWeight("weight", [categories, units], start)]
    case .batchNormalization:
      guard let first = input.first else { return [] }
      return [
        LayerWeight("weight", [first], .constant(1)), LayerWeight("bias", [first], .constant(0)),
        LayerWeight("running_mean", [first], .constant(0)),
        LayerWeight("running_var", [first], .constant(1)),
      ]
    case .layerNormalization:
      guard let last = input.last else { return [] }
      return [
        LayerWeight("weight", [last], .constant(1)), LayerWeight("bias", [last], .constant(0)),
      ]
    }
  }

  /// The weights of a cell; their names end with its direction.
  private static func weights(
    of cell: RecurrentCell,
    _ input: SizedAxis,
    _ units: SizedAxis,
    _ direction: String
  ) -> [LayerWeight] {
    let rows = SizedAxis.anonymous(units.size.map { product(cell.gateCount, $0) })
    let start = WeightStart.uniform((1 / Double(max(1, units.size ?? 1))).squareRoot())
    return [
      LayerWeight("weight_ih\(direction)", [rows, input], start),
      LayerWeight("weight_hh\(direction)", [rows, units], start),
      LayerWeight("bias_ih\(direction)", [rows], start),
      LayerWeight("bias_hh\(direction)", [rows], start),
    ]
  }

  /// The weights of attention over vectors, with PyTorch's starts.
  private static func attentionWeights(
    _ width: SizedAxis,
    prefix: String,
    output: String
  ) -> [LayerWeight] {
    let size = width.size ?? 1
    let rows = SizedAxis.anonymous(width.size.map { product(3, $0) })
    return [
      LayerWeight(
        "\(prefix)in_proj_weight",
        [rows, width],
        Initialization.glorotUniform.start(fanIn: size, fanOut: product(3, size))
      ),
      LayerWeight("\(prefix)in_proj_bias", [rows], .constant(0)),
      LayerWeight(
        "\(prefix)\(output)weight",
        [.anonymous(width.size), width],
        Initialization.fanIn.start(fanIn: size, fanOut: size)
      ),
      LayerWeight("\(prefix)\(output)bias", [.anonymous(width.size)], .constant(0)),
    ]
  }

  /// Standard deviation of where vectors of positions begin.
  ///
  /// Radford et al. 2018, Improving language understanding by generative pre-training, section 4.1.
  private static let positionSpread = 0.02
}
