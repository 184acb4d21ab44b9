import Synchronization

/// Raised when a run is to stop; those who wait for an answer look at it.
package final class CalloutInterruption: Sendable {
  /// A closure in a box: one that is read out of an optional is wrapped anew each time.
  private struct Question: Sendable {
    var isStopped: @Sendable () -> Bool
  }

  private let question = Mutex<Question?>(nil)

  package init() {}

  /// Asks this from now on whether the run is to stop.
  package func ask(_ isStopped: (@Sendable () -> Bool)?) {
    let new = isStopped.map { Question(isStopped: $0) }
    question.withLock { $0 = new }
  }

  var isRaised: Bool { question.withLock { $0 }?.isStopped() ?? false }
}

/// A function that worker processes compute.
package final class ProcessSource: CalloutSource {
  package let tally = CalloutTally()
  private let settings: ProcessSettings
  private let givesDerivatives: Bool
  private let interruption: CalloutInterruption
  private let pools = Mutex<[CalloutSignature: WorkerPool]>([:])

  package init(
    _ settings: ProcessSettings,
    givesDerivatives: Bool,
    interruption: CalloutInterruption
  ) {
    self.settings = settings
    self.givesDerivatives = givesDerivatives
    self.interruption = interruption
  }

  package var givesPullbacks: Bool { false }

  package func backend(for signature: CalloutSignature) throws(CalloutFailure)
    -> any CalloutBackend
  {
    if let known = pools.withLock({ $0[signature] }) { return known }
    let pool = WorkerPool(
      settings,
      WorkerProtocol(signature: signature, givesDerivatives: givesDerivatives),
      tally,
      interruption
    )
    try pool.prepare()
    pools.withLock { $0[signature] = pool }
    return pool
  }
}
