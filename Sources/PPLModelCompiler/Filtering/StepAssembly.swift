import PPLAutodiff
import PPLDistributions
import PPLGraphIR
import PPLSemantics
import PPLSourceText
import PPLTensorCore
import PPLTypeSystem

/// Puts the graphs of steps together.
struct StepAssembly {
  let trace: StateTrace
  /// What particles carry from step to step.
  let carries: [TracedSegment.Carry]
  /// Shapes of the rows of members in some segment, steps first.
  let shapes: [VariableID: Shape]

  /// A step, and the values from outside that it reads.
  struct Step {
    var graph: Graph
    var outside: [(value: GraphValue, isSequence: Bool)]
  }

  /// What any of some segments reads of earlier steps, with all smaller lags.
  static func carries(of segments: [TracedSegment], _ structure: StateSpaceStructure)
    -> [TracedSegment.Carry]
  {
    structure.recursion.variables.flatMap { id -> [TracedSegment.Carry] in
      let lags = segments.flatMap(\.given).filter { $0.carry.variable == id }.map(\.carry.lag)
      return (0..<(lags.max() ?? 0)).map { .init(variable: id, lag: $0 + 1) }
    }
  }

  /// Shape of a carry in a step: one index, the other brackets, particles, the event.
  private func shape(of carry: TracedSegment.Carry) -> Shape {
    (shapes[carry.variable] ?? []).replacing(axis: 0, with: 1)
  }

  func layout(of carry: TracedSegment.Carry) -> CompiledStateSpace.Carry {
    let sizes = shape(of: carry).sizes
    let place = 1 + (trace.model.model.variables[carry.variable.index].plateRank - 1)
    return .init(
      outer: sizes[..<place].reduce(1, *),
      inner: sizes[(place + 1)...].reduce(1, *)
    )
  }

  /// The step of a segment.
  func step(
    _ segment: TracedSegment,
    _ guided: (mean: TracedSegment, proposed: TracedSegment)?
  ) throws(LoweringError) -> Step {
    let builder = GraphBuilder(elementBudget: trace.model.builder.elementBudget)
    var inputs = StepInputs(builder, carries.map { ($0, shape(of: $0)) })
    let drawn = try results(of: segment, [], &inputs)
    var states = drawn.states
    var rows = drawn.rows
    var weight = total(drawn.weights, builder)
    if let guided {
      let proposal = try GuidedProposal(
        drawn: drawn.states,
        means: try results(of: guided.mean, [], &inputs).states,
        segment: guided.proposed,
        assembly: self
      )
      let chosen = try proposal.states(&inputs)
      let found = try results(of: guided.proposed, chosen.states, &inputs)
      states = chosen.states
      rows = found.rows
      let transition = total(found.transitions, builder)
      weight = transition + total(found.weights, builder) - chosen.logDensity(transition)
    }
    let next = carries.map { carry -> GraphValue in
      let earlier = TracedSegment.Carry(variable: carry.variable, lag: carry.lag - 1)
      guard let value = carry.lag == 1 ? rows[carry.variable] : inputs.carries[earlier] else {
        preconditionFailure("rows of all members are known after a step")
      }
      return value
    }
    if let failure = builder.failure {
      throw LoweringError(ModelCompiler.diagnostic(.budgetExceeded(failure)))
    }
    return Step(graph: builder.build(outputs: next + states + [weight]), outside: inputs.outside)
  }

  /// Values of one step.
  struct Results {
    var states: [GraphValue]
    var rows: [VariableID: GraphValue]
    var transitions: [GraphValue]
    var weights: [GraphValue]
  }

  /// The values of a segment's step, with these states where it takes proposed ones.
  private func results(
    of segment: TracedSegment,
    _ proposed: [GraphValue],
    _ inputs: inout StepInputs
  ) throws(LoweringError) -> Results {
    let loop = try loop(of: segment)
    let operands =
      segment.given.compactMap { inputs.carries[$0.carry] } + proposed + inputs.values(for: loop)
    let values = inputs.builder.inline(loop.graph, inputs: operands)
    return results(of: segment, loop.graph.outputs.map { values[$0.index] })
  }

  func loop(of segment: TracedSegment) throws(LoweringError) -> LoopStep {
    guard let loop = try trace.step(of: segment) else {
      preconditionFailure("segments whose steps are mixed are not taken")
    }
    return loop
  }

  func results(of segment: TracedSegment, _ outputs: [GraphValue]) -> Results {
    var rest = outputs[...]
    func next(_ count: Int) -> [GraphValue] {
      defer { rest = rest.dropFirst(count) }
      return Array(rest.prefix(count))
    }
    let states = next(segment.states.count)
    let members = trace.structure.recursion.variables.filter { segment.rows[$0] != nil }
    let rows = Dictionary(uniqueKeysWithValues: zip(members, next(members.count)))
    let transitions = next(segment.transitions.count)
    return Results(states: states, rows: rows, transitions: transitions, weights: Array(rest))
  }

  /// The sum of log densities for each particle, `[particles]`.
  func total(_ densities: [GraphValue], _ builder: GraphBuilder) -> GraphValue {
    let zero = builder.constant(0).broadcast(to: [trace.particles])
    return densities.reduce(zero) { $0 + $1.reshape([trace.particles]) }
  }
}

/// The inputs of a step's graph: carries, then what it reads from outside, each value once.
struct StepInputs {
  let builder: GraphBuilder
  let carries: [TracedSegment.Carry: GraphValue]
  private(set) var outside: [(value: GraphValue, isSequence: Bool)] = []
  private var known: [Key: GraphValue] = [:]

  private struct Key: Hashable {
    var id: NodeID
    var isSequence: Bool
  }

  init(_ builder: GraphBuilder, _ carries: [(TracedSegment.Carry, Shape)]) {
    self.builder = builder
    self.carries = Dictionary(
      uniqueKeysWithValues: carries.map { ($0.0, builder.addInput(shape: $0.1)) }
    )
  }

  /// The inputs that a step takes after carries and states.
  mutating func values(for loop: LoopStep) -> [GraphValue] {
    loop.sequences.map { value($0, isSequence: true) }
      + loop.invariants.map { value($0, isSequence: false) }
  }

  private mutating func value(_ outer: GraphValue, isSequence: Bool) -> GraphValue {
    let key = Key(id: outer.id, isSequence: isSequence)
    if let value = known[key] { return value }
    let shape = isSequence ? outer.shape.replacing(axis: 0, with: 1) : outer.shape
    let value = builder.addInput(shape: shape)
    known[key] = value
    outside.append((outer, isSequence))
    return value
  }
}
