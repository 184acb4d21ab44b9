import PPLTensorCore

/// Adapts the scale of proposals so that their acceptance reaches a target on average.
///
///     log s ← log s + t^−0.6 (a − a*)
///
/// Source: Andrieu and Thoms 2008, doi:10.1007/s11222-008-9110-y, algorithm 4 (Robbins and Monro).
struct ScaleAdaptation: Sendable, Hashable, Codable {
  private static let decay = 0.6
  /// Updates that count as made after the proposals have changed.
  private static let restartCount = 30.0

  private let target: Double
  private var logScale: Double
  private var count = 0.0

  /// Starts at a scale, towards an acceptance in (0, 1).
  init(scale: Double, target: Double) {
    self.target = target
    logScale = LibM.log(scale)
  }

  /// The scale of the next proposal.
  var scale: Double { LibM.exp(logScale) }

  /// Takes the acceptance probability of a proposal.
  mutating func update(acceptance: Double) {
    count += 1
    logScale += LibM.pow(count, -Self.decay) * (acceptance - target)
  }

  /// Makes it follow faster again, as the shape of the proposals has changed.
  mutating func hurry() { count = min(count, Self.restartCount) }

  /// The acceptance that serves best for a normal distribution of D dimensions: 0.44 for one, 0.234 for many.
  ///
  /// 0.234 + 0.207/D is within 0.02 of the table of Gelman, Roberts and Gilks 1996, "Efficient Metropolis jumping
  /// rules".
  static func bestAcceptance(dimension: Int) -> Double {
    0.234 + 0.207 / Double(max(1, dimension))
  }

  /// The scale that has this acceptance where proposals have the covariance of the distribution: 2.38/√D.
  static func bestScale(dimension: Int) -> Double {
    2.38 / Double(max(1, dimension)).squareRoot()
  }
}
