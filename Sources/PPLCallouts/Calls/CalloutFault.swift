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

    /// Whether it says that what computes the function is broken, rather than that the function has no value there.
    var isBreakdown: Bool {
      switch self {
      case .timeout, .crash, .notStarted, .malformed, .wrongShape, .tooMuchOutput: true
      case .refused, .notANumber, .interrupted: false
      }
    }
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
    /// Processes that could not be started.
    package var failedStarts = 0
    /// Calls that gave nothing usable in the end, by kind.
    package var failures: [CalloutFault.Kind: Int] = [:]
    /// What happened at the last failure of each kind.
    package var details: [CalloutFault.Kind: String] = [:]
    /// Calls in a row that ended in a breakdown.
    var breakdowns = 0
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
      result.failedStarts -= earlier.failedStarts
      for (kind, count) in earlier.failures { result.failures[kind, default: 0] -= count }
      result.failures = result.failures.filter { $0.value > 0 }
      return result
    }
  }

  private let state = Mutex(Counts())
  // Closures lie in boxes: one that is read out of an optional under a lock is wrapped anew each time.
  private struct Action: Sendable {
    var run: @Sendable () -> Void
  }
  private struct WaitAction: Sendable {
    var run: @Sendable (_ seconds: Int) -> Void
  }

  private let onStop = Mutex<Action?>(nil)
  private let isStopped = Atomic(false)
  private let onWait = Mutex<WaitAction?>(nil)
  private let leastNotedWait = Atomic(CalloutTally.firstNotedWait)
  private static let firstNotedWait = 10

  package init() {}

  /// Everything so far.
  package var counts: Counts { state.withLock { $0 } }

  /// Why the run cannot go on, if so; cheap where it can.
  package var stopReason: String? {
    isStopped.load(ordering: .acquiring) ? state.withLock { $0.stopReason } : nil
  }

  func add(
    cached: Int = 0,
    retries: Int = 0,
    restarts: Int = 0,
    failedStarts: Int = 0
  ) {
    state.withLock { counts in
      counts.cached += cached
      counts.retries += retries
      counts.restarts += restarts
      counts.failedStarts += failedStarts
    }
  }

  /// Calls in a row, with no answer among them, after which the run stops.
  private static let greatestBreakdowns = 100

  /// Counts calls with what became of them; where nothing is answered any more, it stops the run.
  func add(_ answers: [CalloutAnswer]) {
    let reason = state.withLock { counts -> String? in
      counts.calls += answers.count
      var reason: String?
      for answer in answers {
        guard let fault = answer.fault else {
          counts.breakdowns = 0
          continue
        }
        counts.failures[fault.kind, default: 0] += 1
        counts.details[fault.kind] = fault.detail
        guard fault.kind.isBreakdown else { continue }
        counts.breakdowns += 1
        if counts.breakdowns >= Self.greatestBreakdowns {
          reason = "\(counts.breakdowns) calls in a row gave nothing; the last: \(fault.detail)"
        }
      }
      return reason
    }
    if let reason { stop(reason) }
  }

  /// Says that nothing more can be computed.
  func stop(_ reason: String) {
    state.withLock { if $0.stopReason == nil { $0.stopReason = reason } }
    // The run hears of it before any call gives nothing because of it.
    onStop.withLock { $0 }?.run()
    isStopped.store(true, ordering: .releasing)
  }

  /// Calls this when the run cannot go on.
  package func whenStopped(_ action: (@Sendable () -> Void)?) {
    let new = action.map { Action(run: $0) }
    onStop.withLock { $0 = new }
  }

  /// Lets a new run begin.
  package func clearStop() {
    state.withLock { counts in
      counts.stopReason = nil
      counts.breakdowns = 0
    }
    isStopped.store(false, ordering: .relaxed)
  }

  // MARK: Waits

  /// Calls this when a call has waited for ten seconds, and each time that the longest wait has doubled.
  package func whenWaiting(_ action: (@Sendable (_ seconds: Int) -> Void)?) {
    let new = action.map { WaitAction(run: $0) }
    onWait.withLock { $0 = new }
    leastNotedWait.store(Self.firstNotedWait, ordering: .relaxed)
  }

  /// Says for how long a call has waited.
  package func noteWait(of seconds: Double) {
    let least = leastNotedWait.load(ordering: .relaxed)
    guard seconds >= Double(least) else { return }
    let (isFirst, _) = leastNotedWait.compareExchange(
      expected: least,
      desired: 2 * least,
      ordering: .relaxed
    )
    if isFirst { onWait.withLock { $0 }?.run(Int(min(seconds, 1e9))) }
  }
}
