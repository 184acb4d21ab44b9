/// The right side of y′ = f(t, y; θ) at one set of parameters θ, with its derivatives.
package protocol DifferentialSystem: AnyObject {
  /// N, the number of states.
  var stateCount: Int { get }
  /// P, the number of parameters by which f is differentiated.
  var parameterCount: Int { get }
  /// The time, then the states, `[1 + N]`: written before f is evaluated.
  var point: Numbers { get }

  /// f at the point, `[N]`; valid until the next call.
  func evaluate() -> Numbers

  /// f with its derivatives at the point; valid until the next call.
  func differentiate() -> Linearization
}

/// A right side near a point.
package struct Linearization {
  /// f, `[N]`.
  package var derivative: Numbers
  /// ∂f/∂y, `[N, N]`, row-major.
  package var byState: Numbers
  /// ∂f/∂θ, `[N, P]`, row-major.
  package var byParameters: Numbers

  /// The values of a right side and its derivatives.
  package init(derivative: Numbers, byState: Numbers, byParameters: Numbers) {
    self.derivative = derivative
    self.byState = byState
    self.byParameters = byParameters
  }
}

/// How a system is solved.
package struct SolverSettings: Sendable, Hashable {
  /// A family of steps; the raw value is its name in programs.
  package enum Method: String, Sendable, Hashable, CaseIterable {
    /// Explicit, of order 5: Dormand and Prince, J. Comput. Appl. Math. 6 (1980) 19.
    case dormandPrince = "rk45"
    /// Implicit, L-stable, of order 4: Kennedy and Carpenter, Appl. Numer. Math. 44 (2003) 139.
    case kennedyCarpenter = "stiff"
  }

  package var method: Method
  /// Error that a step may make in a state, relative to its size.
  package var relativeTolerance: Double
  /// The same near zero, in the state's unit.
  package var absoluteTolerance: Double
  /// Steps of one solution at most, rejected ones included.
  package var greatestStepCount: Int

  /// Settings; the tolerances are positive.
  package init(
    method: Method = .dormandPrince,
    relativeTolerance: Double = 1e-6,
    absoluteTolerance: Double = 1e-8,
    greatestStepCount: Int = 100_000
  ) {
    self.method = method
    self.relativeTolerance = relativeTolerance
    self.absoluteTolerance = absoluteTolerance
    self.greatestStepCount = greatestStepCount
  }
}

/// Why a system could not be solved.
package enum SolverFailure: Int, Error, Sendable, Hashable, CaseIterable {
  case tooManySteps
  /// A step became too small to change the time: the solution has a pole, or the tolerances cannot be met.
  case stepTooSmall
  /// The right side, a state or a jump is infinite or NaN.
  case notFinite

  /// What happened, as a part of a sentence.
  package var description: String {
    switch self {
    case .tooManySteps: "the solver reached its limit of steps"
    case .stepTooSmall: "the solver's step became too small"
    case .notFinite: "a state or its derivative was not finite"
    }
  }
}

/// The times that matter to one solution.
package struct SolutionTimes: Sendable, Hashable {
  /// A wanted time and its row in the output.
  package struct Output: Sendable, Hashable {
    package var time: Double
    package var row: Int

    package init(time: Double, row: Int) {
      self.time = time
      self.row = row
    }
  }

  /// A time at which the right side or the states are discontinuous.
  package struct Stop: Sendable, Hashable {
    package var time: Double
    /// What is added to states then.
    package var jumps: [Jump]

    package init(time: Double, jumps: [Jump]) {
      self.time = time
      self.jumps = jumps
    }
  }

  /// An amount that is added to a state.
  package struct Jump: Sendable, Hashable {
    package var state: Int
    /// Position of the amount among all amounts of the solution.
    package var amount: Int

    package init(state: Int, amount: Int) {
      self.state = state
      self.amount = amount
    }
  }

  package var start: Double
  /// In ascending order, none before the start.
  package let outputs: [Output]
  /// In ascending order of different times, none before the start.
  package let stops: [Stop]

  /// Sorts the times of a solution.
  package init(start: Double, outputs: [Output], stops: [Stop]) {
    self.start = start
    self.outputs = outputs.sorted { ($0.time, $0.row) < ($1.time, $1.row) }
    var merged: [Stop] = []
    for stop in stops.sorted(by: { $0.time < $1.time }) {
      if let last = merged.last, last.time == stop.time {
        merged[merged.count - 1].jumps += stop.jumps
      } else {
        merged.append(stop)
      }
    }
    self.stops = merged
  }
}
