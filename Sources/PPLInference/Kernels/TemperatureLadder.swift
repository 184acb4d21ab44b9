// Notation: β₀ = 1 > β₁ > … > βₙ = 0, Λ the communication barrier: the sum of the rejection rates up to a level.

/// The inverse temperatures of a chain, spaced for equal rates of exchange.
///
/// The barrier Λ as a function of β hardly depends on the ladder that it is estimated with, so that the levels at which it
/// takes equally spaced values have equal rejection rates. It is estimated anew over rounds that double in length.
///
/// Source: Syed, Bouchard-Côté, Deligiannidis and Doucet 2022, doi:10.1111/rssb.12464, algorithms 2 and 4, with linear
/// interpolation.
struct TemperatureLadder: Sendable, Hashable, Codable {
  private static let firstRound = 20
  /// Least rejection rate that is counted: levels do not coincide.
  private static let leastRejection = 1e-3

  /// From 1 to 0.
  private(set) var levels: [Double]
  /// Sum of the rejection probabilities of each pair of neighbours, and how often it was tried, in this round.
  private var rejections: [Double]
  private var attempts: [Double]
  private var round = TemperatureLadder.firstRound
  private var iterations = 0

  /// A ladder with two levels or more, denser towards 0.
  init(count: Int) {
    levels = (0..<count).map { level in
      let share = 1 - Double(level) / Double(max(1, count - 1))
      return share * share * share
    }
    rejections = [Double](repeating: 0, count: count - 1)
    attempts = rejections
  }

  /// Takes the probability with which a level exchanges with the next one.
  mutating func record(level: Int, acceptance: Double) {
    rejections[level] += 1 - acceptance
    attempts[level] += 1
  }

  /// Ends an iteration, and a round if it is full.
  mutating func finishIteration() {
    iterations += 1
    guard iterations >= round else { return }
    respace()
    startRound(length: 2 * round)
  }

  /// Forgets what was counted, as densities have changed, and begins with short rounds.
  mutating func restart() { startRound(length: Self.firstRound) }

  private mutating func startRound(length: Int) {
    round = length
    iterations = 0
    for index in rejections.indices {
      rejections[index] = 0
      attempts[index] = 0
    }
  }

  private mutating func respace() {
    var barrier = [0.0]
    for (rejection, attempt) in zip(rejections, attempts) {
      let rate = attempt > 0 ? rejection / attempt : 0
      barrier.append((barrier.last ?? 0) + max(rate, Self.leastRejection))
    }
    let total = barrier.last ?? 0
    let old = levels
    var segment = 0
    for level in 1..<max(1, old.count - 1) {
      let wanted = total * Double(level) / Double(old.count - 1)
      while segment + 2 < barrier.count, barrier[segment + 1] < wanted { segment += 1 }
      let share = (wanted - barrier[segment]) / (barrier[segment + 1] - barrier[segment])
      levels[level] = old[segment] + share * (old[segment + 1] - old[segment])
    }
  }
}
