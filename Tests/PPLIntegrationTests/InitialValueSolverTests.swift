import Foundation
import PPLIntegration
import Testing

/// A system with known derivatives, written with closures.
@safe private final class TestSystem: DifferentialSystem {
  let stateCount: Int
  let parameterCount: Int
  let point: Numbers
  private let memory: UnsafeMutablePointer<Double>
  private let rate: (Double, [Double]) -> [Double]
  private let slopes: (Double, [Double]) -> (byState: [Double], byParameters: [Double])

  init(
    states: Int,
    parameters: Int,
    rate: @escaping (Double, [Double]) -> [Double],
    slopes: @escaping (Double, [Double]) -> (byState: [Double], byParameters: [Double])
  ) {
    stateCount = states
    parameterCount = parameters
    let size = 1 + 2 * states + states * (states + parameters)
    unsafe memory = .allocate(capacity: size)
    unsafe memory.initialize(repeating: 0, count: size)
    unsafe point = Numbers(memory)
    self.rate = rate
    self.slopes = slopes
  }

  deinit { unsafe memory.deallocate() }

  private var states: [Double] { (0..<stateCount).map { point[1 + $0] } }

  func evaluate() -> Numbers {
    let result = point.from(1 + stateCount)
    for (index, value) in rate(point[0], states).enumerated() { result[index] = value }
    return result
  }

  func differentiate() -> Linearization {
    let f = evaluate()
    let (byState, byParameters) = slopes(point[0], states)
    let first = point.from(1 + 2 * stateCount)
    let second = first.from(stateCount * stateCount)
    for (index, value) in byState.enumerated() { first[index] = value }
    for (index, value) in byParameters.enumerated() { second[index] = value }
    return Linearization(derivative: f, byState: first, byParameters: second)
  }
}

/// The rows of a solution, `[times, states, width]`.
private func solve(
  _ system: TestSystem,
  _ settings: SolverSettings,
  initial: [Double],
  amounts: [Double] = [0],
  times: SolutionTimes,
  differentiated: Bool = true,
  amountCount: Int = 0
) -> (rows: [[[Double]]], failure: SolverFailure?) {
  let solver = InitialValueSolver(
    system,
    settings,
    isDifferentiated: differentiated,
    amountCount: amountCount
  )
  let width = solver.width
  let count = times.outputs.count * system.stateCount * width
  let memory = UnsafeMutablePointer<Double>.allocate(capacity: count + 64)
  defer { unsafe memory.deallocate() }
  unsafe memory.initialize(repeating: 0, count: count + 64)
  let output = unsafe Numbers(memory)
  let start = output.from(count)
  let added = output.from(count + 32)
  for (index, value) in initial.enumerated() { start[index] = value }
  for (index, value) in amounts.enumerated() { added[index] = value }
  let failure = solver.solve(times, initial: start, amounts: added, into: output)
  let rows = times.outputs.indices.map { row in
    (0..<system.stateCount).map { state in
      (0..<width).map { output[(row * system.stateCount + state) * width + $0] }
    }
  }
  return (rows, failure)
}

private func outputs(_ times: [Double]) -> [SolutionTimes.Output] {
  times.enumerated().map { .init(time: $1, row: $0) }
}

private func settings(
  _ method: SolverSettings.Method,
  _ tolerance: Double
) -> SolverSettings {
  SolverSettings(method: method, relativeTolerance: tolerance, absoluteTolerance: tolerance)
}

@Suite struct InitialValueSolverTests {
  /// x″ = -ω² x with the states x and x′.
  private func oscillator(_ omega: Double) -> TestSystem {
    TestSystem(
      states: 2,
      parameters: 1,
      rate: { _, y in [y[1], -omega * omega * y[0]] },
      slopes: { _, y in ([0, 1, -omega * omega, 0], [0, -2 * omega * y[0]]) }
    )
  }

  @Test(arguments: SolverSettings.Method.allCases)
  func solutionsAndSensitivitiesAreThoseOfTheClosedForm(method: SolverSettings.Method) {
    let omega = 1.3
    let times = [0, 0.1, 1, 2.5, 2.5, 7]
    var errors: [Double] = []
    for tolerance in [1e-5, 1e-7, 1e-9] {
      let result = solve(
        oscillator(omega),
        settings(method, tolerance),
        initial: [2, -1],
        times: SolutionTimes(start: 0, outputs: outputs(times), stops: [])
      )
      #expect(result.failure == nil)
      var worst = 0.0
      for (t, row) in zip(times, result.rows) {
        let (c, s) = (cos(omega * t), sin(omega * t))
        let x = 2 * c - s / omega
        // By x(0), x′(0) and ω.
        let byOmega = -2 * t * s - t * c / omega + s / (omega * omega)
        let expected = [x, c, s / omega, byOmega]
        for (found, exact) in zip(row[0], expected) { worst = max(worst, abs(found - exact)) }
        worst = max(worst, abs(row[1][0] - (-2 * omega * s - c)))
      }
      #expect(worst < 1000 * tolerance, "\(method) at \(tolerance): \(worst)")
      errors.append(worst)
    }
    #expect(errors[2] < errors[0] / 100)
  }

  /// Robertson's chemical kinetics: rates from 0.04 to 3e7.
  ///
  /// Values: Hairer and Wanner, Solving Ordinary Differential Equations II, IV.10 (t = 40), and the test problem of CVODE.
  @Test func stiffKinetics() {
    let system = TestSystem(
      states: 3,
      parameters: 1,
      rate: { _, y in
        let a = 0.04 * y[0]
        let b = 1e4 * y[1] * y[2]
        let c = 3e7 * y[1] * y[1]
        return [b - a, a - b - c, c]
      },
      slopes: { _, y in
        (
          [
            -0.04, 1e4 * y[2], 1e4 * y[1], 0.04, -1e4 * y[2] - 6e7 * y[1], -1e4 * y[1], 0,
            6e7 * y[1], 0,
          ],
          [-y[0], y[0], 0]
        )
      }
    )
    let result = solve(
      system,
      SolverSettings(
        method: .kennedyCarpenter,
        relativeTolerance: 1e-8,
        absoluteTolerance: 1e-12,
        greatestStepCount: 2000
      ),
      initial: [1, 0, 0],
      times: SolutionTimes(start: 0, outputs: outputs([0.4, 40]), stops: [])
    )
    #expect(result.failure == nil)
    #expect(abs(result.rows[0][0][0] - 0.98517) < 1e-5)
    #expect(abs(result.rows[0][1][0] - 3.3864e-5) < 1e-8)
    #expect(abs(result.rows[1][0][0] - 0.7158270688) < 1e-7)
    #expect(abs(result.rows[1][1][0] - 0.9185534765e-5) < 1e-11)
    #expect(abs(result.rows[1][2][0] - 0.2841637457) < 1e-7)
    // Mass is kept by the sensitivities, too.
    for column in 1..<5 {
      let total = (0..<3).reduce(0.0) { $0 + result.rows[1][$1][column] }
      #expect(abs(total - (column < 4 ? 1 : 0)) < 1e-6)
    }
  }

  @Test(arguments: SolverSettings.Method.allCases)
  func jumpsCountAfterTheirTime(method: SolverSettings.Method) {
    let k = 0.7
    let decay = TestSystem(
      states: 1,
      parameters: 1,
      rate: { _, y in [-k * y[0]] },
      slopes: { _, y in ([-k], [-y[0]]) }
    )
    let doses: [(time: Double, amount: Double)] = [(0, 5), (2, 3), (2, 1), (9, 4)]
    let stops = doses.enumerated().map { index, dose in
      SolutionTimes.Stop(time: dose.time, jumps: [.init(state: 0, amount: index)])
    }
    let times = [0, 1, 2, 3, 8]
    let result = solve(
      decay,
      settings(method, 1e-9),
      initial: [1],
      amounts: doses.map(\.amount),
      times: SolutionTimes(start: 0, outputs: outputs(times.map(Double.init)), stops: stops),
      amountCount: doses.count
    )
    #expect(result.failure == nil)
    for (t, row) in zip(times.map(Double.init), result.rows) {
      var expected = [exp(-k * t)]
      var value = exp(-k * t)
      var byRate = -t * exp(-k * t)
      for dose in doses {
        let share = t > dose.time ? exp(-k * (t - dose.time)) : 0
        value += dose.amount * share
        byRate -= dose.amount * share * (t - dose.time)
        expected.append(share)
      }
      expected = [value] + expected + [byRate]
      for (found, exact) in zip(row[0], expected) {
        #expect(abs(found - exact) < 1e-6, "\(method) at \(t)")
      }
    }
  }

  @Test(arguments: SolverSettings.Method.allCases)
  func whatCannotBeSolvedSaysWhy(method: SolverSettings.Method) {
    // y = 1 / (1 - t) has a pole at 1.
    let pole = TestSystem(
      states: 1,
      parameters: 0,
      rate: { _, y in [y[0] * y[0]] },
      slopes: { _, y in ([2 * y[0]], []) }
    )
    let beyond = solve(
      pole,
      settings(method, 1e-6),
      initial: [1],
      times: SolutionTimes(start: 0, outputs: outputs([0.5, 2]), stops: [])
    )
    #expect(beyond.failure != nil)
    #expect(beyond.rows.allSatisfy { $0[0][0].isNaN })
    var few = settings(method, 1e-10)
    few.greatestStepCount = 5
    let short = solve(
      oscillator(40),
      few,
      initial: [1, 0],
      times: SolutionTimes(start: 0, outputs: outputs([100]), stops: [])
    )
    #expect(short.failure == .tooManySteps)
    let undefined = solve(
      pole,
      settings(method, 1e-6),
      initial: [.nan],
      times: SolutionTimes(start: 0, outputs: outputs([0.5]), stops: [])
    )
    #expect(undefined.failure == .notFinite)
  }
}
