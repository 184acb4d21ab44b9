/// What stands in the parentheses of a layer.
package struct LayerSignature: Sendable, Hashable {
  /// What may be said of one property.
  package enum Setting: Sendable, Hashable {
    /// A dimension, or an integer for positions 1 to n.
    case axis
    /// Any number of these.
    case axes
    /// Greater than 0.
    case positiveNumber
    case flag
    /// An integer of at least 1.
    case count
    /// At least 0 and below 1.
    case share
    /// An integer, or a list of one for each axis of the window, of at least so much.
    case window(rank: Int, least: Int)
    case initialization
    /// A value that the layer takes besides what it is applied to.
    case operand
    /// One of these functions, applied within the layer.
    case function([BuiltinFunction])
    /// An elementwise function or `softmax`, applied to what the layer gives.
    case activation
  }

  /// What a setting is where a call leaves it out.
  package enum Standard: Sendable, Hashable {
    case value(LayerSetting)
    /// What another setting is.
    case same(String)
    /// The layer does without it.
    case none
  }

  package struct Parameter: Sendable, Hashable {
    package var name: String
    package var setting: Setting
    package var standard: Standard
    package var isRequired: Bool
    /// Whether it may stand without its name.
    package var isPositional: Bool

    init(
      _ name: String,
      _ setting: Setting,
      _ standard: Standard = .none,
      required: Bool = false,
      needed: Bool = false,
      positional: Bool = false
    ) {
      self.name = name
      self.setting = setting
      self.standard = standard
      isRequired = required || needed
      isPositional = required || positional
    }
  }

  package var parameters: [Parameter]
  /// How a call is written.
  package var example: String
}

extension LayerKind {
  package var signature: LayerSignature {
    let epsilon = LayerSignature.Parameter("epsilon", .positiveNumber, .value(.number(1e-5)))
    let causal = LayerSignature.Parameter("causal", .flag, .value(.flag(false)))
    return switch self {
    case .dense:
      LayerSignature(
        parameters: [
          .init("units", .axis, required: true),
          .init("activation", .activation, positional: true),
          .init("bias", .flag, .value(.flag(true))),
          .init("init", .initialization, .value(.initialization(.fanIn))),
        ],
        example: "Dense(50, relu)"
      )
    case .flatten: LayerSignature(parameters: [], example: "Flatten")
    case .reshape:
      LayerSignature(
        parameters: [.init("axes", .axes, required: true)],
        example: "Reshape(row, col)"
      )
    case .embedding:
      LayerSignature(
        parameters: [
          .init("units", .axis, required: true),
          .init("init", .initialization, .value(.initialization(.standardNormal))),
        ],
        example: "Embedding(32)"
      )
    case .layerNormalization:
      LayerSignature(parameters: [epsilon], example: "LayerNorm")
    case .batchNormalization:
      LayerSignature(
        parameters: [.init("momentum", .share, .value(.number(0.1))), epsilon],
        example: "BatchNorm"
      )
    case .convolution1: Self.convolution(1, "Conv1d(16, kernel: 3, relu)")
    case .convolution2: Self.convolution(2, "Conv2d(16, kernel: 3, relu)")
    case .transposedConvolution1: Self.convolution(1, "ConvTranspose1d(16, kernel: 3, relu)")
    case .transposedConvolution2: Self.convolution(2, "ConvTranspose2d(16, kernel: 3, relu)")
    case .maximumPool1: Self.pool(1, "MaxPool1d(2)")
    case .maximumPool2: Self.pool(2, "MaxPool2d(2)")
    case .averagePool1: Self.pool(1, "AvgPool1d(2)")
    case .averagePool2: Self.pool(2, "AvgPool2d(2)")
    case .recurrent, .longShortTermMemory, .gatedRecurrent:
      LayerSignature(
        parameters: [
          .init("units", .axis, required: true),
          .init("bidirectional", .flag, .value(.flag(false))),
          .init("length", .operand),
        ],
        example: "\(rawValue)(64)"
      )
    case .recurrentCell, .longShortTermMemoryCell, .gatedRecurrentCell:
      LayerSignature(
        parameters: [.init("units", .axis, required: true), .init("state", .operand)],
        example: "\(rawValue)(64, state: s)"
      )
    case .attention:
      LayerSignature(
        parameters: [
          .init("heads", .count, required: true), causal, .init("length", .operand),
        ],
        example: "SelfAttention(heads: 4)"
      )
    case .crossAttention:
      LayerSignature(
        parameters: [
          .init("heads", .count, required: true), .init("memory", .operand, needed: true),
          .init("length", .operand),
        ],
        example: "CrossAttention(heads: 4, memory: m)"
      )
    case .transformerBlock:
      LayerSignature(
        parameters: [
          .init("heads", .count, required: true), .init("hidden", .axis, required: true), causal,
          .init("dropout", .share, .value(.number(0.1))),
          .init("norm_first", .flag, .value(.flag(false))),
          .init("activation", .function([.relu, .gelu]), .value(.function(.relu))), epsilon,
          .init("length", .operand),
        ],
        example: "TransformerBlock(heads: 4, hidden: 128)"
      )
    case .positionalEmbedding, .positionalEncoding:
      LayerSignature(parameters: [], example: rawValue)
    case .delay:
      LayerSignature(
        parameters: [.init("steps", .count, .value(.number(1)), positional: true)],
        example: "Delay"
      )
    case .stepMean, .stepMaximum, .lastStep:
      LayerSignature(parameters: [.init("length", .operand)], example: rawValue)
    case .dropout:
      LayerSignature(
        parameters: [.init("rate", .share, required: true)],
        example: "Dropout(0.5)"
      )
    }
  }

  private static func convolution(_ rank: Int, _ example: String) -> LayerSignature {
    func windows(of size: Int) -> LayerSignature.Standard {
      .value(.window([Int](repeating: size, count: rank)))
    }
    return LayerSignature(
      parameters: [
        .init("channels", .axis, required: true),
        .init("kernel", .window(rank: rank, least: 1), required: true),
        .init("activation", .activation, positional: true),
        .init("stride", .window(rank: rank, least: 1), windows(of: 1)),
        .init("padding", .window(rank: rank, least: 0), windows(of: 0)),
        .init("bias", .flag, .value(.flag(true))),
        .init("init", .initialization, .value(.initialization(.fanIn))),
      ] + (example.hasPrefix("Conv1d") ? [.init("causal", .flag, .value(.flag(false)))] : []),
      example: example
    )
  }

  private static func pool(_ rank: Int, _ example: String) -> LayerSignature {
    LayerSignature(
      parameters: [
        .init("kernel", .window(rank: rank, least: 1), required: true),
        .init("stride", .window(rank: rank, least: 1), .same("kernel")),
      ],
      example: example
    )
  }
}

/// The value of one setting of a layer.
package enum LayerSetting: Sendable, Hashable {
  case axis(SizedAxis)
  case axes([SizedAxis])
  case number(Double)
  case flag(Bool)
  case window([Int])
  case initialization(Initialization)
  case activation(BuiltinFunction)
  /// That there is one; its value is the checker's.
  case operand
  case function(BuiltinFunction)
}

/// The settings that a call gives a layer, by name.
package struct LayerSettings: Sendable, Hashable {
  package var values: [String: LayerSetting] = [:]

  package init() {}

  /// With what holds for those that the call leaves out.
  func completed(by signature: LayerSignature) -> LayerSettings {
    var settings = self
    for parameter in signature.parameters where values[parameter.name] == nil {
      switch parameter.standard {
      case .value(let value): settings.values[parameter.name] = value
      case .same(let name): settings.values[parameter.name] = values[name]
      case .none: continue
      }
    }
    return settings
  }

  // A layer reads what its signature demands or has a standard for; what else it is asked for is off.

  func axis(_ name: String) -> SizedAxis {
    if case .axis(let axis)? = values[name] { axis } else { .anonymous(nil) }
  }

  func axes(_ name: String) -> [SizedAxis] {
    if case .axes(let axes)? = values[name] { axes } else { [] }
  }

  func number(_ name: String) -> Double {
    if case .number(let value)? = values[name] { value } else { 0 }
  }

  func flag(_ name: String) -> Bool {
    if case .flag(let value)? = values[name] { value } else { false }
  }

  func window(_ name: String) -> [Int] {
    if case .window(let sizes)? = values[name] { sizes } else { [] }
  }

  func initialization(_ name: String) -> Initialization {
    if case .initialization(let value)? = values[name] { value } else { .zeros }
  }

  func function(_ name: String) -> BuiltinFunction {
    if case .function(let value)? = values[name] { value } else { .relu }
  }

  /// Whether a setting is given.
  func has(_ name: String) -> Bool { values[name] != nil }

  /// The function that is applied to what the layer gives.
  package var activation: BuiltinFunction? {
    if case .activation(let value)? = values["activation"] { value } else { nil }
  }
}

extension Layer {
  /// The layer of a call whose settings fit its signature.
  package init(_ kind: LayerKind, _ settings: LayerSettings) {
    let settings = settings.completed(by: kind.signature)
    switch kind {
    case .dense:
      self = .dense(
        settings.axis("units"),
        initialization: settings.initialization("init"),
        hasBias: settings.flag("bias")
      )
    case .flatten: self = .flatten
    case .reshape: self = .reshape(settings.axes("axes"))
    case .embedding:
      self = .embedding(
        settings.axis("units"),
        initialization: settings.initialization("init")
      )
    case .layerNormalization:
      self = .layerNormalization(epsilon: settings.number("epsilon"))
    case .batchNormalization:
      self = .batchNormalization(
        momentum: settings.number("momentum"),
        epsilon: settings.number("epsilon")
      )
    case .convolution1: self = .convolution(settings, isTransposed: false)
    case .convolution2: self = .convolution(settings, isTransposed: false)
    case .transposedConvolution1: self = .convolution(settings, isTransposed: true)
    case .transposedConvolution2: self = .convolution(settings, isTransposed: true)
    case .maximumPool1: self = .pool(settings, rank: 1, isMaximum: true)
    case .maximumPool2: self = .pool(settings, rank: 2, isMaximum: true)
    case .averagePool1: self = .pool(settings, rank: 1, isMaximum: false)
    case .averagePool2: self = .pool(settings, rank: 2, isMaximum: false)
    case .dropout: self = .dropout(settings.number("rate"))
    case .recurrent: self = .recurrent(settings, .plain)
    case .longShortTermMemory: self = .recurrent(settings, .lstm)
    case .gatedRecurrent: self = .recurrent(settings, .gru)
    case .recurrentCell: self = .cell(settings, .plain)
    case .longShortTermMemoryCell: self = .cell(settings, .lstm)
    case .gatedRecurrentCell: self = .cell(settings, .gru)
    case .attention, .crossAttention: self = .attention(Self.attention(settings))
    case .transformerBlock:
      self = .transformer(
        TransformerSettings(
          attention: Self.attention(settings),
          hidden: settings.axis("hidden"),
          activation: settings.function("activation"),
          dropout: settings.number("dropout"),
          normalizesFirst: settings.flag("norm_first"),
          epsilon: settings.number("epsilon")
        )
      )
    case .positionalEmbedding: self = .position(isLearned: true)
    case .positionalEncoding: self = .position(isLearned: false)
    case .delay: self = .delay(Int(settings.number("steps")))
    case .stepMean: self = .overSteps(.mean, hasLength: settings.has("length"))
    case .stepMaximum: self = .overSteps(.maximum, hasLength: settings.has("length"))
    case .lastStep: self = .overSteps(.last, hasLength: settings.has("length"))
    }
  }

  private static func convolution(_ settings: LayerSettings, isTransposed: Bool) -> Layer {
    .convolution(
      LayerWindow(
        kernel: settings.window("kernel"),
        stride: settings.window("stride"),
        padding: settings.window("padding"),
        isCausal: settings.flag("causal")
      ),
      channels: settings.axis("channels"),
      isTransposed: isTransposed,
      initialization: settings.initialization("init"),
      hasBias: settings.flag("bias")
    )
  }

  private static func recurrent(_ settings: LayerSettings, _ cell: RecurrentCell) -> Layer {
    .recurrent(
      cell,
      units: settings.axis("units"),
      isBidirectional: settings.flag("bidirectional"),
      hasLength: settings.has("length")
    )
  }

  private static func attention(_ settings: LayerSettings) -> AttentionSettings {
    AttentionSettings(
      heads: Int(settings.number("heads")),
      isCausal: settings.flag("causal"),
      hasMemory: settings.has("memory"),
      hasLength: settings.has("length")
    )
  }

  private static func cell(_ settings: LayerSettings, _ cell: RecurrentCell) -> Layer {
    .recurrentCell(cell, units: settings.axis("units"), hasState: settings.has("state"))
  }

  private static func pool(_ settings: LayerSettings, rank: Int, isMaximum: Bool) -> Layer {
    .pool(
      LayerWindow(
        kernel: settings.window("kernel"),
        stride: settings.window("stride"),
        padding: [Int](repeating: 0, count: rank)
      ),
      isMaximum: isMaximum
    )
  }
}
