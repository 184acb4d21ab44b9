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
}
