import Dispatch
import Synchronization

/// Work on the disk that is done in order, beside the chains.
///
/// A chain that is far ahead of the disk waits, so that draws do not pile up in memory.
final class WriteQueue: Sendable {
  /// Pieces of work that wait at most.
  private static let greatestBacklog = 16

  private let queue = DispatchQueue(label: "ppl.fit-writer")
  private let places = DispatchSemaphore(value: WriteQueue.greatestBacklog)
  private let failure: Mutex<FitError?> = Mutex(nil)

  /// Does work after all that was added before; what failed earlier is thrown.
  ///
  /// After a failure nothing more is done, so that the disk has a beginning of each chain.
  func add(_ work: @escaping @Sendable () throws(FitError) -> Void) throws(FitError) {
    try check()
    places.wait()
    queue.async { [self] in
      defer { places.signal() }
      guard failure.withLock({ $0 == nil }) else { return }
      do throws(FitError) { try work() } catch {
        failure.withLock { $0 = error }
      }
    }
  }

  /// Waits until all work is done; what failed is thrown.
  func wait() throws(FitError) {
    drain()
    try check()
  }

  /// Waits until all work is done or given up.
  func drain() { queue.sync {} }

  private func check() throws(FitError) {
    if let error = failure.withLock({ $0 }) { throw error }
  }
}
