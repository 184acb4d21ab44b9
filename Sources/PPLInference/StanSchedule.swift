/// The windows of Stan's warm-up: an initial buffer, windows that double, a final buffer.
///
/// Source: Stan Reference Manual, "Automatic parameter tuning", with its rule for short warm-ups.
package struct StanSchedule: Sendable, Hashable, Codable {
  /// First iteration whose draw enters the metric.
  package let firstWindowStart: Int
  /// One past the last iteration of each window, ascending; the last is where the final buffer begins.
  package let windowEnds: [Int]

  /// The schedule of `warmup` iterations; below 20 only the step size is adapted.
  package init(warmup: Int) {
    guard warmup >= 20 else {
      firstWindowStart = warmup
      windowEnds = []
      return
    }
    var (initial, window, final) = (75, 25, 50)
    if initial + window + final > warmup {
      initial = Int(0.15 * Double(warmup))
      final = Int(0.1 * Double(warmup))
      window = warmup - initial - final
    }
    let last = warmup - final
    var ends: [Int] = []
    var end = initial + window
    // A window is stretched to the final buffer if the one after it, twice as long, would not fit.
    while end + 2 * window <= last {
      ends.append(end)
      window *= 2
      end += window
    }
    ends.append(last)
    firstWindowStart = initial
    windowEnds = ends
  }

  /// Whether the draw of an iteration enters the variance estimate.
  package func collects(iteration: Int) -> Bool {
    guard let last = windowEnds.last else { return false }
    return iteration >= firstWindowStart && iteration < last
  }

  /// Whether a window ends with an iteration.
  package func endsWindow(iteration: Int) -> Bool {
    windowEnds.contains(iteration + 1)
  }
}
