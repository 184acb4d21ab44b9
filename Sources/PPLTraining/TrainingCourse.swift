import PPLTensorCore

/// Which step of a fit comes next, with which step size, and when it is over.
///
/// Where the length is to be found, steps of equal size go on until the mean objective of the last quarter of them is no greater than
/// that of the quarter before, within its noise; then come half as many with shorter and shorter ones, of which the parameters of the
/// second half are averaged.
struct TrainingCourse {
  private let settings: TrainingSettings
  private(set) var step = 0
  /// Mean objective of each window of steps, where the length is to be found.
  private var history: [Double] = []
  private var current = WindowMean()
  /// Steps until the end; of an automatic length until the search is given up.
  private var limit: Int
  private let isAutomatic: Bool
  /// Where steps begin to become shorter.
  private var coolingStart: Int?
  private var nextCheck: Int
  private(set) var isUnfinished = false

  /// Steps of a window.
  private static let window = 100
  /// Steps before the first look at whether the objective still rises.
  private static let firstCheck = 2000
  /// Share by which there are more steps at the next look.
  private static let growth = 1.25

  init(_ settings: TrainingSettings, stepsPerEpoch: Int?) {
    self.settings = settings
    switch settings.length {
    case .epochs(let count):
      limit = count * (stepsPerEpoch ?? 1)
      isAutomatic = false
    case .steps(let count):
      limit = count
      isAutomatic = false
    case .automatic(let count):
      limit = count
      isAutomatic = true
    }
    nextCheck = max(Self.firstCheck, 20 * (stepsPerEpoch ?? 0))
  }

  var isOver: Bool { step >= limit }

  /// Number of all steps; nil while it is to be found.
  var stepCount: Int? { isAutomatic && coolingStart == nil ? nil : limit }

  /// What the step size is multiplied by.
  var rate: Double {
    if let coolingStart {
      let share = Double(step - coolingStart) / Double(max(1, limit - coolingStart))
      return LearningRateSchedule.cosine.factor(at: share)
    }
    if isAutomatic { return 1 }
    return settings.schedule.factor(at: Double(step) / Double(limit))
  }

  /// Whether the parameters after the last step belong to the average.
  var averages: Bool {
    if let coolingStart { return 2 * (step - coolingStart) > limit - coolingStart }
    return settings.averages && !isAutomatic && step > limit - max(1, limit / 4)
  }

  /// Takes the objective of a step that was made.
  mutating func advance(_ objective: Double) {
    step += 1
    guard isAutomatic, coolingStart == nil else { return }
    current.add(objective)
    if step % Self.window == 0 || step == limit {
      history.append(current.mean)
      current = WindowMean()
    }
    guard step >= nextCheck || step == limit else { return }
    let isAtRest = !stillRises
    if isAtRest || step == limit {
      isUnfinished = !isAtRest
      coolingStart = step
      limit = step + step / 2
    } else {
      nextCheck = min(limit, Int(Double(step) * Self.growth))
    }
  }

  /// Ends after the steps that were made.
  mutating func end() { limit = step }

  func save(into state: inout TrainingState) {
    state[count: "step"] = step
    state.numbers["course.history"] = history
    state.numbers["course.current"] = current.numbers
    state.numbers["course.length"] = [
      Double(limit), Double(coolingStart ?? -1), Double(nextCheck), isUnfinished ? 1 : 0,
    ]
  }

  /// What was saved of a course with the same settings.
  init?(from state: TrainingState, _ settings: TrainingSettings, stepsPerEpoch: Int?) {
    self.init(settings, stepsPerEpoch: stepsPerEpoch)
    guard let step = state[count: "step"], step >= 0,
      let history = state.numbers["course.history"],
      let current = state.numbers["course.current"].flatMap(WindowMean.init(numbers:)),
      let length = state.numbers["course.length"]?.map({ Int(exactly: $0) }), length.count == 4,
      let limit = length[0], let cooling = length[1], let nextCheck = length[2]
    else { return nil }
    (self.step, self.history, self.current) = (step, history, current)
    (self.limit, self.nextCheck) = (limit, nextCheck)
    coolingStart = cooling < 0 ? nil : cooling
    isUnfinished = length[3] == 1
  }

  private var stillRises: Bool {
    let quarter = history.count / 4
    guard quarter > 1 else { return true }
    let last = WindowMean(history.suffix(quarter))
    let before = WindowMean(history.dropLast(quarter).suffix(quarter))
    let noise = (last.error * last.error + before.error * before.error).squareRoot()
    return last.mean - before.mean > noise
  }
}

/// Mean of some values, and its standard error.
struct WindowMean: Sendable, Equatable {
  private(set) var count = 0
  private var (sum, squares) = (0.0, 0.0)
  private var origin = 0.0

  init() {}

  init(_ values: some Sequence<Double>) {
    for value in values { add(value) }
  }

  mutating func add(_ value: Double) {
    if count == 0 { origin = value }
    count += 1
    sum += value - origin
    squares += (value - origin) * (value - origin)
  }

  /// All that it holds.
  var numbers: [Double] { [Double(count), sum, squares, origin] }

  init?(numbers: [Double]) {
    guard numbers.count == 4, let count = Int(exactly: numbers[0]) else { return nil }
    self.count = count
    (sum, squares, origin) = (numbers[1], numbers[2], numbers[3])
  }

  var mean: Double { count == 0 ? .nan : origin + sum / Double(count) }

  var error: Double {
    guard count > 1 else { return 0 }
    let average = sum / Double(count)
    return (max(0, squares / Double(count) - average * average) / Double(count - 1)).squareRoot()
  }
}

/// Says about twice a second how far a fit is.
struct ProgressReporter {
  private let stepsPerEpoch: Int?
  private let rowsPerStep: Int
  private let clock = ContinuousClock()
  private let begin: ContinuousClock.Instant
  private var lastReport: ContinuousClock.Instant
  private var recent = WindowMean()
  /// Steps that were made before, and the time that they took.
  private let (earlierSteps, earlierSeconds): (Int, Double)

  init(stepsPerEpoch: Int?, rowsPerStep: Int, after steps: Int = 0, seconds: Double = 0) {
    self.stepsPerEpoch = stepsPerEpoch
    self.rowsPerStep = rowsPerStep
    (earlierSteps, earlierSeconds) = (steps, seconds)
    begin = clock.now
    lastReport = begin
  }

  /// Time since the start, with that of earlier runs.
  var seconds: Double { earlierSeconds + (clock.now - begin) / .seconds(1) }

  /// Rows a second, of this run.
  func rate(after step: Int) -> Double {
    Double((step - earlierSteps) * rowsPerStep) / max(seconds - earlierSeconds, 1e-9)
  }

  /// What is to be said after a step; nil for nothing yet.
  mutating func report(_ objective: Double, _ course: TrainingCourse, _ curve: LearningCurve)
    -> TrainingProgress?
  {
    report(objective, step: course.step, of: course.stepCount, isOver: course.isOver, curve)
  }

  /// The same after a step by its number, of so many if that is known.
  mutating func report(
    _ objective: Double,
    step: Int,
    of count: Int?,
    isOver: Bool,
    _ curve: LearningCurve
  ) -> TrainingProgress? {
    recent.add(objective)
    guard step % 16 == 0 || isOver else { return nil }
    let now = clock.now
    guard now - lastReport > .milliseconds(500) || isOver else { return nil }
    defer {
      lastReport = now
      recent = WindowMean()
    }
    let elapsed = seconds - earlierSeconds
    return TrainingProgress(
      step: step,
      stepCount: count,
      epoch: stepsPerEpoch.map { step / $0 },
      epochCount: stepsPerEpoch.flatMap { steps in count.map { $0 / steps } },
      objective: recent.mean,
      validation: curve.validations.last,
      rate: rate(after: step),
      secondsLeft: count.map { elapsed / Double(max(1, step - earlierSteps)) * Double($0 - step) }
    )
  }
}
