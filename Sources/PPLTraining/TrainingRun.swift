package import PPLInference
package import PPLTensorCore

/// A fit by steps along stochastic gradients.
///
/// The loss is the negative objective divided by `observationCount`, so that step sizes, penalties and bounds on gradients mean the
/// same for data of any size.
package struct TrainingRun {
  package var settings: TrainingSettings
  package var rows: [BatchedRows]
  /// What the objective is divided by.
  package var observationCount: Int
  /// The parameters that weight decay and penalties act on.
  package var penalised: [Range<Int>]
  /// The parameters that stay as they are.
  package var frozen: [Range<Int>]
  /// The parameters that no gradient moves: the objective gives their values after the step.
  package var running: [Range<Int>]
  package var key: RandomKey
  /// The rows that are held out, if any.
  package var validation: Validation?
  /// Takes the state at the start, now and then, and at the end; it takes at most about 2 % of the time.
  package var checkpoint: ((TrainingState) throws -> Void)?
  /// Called about twice a second and at the end.
  package var progress: ((TrainingProgress) -> Void)?

  package init(
    settings: TrainingSettings,
    rows: [BatchedRows],
    observationCount: Int,
    penalised: [Range<Int>],
    frozen: [Range<Int>] = [],
    running: [Range<Int>] = [],
    key: RandomKey
  ) {
    self.settings = settings
    self.rows = rows
    self.observationCount = max(1, observationCount)
    self.penalised = penalised
    self.frozen = frozen
    self.running = running
    self.key = key
  }

  /// Streams of random numbers.
  enum Purpose: UInt64 {
    case noise = 1
    case order
  }

  /// Steps of an epoch; nil without batched rows.
  package var stepsPerEpoch: Int? {
    rows.map { ($0.total + $0.count - 1) / $0.count }.max()
  }

  /// Leads parameters to a great objective.
  ///
  /// - Parameters:
  ///   - objective: what is to be great, with its gradient.
  ///   - start: parameters to begin with.
  ///   - state: what an earlier run came to, to go on from; its steps are those that this run would have made.
  ///   - cancellation: ends it after a step, with what was found so far.
  /// - Returns: what was found.
  /// - Throws: `TrainingFailure` where the objective is not finite, or the state is not one of such a run.
  package func run(
    _ objective: some StochasticObjective,
    from start: [Float],
    after state: TrainingState? = nil,
    cancellation: CancellationFlag? = nil
  ) throws(TrainingFailure) -> TrainingResult {
    var loop = TrainingLoop(self, count: start.count)
    loop.place(start)
    let optimizer = Optimizer(settings.optimizer, count: start.count)
    var course = TrainingCourse(settings, stepsPerEpoch: stepsPerEpoch)
    var curve = LearningCurve(stepsPerEpoch: stepsPerEpoch)
    var best: [Float]?
    var earlierSeconds = 0.0
    if let state {
      guard let ownCourse = TrainingCourse(from: state, settings, stepsPerEpoch: stepsPerEpoch),
        let ownCurve = LearningCurve(from: state, stepsPerEpoch: stepsPerEpoch),
        loop.restore(from: state, step: ownCourse.step), optimizer.restore(from: state)
      else { throw .foreignState }
      (course, curve) = (ownCourse, ownCurve)
      best = state.array("best", count: start.count)
      earlierSeconds = state[number: "seconds"] ?? 0
    }
    var reporter = ProgressReporter(
      stepsPerEpoch: stepsPerEpoch,
      rowsPerStep: loop.rowCount,
      after: course.step,
      seconds: earlierSeconds
    )
    var schedule = CheckpointSchedule()
    if state == nil {
      let first = self.state(loop, optimizer, course, curve, best, reporter.seconds)
      try schedule.keep { () throws(TrainingFailure) in try keep(first) }
    }
    var wasCancelled = false
    while !course.isOver {
      if cancellation?.isCancelled == true {
        wasCancelled = true
        break
      }
      let value = loop.evaluate(objective, course.step)
      loop.advance(running)
      guard value.isFinite, loop.prepareGradient(settings, observationCount, frozen) else {
        throw .notFinite(step: course.step, inputs: loop.inputs)
      }
      loop.step(optimizer, penalised, rate: course.rate)
      course.advance(value)
      if course.averages { loop.average() }
      let isRound = curve.add(value, step: course.step, isLast: course.isOver)
      if isRound, let validation {
        let parameters = loop.current
        if curve.add(validation: validation.mean(at: parameters)), settings.patience != nil {
          best = parameters
        }
        if let patience = settings.patience, curve.hasPassed(patience) { course.end() }
      }
      if let progress, let report = reporter.report(value, course, curve) { progress(report) }
      if checkpoint != nil, isRound || course.step % 16 == 0, !course.isOver,
        schedule.isDue(atEndOfEpoch: isRound)
      {
        try schedule.keep { () throws(TrainingFailure) in
          try keep(self.state(loop, optimizer, course, curve, best, reporter.seconds))
        }
      }
    }
    try keep(self.state(loop, optimizer, course, curve, best, reporter.seconds))
    return TrainingResult(
      parameters: best ?? loop.parameters,
      stepCount: course.step,
      evaluationCount: course.step * max(1, settings.samples),
      curve: curve,
      seconds: reporter.seconds,
      rate: reporter.rate(after: course.step),
      wasCancelled: wasCancelled,
      complaint: course.isUnfinished && !wasCancelled
        ? "the objective still rises after \(course.step) steps" : nil
    )
  }

  func keep(_ state: @autoclosure () -> TrainingState) throws(TrainingFailure) {
    guard let checkpoint else { return }
    do {
      try checkpoint(state())
    } catch {
      throw .checkpoint(error)
    }
  }

  /// All that the run needs to go on.
  private func state(
    _ loop: borrowing TrainingLoop,
    _ optimizer: Optimizer,
    _ course: TrainingCourse,
    _ curve: LearningCurve,
    _ best: [Float]?,
    _ seconds: Double
  ) -> TrainingState {
    var state = TrainingState()
    loop.save(into: &state)
    optimizer.save(into: &state)
    course.save(into: &state)
    curve.save(into: &state)
    state.arrays["best"] = best
    state[number: "seconds"] = seconds
    state.isFinished = course.isOver
    return state
  }

  /// The objective at parameters over all rows, without moving them: mean and standard error.
  ///
  /// - Parameters:
  ///   - objective: what is evaluated.
  ///   - parameters: where.
  ///   - passes: how often all rows are gone through; each with other random numbers.
  /// - Returns: the mean of the passes, and its standard error.
  package func evaluate(_ objective: some StochasticObjective, at parameters: [Float], passes: Int)
    -> (mean: Double, error: Double)
  {
    var loop = TrainingLoop(self, count: parameters.count)
    loop.place(parameters)
    let steps = stepsPerEpoch ?? 1
    var passMeans: [Double] = []
    var step = 0
    for _ in 0..<max(1, passes) {
      var sum = 0.0
      for _ in 0..<steps {
        sum += loop.evaluate(objective, 1 << 40 + step)
        step += 1
      }
      passMeans.append(sum / Double(steps))
    }
    let mean = passMeans.reduce(0, +) / Double(passMeans.count)
    let squares = passMeans.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let variance = passMeans.count > 1 ? squares / Double(passMeans.count - 1) : 0
    return (mean, (variance / Double(passMeans.count)).squareRoot())
  }
}
