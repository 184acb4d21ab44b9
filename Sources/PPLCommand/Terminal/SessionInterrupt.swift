import Dispatch
import Glibc
import PPL
import Synchronization

/// Turns Ctrl-C into a request to stop the entry that is carried out; between entries it does nothing.
struct SessionInterrupt {
  /// What Ctrl-C stops now.
  private final class Target: Sendable {
    private let interruption = Mutex<Interruption?>(nil)

    func set(_ new: Interruption?) { interruption.withLock { $0 = new } }

    func raise() {
      guard let own = interruption.withLock({ $0 }), !own.isRaised else { return }
      own.raise()
      Terminal.error("\nstopping: draws so far are kept\n")
    }
  }

  private let target = Target()
  private let source: any DispatchSourceSignal
  /// A queue of its own: it gets a thread also while chains keep all threads of the shared pool busy.
  private let queue = DispatchQueue(label: "interrupt", qos: .userInteractive)

  init() {
    signal(SIGINT, SIG_IGN)
    source = DispatchSource.makeSignalSource(signal: SIGINT, queue: queue)
    let target = target
    source.setEventHandler { target.raise() }
    source.resume()
  }

  /// From here on Ctrl-C stops this.
  func begin(_ interruption: Interruption) { target.set(interruption) }

  /// From here on Ctrl-C stops nothing.
  func end() { target.set(nil) }
}
