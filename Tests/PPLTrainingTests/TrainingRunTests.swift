import PPLTensorCore
import PPLTraining
import Testing

/// Minus the squared distance of the parameters to the rows of a table, which stand for all.
private final class Distance: StochasticObjective {
  let hasGradient = true
  let targets: [Float]
  /// Rows of a step.
  let count: Int
  /// The rows that were asked for, step by step.
  var seen: [[Float]] = []
  /// A step whose value is not finite.
  var faultyStep: Int?

  init(targets: [Float], count: Int) {
    self.targets = targets
    self.count = count
  }

  func evaluate(
    inputs: UnsafeBufferPointer<Float>,
    outputs: UnsafeMutableBufferPointer<Float>,
    key: RandomKey
  ) {
    var rows: [Float] = []
    for index in 0..<count { unsafe rows.append(inputs[index]) }
    let repeats = Float(targets.count) / Float(count)
    let x = unsafe inputs[count]
    var (value, slope): (Float, Float) = (0, 0)
    for row in rows {
      let distance = targets[Int(row)] - x
      value -= repeats * distance * distance
      slope += repeats * 2 * distance
    }
    unsafe outputs[0] = seen.count == faultyStep ? .nan : value
    unsafe outputs[1] = slope
    seen.append(rows)
  }
}

@Suite struct TrainingRunTests {
  private static let targets: [Float] = [1, 2, 3, 4, 5, 6, 7]

  private func run(_ change: (inout TrainingSettings) -> Void) -> TrainingRun {
    var settings = TrainingSettings()
    settings.optimizer = .adam(0.05)
    change(&settings)
    return TrainingRun(
      settings: settings,
      rows: [BatchedRows(count: 2, total: Self.targets.count)],
      observationCount: Self.targets.count,
      penalised: [],
      key: RandomKey(seed: 4)
    )
  }

  @Test func eachEpochSeesEachRowOnce() {
    var order = RowOrder(count: 50, key: RandomKey(seed: 1))
    var epochs: [[Int32]] = []
    for _ in 0..<3 { epochs.append((0..<50).map { _ in order.take() }) }
    for epoch in epochs { #expect(epoch.sorted() == (0..<50).map { $0 }) }
    #expect(epochs[0] != epochs[1])
    var again = RowOrder(count: 50, key: RandomKey(seed: 1))
    #expect((0..<50).map { _ in again.take() } == epochs[0])
  }

  @Test func stepsLeadToTheMean() throws {
    let objective = Distance(targets: Self.targets, count: 2)
    let result = try run {
      $0.length = .epochs(400)
      $0.schedule = .cosine
    }.run(objective, from: [0])
    #expect(abs(result.parameters[0] - 4) < 0.05)
    // Seven rows in steps of two are four steps an epoch.
    #expect(result.stepCount == 1600)
    #expect(result.curve.objectives.count == 400)
    let rows = objective.seen.prefix(7).flatMap { $0 }.prefix(7)
    #expect(rows.sorted() == [0, 1, 2, 3, 4, 5, 6])
  }

  @Test func aLengthThatIsNotGivenIsFound() throws {
    let objective = Distance(targets: Self.targets, count: 2)
    let result = try run { $0.length = .automatic(limit: 100_000) }.run(objective, from: [-20])
    #expect(abs(result.parameters[0] - 4) < 0.1)
    #expect(result.complaint == nil)
    #expect(result.stepCount < 20_000)
    let short = try run { $0.length = .automatic(limit: 300) }
      .run(Distance(targets: Self.targets, count: 2), from: [-2000])
    #expect(short.complaint != nil)
  }

  @Test func frozenParametersStay() throws {
    var frozen = run { $0.length = .steps(50) }
    frozen.frozen = [0..<1]
    let result = try frozen.run(Distance(targets: Self.targets, count: 2), from: [1.5])
    #expect(result.parameters == [1.5])
  }

  @Test func longGradientsAreShortened() throws {
    let run = run {
      $0.length = .steps(1)
      $0.clip = 0.5
      $0.optimizer = OptimizerSettings(.sgd(momentum: 0, isNesterov: false), rate: 1)
    }
    let result = try run.run(Distance(targets: Self.targets, count: 2), from: [-100])
    #expect(abs(result.parameters[0] - -99.5) < 1e-4)
  }

  @Test func aValueThatIsNotFiniteEndsIt() {
    let objective = Distance(targets: Self.targets, count: 2)
    objective.faultyStep = 3
    let failure = #expect(throws: TrainingFailure.self) {
      try run { $0.length = .steps(10) }.run(objective, from: [0])
    }
    guard case .notFinite(let step, let inputs)? = failure else { return }
    #expect(step == 3)
    #expect(inputs.count == 3)
  }

  @Test func averagesAreThoseOfTheLastQuarter() throws {
    let plain = run { $0.length = .steps(8) }
    let result = try run {
      $0.length = .steps(8)
      $0.averages = true
    }.run(Distance(targets: Self.targets, count: 2), from: [0])
    var ends: [Float] = []
    for count in 7...8 {
      var shorter = plain
      shorter.settings.length = .steps(count)
      ends += try shorter.run(Distance(targets: Self.targets, count: 2), from: [0]).parameters
    }
    #expect(abs(result.parameters[0] - (ends[0] + ends[1]) / 2) < 1e-6)
  }

  @Test func boundsAreMeansOverAllRows() {
    let run = run { _ in }
    let objective = Distance(targets: Self.targets, count: 2)
    let found = run.evaluate(objective, at: [4], passes: 500)
    #expect(abs(found.mean - -28) < 4 * found.error + 1e-3)
  }
}
