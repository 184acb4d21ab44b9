import Glibc
import PPL
import Synchronization

/// Shows how far the chains are: one line a chain that is drawn anew on a terminal, a line now and then
/// elsewhere.
final class ProgressLines: Sendable {
  private struct State {
    var latest: [Int: SamplingProgress] = [:]
    /// When each chain was first heard of: some wait for others to end.
    var starts: [Int: ContinuousClock.Instant] = [:]
    var drawnLines = 0
    var lastDrawing: ContinuousClock.Instant?
    /// What of the work was reported last, by chain.
    var reported: [Int: Stage] = [:]
  }

  /// What makes a line due: another phase, or one more fifth of the work.
  private struct Stage: Equatable {
    var isWarmup: Bool
    var fifth: Int
  }

  private let isInteractive: Bool
  private let start = ContinuousClock.now
  private let state = Mutex(State())

  init(isInteractive: Bool) {
    self.isInteractive = isInteractive
  }

  /// Takes a chain's progress; called from several threads.
  func update(_ progress: SamplingProgress) {
    state.withLock { state in
      if state.latest[progress.chain] == nil { state.starts[progress.chain] = ContinuousClock.now }
      state.latest[progress.chain] = progress
      isInteractive ? draw(&state, isFinal: false) : report(progress, &state)
    }
  }

  /// Shows how far a fit by steps is, in place of what was said before.
  func show(_ text: String) {
    state.withLock { state in
      let now = ContinuousClock.now
      let pause: Duration = isInteractive ? .milliseconds(100) : .seconds(10)
      if let last = state.lastDrawing, now - last < pause { return }
      if !isInteractive, state.lastDrawing == nil, now - start < .seconds(2) { return }
      state.lastDrawing = now
      Terminal.error(
        isInteractive ? "\u{1B}[?7l\u{1B}[2K\(text)\r\u{1B}[?7h" : text + "\n"
      )
    }
  }

  /// Writes a line of its own, below which lines are drawn from then on.
  func interpose(_ text: String) {
    state.withLock { state in
      state.drawnLines = 0
      Terminal.error((isInteractive ? "\u{1B}[2K" : "") + text + "\n")
    }
  }

  /// Draws the last state.
  func finish() {
    guard isInteractive else { return }
    state.withLock { state in
      if !state.latest.isEmpty {
        draw(&state, isFinal: true)
      } else if state.lastDrawing != nil {
        Terminal.error("\u{1B}[2K")
      }
    }
  }

  private func draw(_ state: inout State, isFinal: Bool) {
    let now = ContinuousClock.now
    if !isFinal, let last = state.lastDrawing, now - last < .milliseconds(100) { return }
    state.lastDrawing = now
    var text = state.drawnLines > 0 ? "\u{1B}[\(state.drawnLines)A" : ""
    let chains = state.latest.keys.sorted()
    for chain in chains {
      guard let progress = state.latest[chain] else { continue }
      text += "\u{1B}[2K" + line(progress, state, bar: true) + "\n"
    }
    state.drawnLines = chains.count
    // A line that wrapped would count as two when the cursor moves up, so wrapping is off meanwhile.
    Terminal.error("\u{1B}[?7l" + text + "\u{1B}[?7h")
  }

  private func report(_ progress: SamplingProgress, _ state: inout State) {
    // Short runs say nothing; long ones a line at the start of a phase and for each fifth.
    guard ContinuousClock.now - start > .seconds(2), progress.total > 0 else { return }
    let stage = Stage(
      isWarmup: progress.isWarmup,
      fifth: progress.iteration * 5 / progress.total
    )
    guard stage != state.reported[progress.chain] else { return }
    state.reported[progress.chain] = stage
    Terminal.error(line(progress, state, bar: false) + "\n")
  }

  private func line(_ progress: SamplingProgress, _ state: State, bar: Bool) -> String {
    let total = max(1, progress.total)
    let share = Double(progress.iteration) / Double(total)
    var parts = ["chain \(progress.chain)"]
    if bar {
      let filled = Int((share * 24).rounded())
      parts.append(
        "[" + String(repeating: "=", count: filled) + String(repeating: " ", count: 24 - filled)
          + "]"
      )
    }
    parts.append("\(progress.iteration)/\(progress.total)")
    parts.append(progress.isWarmup ? "warm-up" : "sampling")
    if progress.stepSize.isNaN {
      parts.append("\(progress.leapfrogCount) evaluations")
    } else {
      parts.append("step \(significant(progress.stepSize))")
      parts.append("\(progress.leapfrogCount) leapfrogs")
      parts.append("\(progress.divergences) divergent")
    }
    let elapsed = (ContinuousClock.now - (state.starts[progress.chain] ?? start)) / .seconds(1)
    // The first iterations look for a step size, which tells nothing of the others.
    if share >= 0.01, share < 1 {
      parts.append("\(duration(elapsed / share - elapsed)) left")
    }
    return parts.joined(separator: "  ")
  }

  private func significant(_ value: Double) -> String {
    guard value.isFinite, value > 0 else { return "-" }
    let scale = pow(10, 2 - floor(log10(value)))
    return "\((value * scale).rounded() / scale)"
  }

  private func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e7 else { return "?" }
    let whole = Int(seconds.rounded(.up))
    return whole < 60 ? "\(whole) s" : "\(whole / 60) min \(whole % 60) s"
  }
}
