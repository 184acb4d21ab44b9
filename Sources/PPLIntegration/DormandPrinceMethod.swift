import PPLTensorCore

/// The explicit method of order 5 with an embedded error of order 4 and an interpolant of order 4.
///
/// Dormand and Prince, J. Comput. Appl. Math. 6 (1980) 19; step control and interpolant as in Hairer, Nørsett,
/// Wanner, Solving Ordinary Differential Equations I (1993), II.4–II.6. The error of the states alone chooses the
/// steps, so that the sensitivities are the derivatives of the numerical solution at these steps.
final class DormandPrinceMethod: StepMethod {
  private let frame: SensitivityFrame
  private let scale: ErrorScale
  let values: Numbers
  var clock: StepClock
  private var lastError = 1e-4

  private let stages: [Numbers]
  private let next: Numbers
  private let error: Numbers
  /// The five coefficient vectors of the interpolant.
  private let dense: Numbers

  init(_ frame: SensitivityFrame, _ settings: SolverSettings) {
    self.frame = frame
    scale = ErrorScale(settings)
    clock = StepClock(limit: settings.greatestStepCount)
    let count = frame.count
    values = .allocate(count)
    next = .allocate(count)
    error = .allocate(count)
    dense = .allocate(5 * count)
    stages = (0..<7).map { _ in .allocate(count) }
  }

  deinit {
    for part in stages + [values, next, error, dense] { part.deallocate() }
  }

  func begin(at time: Double, towards end: Double) {
    let step = scale.start(
      order: 5,
      frame,
      at: time,
      towards: end,
      values,
      derivative: stages[0],
      scratch: next
    )
    clock.begin(at: time, step: step)
    lastError = 1e-4
  }

  func advance(to end: Double, wanted: Double) throws(SolverFailure) {
    while true {
      let h = try clock.propose(to: end)
      let ratio = attempt(h)
      guard ratio.isFinite else {
        // The step has left the region where the right side is defined: a shorter one may not.
        guard stages[0].isFinite(count: frame.stateCount) else { throw .notFinite }
        try clock.shorten(to: h * 0.1)
        continue
      }
      let raw = LibM.pow(max(ratio, 1e-12), 0.2 - 0.04 * 0.75)
      guard ratio <= 1 else {
        clock.retry(with: h / min(5, raw / 0.9))
        continue
      }
      let factor = max(0.1, min(5, raw / LibM.pow(lastError, 0.04) / 0.9))
      lastError = max(ratio, 1e-4)
      clock.accept(h, next: h / factor)
      if wanted < clock.time { prepareDense(h) }
      values.copy(next, count: frame.count)
      stages[0].copy(stages[6], count: frame.count)
      return
    }
  }

  /// Computes the stages and the new values; gives the error in units of what is allowed.
  private func attempt(_ h: Double) -> Double {
    let count = frame.count
    let time = clock.time
    let (k1, k2, k3, k4, k5, k6, k7) = (
      stages[0], stages[1], stages[2], stages[3], stages[4], stages[5], stages[6]
    )
    let y = values
    let z = next
    for i in 0..<count { z[i] = y[i] + h * (0.2 * k1[i]) }
    frame.evaluate(at: time + 0.2 * h, z, into: k2)
    for i in 0..<count { z[i] = y[i] + h * (3.0 / 40 * k1[i] + 9.0 / 40 * k2[i]) }
    frame.evaluate(at: time + 0.3 * h, z, into: k3)
    for i in 0..<count {
      z[i] = y[i] + h * (44.0 / 45 * k1[i] - 56.0 / 15 * k2[i] + 32.0 / 9 * k3[i])
    }
    frame.evaluate(at: time + 0.8 * h, z, into: k4)
    for i in 0..<count {
      let early = 19372.0 / 6561 * k1[i] - 25360.0 / 2187 * k2[i]
      z[i] = y[i] + h * (early + 64448.0 / 6561 * k3[i] - 212.0 / 729 * k4[i])
    }
    frame.evaluate(at: time + 8.0 / 9 * h, z, into: k5)
    for i in 0..<count {
      let early = 9017.0 / 3168 * k1[i] - 355.0 / 33 * k2[i] + 46732.0 / 5247 * k3[i]
      z[i] = y[i] + h * (early + 49.0 / 176 * k4[i] - 5103.0 / 18656 * k5[i])
    }
    frame.evaluate(at: time + h, z, into: k6)
    for i in 0..<count {
      let early = 35.0 / 384 * k1[i] + 500.0 / 1113 * k3[i] + 125.0 / 192 * k4[i]
      z[i] = y[i] + h * (early - 2187.0 / 6784 * k5[i] + 11.0 / 84 * k6[i])
    }
    frame.evaluate(at: time + h, z, into: k7)
    for i in 0..<frame.stateCount {
      let early = 71.0 / 57600 * k1[i] - 71.0 / 16695 * k3[i] + 71.0 / 1920 * k4[i]
      error[i] = h * (early - 17253.0 / 339200 * k5[i] + 22.0 / 525 * k6[i] - k7[i] / 40)
    }
    return scale.norm(error, y, z, count: frame.stateCount)
  }

  /// The interpolant's coefficients, in a form that is evaluated as nested products.
  private func prepareDense(_ h: Double) {
    let count = frame.count
    let (k1, k3, k4, k5, k6, k7) = (
      stages[0], stages[2], stages[3], stages[4], stages[5], stages[6]
    )
    for i in 0..<count {
      let change = next[i] - values[i]
      let slope = h * k1[i] - change
      dense[i] = values[i]
      dense[count + i] = change
      dense[2 * count + i] = slope
      dense[3 * count + i] = change - h * k7[i] - slope
      let early =
        -12_715_105_075.0 / 11_282_082_432 * k1[i] + 87_487_479_700.0 / 32_700_410_799 * k3[i]
        - 10_690_763_975.0 / 1_880_347_072 * k4[i]
      let late =
        701_980_252_875.0 / 199_316_789_632 * k5[i] - 1_453_857_185.0 / 822_651_844 * k6[i]
        + 69_997_945.0 / 29_380_423 * k7[i]
      dense[4 * count + i] = h * (early + late)
    }
  }

  func interpolate(at time: Double, into result: Numbers) {
    let count = frame.count
    let s = (time - clock.stepStart) / (clock.time - clock.stepStart)
    let r = 1 - s
    for i in 0..<count {
      let inner = dense[3 * count + i] + r * dense[4 * count + i]
      result[i] = dense[i] + s * (dense[count + i] + r * (dense[2 * count + i] + s * inner))
    }
  }
}
