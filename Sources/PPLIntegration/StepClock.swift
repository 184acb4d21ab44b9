/// Where the last step of a solution began and ended, and how long the next one is to be.
struct StepClock {
  /// The times at which the last step began and ended.
  private(set) var stepStart = 0.0
  private(set) var time = 0.0
  /// Steps so far, rejected ones included.
  var count = 0
  private let limit: Int
  private var step = 0.0
  private var end = 0.0
  /// Whether the present step ends at the end.
  private var isLast = false
  /// Whether a longer step was rejected before the present one.
  private var isRetry = false

  init(limit: Int) {
    self.limit = limit
  }

  /// Begins anew at a time with a first step.
  mutating func begin(at time: Double, step: Double) {
    self.time = time
    self.step = step
    isRetry = false
  }

  /// Below this a step does not change the time.
  private var leastStep: Double { 1e-14 * max(time.magnitude, end.magnitude) }

  /// The next step, which does not go beyond an end.
  mutating func propose(to end: Double) throws(SolverFailure) -> Double {
    guard count < limit else { throw .tooManySteps }
    count += 1
    self.end = end
    // A last step that is nearly whole is made whole.
    isLast = time + 1.01 * step >= end
    guard step > leastStep || isLast else { throw .stepTooSmall }
    return isLast ? end - time : step
  }

  /// Takes a shorter step instead of one that could not be computed.
  mutating func shorten(to step: Double) throws(SolverFailure) {
    retry(with: step)
    guard step > leastStep else { throw .notFinite }
  }

  /// Takes another step instead of one whose error was too large.
  mutating func retry(with step: Double) {
    self.step = step
    isRetry = true
  }

  /// Takes a step; `next` is what its error allows the next one.
  mutating func accept(_ h: Double, next: Double) {
    stepStart = time
    time = isLast ? end : time + h
    let allowed = isRetry ? min(next, h) : next
    // A step that was cut off says little about the next one.
    step = isLast ? max(step, allowed) : allowed
    isRetry = false
  }
}
