import Glibc
import PPL

/// Shows what a session says: results on standard output, all else on standard error.
///
/// At a terminal the session also says what statements define, and how far fits are.
final class SessionTerminal {
  private let isInteractive: Bool
  private let renderer = DiagnosticRenderer(usesColor: Terminal.usesColor)
  private var lines: ProgressLines

  init(isInteractive: Bool) {
    self.isInteractive = isInteractive
    lines = ProgressLines(isInteractive: Terminal.isErrorInteractive)
  }

  /// What reaches into an entry, with lines of progress of its own.
  func control(_ interruption: Interruption) -> InteractiveSession.Control {
    lines = ProgressLines(isInteractive: Terminal.isErrorInteractive)
    let lines = lines
    return InteractiveSession.Control(
      interruption: interruption,
      progress: { lines.update($0) },
      notice: { lines.interpose($0) }
    )
  }

  /// Shows one thing.
  func show(_ event: SessionEvent) {
    switch event {
    case .taken(let text): if isInteractive { Terminal.output(text + "\n") }
    case .output(let text): Terminal.output(text + "\n")
    case .note(let text): Terminal.error(text + "\n")
    case .progress(let text): lines.show(text)
    case .fitFinished:
      lines.finish()
      lines = ProgressLines(isInteractive: Terminal.isErrorInteractive)
    case .problem(let located):
      Terminal.error(renderer.render(located.diagnostic, in: located.source))
    case .failure(let text): Terminal.error("error: \(text)\n")
    }
  }
}
