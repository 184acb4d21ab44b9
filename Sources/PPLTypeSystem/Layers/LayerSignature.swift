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
    case initialization
    /// An elementwise function or `softmax`, applied to what the layer gives.
    case activation
  }

  package struct Parameter: Sendable, Hashable {
    package var name: String
    package var setting: Setting
    package var isRequired: Bool
    /// Whether it may stand without its name.
    package var isPositional: Bool

    init(_ name: String, _ setting: Setting, required: Bool = false, positional: Bool = false) {
      self.name = name
      self.setting = setting
      isRequired = required
      isPositional = required || positional
    }
  }

  package var parameters: [Parameter]
  /// How a call is written.
  package var example: String
}

extension LayerKind {
  package var signature: LayerSignature {
    switch self {
    case .dense:
      LayerSignature(
        parameters: [
          .init("units", .axis, required: true),
          .init("activation", .activation, positional: true),
          .init("bias", .flag),
          .init("init", .initialization),
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
        parameters: [.init("units", .axis, required: true), .init("init", .initialization)],
        example: "Embedding(32)"
      )
    case .layerNormalization:
      LayerSignature(parameters: [.init("epsilon", .positiveNumber)], example: "LayerNorm")
    }
  }
}

/// The value of one setting of a layer.
package enum LayerSetting: Sendable, Hashable {
  case axis(SizedAxis)
  case axes([SizedAxis])
  case number(Double)
  case flag(Bool)
  case initialization(Initialization)
  case activation(BuiltinFunction)
}

/// The settings that a call gives a layer, by name.
package struct LayerSettings: Sendable, Hashable {
  package var values: [String: LayerSetting] = [:]

  package init() {}

  func axis(_ name: String) -> SizedAxis {
    if case .axis(let axis)? = values[name] { axis } else { .anonymous(nil) }
  }

  func axes(_ name: String) -> [SizedAxis] {
    if case .axes(let axes)? = values[name] { axes } else { [] }
  }

  func number(_ name: String, _ otherwise: Double) -> Double {
    if case .number(let value)? = values[name] { value } else { otherwise }
  }

  func flag(_ name: String, _ otherwise: Bool) -> Bool {
    if case .flag(let value)? = values[name] { value } else { otherwise }
  }

  func initialization(_ otherwise: Initialization) -> Initialization {
    if case .initialization(let value)? = values["init"] { value } else { otherwise }
  }

  /// The function that is applied to what the layer gives.
  package var activation: BuiltinFunction? {
    if case .activation(let value)? = values["activation"] { value } else { nil }
  }
}

extension Layer {
  /// The layer of a call whose settings fit its signature.
  package init(_ kind: LayerKind, _ settings: LayerSettings) {
    switch kind {
    case .dense:
      self = .dense(
        settings.axis("units"),
        initialization: settings.initialization(.fanIn),
        hasBias: settings.flag("bias", true)
      )
    case .flatten: self = .flatten
    case .reshape: self = .reshape(settings.axes("axes"))
    case .embedding:
      self = .embedding(
        settings.axis("units"),
        initialization: settings.initialization(.standardNormal)
      )
    case .layerNormalization:
      self = .layerNormalization(epsilon: settings.number("epsilon", 1e-5))
    }
  }
}
