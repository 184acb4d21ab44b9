package import PPLIntegration
package import PPLTensorCore
import Synchronization

/// Systems of differential equations of one form, S of them, and the times at which each is solved.
///
/// Equal bodies are the same object.
package final class ODEBody: Sendable, Hashable {
  /// f: from the point (time, states) `[1, 1 + N]`, one element `[1, …]` of each sequence and the invariants to `[1, N]`.
  package let derivative: Graph
  /// The same inputs to f `[1, N]`, ∂f/∂y `[N, N]` and ∂f/∂θ `[N, P]`, θ being the differentiated sequences and
  /// invariants in order.
  package let linearization: Graph
  /// N.
  package let stateCount: Int
  /// Number of sequences, whose elements differ between solutions; the invariants are the other parameters.
  package let sequenceCount: Int
  /// The operands of `solveODE`: initial states, amounts, sequences, invariants.
  package let operandShapes: [Shape]
  /// Whether solutions are differentiated by each operand.
  package let isDifferentiated: [Bool]
  /// One for each solution.
  package let times: [SolutionTimes]
  /// T.
  package let timeCount: Int
  package let settings: SolverSettings
  /// Solutions that could not be had, by reason, over all evaluations.
  package let failures = FailureTally()

  /// A body of parts that fit each other.
  package init(
    derivative: Graph,
    linearization: Graph,
    sequenceCount: Int,
    operandShapes: [Shape],
    isDifferentiated: [Bool],
    times: [SolutionTimes],
    timeCount: Int,
    settings: SolverSettings
  ) {
    self.derivative = derivative
    self.linearization = linearization
    stateCount = derivative[derivative.outputs[0]].shape.count
    self.sequenceCount = sequenceCount
    self.operandShapes = operandShapes
    self.isDifferentiated = isDifferentiated
    self.times = times
    self.timeCount = timeCount
    self.settings = settings
  }

  /// One of the graphs that are evaluated while a system is solved.
  package enum Part: Int, Sendable, Hashable, CaseIterable {
    case derivative, linearization
  }

  /// One of the graphs.
  package func graph(_ part: Part) -> Graph {
    switch part {
    case .derivative: derivative
    case .linearization: linearization
    }
  }

  /// S.
  package var solutionCount: Int { times.count }

  /// Amounts of a solution that it is differentiated by.
  package var differentiatedAmountCount: Int { isDifferentiated[1] ? operandShapes[1][1] : 0 }

  /// Elements of an operand that one solution depends on.
  package func width(of operand: Int) -> Int {
    operand < 2 + sequenceCount
      ? operandShapes[operand].count / solutionCount : operandShapes[operand].count
  }

  /// M, the number of derivatives of a state.
  package var columnCount: Int {
    operandShapes.indices.reduce(0) { $0 + (isDifferentiated[$1] ? width(of: $1) : 0) }
  }

  /// The first of the derivatives by an operand's elements.
  package func column(of operand: Int) -> Int {
    (0..<operand).reduce(0) { $0 + (isDifferentiated[$1] ? width(of: $1) : 0) }
  }

  package static func == (left: ODEBody, right: ODEBody) -> Bool { left === right }

  package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

/// Counts of failures, safe to add to from several threads.
package final class FailureTally: Sendable {
  private let tooManySteps = Atomic(0)
  private let stepTooSmall = Atomic(0)
  private let notFinite = Atomic(0)

  /// Counts a failure.
  package func add(_ failure: SolverFailure) {
    switch failure {
    case .tooManySteps: tooManySteps.add(1, ordering: .relaxed)
    case .stepTooSmall: stepTooSmall.add(1, ordering: .relaxed)
    case .notFinite: notFinite.add(1, ordering: .relaxed)
    }
  }

  /// How often each has happened.
  package func count(_ failure: SolverFailure) -> Int {
    switch failure {
    case .tooManySteps: tooManySteps.load(ordering: .relaxed)
    case .stepTooSmall: stepTooSmall.load(ordering: .relaxed)
    case .notFinite: notFinite.load(ordering: .relaxed)
    }
  }
}
