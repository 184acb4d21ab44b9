import Synchronization

/// A flag that stops a run from another thread: chains end at their last completed draw.
package final class CancellationFlag: Sendable {
  private let flag = Atomic<Bool>(false)

  /// A flag that is not raised.
  package init() {}

  /// Asks the run to stop; cannot be taken back.
  package func cancel() { flag.store(true, ordering: .relaxed) }

  /// Whether the run was asked to stop.
  package var isCancelled: Bool { flag.load(ordering: .relaxed) }
}
