/// Solves y′ = f(t, y; θ) from given states at wanted times, with derivatives of the solution.
///
/// All memory is had when it is made; solving allocates nothing. Times and jumps are known; a state at a time at which
/// something is added to it is the one before.
package final class InitialValueSolver {
  private let frame: SensitivityFrame
  private let method: any StepMethod
  private let found: Numbers
  /// The first column of an amount; nil where solutions are not differentiated by amounts.
  private let amountColumn: Int?

  /// A solver of a system.
  ///
  /// - Parameters:
  ///   - system: the right side; its parameters may change from solution to solution.
  ///   - settings: how it is solved.
  ///   - isDifferentiated: whether derivatives are wanted: by the N initial states, the `amountCount` amounts, the P
  ///     parameters, in this order.
  ///   - byInitialStates: whether those by the initial states are among them.
  ///   - amountCount: number of amounts to differentiate by.
  package init(
    _ system: any DifferentialSystem,
    _ settings: SolverSettings,
    isDifferentiated: Bool,
    byInitialStates: Bool = true,
    amountCount: Int = 0
  ) {
    frame = SensitivityFrame(
      system,
      isDifferentiated: isDifferentiated,
      byInitialStates: byInitialStates,
      amountCount: amountCount
    )
    amountColumn =
      isDifferentiated && amountCount > 0 ? (byInitialStates ? system.stateCount : 0) : nil
    switch settings.method {
    case .dormandPrince: method = DormandPrinceMethod(frame, settings)
    case .kennedyCarpenter: method = KennedyCarpenterMethod(frame, settings)
    }
    found = .allocate(frame.count)
  }

  deinit { found.deallocate() }

  /// 1 + M: the numbers that each state has in the output.
  package var width: Int { 1 + frame.columnCount }

  /// Solves.
  ///
  /// - Parameters:
  ///   - times: the start, the wanted times, and the discontinuities.
  ///   - initial: the states at the start, `[N]`.
  ///   - amounts: what jumps add.
  ///   - output: `[rows, N, width]`: each state, then its derivatives; NaN throughout after a failure.
  /// - Returns: why there is no solution.
  package func solve(
    _ times: SolutionTimes,
    initial: Numbers,
    amounts: Numbers,
    into output: Numbers
  ) -> SolverFailure? {
    do throws(SolverFailure) {
      try run(times, initial, amounts, output)
      return nil
    } catch {
      for entry in times.outputs {
        output.from(entry.row * frame.count).fill(.nan, count: frame.count)
      }
      return error
    }
  }

  private func run(
    _ times: SolutionTimes,
    _ initial: Numbers,
    _ amounts: Numbers,
    _ output: Numbers
  ) throws(SolverFailure) {
    let states = frame.stateCount
    let values = method.values
    frame.setInitial(initial, values)
    guard values.isFinite(count: states) else { throw .notFinite }
    var written = 0
    var passed = 0
    var time = times.start
    method.clock.count = 0
    while true {
      while written < times.outputs.count, times.outputs[written].time <= time {
        write(values, times.outputs[written].row, output)
        written += 1
      }
      while passed < times.stops.count, times.stops[passed].time <= time {
        for jump in times.stops[passed].jumps { apply(jump, amounts, to: values) }
        passed += 1
        guard values.isFinite(count: states) else { throw .notFinite }
      }
      guard written < times.outputs.count, let last = times.outputs.last?.time else { return }
      let end = passed < times.stops.count ? min(last, times.stops[passed].time) : last
      method.begin(at: time, towards: end)
      while method.clock.time < end {
        try method.advance(to: end, wanted: times.outputs[written].time)
        while written < times.outputs.count, times.outputs[written].time < method.clock.time {
          method.interpolate(at: times.outputs[written].time, into: found)
          write(found, times.outputs[written].row, output)
          written += 1
        }
        if written == times.outputs.count { return }
      }
      time = end
    }
  }

  /// Writes the states, each before its derivatives.
  private func write(_ values: Numbers, _ row: Int, _ output: Numbers) {
    let states = frame.stateCount
    let columns = frame.columnCount
    var place = output.from(row * frame.count)
    for state in 0..<states {
      place[0] = values[state]
      place.from(1).copy(values.from(states + state * columns), count: columns)
      place = place.from(1 + columns)
    }
  }

  private func apply(_ jump: SolutionTimes.Jump, _ amounts: Numbers, to values: Numbers) {
    values[jump.state] += amounts[jump.amount]
    guard let amountColumn else { return }
    let column = amountColumn + jump.amount
    values[frame.stateCount + jump.state * frame.columnCount + column] += 1
  }
}
