import PPLTensorCore

/// Which step of a fit comes next, with which step size, and when it is over.
///
/// Where the length is to be found, steps of equal size go on until the mean objective of the last quarter of them is no greater than
/// that of the quarter before, within its noise; then come half as many with shorter and shorter ones, of which the parameters of the
/// second half are averaged.
struct TrainingCourse {
  private let settings: TrainingSettings
  private let window: Int
  private(set) var step = 0
  /// Mean objective of each window of steps.
  private(set) var history: [Double] = []
  private var current = WindowMean()
  /// Steps until the end; of an automatic length until the search is given up.
  private var limit: Int
  private let isAutomatic: Bool
  /// Where steps begin to become shorter.
  private var coolingStart: Int?
  private var nextCheck: Int
  private(set) var isUnfinished = false

  /// Steps of a window, where there are no epochs.
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
    window = isAutomatic ? Self.window : stepsPerEpoch ?? Self.window
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
    current.add(objective)
    if step % window == 0 || step == limit {
      history.append(current.mean)
      current = WindowMean()
    }
    guard isAutomatic, coolingStart == nil, step >= nextCheck || step == limit else { return }
    let isAtRest = !stillRises
    if isAtRest || step == limit {
      isUnfinished = !isAtRest
      coolingStart = step
      limit = step + step / 2
    } else {
      nextCheck = min(limit, Int(Double(step) * Self.growth))
    }
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
struct WindowMean {
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

  init(stepsPerEpoch: Int?, rowsPerStep: Int) {
    self.stepsPerEpoch = stepsPerEpoch
    self.rowsPerStep = rowsPerStep
    begin = clock.now
    lastReport = begin
  }

  /// Time since the start.
  var seconds: Double { (clock.now - begin) / .seconds(1) }

  /// What is to be said after a step; nil for nothing yet.
  mutating func report(_ objective: Double, _ course: TrainingCourse) -> TrainingProgress? {
    recent.add(objective)
    guard course.step % 16 == 0 || course.isOver else { return nil }
    let now = clock.now
    guard now - lastReport > .milliseconds(500) || course.isOver else { return nil }
    defer {
      lastReport = now
      recent = WindowMean()
    }
    let elapsed = seconds
    let count = course.stepCount
    return TrainingProgress(
      step: course.step,
      stepCount: count,
      epoch: stepsPerEpoch.map { course.step / $0 },
      epochCount: stepsPerEpoch.flatMap { steps in count.map { $0 / steps } },
      objective: recent.mean,
      rate: Double(course.step * rowsPerStep) / max(elapsed, 1e-9),
      secondsLeft: count.map { elapsed / Double(course.step) * Double($0 - course.step) }
    )
  }
}
