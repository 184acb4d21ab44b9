import Dispatch
import Glibc
import PPL

/// Turns Ctrl-C, and the system's requests to end, into a request to stop that keeps draws and checkpoints; a second
/// one ends the program at once.
struct InterruptSignal {
  private let sources: [any DispatchSourceSignal]
  /// A queue of its own: it gets a thread also while chains keep all threads of the shared pool busy.
  private let queue = DispatchQueue(label: "interrupt", qos: .userInteractive)

  init(_ interruption: Interruption) {
    let queue = queue
    sources = [SIGINT, SIGTERM, SIGHUP].compactMap { number in
      let before = unsafe unsafeBitCast(signal(number, SIG_IGN), to: Int.self)
      // What a parent has asked to ignore, as `nohup` does, stays ignored.
      guard number == SIGINT || before != Self.ignored else { return nil }
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler {
        if interruption.isRaised { _exit(130) }
        interruption.raise()
        Terminal.error(
          number == SIGINT
            ? "\nstopping: draws so far are kept (Ctrl-C again ends at once)\n"
            : "\nasked to end: draws so far are kept\n"
        )
      }
      source.resume()
      return source
    }
  }

  /// The handler of signals that are ignored, as a number.
  private static let ignored = unsafe unsafeBitCast(SIG_IGN, to: Int.self)
}
