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
  private enum Purpose: UInt64 {
    case noise = 1
    case order
  }

  /// Steps of an epoch; nil without batched rows.
  private var stepsPerEpoch: Int? {
    rows.map { ($0.total + $0.count - 1) / $0.count }.max()
  }

  /// Leads parameters to a great objective.
  ///
  /// - Throws: `TrainingFailure` where the objective is not finite.
  package func run(
    _ objective: some StochasticObjective,
    from start: [Float],
    cancellation: CancellationFlag? = nil
  ) throws(TrainingFailure) -> TrainingResult {
    var loop = TrainingLoop(self, count: start.count)
    loop.place(start)
    let optimizer = Optimizer(settings.optimizer, count: start.count)
    var course = TrainingCourse(settings, stepsPerEpoch: stepsPerEpoch)
    var reporter = ProgressReporter(stepsPerEpoch: stepsPerEpoch, rowsPerStep: loop.rowCount)
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
      if let progress, let report = reporter.report(value, course) { progress(report) }
    }
    let seconds = reporter.seconds
    return TrainingResult(
      parameters: loop.parameters,
      stepCount: course.step,
      history: course.history,
      seconds: seconds,
      rate: Double(course.step * loop.rowCount) / max(seconds, 1e-9),
      wasCancelled: wasCancelled,
      complaint: course.isUnfinished && !wasCancelled
        ? "the objective still rises after \(course.step) steps" : nil
    )
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

  /// The buffers of a run.
  @safe
  private struct TrainingLoop: ~Copyable {
    private let buffer: UnsafeMutableBufferPointer<Float>
    private let outputs: UnsafeMutableBufferPointer<Float>
    /// Sums over the draws of a step.
    private let sums: UnsafeMutableBufferPointer<Float>
    private var orders: [RowOrder]
    private let rows: [BatchedRows]
    private let count: Int
    private let samples: Int
    private let noise: RandomKey
    private var averaged: [Double] = []
    private var averageCount = 0
    /// Rows of a step; 1 without batched rows.
    let rowCount: Int
    private let rowInputs: Int

    init(_ run: TrainingRun, count: Int) {
      self.count = count
      rows = run.rows
      samples = max(1, run.settings.samples)
      noise = run.key.derived(Purpose.noise.rawValue)
      let order = run.key.derived(Purpose.order.rawValue)
      orders = run.rows.enumerated().map {
        RowOrder(count: $0.element.total, key: order.derived(UInt64($0.offset)))
      }
      rowInputs = run.rows.reduce(0) { $0 + $1.count }
      rowCount = run.rows.map(\.count).max() ?? 1
      unsafe buffer = .allocate(capacity: max(1, rowInputs + count))
      unsafe buffer.initialize(repeating: 0)
      unsafe outputs = .allocate(capacity: count + 1)
      unsafe outputs.initialize(repeating: 0)
      unsafe sums = .allocate(capacity: count + 1)
      unsafe sums.initialize(repeating: 0)
    }

    deinit {
      unsafe buffer.deallocate()
      unsafe outputs.deallocate()
      unsafe sums.deallocate()
    }

    var inputs: [Float] {
      (0..<(rowInputs + count)).map { unsafe buffer[$0] }
    }

    /// The parameters, averaged where that was asked for.
    var parameters: [Float] {
      guard averageCount > 0 else { return Array(inputs.suffix(count)) }
      return averaged.map { Float($0 / Double(averageCount)) }
    }

    func place(_ parameters: [Float]) {
      for (index, value) in parameters.enumerated() { unsafe buffer[rowInputs + index] = value }
    }

    /// Computes objective and gradient for the rows that come next.
    mutating func evaluate(_ objective: some StochasticObjective, _ step: Int) -> Double {
      var place = 0
      for (number, rows) in rows.enumerated() {
        for _ in 0..<rows.count {
          unsafe buffer[place] = Float(orders[number].take())
          place += 1
        }
      }
      let inputs = unsafe UnsafeBufferPointer(rebasing: buffer[0..<(rowInputs + count)])
      let outputs =
        unsafe objective.hasGradient
        ? self.outputs : UnsafeMutableBufferPointer(rebasing: self.outputs[0..<1])
      let key = noise.derived(UInt64(step))
      if samples == 1 {
        unsafe objective.evaluate(inputs: inputs, outputs: outputs, key: key)
        return Double(unsafe outputs[0])
      }
      let length = objective.hasGradient ? count : 0
      unsafe sums.update(repeating: 0)
      for sample in 0..<samples {
        unsafe objective.evaluate(
          inputs: inputs,
          outputs: outputs,
          key: key.derived(UInt64(sample))
        )
        for index in 0...length { unsafe sums[index] += outputs[index] }
      }
      let scale = 1 / Float(samples)
      for index in 0...length { unsafe outputs[index] = scale * sums[index] }
      return Double(unsafe outputs[0])
    }

    /// Gives the parameters that no gradient moves their next values.
    func advance(_ running: [Range<Int>]) {
      for range in running {
        for index in range {
          unsafe buffer[rowInputs + index] = outputs[1 + index]
          unsafe outputs[1 + index] = 0
        }
      }
    }

    /// Makes the objective's gradient that of the loss; false where it is not finite.
    func prepareGradient(
      _ settings: TrainingSettings,
      _ observations: Int,
      _ frozen: [Range<Int>]
    ) -> Bool {
      guard let base = unsafe outputs.baseAddress else { return false }
      let gradient = unsafe base + 1
      for range in frozen {
        for index in range { unsafe gradient[index] = 0 }
      }
      let scale = -1 / Float(observations)
      // Several sums side by side, so that the loop is vectorised.
      var sums = SIMD16<Float>(repeating: 0)
      let whole = count / 16 * 16
      for start in stride(from: 0, to: whole, by: 16) {
        let place = unsafe UnsafeMutableRawPointer(gradient + start)
        let values = unsafe place.loadUnaligned(as: SIMD16<Float>.self) * scale
        unsafe place.storeBytes(of: values, as: SIMD16<Float>.self)
        sums += values * values
      }
      var square = sums.sum()
      for index in whole..<count {
        let value = unsafe gradient[index] * scale
        unsafe gradient[index] = value
        square += value * value
      }
      guard square.isFinite else { return false }
      if let clip = settings.clip {
        let length = Double(square).squareRoot()
        if length > clip {
          let shrink = Float(clip / length)
          for index in 0..<count { unsafe gradient[index] *= shrink }
        }
      }
      return true
    }

    func step(_ optimizer: Optimizer, _ penalised: [Range<Int>], rate: Double) {
      guard let parameters = unsafe buffer.baseAddress, let gradient = unsafe outputs.baseAddress
      else { return }
      unsafe optimizer.step(
        parameters + rowInputs,
        gradient + 1,
        penalised: penalised,
        rate: rate
      )
    }

    /// Counts the present parameters among those that are averaged.
    mutating func average() {
      if averaged.isEmpty { averaged = [Double](repeating: 0, count: count) }
      for index in 0..<count { averaged[index] += Double(unsafe buffer[rowInputs + index]) }
      averageCount += 1
    }
  }
}
