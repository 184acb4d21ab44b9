package import PPLInference

/// An objective without randomness over all rows, in double precision: position → value and gradient.
package typealias FullObjective = ([Double]) -> AscentPoint

// Fits by quasi-Newton steps.

extension TrainingRun {
  /// Leads parameters to a great objective by limited-memory BFGS steps (`QuasiNewtonAscent`).
  ///
  /// What is ascended is the objective minus penalties; its steps are counted, not its evaluations, of which each step needs one or a
  /// few. It ends by itself where less than 10⁻¹⁰ nats are to be gained.
  ///
  /// - Parameters:
  ///   - objective: what is to be great.
  ///   - start: parameters to begin with.
  ///   - state: what an earlier run came to, to go on from.
  ///   - history: steps whose differences tell the curvature.
  ///   - cancellation: ends it after a step, with what was found so far.
  /// - Returns: what was found.
  /// - Throws: `TrainingFailure` where the objective is not finite at the start, or the state is not one of such a run.
  package func ascend(
    _ objective: FullObjective,
    from start: [Float],
    after state: TrainingState? = nil,
    history: Int,
    cancellation: CancellationFlag? = nil
  ) throws(TrainingFailure) -> TrainingResult {
    var evaluations = 0
    func evaluate(_ position: [Double]) -> AscentPoint {
      evaluations += 1
      return penalise(objective(position))
    }
    var ascent: QuasiNewtonAscent
    var curve = LearningCurve(stepsPerEpoch: stepsPerEpoch)
    var step = 0
    var best: [Float]?
    var (earlierSeconds, isOver) = (0.0, false)
    if let state {
      guard let own = QuasiNewtonAscent(from: state, count: start.count, history: history),
        let ownCurve = LearningCurve(from: state, stepsPerEpoch: stepsPerEpoch),
        let count = state[count: "evaluations"]
      else { throw .foreignState }
      (ascent, curve, evaluations) = (own, ownCurve, count)
      step = state.step
      best = state.array("best", count: start.count)
      earlierSeconds = state[number: "seconds"] ?? 0
      isOver = state.isFinished
    } else {
      let first = evaluate(start.map(Double.init))
      guard first.isFinite else { throw .notFinite(step: 0, inputs: allRows + start) }
      ascent = QuasiNewtonAscent(from: first, memory: QuasiNewtonMemory(limit: history))
    }
    var reporter = ProgressReporter(
      stepsPerEpoch: stepsPerEpoch,
      rowsPerStep: rows.first?.count ?? 1,
      after: step,
      seconds: earlierSeconds
    )
    var schedule = CheckpointSchedule()
    func kept() -> TrainingState {
      var state = TrainingState()
      ascent.save(into: &state)
      curve.save(into: &state)
      state[count: "step"] = step
      state[count: "evaluations"] = evaluations
      state.arrays["best"] = best
      state[number: "seconds"] = reporter.seconds
      state.isFinished = isOver
      return state
    }
    if state == nil { try schedule.keep { () throws(TrainingFailure) in try keep(kept()) } }
    let limit = stepLimit
    var (wasCancelled, isAtRest) = (false, isOver && step < limit)
    while !isOver {
      if cancellation?.isCancelled == true {
        wasCancelled = true
        break
      }
      isAtRest = ascent.step(evaluate)
      step += 1
      isOver = isAtRest || step >= limit || ascent.point.position.contains { $0.magnitude > 1e8 }
      let value = ascent.point.value
      let isRound = curve.add(value, step: step, isLast: isOver)
      if isRound, let validation {
        let parameters = ascent.point.position.map { Float($0) }
        if curve.add(validation: validation.mean(at: parameters)), settings.patience != nil {
          best = parameters
        }
        if let patience = settings.patience, curve.hasPassed(patience) { isOver = true }
      }
      if let progress {
        let report = reporter.report(value, step: step, of: limit, isOver: isOver, curve)
        if let report { progress(report) }
      }
      if !isOver, schedule.isDue(atEndOfEpoch: isRound) {
        try schedule.keep { () throws(TrainingFailure) in try keep(kept()) }
      }
    }
    try keep(kept())
    let isStopped = wasCancelled || best != nil || !isAutomatic
    return TrainingResult(
      parameters: best ?? ascent.point.position.map { Float($0) },
      stepCount: step,
      evaluationCount: evaluations,
      curve: curve,
      seconds: reporter.seconds,
      rate: reporter.rate(after: step),
      wasCancelled: wasCancelled,
      complaint: isAtRest || isStopped ? nil : "the objective still rises after \(step) steps"
    )
  }

  private var isAutomatic: Bool {
    if case .automatic = settings.length { true } else { false }
  }

  /// Steps at most; an epoch is one, as each sees all rows.
  private var stepLimit: Int {
    switch settings.length {
    case .epochs(let count), .steps(let count): count
    case .automatic(let limit): min(limit, Self.mostSteps)
    }
  }

  private static let mostSteps = 10_000

  /// Positions of all rows that steps take.
  package var allRows: [Float] {
    rows.flatMap { rows in
      rows.places.map { $0.map { Float($0) } } ?? (0..<rows.total).map { Float($0) }
    }
  }

  /// The objective with penalties, which are those of each observation; frozen parameters have no slope.
  private func penalise(_ point: AscentPoint) -> AscentPoint {
    var result = point
    let decay = settings.optimizer.weightDecay * Double(observationCount)
    if decay > 0 {
      for range in penalised {
        for index in range {
          let parameter = point.position[index]
          result.value -= decay / 2 * parameter * parameter
          result.gradient[index] -= decay * parameter
        }
      }
    }
    for range in frozen {
      for index in range { result.gradient[index] = 0 }
    }
    return result
  }
}

extension QuasiNewtonAscent {
  fileprivate func save(into state: inout TrainingState) {
    state.numbers["ascent.position"] = point.position
    state.numbers["ascent.gradient"] = point.gradient
    state[number: "ascent.value"] = point.value
    state.numbers["ascent.s"] = memory.pairs.flatMap(\.s)
    state.numbers["ascent.y"] = memory.pairs.flatMap(\.y)
  }

  fileprivate init?(from state: TrainingState, count: Int, history: Int) {
    guard let position = state.numbers["ascent.position"], position.count == count,
      let gradient = state.numbers["ascent.gradient"], gradient.count == count,
      let value = state[number: "ascent.value"], let s = state.numbers["ascent.s"],
      let y = state.numbers["ascent.y"], s.count == y.count, count > 0, s.count % count == 0,
      s.count / count <= history
    else { return nil }
    let pairs = stride(from: 0, to: s.count, by: count).map { start in
      (s: Array(s[start..<(start + count)]), y: Array(y[start..<(start + count)]))
    }
    self.init(
      from: AscentPoint(position: position, value: value, gradient: gradient),
      memory: QuasiNewtonMemory(limit: history, pairs: pairs)
    )
  }
}
