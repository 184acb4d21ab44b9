import PPLIntegration
import PPLTensorCore

/// The solver of `solveODE` with its memory.
@safe
final class ODEKernel {
  private let body: ODEBody
  private let system: BodySystem
  private let solver: InitialValueSolver
  private let initial: Numbers
  private let amounts: Numbers
  private let result: Numbers
  private let amountCount: Int

  init(
    _ body: ODEBody,
    isDifferentiated: Bool,
    _ operands: [KernelOperand],
    into result: KernelOperand,
    evaluator: (ODEBody, ODEBody.Part) -> any BodyEvaluator
  ) {
    self.body = body
    unsafe initial = Numbers(operands[0].pointer)
    unsafe amounts = Numbers(operands[1].pointer)
    unsafe self.result = Numbers(result.pointer)
    amountCount = body.width(of: 1)
    system = BodySystem(body, operands.dropFirst(2).map { unsafe Numbers($0.pointer) }, evaluator)
    solver = InitialValueSolver(
      system,
      body.settings,
      isDifferentiated: isDifferentiated,
      byInitialStates: body.isDifferentiated[0],
      amountCount: body.differentiatedAmountCount
    )
  }

  /// Solves all systems.
  func run() {
    let states = body.stateCount
    let rowCount = body.timeCount * states * solver.width
    system.copyInvariants()
    for (number, times) in body.times.enumerated() {
      system.copySequences(number)
      let failure = solver.solve(
        times,
        initial: initial.from(number * states),
        amounts: amounts.from(number * amountCount),
        into: result.from(number * rowCount)
      )
      if let failure { body.failures.add(failure) }
    }
  }
}

/// A right side that is a graph.
private final class BodySystem: DifferentialSystem {
  let stateCount: Int
  let parameterCount: Int
  let point: Numbers
  private let linearPoint: Numbers
  private let derivative: any BodyEvaluator
  private let linearization: any BodyEvaluator
  /// Parameters: where they come from, how many elements a solution has, whether they differ between solutions.
  private let parameters: [(source: Numbers, count: Int, isSequence: Bool)]
  private let result: Numbers
  private let results: Linearization
  private static let key = RandomKey(seed: 0)

  init(
    _ body: ODEBody,
    _ sources: [Numbers],
    _ evaluator: (ODEBody, ODEBody.Part) -> any BodyEvaluator
  ) {
    stateCount = body.stateCount
    parameterCount = body.columnCount - body.column(of: 2)
    derivative = evaluator(body, .derivative)
    linearization = evaluator(body, .linearization)
    point = derivative.inputs[0]
    result = derivative.outputs[0]
    results = Linearization(
      derivative: linearization.outputs[0],
      byState: linearization.outputs[1],
      byParameters: linearization.outputs[2]
    )
    linearPoint = linearization.inputs[0]
    parameters = sources.enumerated().map { number, source in
      (source, body.width(of: number + 2), number < body.sequenceCount)
    }
  }

  func copyInvariants() {
    for (number, entry) in parameters.enumerated() where !entry.isSequence {
      place(number, entry.source, entry.count)
    }
  }

  func copySequences(_ solution: Int) {
    for (number, entry) in parameters.enumerated() where entry.isSequence {
      place(number, entry.source.from(solution * entry.count), entry.count)
    }
  }

  private func place(_ number: Int, _ source: Numbers, _ count: Int) {
    derivative.inputs[number + 1].copy(source, count: count)
    linearization.inputs[number + 1].copy(source, count: count)
  }

  func evaluate() -> Numbers {
    derivative.run(key: Self.key)
    return result
  }

  func differentiate() -> Linearization {
    linearPoint.copy(point, count: 1 + stateCount)
    linearization.run(key: Self.key)
    return results
  }
}
