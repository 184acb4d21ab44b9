import PPLDistributions
package import PPLGraphIR
import PPLSemantics
import PPLSourceText
import PPLSyntax
import PPLTensorCore
import PPLTypeSystem

/// How the particles of a filter get their next states.
package enum FilterProposal: String, Sendable, CaseIterable {
  /// From the states' own statements.
  case bootstrap
  /// From normal distributions that lean towards the data of the step.
  case guided
}

/// A state-space model as graphs: what follows from the parameters once, and one step of all particles.
package struct CompiledStateSpace: Sendable {
  /// A quantity of an earlier step that particles carry with them: `[outer, particles, inner]`.
  package struct Carry: Sendable {
    package var outer: Int
    package var inner: Int
  }

  /// What a step reads of the outputs of `setup`.
  package struct Reading: Sendable {
    /// First element in the outputs of `setup`.
    package var offset: Int
    /// Elements that one step reads.
    package var width: Int
    /// Whether each step of the segment has its own.
    package var isSequence: Bool
  }

  /// Where the states of a step stand in the input of state values of `setup` and `coordinates`.
  package struct Recording: Sendable {
    /// First element of the statement's values.
    package var offset: Int
    /// Elements of one step: `[outer, inner]`, steps between the two.
    package var outer: Int
    package var inner: Int
    /// Steps that the statement covers, and the one at which the segment begins.
    package var length: Int
    package var start: Int
  }

  /// Consecutive indices with the same step.
  package struct Segment: Sendable {
    package var count: Int
    /// Carries, readings → the next carries, then states of each particle by recordings, then log weights.
    package var step: Graph
    package var readings: [Reading]
    package var recordings: [Recording]
  }

  package var particles: Int
  package var proposal: FilterProposal
  /// Whether indices are stepped through from the first to the last.
  package var isForward: Bool
  package var segments: [Segment]
  package var carries: [Carry]
  /// θ, state values → log density of what depends on no state, with the Jacobian; then what steps read.
  package var setup: Graph
  /// θ, state values → q.
  package var coordinates: Graph
  /// Where the parts of θ stand in q, in order.
  package var parameterPlaces: [Range<Int>]
  /// Number of state values.
  package var stateCount: Int
  /// Names of the states, and of the dimension that they run along.
  package var stateNames: [String]
  package var dimensionName: String

  /// Number of parameters that are not states, on the unconstrained scale.
  package var parameterCount: Int { parameterPlaces.reduce(0) { $0 + $1.count } }
  /// Number of steps.
  package var stepCount: Int { segments.reduce(0) { $0 + $1.count } }
}

extension ModelCompiler {
  /// Compiles the particle filter of a model.
  ///
  /// - Parameters:
  ///   - bound: the model with its data.
  ///   - compiled: its log density, whose coordinates positions have.
  ///   - particles: number of particles.
  ///   - proposal: how they get their next states.
  /// - Returns: its graphs.
  /// - Throws: E0617, why the model has no such filter.
  /// - Complexity: linear in the text of the program; the number of steps only makes arrays longer.
  package static func compileFilter(
    _ bound: BoundModel,
    like compiled: CompiledModel,
    particles: Int,
    proposal: FilterProposal
  ) throws(LoweringError) -> CompiledStateSpace {
    let structure = try StateSpaceStructure(bound.model)
    let lowering = ModelLowering(bound, elementBudget: compiled.elementBudget)
    lowering.stepped = structure.dependents
    try lowering.defineQuantities()
    let trace = StateTrace(structure: structure, model: lowering, particles: particles)
    let drawn = try trace.steps(.drawn)
    var guide: (means: [TracedSegment], proposed: [TracedSegment])?
    if proposal == .guided {
      let (means, proposed) = (try trace.steps(.mean), try trace.steps(.proposed))
      precondition(
        means.map(\.count) == drawn.map(\.count) && proposed.map(\.count) == drawn.map(\.count),
        "segments follow from what is read, whatever stands for the states"
      )
      guide = (means, proposed)
    }
    let assembly = StepAssembly(
      trace: trace,
      carries: StepAssembly.carries(
        of: drawn + (guide.map { $0.means + $0.proposed } ?? []),
        structure
      ),
      shapes: drawn.first?.rows.mapValues(\.shape) ?? [:]
    )
    let blocks = try StateBlocks(lowering, structure, compiled)
    var outputs = [try logDensity(lowering, structure)]
    var offset = 1
    var segments: [CompiledStateSpace.Segment] = []
    for (number, segment) in drawn.enumerated() {
      let guided = guide.map { ($0.means[number], $0.proposed[number]) }
      let step = try assembly.step(segment, guided)
      var readings: [CompiledStateSpace.Reading] = []
      for (value, isSequence) in step.outside {
        readings.append(
          .init(
            offset: offset,
            width: value.shape.count / (isSequence ? segment.count : 1),
            isSequence: isSequence
          )
        )
        offset += value.shape.count
        outputs.append(value)
      }
      segments.append(
        CompiledStateSpace.Segment(
          count: segment.count,
          step: step.graph,
          readings: readings,
          recordings: segment.states.map { blocks.recording(of: $0) }
        )
      )
    }
    let model = bound.model
    try lowering.lowering.checkBudget(
      model.variables[structure.recursion.variables[0].index].name.span
    )
    return withExtendedLifetime(lowering) {
      CompiledStateSpace(
        particles: particles,
        proposal: proposal,
        isForward: structure.recursion.isForward,
        segments: segments,
        carries: assembly.carries.map { assembly.layout(of: $0) },
        setup: lowering.builder.build(outputs: outputs),
        coordinates: lowering.builder.build(outputs: blocks.coordinates),
        parameterPlaces: blocks.parameterPlaces,
        stateCount: blocks.stateCount,
        stateNames: structure.recursion.variables.filter { structure.states.contains($0) }
          .map { model.variables[$0.index].name.text },
        dimensionName: model.dimensions[structure.dimension.index].name.text
      )
    }
  }

  /// The log density of all statements and factors that depend on no state, with the Jacobian of the parameters.
  private static func logDensity(_ lowering: ModelLowering, _ structure: StateSpaceStructure)
    throws(LoweringError) -> GraphValue
  {
    for (index, equation) in lowering.model.equations.enumerated()
    where !structure.dependents.contains(equation.target)
      && structure.dependents.isDisjoint(with: equation.references)
    {
      try lowering.addTerm(index)
    }
    for factor in lowering.model.factors { try lowering.addFactor(factor) }
    let density = lowering.terms.map(\.total).reduce(lowering.builder.constant(0), +)
    return lowering.jacobian.reduce(density, +)
  }
}

/// The parts of q: parameters, which are inputs, and states, whose values are.
private struct StateBlocks {
  private(set) var parameterPlaces: [Range<Int>] = []
  private(set) var stateCount = 0
  /// By statement: its first element among the state values, their sizes, and its axis of steps.
  private var states: [Int: (offset: Int, sizes: [Int], axis: Int?)] = [:]
  /// Parts of q in order.
  private(set) var coordinates: [GraphValue] = []

  init(_ lowering: ModelLowering, _ structure: StateSpaceStructure, _ compiled: CompiledModel)
    throws(LoweringError)
  {
    struct Key: Hashable {
      var variable: VariableID
      var equation: Int
    }
    let places = Dictionary(
      compiled.blocks.map {
        (Key(variable: $0.variable, equation: $0.equation), $0.offset..<($0.offset + $0.count))
      },
      uniquingKeysWith: { first, _ in first }
    )
    var nodes: [Int: GraphValue] = [:]
    for block in lowering.blocks {
      guard let place = places[Key(variable: block.variable, equation: block.equation)] else {
        preconditionFailure("a parameter is a part of the position")
      }
      parameterPlaces.append(place)
      nodes[place.lowerBound] = block.input.reshape([place.count])
    }
    for block in compiled.blocks where structure.states.contains(block.variable) {
      let equation = lowering.model.equations[block.equation]
      guard case .distribution(let distribution) = equation.body else {
        preconditionFailure("a state has a statement with `~`")
      }
      let variable = lowering.model.variables[block.variable.index]
      let assembly = ArrayAssembly(
        variable: variable,
        id: block.variable,
        model: lowering.model,
        lowering: lowering.lowering
      )
      let plate = try assembly.plate(of: equation)
      lowering.lowering.lowerLocalsWhenRead(equation.locals, plate)
      let event = try lowering.eventSizes(block.variable, distribution, plate)
      let layout = try lowering.coordinateLayout(equation, distribution, event, plate)
      let sizes = layout.outer + layout.event
      let value = lowering.addInput(Shape(sizes))
      let own = structure.recursion.axes[block.variable] ?? 0
      let axis =
        equation.items[own].axis == nil
        ? nil : equation.items[..<own].count(where: { $0.axis != nil })
      states[block.equation] = (stateCount, sizes, axis)
      stateCount += value.shape.count
      nodes[block.offset] = layout.transform.unconstrain(value).reshape([block.count])
    }
    coordinates = nodes.sorted { $0.key < $1.key }.map(\.value)
  }

  /// Where a step of a segment writes the values of a statement.
  func recording(of traced: TracedSegment.States) -> CompiledStateSpace.Recording {
    guard let state = states[traced.equation] else {
      preconditionFailure("a statement of a state has a part of the position")
    }
    guard let axis = state.axis else {
      let width = state.sizes.reduce(1, *)
      return .init(offset: state.offset, outer: 1, inner: width, length: 1, start: 0)
    }
    return .init(
      offset: state.offset,
      outer: state.sizes[..<axis].reduce(1, *),
      inner: state.sizes[(axis + 1)...].reduce(1, *),
      length: state.sizes[axis],
      start: traced.start
    )
  }
}
