import PPLDistributions
import PPLGraphIR
import PPLSemantics
import PPLSourceText
import PPLSyntax
import PPLTensorCore
import PPLTypeSystem

/// What stands for the states of a step while it is written.
enum StateSource {
  /// Draws from their statements.
  case drawn
  /// The means of their statements, which are normal.
  case mean
  /// Values from elsewhere, with their log densities.
  case proposed
}

/// The steps of one segment for all particles, in terms of placeholders.
struct TracedSegment {
  /// The elements of one statement.
  struct States {
    var equation: Int
    /// Particles first, then the statement's brackets and the event; size 1 along the axis of the steps in a step.
    var value: GraphValue
    /// The axis of the steps; nil in a segment of one.
    var axis: Int?
    /// The statement's index at which the segment begins.
    var start: Int
  }

  /// An earlier row of a quantity that a step is given.
  struct Carry: Hashable {
    var variable: VariableID
    var lag: Int
  }

  var lower: Int
  var count: Int
  var states: [States]
  /// What a step is given, in the order of variables and lags.
  var given: [(carry: Carry, value: GraphValue)]
  /// Rows of all members, steps first.
  var rows: [VariableID: GraphValue]
  /// Log densities of the states' own statements, one value a particle, with axes of steps; where they are proposed.
  var transitions: [(value: GraphValue, axis: Int)]
  /// Those of the data.
  var weights: [(value: GraphValue, axis: Int)]
}

/// Writes the steps of a state-space model.
struct StateTrace {
  let structure: StateSpaceStructure
  let model: ModelLowering
  let particles: Int

  private var lowering: Lowering { model.lowering }
  private var checked: CheckedModel { model.model }

  /// All segments in the order in which they are stepped through.
  ///
  /// - Throws: why a statement cannot be stepped through, or E0803 where arrays of so many particles are too large.
  func steps(_ source: StateSource) throws(LoweringError) -> [TracedSegment] {
    let span = checked.variables[structure.recursion.variables[0].index].name.span
    do throws(LoweringError) {
      let result = try segments(source)
      try lowering.checkBudget(span)
      return result
    } catch {
      // Nothing is computed beyond the budget, so that other reasons to stop may follow from it.
      try lowering.checkBudget(span)
      throw error
    }
  }

  private func segments(_ source: StateSource) throws(LoweringError) -> [TracedSegment] {
    var result: [TracedSegment] = []
    var states: [Int: TracedSegment.States] = [:]
    var transitions: [Int: (value: GraphValue, axis: Int)] = [:]
    let tracing = StepTracing(
      copies: particles,
      statements: structure.statements.map { (checked.equations[$0.index], $0.axis) },
      weigh: { (equation, distribution, place) throws(LoweringError) in
        try self.weight(equation, distribution, place)
      },
      take: { (segment, weights) throws(LoweringError) -> Bool in
        let traced = TracedSegment(
          lower: segment.lower,
          count: segment.count,
          states: states.sorted { $0.key < $1.key }.map(\.value),
          given: self.structure.recursion.variables.flatMap { id in
            (segment.placeholders[id] ?? [:]).sorted { $0.key < $1.key }
              .map { (.init(variable: id, lag: $0.key), $0.value) }
          },
          rows: segment.rows,
          transitions: transitions.sorted { $0.key < $1.key }.map(\.value),
          weights: weights
        )
        states = [:]
        transitions = [:]
        guard try self.step(of: traced) != nil else { return false }
        result.append(traced)
        return true
      }
    )
    let loop = RecursionLowering(
      structure.recursion,
      lowering,
      draw: { (id, equation, distribution, place) throws(LoweringError) -> GraphValue in
        let index = self.number(of: equation)
        let sizes = try self.model.eventSizes(id, distribution, place.plate)
        let shape = Shape(place.plate.shape + sizes)
        let value: GraphValue
        switch source {
        case .drawn:
          value = try self.model.drawn(equation, distribution, sizes, place.plate)
            .broadcast(to: shape)
        case .mean:
          value = try self.mean(equation, distribution, sizes, place.plate).broadcast(to: shape)
        case .proposed:
          value = self.model.builder.addPlaceholder(shape: shape)
          transitions[index] = (
            try self.density(
              of: LoweredValue(value, ownRank: sizes.count),
              equation,
              distribution,
              place
            ), place.axis ?? 0
          )
        }
        states[index] = TracedSegment.States(
          equation: index,
          value: value,
          axis: place.axis,
          start: place.rows.lowerBound
        )
        return value
      },
      tracing: tracing
    )
    try loop.computeSegments()
    guard lowering.rejections.isEmpty else {
      let id = structure.recursion.variables[0]
      throw StateSpaceStructure.refusal(
        "`pmmh` draws its states at each step, and draws of this model may have to be made again",
        checked.variables[id.index].name.span,
        "a type or bound restricts what its distribution gives"
      )
    }
    return result
  }

  /// One step of a segment by itself; nil where steps are mixed.
  ///
  /// Its graph goes from earlier rows and proposed states to states, rows of members in their order, transitions, weights.
  func step(of segment: TracedSegment) throws(LoweringError) -> LoopStep? {
    let proposed = segment.transitions.isEmpty ? [] : segment.states
    return model.builder.loopStep(
      length: segment.count,
      placeholders: segment.given.map { ($0.value, 0) } + proposed.map { ($0.value, $0.axis ?? 0) },
      outputs: segment.states.map { ($0.value, $0.axis ?? 0) }
        + structure.recursion.variables.compactMap { segment.rows[$0] }.map { ($0, 0) }
        + segment.transitions + segment.weights
    )
  }

  private func number(of equation: CheckedEquation) -> Int {
    checked.variables[equation.target.index].equations.first {
      checked.equations[$0].span == equation.span
    } ?? 0
  }

  // MARK: Densities

  /// The log density of the data at some indices.
  private func weight(
    _ equation: CheckedEquation,
    _ distribution: CheckedDistribution,
    _ place: RecursionLowering.Place
  ) throws(LoweringError) -> (value: GraphValue, axis: Int) {
    let variable = checked.variables[equation.target.index]
    let x = try model.observed(equation, distribution, variable, place.plate)
    let value = try density(
      of: x,
      equation,
      distribution,
      place,
      leavingOut: try missing(equation, place.plate)
    )
    return (value, place.axis ?? 0)
  }

  /// Which data of a statement are missing and left out; nil where all count.
  private func missing(_ equation: CheckedEquation, _ plate: Plate) throws(LoweringError)
    -> GraphValue?
  {
    let id = equation.target
    let cells = model.missingCells.filter { $0.variable == id && $0.treatment == .drawn }
      .flatMap(\.positions)
    guard !cells.isEmpty, let shape = model.bound.values.shape(of: id) else { return nil }
    var values = [Double](repeating: 0, count: shape.count)
    for cell in cells { values[cell] = 1 }
    let mask = model.builder.constant(Tensor(shape: shape, kind: .boolean, values: values))
    return try lowering.subscripted(
      lowering.invariant(mask, plate),
      checked.variables[id.index].type.axes,
      model.indices(of: equation).map { .index($0) },
      plate,
      equation.targetSpan
    ).node
  }

  /// The log density of a statement's elements, one value for each particle and index.
  private func density(
    of x: LoweredValue,
    _ equation: CheckedEquation,
    _ distribution: CheckedDistribution,
    _ place: RecursionLowering.Place,
    leavingOut missing: GraphValue? = nil
  ) throws(LoweringError) -> GraphValue {
    let density = try model.densityAddends(
      of: x,
      equation,
      distribution,
      place.plate,
      isSampled: missing == nil && checked.isModeled(equation.target),
      isKnown: true,
      checksObservations: false
    )
    let sizes = place.plate.shape + density.liftedSizes
    var sum = model.builder.constant(0).reshape(Shape.ones(rank: sizes.count))
    for addend in density.addends { sum = sum + addend }
    if let missing { sum = missing.select(model.builder.constant(0), sum) }
    let summed = sizes.indices.filter { $0 > 0 && $0 != place.axis }
    return sum.broadcast(to: Shape(sizes)).sum(axes: summed)
  }

  /// The means of normal states.
  private func mean(
    _ equation: CheckedEquation,
    _ distribution: CheckedDistribution,
    _ eventSizes: [Int],
    _ plate: Plate
  ) throws(LoweringError) -> GraphValue {
    if case .family(let family) = distribution.form, equation.constraint.isNone,
      ["Normal", "MultiNormal"].contains(family.signature.name)
    {
      let place = DistributionPlace(
        plate: plate,
        eventSizes: eventSizes,
        eventRank: distribution.support.eventRank,
        lowering: lowering
      )
      switch try LoweredFamily(family, place).locationScale {
      case .scalar(let location, _): return location
      case .vector(let location, _): return location
      case nil: break
      }
    }
    throw StateSpaceStructure.refusal(
      "`filter: guided` proposes states near the data where they are normal given earlier ones",
      distribution.span,
      "`\(distribution.name)` is not, or its values are restricted",
      help: "use `filter: bootstrap`, which draws states from their own statements"
    )
  }
}
