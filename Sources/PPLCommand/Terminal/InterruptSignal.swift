import Dispatch
import Glibc
import PPL

/// Turns Ctrl-C into a request to stop; a second one ends the program at once.
struct InterruptSignal {
  private let source: any DispatchSourceSignal
  /// A queue of its own: it gets a thread also while chains keep all threads of the shared pool busy.
  private let queue = DispatchQueue(label: "interrupt", qos: .userInteractive)

  init(_ interruption: Interruption) {
    signal(SIGINT, SIG_IGN)
    source = DispatchSource.makeSignalSource(signal: SIGINT, queue: queue)
    source.setEventHandler {
      if interruption.isRaised { _exit(130) }
      interruption.raise()
      Terminal.error("\nstopping: draws so far are kept (Ctrl-C again ends at once)\n")
    }
    source.resume()
  }
}
