import PPLTensorCore

/// The buffers of a run.
@safe
struct TrainingLoop: ~Copyable {
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
    noise = run.key.derived(TrainingRun.Purpose.noise.rawValue)
    let order = run.key.derived(TrainingRun.Purpose.order.rawValue)
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

  /// The parameters as they are.
  var current: [Float] { Array(inputs.suffix(count)) }

  /// The parameters, averaged where that was asked for.
  var parameters: [Float] {
    guard averageCount > 0 else { return current }
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
        let row = orders[number].take()
        unsafe buffer[place] = Float(rows.places.map { $0[Int(row)] } ?? row)
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

  func save(into state: inout TrainingState) {
    state.arrays["parameters"] = current
    state.numbers["average.sums"] = averaged
    state[count: "average.count"] = averageCount
  }

  /// Goes on from what was saved; false where that is of other parameters.
  mutating func restore(from state: TrainingState, step: Int) -> Bool {
    guard let parameters = state.array("parameters", count: count),
      let sums = state.numbers["average.sums"], let number = state[count: "average.count"],
      sums.count == (number > 0 ? count : 0)
    else { return false }
    place(parameters)
    (averaged, averageCount) = (sums, number)
    for (number, rows) in rows.enumerated() { orders[number].skip(step * rows.count) }
    return true
  }
}
