import Synchronization

/// Why a call gave nothing that can be used.
package enum CalloutFault: Error, Sendable, Hashable {
  /// Kinds, as reports count them.
  package enum Kind: String, Sendable, Hashable, CaseIterable {
    case timeout = "no answer in time"
    case crash = "ended while it was asked"
    case notStarted = "could not be started"
    case malformed = "an answer that is not understood"
    case wrongShape = "a result of another shape"
    case tooMuchOutput = "too much output"
    case refused = "said that it failed"
    case notANumber = "a result that is not a number"
    case interrupted = "interrupted"
  }

  case fault(Kind, String)

  /// What kind it is.
  package var kind: Kind {
    switch self {
    case .fault(let kind, _): kind
    }
  }

  /// What exactly happened, for the user.
  package var detail: String {
    switch self {
    case .fault(_, let detail): detail
    }
  }
}

/// What calls of one function have come to; counted from several threads.
package final class CalloutTally: Sendable {
  /// Counts at one time.
  package struct Counts: Sendable, Hashable {
    /// Calls that were answered or failed, those that the cache answered apart.
    package var calls = 0
    /// Calls that the cache answered.
    package var cached = 0
    /// Attempts made again.
    package var retries = 0
    /// Processes started in the place of others.
    package var restarts = 0
    /// Calls that gave nothing usable in the end, by kind.
    package var failures: [CalloutFault.Kind: Int] = [:]
    /// What happened at the last failure of each kind.
    package var details: [CalloutFault.Kind: String] = [:]
    /// Why the run cannot go on.
    package var stopReason: String?

    package init() {}

    /// What was added since earlier counts.
    package func since(_ earlier: Counts) -> Counts {
      var result = self
      result.calls -= earlier.calls
      result.cached -= earlier.cached
      result.retries -= earlier.retries
      result.restarts -= earlier.restarts
      for (kind, count) in earlier.failures { result.failures[kind, default: 0] -= count }
      result.failures = result.failures.filter { $0.value > 0 }
      return result
    }
  }

  private let state = Mutex(Counts())
  private struct Action: Sendable {
    var run: @Sendable () -> Void
  }

  private let onStop = Mutex<Action?>(nil)
  private let isStopped = Atomic(false)

  package init() {}

  /// Everything so far.
  package var counts: Counts { state.withLock { $0 } }

  /// Why the run cannot go on, if so; cheap where it can.
  package var stopReason: String? {
    isStopped.load(ordering: .relaxed) ? state.withLock { $0.stopReason } : nil
  }

  func add(calls: Int = 0, cached: Int = 0, retries: Int = 0, restarts: Int = 0) {
    state.withLock { counts in
      counts.calls += calls
      counts.cached += cached
      counts.retries += retries
      counts.restarts += restarts
    }
  }

  func add(_ fault: CalloutFault) {
    state.withLock { counts in
      counts.failures[fault.kind, default: 0] += 1
      counts.details[fault.kind] = fault.detail
    }
  }

  /// Says that nothing more can be computed.
  func stop(_ reason: String) {
    state.withLock { if $0.stopReason == nil { $0.stopReason = reason } }
    isStopped.store(true, ordering: .relaxed)
    onStop.withLock { $0 }?.run()
  }

  /// Calls this when the run cannot go on.
  package func whenStopped(_ action: (@Sendable () -> Void)?) {
    let new = action.map { Action(run: $0) }
    onStop.withLock { $0 = new }
  }

  /// Lets a new run begin.
  package func clearStop() {
    state.withLock { $0.stopReason = nil }
    isStopped.store(false, ordering: .relaxed)
  }
}
