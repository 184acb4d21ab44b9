/// An adaptation as it is saved: with a word for its kind.
struct StoredAdaptation: Sendable, Codable {
  let adaptation: any Adaptation

  private enum Kind: Codable {
    case fisher(FisherAdaptation)
    case stan(StanAdaptation)
  }

  init(_ adaptation: any Adaptation) {
    self.adaptation = adaptation
  }

  init(from decoder: any Decoder) throws {
    adaptation =
      switch try Kind(from: decoder) {
      case .fisher(let adaptation): adaptation
      case .stan(let adaptation): adaptation
      }
  }

  /// - Throws: where it is none of those that `AdaptationMethod` lists.
  func encode(to encoder: any Encoder) throws {
    switch adaptation {
    case let adaptation as FisherAdaptation: try Kind.fisher(adaptation).encode(to: encoder)
    case let adaptation as StanAdaptation: try Kind.stan(adaptation).encode(to: encoder)
    default:
      throw EncodingError.invalidValue(
        adaptation,
        .init(codingPath: encoder.codingPath, debugDescription: "this adaptation is not saved")
      )
    }
  }
}
