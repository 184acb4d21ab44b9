/// The times of a chain, and when its progress is due.
struct ChainClock {
  /// Least time between two reports of a chain.
  private static let reportInterval = Duration.milliseconds(50)

  private let start = ContinuousClock.now
  private var warmupEnd: ContinuousClock.Instant?
  private var nextReport = ContinuousClock.now

  /// Notes that the warm-up is over.
  mutating func finishWarmup() {
    warmupEnd = ContinuousClock.now
  }

  /// Whether to report progress now: the first time, then at intervals, and at marked iterations.
  mutating func isReportDue(isMarked: Bool) -> Bool {
    let now = ContinuousClock.now
    guard isMarked || now >= nextReport else { return false }
    nextReport = now + Self.reportInterval
    return true
  }

  /// Time of the warm-up and time since then, in seconds.
  func seconds() -> (warmup: Double, sampling: Double) {
    let now = ContinuousClock.now
    let end = warmupEnd ?? now
    return ((end - start) / .seconds(1), (now - end) / .seconds(1))
  }
}
