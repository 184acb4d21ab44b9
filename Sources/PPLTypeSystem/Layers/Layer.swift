/// The layers of the language; the raw value is the name in programs.
package enum LayerKind: String, Sendable, Hashable, CaseIterable {
  case dense = "Dense"
  case flatten = "Flatten"
  case reshape = "Reshape"
  case embedding = "Embedding"
  case layerNormalization = "LayerNorm"
  case batchNormalization = "BatchNorm"
  case convolution1 = "Conv1d"
  case convolution2 = "Conv2d"
  case transposedConvolution1 = "ConvTranspose1d"
  case transposedConvolution2 = "ConvTranspose2d"
  case maximumPool1 = "MaxPool1d"
  case maximumPool2 = "MaxPool2d"
  case averagePool1 = "AvgPool1d"
  case averagePool2 = "AvgPool2d"
  case dropout = "Dropout"
  case recurrent = "RNN"
  case longShortTermMemory = "LSTM"
  case gatedRecurrent = "GRU"
  case recurrentCell = "RNNCell"
  case longShortTermMemoryCell = "LSTMCell"
  case gatedRecurrentCell = "GRUCell"
  case attention = "SelfAttention"
  case crossAttention = "CrossAttention"
  case transformerBlock = "TransformerBlock"
  case positionalEmbedding = "PositionalEmbedding"
  case positionalEncoding = "PositionalEncoding"
  case delay = "Delay"
  case stepMean = "StepMean"
  case stepMaximum = "StepMax"
  case lastStep = "StepLast"
}

/// An axis with its size, where that is known.
package struct SizedAxis: Sendable, Hashable {
  package var axis: Axis
  package var size: Int?

  package init(_ axis: Axis, size: Int?) {
    self.axis = axis
    self.size = size
  }

  /// Positions 1 to n.
  package static func anonymous(_ size: Int?) -> SizedAxis {
    SizedAxis(.anonymous(size), size: size)
  }
}

/// One layer of a net with its settings.
package enum Layer: Sendable, Hashable {
  /// x W' + b along the last axis.
  case dense(SizedAxis, initialization: Initialization, hasBias: Bool)
  /// All elements along one axis, in row-major order.
  case flatten
  /// The same elements, in row-major order, along other axes.
  case reshape([SizedAxis])
  /// A row of a table for each index.
  case embedding(SizedAxis, initialization: Initialization)
  /// Less the mean along the last axis, over the standard deviation; then scaled and moved (Ba, Kiros and Hinton 2016,
  /// arXiv:1607.06450, equation 4).
  case layerNormalization(epsilon: Double)
  /// Less the mean over all examples of a step and all places, for each element of the first axis, over the standard deviation; then
  /// scaled and moved (Ioffe and Szegedy 2015, arXiv:1502.03167, algorithm 1).
  ///
  /// After training, mean and variance are averages over the steps, in which each new step has the weight `momentum`.
  case batchNormalization(momentum: Double, epsilon: Double)
  /// Σ weights times the elements in a window, for each of some channels and each place of the window; transposed, the adjoint of that.
  case convolution(
    LayerWindow,
    channels: SizedAxis,
    isTransposed: Bool,
    initialization: Initialization,
    hasBias: Bool
  )
  /// The greatest element or the mean of each window.
  case pool(LayerWindow, isMaximum: Bool)
  /// Zeros at random while a net is trained, what stays scaled up (Srivastava et al. 2014, JMLR 15); nothing afterwards.
  case dropout(Double)
  /// The states of a recursion over the steps of a series, also one from its end.
  case recurrent(RecurrentCell, units: SizedAxis, isBidirectional: Bool, hasLength: Bool)
  /// One step of such a recursion: the next state from what comes in and a state, which is zero if none is given.
  case recurrentCell(RecurrentCell, units: SizedAxis, hasState: Bool)
  /// What each step takes from all steps, or from those up to it, weighted by the softmax of scaled products, several times side by
  /// side (Vaswani et al. 2017, arXiv:1706.03762, section 3.2).
  case attention(AttentionSettings)
  /// Attention and two dense layers, each added to what it is given and normalised (section 3.1 of the same).
  case transformer(TransformerSettings)
  /// What tells steps apart, added to them: a vector of weights for each, or sines and cosines (section 3.5 of the same).
  case position(isLearned: Bool)
  /// Each step is given what stood so many steps before it, zeros at first.
  case delay(Int)
  /// One vector for a series: its mean, its greatest elements, or its last step.
  case overSteps(StepReduction, hasLength: Bool)

  package var kind: LayerKind {
    switch self {
    case .convolution(let window, _, let isTransposed, _, _):
      isTransposed
        ? (window.rank == 1 ? .transposedConvolution1 : .transposedConvolution2)
        : window.rank == 1 ? .convolution1 : .convolution2
    case .pool(let window, let isMaximum):
      isMaximum
        ? (window.rank == 1 ? .maximumPool1 : .maximumPool2)
        : window.rank == 1 ? .averagePool1 : .averagePool2
    case .dropout: .dropout
    case .recurrent(.plain, _, _, _): .recurrent
    case .recurrent(.lstm, _, _, _): .longShortTermMemory
    case .recurrent(.gru, _, _, _): .gatedRecurrent
    case .recurrentCell(.plain, _, _): .recurrentCell
    case .recurrentCell(.lstm, _, _): .longShortTermMemoryCell
    case .recurrentCell(.gru, _, _): .gatedRecurrentCell
    case .attention(let settings): settings.hasMemory ? .crossAttention : .attention
    case .transformer: .transformerBlock
    case .position(let isLearned): isLearned ? .positionalEmbedding : .positionalEncoding
    case .delay: .delay
    case .overSteps(.mean, _): .stepMean
    case .overSteps(.maximum, _): .stepMaximum
    case .overSteps(.last, _): .lastStep
    case .dense: .dense
    case .flatten: .flatten
    case .reshape: .reshape
    case .embedding: .embedding
    case .layerNormalization: .layerNormalization
    case .batchNormalization: .batchNormalization
    }
  }

  /// The axes that its settings name.
  package var axes: [Axis] {
    switch self {
    case .dense(let units, _, _), .embedding(let units, _): [units.axis]
    case .convolution(_, let channels, _, _, _): [channels.axis]
    case .reshape(let axes): axes.map(\.axis)
    case .recurrent(_, let units, _, _), .recurrentCell(_, let units, _): [units.axis]
    case .transformer(let settings): [settings.hidden.axis]
    case .flatten, .layerNormalization, .batchNormalization, .pool, .dropout, .attention, .position,
      .delay, .overSteps:
      []
    }
  }

  /// The same layer with the sizes of the axes that its settings name.
  package func sized(_ size: (Axis) -> SizedAxis) -> Layer {
    switch self {
    case .dense(let units, let initialization, let hasBias):
      .dense(size(units.axis), initialization: initialization, hasBias: hasBias)
    case .embedding(let units, let initialization):
      .embedding(size(units.axis), initialization: initialization)
    case .convolution(let window, let channels, let isTransposed, let initialization, let hasBias):
      .convolution(
        window,
        channels: size(channels.axis),
        isTransposed: isTransposed,
        initialization: initialization,
        hasBias: hasBias
      )
    case .reshape(let axes): .reshape(axes.map { size($0.axis) })
    case .recurrent(let cell, let units, let isBidirectional, let hasLength):
      .recurrent(
        cell,
        units: size(units.axis),
        isBidirectional: isBidirectional,
        hasLength: hasLength
      )
    case .recurrentCell(let cell, let units, let hasState):
      .recurrentCell(cell, units: size(units.axis), hasState: hasState)
    case .transformer(var settings):
      {
        settings.hidden = size(settings.hidden.axis)
        return .transformer(settings)
      }()
    case .flatten, .layerNormalization, .batchNormalization, .pool, .dropout, .attention, .position,
      .delay, .overSteps:
      self
    }
  }

  /// Whether it computes something else while its net is trained.
  package var hasModes: Bool {
    switch self {
    case .dropout, .batchNormalization: true
    case .transformer(let settings): settings.dropout > 0
    case .dense, .flatten, .reshape, .embedding, .layerNormalization, .convolution, .pool,
      .recurrent, .recurrentCell, .attention, .position, .delay, .overSteps:
      false
    }
  }

  /// What it takes besides a value with these axes, in order.
  package func operands(for input: [SizedAxis]) -> [LayerOperand] {
    let length = LayerOperand(setting: "length", field: nil, axes: [])
    switch self {
    case .recurrentCell(let cell, let units, true):
      return cell.stateNames.isEmpty
        ? [LayerOperand(setting: "state", field: nil, axes: [units])]
        : cell.stateNames.map { LayerOperand(setting: "state", field: $0, axes: [units]) }
    case .attention(let settings):
      let memory = LayerOperand(setting: "memory", field: nil, axes: [nil, input.last])
      return (settings.hasMemory ? [memory] : []) + (settings.hasLength ? [length] : [])
    case .transformer(let settings): return settings.attention.hasLength ? [length] : []
    case .recurrent(_, _, _, let hasLength), .overSteps(_, let hasLength):
      return hasLength ? [length] : []
    case .dense, .flatten, .reshape, .embedding, .layerNormalization, .batchNormalization,
      .convolution, .pool, .dropout, .recurrentCell, .position, .delay:
      return []
    }
  }

  /// The fields of the record that it gives; empty for one value.
  package var resultFields: [String] {
    if case .recurrentCell(let cell, _, _) = self { cell.stateNames } else { [] }
  }

  /// Which of its arrays of weights no gradient moves: training keeps in them what it saw of the data.
  package var runningStatistics: Range<Int> {
    if case .batchNormalization = self { 2..<4 } else { 0..<0 }
  }

  /// Whether it takes indices, not numbers.
  package var takesIndices: Bool {
    switch self {
    case .embedding: true
    case .dense, .flatten, .reshape, .layerNormalization, .batchNormalization, .convolution, .pool,
      .dropout, .recurrent, .recurrentCell, .attention, .transformer, .position, .delay, .overSteps:
      false
    }
  }

  /// Whether it computes real numbers; else it moves elements as they are.
  package var makesReals: Bool {
    switch self {
    case .dense, .embedding, .layerNormalization, .batchNormalization, .convolution, .pool,
      .dropout, .recurrent, .recurrentCell, .attention, .transformer, .position, .delay, .overSteps:
      true
    case .flatten, .reshape: false
    }
  }
}

/// How a recursion gets from state to state.
package enum RecurrentCell: Sendable, Hashable {
  /// tanh of what comes in and the state (Elman 1990, doi:10.1207/s15516709cog1402_1).
  case plain
  /// Hochreiter and Schmidhuber 1997, doi:10.1162/neco.1997.9.8.1735, with forget gates (Gers et al. 2000).
  case lstm
  /// Cho et al. 2014, arXiv:1406.1078, with the reset gate behind the product.
  case gru

  /// Vectors of the size of the state that a step computes from what comes in.
  package var gateCount: Int {
    switch self {
    case .plain: 1
    case .lstm: 4
    case .gru: 3
    }
  }

  /// The fields of its state, where that is a record: of an LSTM what it gives and what it remembers.
  package var stateNames: [String] {
    switch self {
    case .lstm: ["h", "c"]
    case .plain, .gru: []
    }
  }
}

/// How steps take from each other, or from the steps of another series.
package struct AttentionSettings: Sendable, Hashable {
  /// Products side by side, each of its part of the vectors.
  package var heads: Int
  /// Whether a step takes from those up to it only.
  package var isCausal = false
  /// Whether steps take from another series.
  package var hasMemory = false
  /// Whether the number of steps that count is given; later ones are padding, from which nothing is taken.
  package var hasLength = false
}

/// A block of a transformer, as PyTorch's `TransformerEncoderLayer`.
package struct TransformerSettings: Sendable, Hashable {
  package var attention: AttentionSettings
  /// Units of the first dense layer.
  package var hidden: SizedAxis
  /// The function between the dense layers.
  package var activation: BuiltinFunction
  /// Share of zeros while it is trained: of the shares of attention, of what attention and dense layers give, and between these.
  package var dropout: Double
  /// Whether values are normalised before each part, not behind the sum (arXiv:2002.04745).
  package var normalizesFirst: Bool
  package var epsilon: Double
}

/// How one vector is made of those of all steps.
package enum StepReduction: Sendable, Hashable {
  case mean, maximum, last
}

/// A value that a layer takes besides what it is applied to.
package struct LayerOperand: Sendable, Hashable {
  /// The setting that gives it.
  package var setting: String
  /// Its field in the record that the setting gives; nil for a setting that gives one value.
  package var field: String?
  /// Its axes; nil for those that need not be known.
  package var axes: [SizedAxis?]
}

/// A window that moves over the last one or two axes.
package struct LayerWindow: Sendable, Hashable {
  /// Sizes of the window.
  package var kernel: [Int]
  /// Its steps.
  package var stride: [Int]
  /// Zeros on each side.
  package var padding: [Int]
  /// Whether it ends where it stands, with zeros before the first element.
  package var isCausal: Bool

  package init(kernel: [Int], stride: [Int], padding: [Int], isCausal: Bool = false) {
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.isCausal = isCausal
  }

  /// Zeros before the first element along an axis, besides padding.
  package func lead(_ axis: Int) -> Int { isCausal ? kernel[axis] - 1 : 0 }

  package var rank: Int { kernel.count }

  /// Places of the window along an axis; of a transposed convolution the size from which they would come.
  func places(_ axis: Int, of size: Int, isTransposed: Bool) -> Int {
    isTransposed
      ? (size - 1) * stride[axis] - 2 * padding[axis] + kernel[axis]
      : (size + lead(axis) + 2 * padding[axis] - kernel[axis]) / stride[axis] + 1
  }
}

/// An array of weights that a layer owns.
package struct LayerWeight: Sendable, Hashable {
  /// Its name behind that of the layer.
  package var name: String
  package var axes: [SizedAxis]
  package var start: WeightStart

  package init(_ name: String, _ axes: [SizedAxis], _ start: WeightStart) {
    self.name = name
    self.axes = axes
    self.start = start
  }
}

/// Where weights begin.
package enum WeightStart: Sendable, Hashable {
  /// Uniform between -bound and bound.
  case uniform(Double)
  /// Normal with mean 0.
  case normal(Double)
  case constant(Double)
}

/// The usual names of how the weights of a layer begin; the raw value is the name in programs.
package enum Initialization: String, Sendable, Hashable, CaseIterable {
  /// Uniform within 1 / √(fan in), weights and biases.
  case fanIn = "fan_in"
  /// Glorot and Bengio 2010, equation 16.
  case glorotUniform = "glorot_uniform"
  case glorotNormal = "glorot_normal"
  /// He, Zhang, Ren and Sun 2015, arXiv:1502.01852, equation 10.
  case heUniform = "he_uniform"
  case heNormal = "he_normal"
  /// LeCun, Bottou, Orr and Müller 1998, section 4.6.
  case lecunUniform = "lecun_uniform"
  case lecunNormal = "lecun_normal"
  /// Standard normal.
  case standardNormal = "normal"
  case zeros

  /// The start of weights that connect so many values with so many.
  package func start(fanIn: Int, fanOut: Int) -> WeightStart {
    let (inputs, outputs) = (Double(max(1, fanIn)), Double(max(1, fanOut)))
    switch self {
    case .fanIn: return .uniform((1 / inputs).squareRoot())
    case .glorotUniform: return .uniform((6 / (inputs + outputs)).squareRoot())
    case .glorotNormal: return .normal((2 / (inputs + outputs)).squareRoot())
    case .heUniform: return .uniform((6 / inputs).squareRoot())
    case .heNormal: return .normal((2 / inputs).squareRoot())
    case .lecunUniform: return .uniform((3 / inputs).squareRoot())
    case .lecunNormal: return .normal((1 / inputs).squareRoot())
    case .standardNormal: return .normal(1)
    case .zeros: return .constant(0)
    }
  }

  /// The start of a layer's biases.
  package func biasStart(fanIn: Int) -> WeightStart {
    self == .fanIn ? .uniform((1 / Double(max(1, fanIn))).squareRoot()) : .constant(0)
  }
}
