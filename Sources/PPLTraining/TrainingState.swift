/// All that a fit by steps needs to go on from a step: what was found so far, under names.
///
/// Each part of a fit writes what it holds, and begins again from it; what follows from the step's number alone, such as the order of
/// rows and the random numbers, is not kept.
package struct TrainingState: Sendable, Equatable {
  /// Counts, sums and histories.
  package var numbers: [String: [Double]]
  /// Parameters and what optimisers keep of each.
  package var arrays: [String: [Float]]

  package init(numbers: [String: [Double]] = [:], arrays: [String: [Float]] = [:]) {
    self.numbers = numbers
    self.arrays = arrays
  }

  /// Steps that were made.
  package var step: Int { self[count: "step"] ?? 0 }

  /// Whether no steps are left to be made.
  package var isFinished: Bool {
    get { self[count: "finished"] == 1 }
    set { self[count: "finished"] = newValue ? 1 : 0 }
  }

  /// One number.
  subscript(number name: String) -> Double? {
    get {
      guard let values = numbers[name], values.count == 1 else { return nil }
      return values[0]
    }
    set { numbers[name] = newValue.map { [$0] } }
  }

  /// One integer.
  subscript(count name: String) -> Int? {
    get { self[number: name].flatMap { Int(exactly: $0) } }
    set { self[number: name] = newValue.map(Double.init) }
  }

  /// An array of so many numbers in single precision.
  func array(_ name: String, count: Int) -> [Float]? {
    guard let values = arrays[name], values.count == count else { return nil }
    return values
  }
}

/// When the state of a fit is kept next: so seldom that keeping it takes a small share of the time.
struct CheckpointSchedule {
  private let clock = ContinuousClock()
  private var last: ContinuousClock.Instant
  private var cost = Duration.zero

  /// Time that passes for each time that keeping a state takes: 2 % of it at most.
  private static let pause = 50
  /// Time between states within an epoch.
  private static let interval = Duration.seconds(10)

  init() { last = clock.now }

  /// Whether it is time.
  func isDue(atEndOfEpoch: Bool) -> Bool {
    let elapsed = clock.now - last
    return elapsed >= cost * Self.pause && (atEndOfEpoch || elapsed >= Self.interval)
  }

  /// Keeps a state.
  mutating func keep(_ body: () throws(TrainingFailure) -> Void) throws(TrainingFailure) {
    let begin = clock.now
    try body()
    last = clock.now
    cost = last - begin
  }
}
