import PPL
import Synchronization

/// Tells on standard error when the first draw after tuning was made, for `ppl bench --suite`.
final class FirstDraw: Sendable {
  private static let prefix = "first draw at "
  private let isReported = Atomic<Bool>(false)

  /// Takes a chain's progress; called from several threads.
  func update(_ progress: SamplingProgress) {
    guard progress.drawCount > 0 else { return }
    let time = MonotonicClock.seconds
    guard !isReported.exchange(true, ordering: .relaxed) else { return }
    Terminal.error("\(Self.prefix)\(time)\n")
  }

  /// The time in what a process wrote to standard error.
  static func time(in errors: String) -> Double? {
    for line in errors.split(separator: "\n") where line.hasPrefix(prefix) {
      return Double(line.dropFirst(prefix.count))
    }
    return nil
  }
}
