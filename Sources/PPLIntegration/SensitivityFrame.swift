import PPLTensorCore

/// The state of a system with its sensitivities, as one vector of N (1 + M) numbers.
///
/// The states come first, then their derivatives by M columns, row-major `[N, M]`: the N initial states if they are
/// wanted, amounts of jumps, and the P parameters, which are the last ones. With M = 0 there are states only.
struct SensitivityFrame {
  let system: any DifferentialSystem
  /// The system's point.
  private let point: Numbers
  /// N.
  let stateCount: Int
  /// P.
  let parameterCount: Int
  /// Whether the first N columns are the initial states.
  let hasInitialColumns: Bool
  /// M.
  let columnCount: Int
  /// The first column of a parameter.
  let parameterStart: Int

  /// A frame without columns, or with those of the initial states, if wanted, of amounts, and of the parameters.
  init(
    _ system: any DifferentialSystem,
    isDifferentiated: Bool,
    byInitialStates: Bool,
    amountCount: Int
  ) {
    self.system = system
    point = system.point
    stateCount = system.stateCount
    parameterCount = isDifferentiated ? system.parameterCount : 0
    hasInitialColumns = isDifferentiated && byInitialStates
    parameterStart = isDifferentiated ? (byInitialStates ? stateCount : 0) + amountCount : 0
    columnCount = parameterStart + parameterCount
  }

  /// Sets everything at the start: derivatives by the initial states are one, the others zero.
  func setInitial(_ states: Numbers, _ values: Numbers) {
    values.fill(0, count: count)
    values.copy(states, count: stateCount)
    guard hasInitialColumns else { return }
    for state in 0..<stateCount { values[stateCount + state * columnCount + state] = 1 }
  }

  /// N (1 + M).
  var count: Int { stateCount * (1 + columnCount) }

  /// The time derivative of everything: f, and ∂f/∂y S + ∂f/∂θ.
  func evaluate(at time: Double, _ values: Numbers, into result: Numbers) {
    place(time, values)
    guard columnCount > 0 else {
      result.copy(system.evaluate(), count: stateCount)
      return
    }
    let linear = system.differentiate()
    result.copy(linear.derivative, count: stateCount)
    multiply(linear, values.from(stateCount), into: result.from(stateCount))
  }

  /// Sets the point at which the system is evaluated next.
  func place(_ time: Double, _ values: Numbers) {
    point[0] = time
    point.from(1).copy(values, count: stateCount)
  }

  /// ∂f/∂y S + ∂f/∂θ.
  func multiply(_ linear: Linearization, _ columns: Numbers, into result: Numbers) {
    let width = columnCount
    for row in 0..<stateCount {
      let target = result.from(row * width)
      target.fill(0, count: parameterStart)
      target.from(parameterStart).copy(
        linear.byParameters.from(row * parameterCount),
        count: parameterCount
      )
      for state in 0..<stateCount {
        let factor = linear.byState[row * stateCount + state]
        if factor == 0 { continue }
        let source = columns.from(state * width)
        for column in 0..<width { target[column] += factor * source[column] }
      }
    }
  }
}

/// A family of steps that a solution is made of.
protocol StepMethod: AnyObject {
  /// Everything at the end of the last step.
  var values: Numbers { get }
  var clock: StepClock { get set }

  /// Begins anew at a time; `values` have been set.
  func begin(at time: Double, towards end: Double)
  /// Makes one step that does not go beyond `end`; `interpolate` is asked for times from `wanted` on only.
  func advance(to end: Double, wanted: Double) throws(SolverFailure)
  /// Everything at a time within the last step.
  func interpolate(at time: Double, into result: Numbers)
}

/// Sizes of errors in units of what is allowed.
struct ErrorScale {
  let relative: Double
  let absolute: Double

  init(_ settings: SolverSettings) {
    relative = settings.relativeTolerance
    absolute = settings.absoluteTolerance
  }

  /// Root mean square of an error beside the sizes of two states.
  func norm(_ error: Numbers, _ old: Numbers, _ new: Numbers, count: Int) -> Double {
    var sum = 0.0
    for index in 0..<count {
      let scale = absolute + relative * max(old[index].magnitude, new[index].magnitude)
      let ratio = error[index] / scale
      sum += ratio * ratio
    }
    return (sum / Double(max(count, 1))).squareRoot()
  }

  /// The derivative of everything at a time, and a first step from there.
  func start(
    order: Double,
    _ frame: SensitivityFrame,
    at time: Double,
    towards end: Double,
    _ values: Numbers,
    derivative: Numbers,
    scratch: Numbers
  ) -> Double {
    frame.evaluate(at: time, values, into: derivative)
    return firstStep(
      order: order,
      from: time,
      towards: end,
      values,
      derivative,
      count: frame.stateCount,
      scratch: scratch
    ) { time, states in
      frame.place(time, states)
      return frame.system.evaluate()
    }
  }

  /// A first step: Hairer, Nørsett, Wanner, Solving Ordinary Differential Equations I, II.4.
  ///
  /// `evaluate` gives the derivative of the states at a time and states.
  private func firstStep(
    order: Double,
    from time: Double,
    towards end: Double,
    _ values: Numbers,
    _ derivative: Numbers,
    count: Int,
    scratch: Numbers,
    evaluate: (Double, Numbers) -> Numbers
  ) -> Double {
    let span = end - time
    let size = norm(values, values, values, count: count)
    let slope = norm(derivative, values, values, count: count)
    var step = size < 1e-5 || slope < 1e-5 ? 1e-6 : 0.01 * size / slope
    step = min(step, span)
    for index in 0..<count { scratch[index] = values[index] + step * derivative[index] }
    let next = evaluate(time + step, scratch)
    for index in 0..<count { scratch[index] = (next[index] - derivative[index]) / step }
    let curvature = norm(scratch, values, values, count: count)
    let greatest = max(slope, curvature)
    let other =
      greatest <= 1e-15 ? max(1e-6, step * 1e-3) : LibM.pow(0.01 / greatest, 1 / order)
    let result = min(100 * step, other, span)
    return result.isFinite && result > 0 ? result : min(1e-6, span)
  }
}
