/// When the Fisher adaptation forgets old draws.
///
/// The warm-up has an early phase (30 %) with windows of 10 draws, a main phase (55 %) with windows of
/// 80 draws and then half as many again each time, and a final phase (15 %) that leaves the metric
/// alone. Source: the nuts-rs project, version 0.18.
package struct FisherSchedule: Sendable, Hashable, Codable {
  private static let earlyWindow = 10
  private static let firstMainWindow = 80

  /// First iteration of the main phase.
  package let mainStart: Int
  /// First iteration of the final phase, in which the metric is kept.
  package let finalStart: Int
  /// Draws that the background needs before the next switch of the main phase; nil in the early phase.
  private var mainWindow: Int?

  /// First iteration from which the metric is near its final one.
  package var settledStart: Int { mainStart + (finalStart - mainStart) / 3 }

  /// The schedule of `warmup` iterations.
  package init(warmup: Int) {
    mainStart = Int((0.3 * Double(warmup)).rounded())
    finalStart = warmup - Int((0.15 * Double(warmup)).rounded())
  }

  /// Whether the metric may change after an iteration.
  package func adaptsMetric(iteration: Int) -> Bool { iteration < finalStart }

  /// Whether the background becomes the foreground after an iteration; advances the window if so.
  package mutating func switchesWindow(iteration: Int, backgroundCount: Int) -> Bool {
    if iteration < mainStart {
      return backgroundCount >= Self.earlyWindow && fits(Self.earlyWindow, after: iteration)
    }
    let window = mainWindow ?? max(Self.firstMainWindow, backgroundCount)
    mainWindow = window
    let next = Self.successor(of: window)
    guard backgroundCount >= window, fits(next, after: iteration) else { return false }
    mainWindow = next
    return true
  }

  /// Whether a switch can still come, at this iteration or later, if every draw from this one on counts.
  ///
  /// `backgroundCount` is without the draw of this iteration.
  package func canStillSwitch(iteration: Int, backgroundCount: Int) -> Bool {
    if iteration < mainStart { return true }
    let window = mainWindow ?? max(Self.firstMainWindow, backgroundCount)
    let missing = max(1, window - backgroundCount)
    return fits(Self.successor(of: window), after: iteration + missing - 1)
  }

  /// Whether `count` more iterations end before the final phase.
  private func fits(_ count: Int, after iteration: Int) -> Bool {
    iteration + 1 + count <= finalStart
  }

  private static func successor(of window: Int) -> Int {
    max(window + 1, Int((1.5 * Double(window)).rounded()))
  }
}
