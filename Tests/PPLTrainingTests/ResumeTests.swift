import PPLInference
import PPLTensorCore
import PPLTraining
import Testing

/// A noisy objective with some rows a step; what it gives depends on its inputs and the key alone.
private final class Noisy: StochasticObjective {
  let hasGradient = true
  let count: Int
  let parameterCount: Int

  init(count: Int, parameterCount: Int) {
    self.count = count
    self.parameterCount = parameterCount
  }

  func evaluate(
    inputs: UnsafeBufferPointer<Float>,
    outputs: UnsafeMutableBufferPointer<Float>,
    key: RandomKey
  ) {
    var generator = key.makeGenerator()
    var target: Float = 0
    for index in 0..<count { unsafe target += inputs[index] / Float(count) }
    var value: Float = 0
    for index in 0..<parameterCount {
      let noise = Float(generator.nextNormal())
      let distance = unsafe target + noise - Float(index + 1) * inputs[count + index]
      value -= distance * distance
      unsafe outputs[1 + index] = 2 * Float(index + 1) * distance
    }
    unsafe outputs[0] = value
  }
}

/// The log likelihood of a row is minus its squared distance to the first parameter.
private final class Distances: StochasticObjective {
  let hasGradient = false

  func evaluate(
    inputs: UnsafeBufferPointer<Float>,
    outputs: UnsafeMutableBufferPointer<Float>,
    key: RandomKey
  ) {
    for index in 0..<2 {
      let distance = unsafe inputs[index] - inputs[2]
      unsafe outputs[index] = -distance * distance
    }
  }
}

/// A run that is stopped after any step and goes on from what it kept ends as one that was not.
@Suite struct ResumeTests {
  /// Stops a run once it has kept a state after a step.
  private struct Stop: Error {}

  struct Case: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var change: @Sendable (inout TrainingSettings) -> Void
  }

  static let cases: [Case] = [
    Case(testDescription: "adam") { $0.length = .steps(57) },
    Case(testDescription: "momentum, averaged, several draws") {
      $0.optimizer = OptimizerSettings(.sgd(momentum: 0.9, isNesterov: true), rate: 0.001)
      $0.length = .epochs(12)
      $0.averages = true
      $0.samples = 3
      $0.schedule = .cosine
    },
    Case(testDescription: "rmsprop with patience") {
      $0.optimizer = OptimizerSettings(.rmsProp(decay: 0.9, epsilon: 1e-8), rate: 0.05)
      $0.length = .epochs(40)
      $0.patience = 3
    },
    Case(testDescription: "length found") { $0.length = .automatic(limit: 300) },
  ]

  private func run(_ change: (inout TrainingSettings) -> Void) -> TrainingRun {
    var settings = TrainingSettings()
    settings.optimizer = .adam(0.05)
    change(&settings)
    var run = TrainingRun(
      settings: settings,
      rows: [BatchedRows(count: 2, places: [1, 2, 3, 5, 8, 9, 10])],
      observationCount: 7,
      penalised: [0..<2],
      key: RandomKey(seed: 4)
    )
    run.validation = Validation(Distances(), count: 2, places: [0, 4, 6])
    return run
  }

  /// Every state that a run keeps when each step is a time to keep one: runs of so many steps keep the last one.
  private func states(_ run: TrainingRun, upTo count: Int) throws -> [TrainingState] {
    try (0...count).map { steps in
      var kept: TrainingState?
      var shorter = run
      let flag = CancellationFlag()
      if steps == 0 { flag.cancel() }
      let objective = Counted(
        Noisy(count: 2, parameterCount: 3),
        flag,
        after: steps * max(1, run.settings.samples)
      )
      shorter.checkpoint = { kept = $0 }
      _ = try shorter.run(objective, from: [0.5, -1, 2], cancellation: flag)
      return try #require(kept)
    }
  }

  @Test(arguments: cases)
  func resumedRunsEndAsOthers(_ own: Case) throws {
    let run = run(own.change)
    let objective = Noisy(count: 2, parameterCount: 3)
    let whole = try run.run(objective, from: [0.5, -1, 2])
    let last = min(whole.stepCount - 1, 60)
    for (number, state) in try states(run, upTo: last).enumerated() {
      #expect(state.step == number)
      #expect(!state.isFinished)
      let resumed = try run.run(objective, from: [0, 0, 0], after: state)
      #expect(resumed.parameters == whole.parameters, "after step \(number)")
      #expect(resumed.stepCount == whole.stepCount)
      #expect(resumed.curve == whole.curve, "after step \(number)")
    }
  }

  @Test func finishedRunsAreFinished() throws {
    var run = run { $0.length = .steps(10) }
    var kept: [TrainingState] = []
    run.checkpoint = { kept.append($0) }
    let objective = Noisy(count: 2, parameterCount: 3)
    let whole = try run.run(objective, from: [0.5, -1, 2])
    let last = try #require(kept.last)
    #expect(last.isFinished)
    #expect(try run.run(objective, from: [0, 0, 0], after: last).parameters == whole.parameters)
  }

  @Test func statesOfOtherRunsAreRefused() throws {
    var run = run { $0.length = .steps(10) }
    var kept: TrainingState?
    run.checkpoint = { kept = $0 }
    _ = try run.run(Noisy(count: 2, parameterCount: 3), from: [0.5, -1, 2])
    let state = try #require(kept)
    #expect(throws: TrainingFailure.self) {
      try run.run(Noisy(count: 2, parameterCount: 4), from: [0, 0, 0, 0], after: state)
    }
    var cut = state
    cut.numbers["curve.current"] = nil
    #expect(throws: TrainingFailure.self) {
      try run.run(Noisy(count: 2, parameterCount: 3), from: [0, 0, 0], after: cut)
    }
  }

  @Test func whatCannotBeKeptEndsTheRun() {
    var run = run { $0.length = .steps(10) }
    run.checkpoint = { _ in throw Stop() }
    let failure = #expect(throws: TrainingFailure.self) {
      try run.run(Noisy(count: 2, parameterCount: 3), from: [0.5, -1, 2])
    }
    guard case .checkpoint? = failure else {
      Issue.record("another failure")
      return
    }
  }
}

/// An objective that asks for an end after so many evaluations.
private final class Counted: StochasticObjective {
  private let inner: Noisy
  private let flag: CancellationFlag
  private var left: Int

  init(_ inner: Noisy, _ flag: CancellationFlag, after count: Int) {
    self.inner = inner
    self.flag = flag
    left = count
  }

  var hasGradient: Bool { inner.hasGradient }

  func evaluate(
    inputs: UnsafeBufferPointer<Float>,
    outputs: UnsafeMutableBufferPointer<Float>,
    key: RandomKey
  ) {
    unsafe inner.evaluate(inputs: inputs, outputs: outputs, key: key)
    left -= 1
    if left == 0 { flag.cancel() }
  }
}
