import PPLInference
import PPLTensorCore
import PPLTraining
import Testing

/// Minus Rosenbrock's function in pairs: a bent valley that gradients alone follow slowly.
private func valley(_ x: [Double]) -> AscentPoint {
  var value = 0.0
  var gradient = [Double](repeating: 0, count: x.count)
  for index in stride(from: 0, to: x.count - 1, by: 2) {
    let (a, b) = (x[index], x[index + 1])
    value -= (1 - a) * (1 - a) + 100 * (b - a * a) * (b - a * a)
    gradient[index] = 2 * (1 - a) + 400 * a * (b - a * a)
    gradient[index + 1] = -200 * (b - a * a)
  }
  return AscentPoint(position: x, value: value, gradient: gradient)
}

@Suite struct QuasiNewtonRunTests {
  private let start: [Float] = [-1.2, 1, 0.3, -2, 5, 3]

  private func run(_ change: (inout TrainingSettings) -> Void = { _ in }) -> TrainingRun {
    var settings = TrainingSettings()
    settings.optimizer.weightDecay = 0
    change(&settings)
    return TrainingRun(
      settings: settings,
      rows: [],
      observationCount: 1,
      penalised: [0..<6],
      key: RandomKey(seed: 1)
    )
  }

  @Test func aBentValleyIsFollowedToItsEnd() throws {
    let result = try run().ascend(valley, from: start, history: 10)
    for value in result.parameters { #expect(abs(value - 1) < 1e-5) }
    #expect(result.complaint == nil)
    #expect(result.stepCount < 200)
    #expect(result.evaluationCount < 2 * result.stepCount + 20)
  }

  /// The penalty λ/2 x² of −(x − 3)² moves the optimum to 6 / (2 + λ).
  @Test func penaltiesCountAndFrozenParametersStay() throws {
    var run = run { $0.optimizer.weightDecay = 1 }
    run.frozen = [1..<2]
    let result = try run.ascend(
      { x in
        AscentPoint(
          position: x,
          value: -x.reduce(0) { $0 + ($1 - 3) * ($1 - 3) },
          gradient: x.map { -2 * ($0 - 3) }
        )
      },
      from: start,
      history: 5
    )
    #expect(abs(result.parameters[0] - 2) < 1e-5)
    #expect(result.parameters[1] == 1)
  }

  @Test func resumedAscentsEndAsOthers() throws {
    let whole = try run().ascend(valley, from: start, history: 4)
    for steps in [1, 2, 7, 19] {
      var shorter = run { $0.length = .steps(steps) }
      var kept: TrainingState?
      shorter.checkpoint = { kept = $0 }
      _ = try shorter.ascend(valley, from: start, history: 4)
      var state = try #require(kept)
      state.isFinished = false
      let resumed = try run().ascend(valley, from: [0, 0, 0, 0, 0, 0], after: state, history: 4)
      #expect(resumed.parameters == whole.parameters)
      #expect(resumed.stepCount == whole.stepCount)
      #expect(resumed.evaluationCount == whole.evaluationCount)
    }
  }
}
