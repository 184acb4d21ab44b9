import PPLTensorCore

/// The implicit method of order 4 with an embedded error of order 3, for stiff systems: five diagonally implicit stages
/// with one explicit before them, L-stable and stiffly accurate (ARK4(3)6L[2]SA, implicit part).
///
/// Kennedy and Carpenter, Appl. Numer. Math. 44 (2003) 139, tables for ARK4(3)6L[2]SA. Each stage is solved by Newton's
/// method with the exact Jacobian matrix. Sensitivities are the derivatives of the accepted steps: each stage is one
/// linear system with the matrix at the stage's solution. Between the ends of a step the solution is the cubic
/// through values and derivatives there.
final class KennedyCarpenterMethod: StepMethod {
  private let frame: SensitivityFrame
  private let scale: ErrorScale
  let values: Numbers
  var clock: StepClock

  /// Derivatives of everything at each stage.
  private let stages: [Numbers]
  /// Values of everything at the stages, after Newton's method: the states of each.
  private let solutions: [Numbers]
  private let next: Numbers
  private let error: Numbers
  private let known: Numbers
  private let change: Numbers
  /// Values and derivatives at the beginning of the last step.
  private let oldValues: Numbers
  private let oldDerivative: Numbers
  private let matrix: LUFactors

  private static let gamma = 0.25
  private static let nodes = [0.0, 0.5, 83.0 / 250, 31.0 / 50, 17.0 / 20, 1.0]
  private static let weights: [[Double]] = [
    [],
    [0.25],
    [8611.0 / 62500, -1743.0 / 31250],
    [5_012_029.0 / 34_652_500, -654_441.0 / 2_922_500, 174_375.0 / 388_108],
    [
      15_267_082_809.0 / 155_376_265_600, -71_443_401.0 / 120_774_400, 730_878_875.0 / 902_184_768,
      2_285_395.0 / 8_070_912,
    ],
    [82_889.0 / 524_892, 0, 15_625.0 / 83_664, 69_875.0 / 102_672, -2_260.0 / 8_211],
  ]
  /// The weights of the solution less those of the embedded one.
  private static let errorWeights: [Double] = {
    let embedded = [
      4_586_570_599.0 / 29_645_900_160, 0, 178_811_875.0 / 945_068_544,
      814_220_225.0 / 1_159_782_912, -3_700_637.0 / 11_593_932, 61_727.0 / 225_920,
    ]
    return zip(weights[5] + [gamma], embedded).map { $0 - $1 }
  }()

  init(_ frame: SensitivityFrame, _ settings: SolverSettings) {
    self.frame = frame
    scale = ErrorScale(settings)
    clock = StepClock(limit: settings.greatestStepCount)
    let count = frame.count
    values = .allocate(count)
    next = .allocate(count)
    error = .allocate(count)
    known = .allocate(count)
    change = .allocate(frame.stateCount)
    oldValues = .allocate(count)
    oldDerivative = .allocate(count)
    stages = (0..<6).map { _ in .allocate(count) }
    solutions = (0..<6).map { _ in .allocate(frame.stateCount) }
    matrix = LUFactors(frame.stateCount)
  }

  deinit {
    for part in stages + solutions + [values, next, error, known, change, oldValues, oldDerivative]
    {
      part.deallocate()
    }
  }

  func begin(at time: Double, towards end: Double) {
    let step = scale.start(
      order: 4,
      frame,
      at: time,
      towards: end,
      values,
      derivative: stages[0],
      scratch: next
    )
    clock.begin(at: time, step: step)
  }

  func advance(to end: Double, wanted: Double) throws(SolverFailure) {
    guard stages[0].isFinite(count: frame.stateCount) else { throw .notFinite }
    while true {
      let h = try clock.propose(to: end)
      guard let ratio = attempt(h), ratio.isFinite else {
        try clock.shorten(to: h * 0.25)
        continue
      }
      let factor = max(0.2, min(5, LibM.pow(max(ratio, 1e-10), 0.25) / 0.9))
      guard ratio <= 1 else {
        clock.retry(with: h / max(factor, 1.1))
        continue
      }
      oldValues.copy(values, count: frame.count)
      oldDerivative.copy(stages[0], count: frame.count)
      if frame.columnCount > 0, !differentiateStages(h) { throw .notFinite }
      clock.accept(h, next: h / factor)
      values.copy(next, count: frame.count)
      // Stiffly accurate: the last stage is the new value.
      stages[0].copy(stages[5], count: frame.count)
      return
    }
  }

  /// What is known of a stage before it is solved: y + h Σ a k, over the elements `range`.
  private func gather(_ stage: Int, _ h: Double, _ range: Range<Int>) {
    for i in range {
      var sum = 0.0
      for (earlier, weight) in Self.weights[stage].enumerated() {
        sum += weight * stages[earlier][i]
      }
      known[i] = values[i] + h * sum
    }
  }

  /// I - h γ ∂f/∂y, factored; false where it is singular.
  private func factor(_ byState: Numbers, _ h: Double) -> Bool {
    let states = frame.stateCount
    for row in 0..<states {
      for column in 0..<states {
        matrix[row, column] =
          (row == column ? 1 : 0) - h * Self.gamma * byState[row * states + column]
      }
    }
    return matrix.factor()
  }

  /// Solves the stages of a step for the states; gives the error in units of what is allowed, nil without solution.
  private func attempt(_ h: Double) -> Double? {
    let states = frame.stateCount
    let coefficient = h * Self.gamma
    for stage in 1..<6 {
      let at = clock.time + Self.nodes[stage] * h
      gather(stage, h, 0..<states)
      let y = solutions[stage]
      for i in 0..<states { y[i] = known[i] + coefficient * stages[stage - 1][i] }
      frame.place(at, y)
      guard factor(frame.system.differentiate().byState, h) else { return nil }
      var last = Double.infinity
      var isSolved = false
      for _ in 0..<10 {
        frame.place(at, y)
        let f = frame.system.evaluate()
        for i in 0..<states { change[i] = known[i] + coefficient * f[i] - y[i] }
        matrix.solve(change)
        for i in 0..<states { y[i] += change[i] }
        let size = scale.norm(change, values, y, count: states)
        guard size.isFinite else { return nil }
        if size < 1e-3 {
          isSolved = true
          break
        }
        guard size < 2 * last else { return nil }
        last = size
      }
      guard isSolved else { return nil }
      for i in 0..<states { stages[stage][i] = (y[i] - known[i]) / coefficient }
    }
    for i in 0..<states {
      var sum = 0.0
      for stage in 0..<6 { sum += Self.errorWeights[stage] * stages[stage][i] }
      error[i] = h * sum
      next[i] = solutions[5][i]
    }
    // Of a stiff component the error is damped as the solution is.
    matrix.solve(error)
    return scale.norm(error, values, next, count: states)
  }

  /// Solves the stages of an accepted step for the sensitivities; false where one cannot be.
  private func differentiateStages(_ h: Double) -> Bool {
    let states = frame.stateCount
    let width = frame.columnCount
    let coefficient = h * Self.gamma
    let linear = frame.parameterCount
    for stage in 1..<6 {
      frame.place(clock.time + Self.nodes[stage] * h, solutions[stage])
      let system = frame.system.differentiate()
      guard factor(system.byState, h) else { return false }
      gather(stage, h, states..<frame.count)
      let right = known.from(states)
      for row in 0..<states {
        let target = right.from(row * width + frame.parameterStart)
        for parameter in 0..<linear {
          target[parameter] += coefficient * system.byParameters[row * linear + parameter]
        }
      }
      let result = stages[stage].from(states)
      let solution = next.from(states)
      solution.copy(right, count: states * width)
      matrix.solve(solution, columns: width)
      // k = (S - what was known without the parameters' part) / (h γ).
      gather(stage, h, states..<frame.count)
      for i in 0..<states * width { result[i] = (solution[i] - right[i]) / coefficient }
    }
    return true
  }

  func interpolate(at time: Double, into result: Numbers) {
    let h = clock.time - clock.stepStart
    let s = (time - clock.stepStart) / h
    let r = 1 - s
    for i in 0..<frame.count {
      let change = values[i] - oldValues[i]
      let bend = (1 - 2 * s) * change + r * h * -oldDerivative[i] + s * h * stages[0][i]
      // Hermite's cubic through both ends.
      result[i] = r * oldValues[i] + s * values[i] - s * r * bend
    }
  }
}
