/// How far a cheap density is trusted: the slope of differences of the log density over those of the cheap one.
///
/// A cheap density raised to a power serves delayed acceptance as well as itself. With the slope of a regression as power, what
/// the second test must correct is least in the mean of squares: a cheap density that is too narrow is flattened, and one that
/// says nothing lets every proposal pass.
struct ScreeningSlope: Sendable, Codable {
  /// Share of what was learnt that stays with each new pair.
  private static let memory = 0.99
  /// Pairs before it is above 0.
  private static let leastCount = 20
  /// Greatest differences that are told apart: beyond them a proposal is lost anyway.
  private static let greatest = 20.0

  private var count = 0
  private var products = 0.0
  private var squares = 0.0
  /// The power, in [0, 1].
  private(set) var value = 0.0

  /// Takes differences of both log densities between a proposal and its point.
  mutating func learn(cheap: Double, exact: Double) {
    guard !cheap.isNaN, !exact.isNaN else { return }
    let x = min(max(cheap, -Self.greatest), Self.greatest)
    let y = min(max(exact, -Self.greatest), Self.greatest)
    count += 1
    products = Self.memory * products + x * y
    squares = Self.memory * squares + x * x
    guard count >= Self.leastCount, squares > 0 else { return }
    value = min(max(products / squares, 0), 1)
  }
}
