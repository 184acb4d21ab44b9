import PPLInference
import PPLSemantics

/// What a caller sets over the program's own `infer` settings; nil leaves those in force.
public struct SamplerOptions: Sendable, Hashable {
  /// How the metric is adapted.
  public enum Adaptation: String, Sendable, Hashable, CaseIterable {
    /// By Fisher divergence from draws and gradients.
    case fisher
    /// As Stan does, by windows of sample variances.
    case stan
  }

  /// Seed of all random numbers.
  public var seed: UInt64?
  /// Number of chains.
  public var chains: Int?
  /// Tuning draws of each chain.
  public var warmup: Int?
  /// Draws to keep of each chain.
  public var draws: Int?
  /// Adaptation of the metric.
  public var adaptation: Adaptation?

  /// Nothing set.
  public init() {}

  /// The settings of one run.
  func settings(_ inference: CheckedInference?, seed: UInt64) -> NUTSSettings {
    var settings = NUTSSettings(seed: self.seed ?? seed)
    for (label, value) in inference?.settings ?? [:] {
      switch (label, value) {
      case ("chains", .number(let number)): settings.chains = Int(number)
      case ("draws", .number(let number)): settings.draws = Int(number)
      case ("warmup", .number(let number)): settings.warmup = Int(number)
      case ("max_depth", .number(let number)): settings.maxTreeDepth = Int(number)
      case ("target_accept", .number(let number)): settings.targetAcceptance = number
      case ("seed", .number(let number)):
        if self.seed == nil { settings.seed = UInt64(number) }
      case ("adapt", .word(let word)):
        settings.adaptation = AdaptationMethod(rawValue: word) ?? .fisher
      case ("start", .word(let word)):
        settings.start = StartMethod(rawValue: word) ?? .uniform
      case ("centering", .word(let word)): settings.keepsWrittenCoordinates = word == "written"
      default: break
      }
    }
    if let chains { settings.chains = chains }
    if let warmup { settings.warmup = warmup }
    if let draws { settings.draws = draws }
    if let adaptation {
      settings.adaptation = AdaptationMethod(rawValue: adaptation.rawValue) ?? .fisher
    }
    return settings
  }
}
