import PPLAutodiff
import PPLGraphIR
import PPLIntegration
import PPLSemantics
import PPLSourceText
import PPLSyntax
import PPLTensorCore
import PPLTypeSystem

extension Lowering {
  /// A state of a system at the times of its plate.
  func lowerSolution(_ id: ODEID, state: Int, _ plate: Plate, _ span: SourceSpan)
    throws(LoweringError) -> LoweredValue
  {
    if let batch, !batch.counts.isEmpty {
      throw batch.refuse("a system of differential equations runs over its times", at: span)
    }
    let system = model.odes[id.index]
    guard enumeration == nil, recursion == nil else {
      throw LoweringError(
        "E0901",
        "differential equations that depend on a discrete latent which is summed out, or on their"
          + " own solution, cannot be run by this version",
        at: span,
        help: "give the system parameters that are sampled or known"
      )
    }
    let whole: GraphValue
    if let known = solutions[id] {
      whole = known
    } else {
      whole = try SystemLowering(system, self, plate).solution()
      solutions[id] = whole
    }
    var start = 0
    var sizes: [Int] = []
    for (number, entry) in system.states.enumerated().prefix(state + 1) {
      sizes = try stateSizes(entry)
      if number < state { start += sizes.reduce(1, *) }
    }
    let node = whole.slice(axis: plate.rank, start: start, count: sizes.reduce(1, *))
      .reshape(Shape(plate.shape + sizes))
    return LoweredValue(node, ownRank: sizes.count)
  }

  /// The sizes of a state's axes.
  func stateSizes(_ state: CheckedODE.State) throws(LoweringError) -> [Int] {
    try eventSizes(state.axes, nil, .makeRoot(), state.name.span)
  }
}

/// Solves a system of differential equations for all indices of a plate.
///
/// Along axes over which neither the right side nor the values at the start vary, the times belong to one solution; the
/// other axes are those of systems of their own.
private struct SystemLowering {
  let system: CheckedODE
  let lowering: Lowering
  let plate: Plate

  init(_ system: CheckedODE, _ lowering: Lowering, _ plate: Plate) {
    self.system = system
    self.lowering = lowering
    self.plate = plate
  }

  private var builder: GraphBuilder { lowering.builder }

  /// The plate's axes, then all states.
  func solution() throws(LoweringError) -> GraphValue {
    var stateCount = 0
    for state in system.states { stateCount += try lowering.stateSizes(state).reduce(1, *) }
    if plate.shape.contains(0) || stateCount == 0 {
      return builder.constant(0).broadcast(to: Shape(plate.shape + [stateCount]))
    }
    let own = try systemAxes()
    let rest = (0..<plate.rank).filter { !own.contains($0) }
    let systems = plate.selected(kept: 0, positions: firstPositions(own))
    let count = systems.shape[0]

    let (time, states) = try rightSide(systems)
    guard let extracted = builder.extractSystem(count: count, time: time, states: states) else {
      throw LoweringError(
        "E0901",
        "this system mixes the indices of its plate and cannot be run by this version",
        at: system.span,
        help: "give each state the axis over which it is mixed: `x'[k: d] = …`"
      )
    }
    let initial = try initialValues(systems)
    let jumps = try jumps(systems)
    let times = try times(own, rest, systems, jumps)
    let rows = [initial, jumps.amounts] + extracted.sequences
    let shared = SharedSolutions(times, classes(of: rows, times))
    let parameters =
      extracted.sequences.map { shared.representatives(of: $0, lowering) } + extracted.invariants
    let operands =
      [initial, jumps.amounts].map { shared.representatives(of: $0, lowering) } + parameters
    let isDifferentiated = operands.map { $0.constantValue == nil }
    let body = ODEBody(
      derivative: extracted.derivative,
      linearization: try linearization(
        extracted.derivative,
        parameters.indices.filter { isDifferentiated[$0 + 2] }.map { $0 + 1 }
      ),
      sequenceCount: extracted.sequences.count,
      operandShapes: operands.map(\.shape),
      isDifferentiated: isDifferentiated,
      times: shared.times,
      timeCount: shared.timeCount,
      settings: try settings()
    )
    lowering.systems.append((system, body))
    let solved = builder.apply(.solveODE(body, differentiated: false), operands)
    // [S, T, N, 1] → the plate's axes in their order, states last.
    let order = own + rest
    let found = shared.spread(solved, stateCount: stateCount, builder)
    let split = found.reshape(Shape(order.map { plate.shape[$0] } + [stateCount]))
    let back = (0..<plate.rank).map { axis in order.firstIndex(of: axis) ?? 0 }
    return split.transpose(back + [plate.rank])
  }

  /// Which systems have the same solution: those with equal parameters, starts and jumps.
  private func classes(of rows: [GraphValue], _ times: [SolutionTimes]) -> [Int] {
    let parameters = builder.rowClasses(of: rows, count: times.count)
    var numbers: [SolutionKey: Int] = [:]
    return zip(parameters, times).map { parameter, times in
      let key = SolutionKey(parameters: parameter, start: times.start, stops: times.stops)
      if let number = numbers[key] { return number }
      let number = numbers.count
      numbers[key] = number
      return number
    }
  }

  // MARK: Axes

  /// The axes of the plate over which the systems differ.
  private func systemAxes() throws(LoweringError) -> [Int] {
    var axes: Set<Int> = []
    func note(_ value: LoweredValue) {
      for (axis, size) in value.plateSizes.prefix(plate.rank).enumerated() where size > 1 {
        axes.insert(axis)
      }
    }
    note(try lowering.lower(system.start, plate))
    for state in system.states { note(try lowering.lower(state.initial, plate)) }
    if let breaks = system.settings["breaks"] { note(try lowering.lower(breaks, plate)) }
    for jump in system.jumps {
      let inner = try jumpPlate(jump, plate)
      for expression in [jump.time, jump.amount] + (jump.condition.map { [$0] } ?? []) {
        note(try lowering.lower(expression, inner))
      }
    }
    // A state varies where its derivative does, and then so does what reads it.
    while true {
      let before = axes.count
      var sizes = [Int](repeating: 1, count: plate.rank)
      for axis in axes { sizes[axis] = plate.shape[axis] }
      for derivative in try derivatives(plate, plateSizes: sizes).values { note(derivative) }
      if axes.count == before { return axes.sorted() }
    }
  }

  /// For each tuple of some axes the first position of the plate.
  private func firstPositions(_ axes: [Int]) -> [Int] {
    let strides = Shape(plate.shape).strides
    var positions = [0]
    for axis in axes {
      positions = positions.flatMap { start in
        (0..<plate.shape[axis]).map { start + $0 * strides[axis] }
      }
    }
    return positions
  }

  // MARK: Right sides

  private struct RightSide {
    var time: GraphValue
    var placeholders: [GraphValue]
    var values: [LoweredValue]
  }

  /// The derivatives under a plate, where states vary over axes with these sizes.
  private func derivatives(_ plate: Plate, plateSizes: [Int]) throws(LoweringError) -> RightSide {
    let time = builder.addPlaceholder(shape: Shape(plateSizes))
    lowering.locals[system.time] = (LoweredValue(time, ownRank: 0), plate)
    var placeholders: [GraphValue] = []
    for state in system.states {
      let sizes = try lowering.stateSizes(state)
      let placeholder = builder.addPlaceholder(shape: Shape(plateSizes + sizes))
      placeholders.append(placeholder)
      lowering.locals[state.local] = (LoweredValue(placeholder, ownRank: sizes.count), plate)
    }
    try lowering.lowerLocals(system.locals, plate)
    var values: [LoweredValue] = []
    for state in system.states {
      let value = try lowering.lower(state.derivative, plate)
      values.append(try lifted(value, state, plate))
    }
    try lowering.checkBudget(system.span)
    return RightSide(time: time, placeholders: placeholders, values: values)
  }

  /// A value with the axes of a state; a scalar stands for all elements.
  private func lifted(_ value: LoweredValue, _ state: CheckedODE.State, _ plate: Plate)
    throws(LoweringError) -> LoweredValue
  {
    let sizes = try lowering.stateSizes(state)
    if value.ownRank == sizes.count, value.ownSizes != sizes {
      throw lowering.sizeMismatch(sizes, value.ownSizes, state.derivative.span)
    }
    let node = lowering.padded(value, plate, to: sizes.count)
      .broadcast(to: Shape(value.plateSizes + sizes))
    return LoweredValue(node, ownRank: sizes.count)
  }

  private func rightSide(_ systems: Plate) throws(LoweringError)
    -> (time: GraphValue, states: [SystemState])
  {
    let side = try derivatives(systems, plateSizes: systems.shape)
    let states = zip(side.placeholders, side.values).map { placeholder, value in
      SystemState(
        placeholder: placeholder,
        derivative: lowering.spread(value, systems).node
      )
    }
    return (side.time, states)
  }

  /// The derivative with its own derivatives by states and parameters.
  private func linearization(_ derivative: Graph, _ parameters: [Int]) throws(LoweringError)
    -> Graph
  {
    do {
      let full = try jacobian(of: derivative, withRespectTo: [[0], parameters])
      let inner = GraphBuilder(elementBudget: builder.elementBudget)
      let inputs = full.inputs.map { inner.addInput(shape: $0) }
      let values = inner.inline(full, inputs: inputs)
      let outputs = full.outputs.map { values[$0.index] }
      let states = outputs[0].shape.count
      return inner.build(outputs: [
        outputs[0],
        outputs[1].slice(axis: 1, start: 1, count: states),
        parameters.isEmpty ? outputs[0] : outputs[2],
      ])
    } catch {
      throw LoweringError(
        "E0504",
        "the derivatives of this system are not known",
        at: system.span,
        ModelCompiler.diagnostic(error).message,
        help: "write its right side with differentiable functions"
      )
    }
  }

  // MARK: Start

  private func initialValues(_ systems: Plate) throws(LoweringError) -> GraphValue {
    var parts: [GraphValue] = []
    for state in system.states {
      let value = try lifted(try lowering.lower(state.initial, systems), state, systems)
      let node = lowering.spread(value, systems).node
      parts.append(node.reshape([systems.shape[0], node.shape.count / systems.shape[0]]))
    }
    return .concatenate(parts, axis: 1)
  }

  // MARK: Times

  /// When what is added to which state in each system, and the amounts `[S, A]`.
  private struct Jumps {
    var stops: [[SolutionTimes.Stop]]
    var amounts: GraphValue
  }

  private func jumpPlate(_ jump: CheckedODE.Jump, _ plate: Plate) throws(LoweringError) -> Plate {
    var inner = plate
    for binder in jump.binders { inner = try lowering.bind(binder, inner) }
    return inner
  }

  private func jumps(_ systems: Plate) throws(LoweringError) -> Jumps {
    let count = systems.shape[0]
    var stops = [[SolutionTimes.Stop]](repeating: [], count: count)
    var amounts: [GraphValue] = []
    var width = 0
    let starts = try numbers(system.start, systems, "the start time of a system")
    for jump in system.jumps {
      let inner = try jumpPlate(jump, systems)
      let each = (inner.count ?? 0) / count
      let times = try numbers(jump.time, inner, "the time of a jump")
      let holds = try jump.condition.map { condition throws(LoweringError) in
        try numbers(condition, inner, "the condition of a jump")
      }
      var start = 0
      for state in system.states.prefix(jump.state) {
        start += try lowering.stateSizes(state).reduce(1, *)
      }
      for position in times.indices where holds?[position] ?? 1 != 0 {
        let own = position / max(each, 1)
        guard times[position] >= starts[own] else {
          throw LoweringError(
            "E0812",
            "a jump at \(lowering.shortNumber(times[position])) is before the start of the system",
            at: jump.time.span,
            "it starts at \(lowering.shortNumber(starts[own]))",
            help: "begin the system earlier, or leave the jump out by `where`"
          )
        }
        stops[own].append(
          SolutionTimes.Stop(
            time: times[position],
            jumps: [.init(state: start, amount: width + position % max(each, 1))]
          )
        )
      }
      let amount = lowering.spread(try lowering.lower(jump.amount, inner), inner).node
      amounts.append(amount.reshape([count, each]))
      width += each
    }
    if let breaks = system.settings["breaks"] {
      let value = try lowering.lower(breaks, systems)
      let times = try lowering.constantTensor(value, systems, "`breaks`", breaks.span)
      for (position, time) in times.enumerated() {
        let own = position / max(times.count / count, 1)
        guard time >= starts[own] else { continue }
        guard time.isFinite else { throw notFinite(time, breaks.span) }
        stops[own].append(SolutionTimes.Stop(time: time, jumps: []))
      }
    }
    guard width > 0 else {
      return Jumps(stops: stops, amounts: builder.constant(0).broadcast(to: [count, 1]))
    }
    return Jumps(stops: stops, amounts: .concatenate(amounts, axis: 1))
  }

  /// The numbers of an expression that is known from data, for all indices of a plate.
  private func numbers(_ expression: CheckedExpression, _ plate: Plate, _ what: String)
    throws(LoweringError) -> [Double]
  {
    let value = try lowering.lower(expression, plate)
    let numbers = try lowering.constantTensor(value, plate, what, expression.span)
    if let wrong = numbers.first(where: { !$0.isFinite }) {
      throw notFinite(wrong, expression.span)
    }
    return numbers
  }

  private func notFinite(_ number: Double, _ span: SourceSpan) -> LoweringError {
    LoweringError(
      "E0812",
      "a time of a system is \(number)",
      at: span,
      help: "times are finite numbers; leave out what is not observed"
    )
  }

  private func times(_ own: [Int], _ rest: [Int], _ systems: Plate, _ jumps: Jumps)
    throws(LoweringError) -> [SolutionTimes]
  {
    let starts = try numbers(system.start, systems, "the start time of a system")
    for state in system.states {
      let given = try numbers(state.initialTime, systems, "the start time of a system")
      if let wrong = zip(given, starts).first(where: { $0 != $1 }) {
        throw LoweringError(
          "E0812",
          "`\(state.name.text)` is given at \(lowering.shortNumber(wrong.0)), and the system starts"
            + " at \(lowering.shortNumber(wrong.1))",
          at: state.initialTime.span,
          help: "what is added at a later time is written with `+=`"
        )
      }
    }
    let grid = try numbers(system.grid, plate, "the time of a solution")
    let strides = Shape(plate.shape).strides
    func number(_ position: Int, _ axes: [Int]) -> Int {
      axes.reduce(0) { $0 * plate.shape[$1] + position / strides[$1] % plate.shape[$1] }
    }
    var outputs = [[SolutionTimes.Output]](repeating: [], count: starts.count)
    for (position, time) in grid.enumerated() {
      let solution = number(position, own)
      guard time >= starts[solution] else {
        throw LoweringError(
          "E0812",
          "the time \(lowering.shortNumber(time)) is before the start of the system",
          at: system.grid.span,
          "it starts at \(lowering.shortNumber(starts[solution]))",
          help: "begin the system at the first time or earlier"
        )
      }
      outputs[solution].append(.init(time: time, row: number(position, rest)))
    }
    return starts.indices.map {
      SolutionTimes(start: starts[$0], outputs: outputs[$0], stops: jumps.stops[$0])
    }
  }

  // MARK: Settings

  private func settings() throws(LoweringError) -> SolverSettings {
    guard let method = SolverSettings.Method(rawValue: system.method) else {
      preconditionFailure("the checker knows the solvers")
    }
    var settings = SolverSettings(method: method)
    settings.relativeTolerance = try positive("rtol") ?? settings.relativeTolerance
    settings.absoluteTolerance = try positive("atol") ?? settings.absoluteTolerance
    if let steps = try positive("max_steps") {
      settings.greatestStepCount = Int(exactly: steps.rounded()) ?? settings.greatestStepCount
    }
    return settings
  }

  private func positive(_ name: String) throws(LoweringError) -> Double? {
    guard let expression = system.settings[name] else { return nil }
    let value = try lowering.constantScalar(expression, .makeRoot(), "`\(name)`")
    guard value.isFinite, value > 0 else {
      throw LoweringError(
        "E0503",
        "`\(name)` must be positive",
        at: expression.span,
        "this is \(lowering.shortNumber(value))"
      )
    }
    return value
  }
}
