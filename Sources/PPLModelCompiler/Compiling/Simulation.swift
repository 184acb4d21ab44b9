package import PPLGraphIR
package import PPLSemantics
import PPLSourceText
import PPLSyntax
package import PPLTensorCore
import PPLTypeSystem

/// What of a bound model is drawn forward, and what is given.
package struct Simulation: Sendable {
  /// Values of a random quantity that are not drawn.
  package struct Given: Sendable {
    package enum Source: Sendable {
      /// From each draw of a fit; of index elements with the dimension whose labels they have there.
      case draws(RecordedQuantity, labels: BoundDimension?)
      /// The same in each draw.
      case data(Tensor)
      /// Data with missing cells, which each draw of a fit has values for.
      case imputed(Tensor, cells: [Int])
    }

    package var source: Source
    /// For each element of the quantity's plate its row in the source; -1 where it is drawn.
    package var places: [Int]
    /// Sizes of the plate.
    package var plateSizes: [Int]

    package init(_ source: Source, places: [Int], plateSizes: [Int]) {
      self.source = source
      self.places = places
      self.plateSizes = plateSizes
    }
  }

  package var given: [VariableID: Given] = [:]
  /// Data that are drawn from their statements in place of what is bound.
  package var replicated: Set<VariableID> = []
  /// Whether statements read the data as bound, so that each replicate is drawn given the observed past.
  package var isOneStep = false
  /// What draws latents that are not given, from the data as bound; their own statements where it has none for them.
  package var guide: CheckedGuide?

  package init() {}
}

/// A simulation as a graph: given draws → what was asked for.
package struct SimulationGraph: Sendable {
  /// Outputs: recorded quantities, values, replicates, then the number of broken rules if there are any.
  package var graph: Graph
  /// The quantities of a draw that it takes, in order.
  package var inputs: [VariableID]
  package var recorded: [RecordedQuantity]
  /// Shapes of the values of expressions.
  package var shapes: [[Int]]
  /// Of each expression with rows of different lengths the positions of its elements; nil for others.
  package var existing: [[Int]?]
  /// What the values' elements are.
  package var kinds: [ElementKind]
  /// Numbers of values of data whose probabilities follow the replicates; 0 where they could not be worked out.
  package var valueCount = 0
  /// Whether the last output counts broken rules: draws with any are made again.
  package var rejectsDraws: Bool

  /// Number of outputs that are wanted.
  package var width: Int { graph.outputCount - (rejectsDraws ? 1 : 0) }
}

extension ModelCompiler {
  /// Compiles a simulation.
  ///
  /// - Parameters:
  ///   - simulation: what is drawn and what is given.
  ///   - bound: the model with its data.
  ///   - recording: quantities whose values come with labels; of data with missing cells those cells alone, unless
  ///     the data are replicated.
  ///   - expressions: what is computed from them.
  ///   - replicates: data whose replicates come as positions from 0 where they are indices, as bound data are.
  ///   - probabilities: replicated data whose values' probabilities are worked out, where they are few.
  ///   - inner: gives the value of an `E`, `P`, `SD` or `Q` inside of an expression.
  ///   - elementBudget: elements that the graph may hold.
  /// - Returns: the graph.
  /// - Throws: why a statement cannot be drawn from.
  package static func compile(
    _ simulation: Simulation,
    of bound: BoundModel,
    recording: Set<VariableID> = [],
    expressions: [CheckedExpression] = [],
    replicates: [VariableID] = [],
    probabilities: VariableID? = nil,
    inner: ((CheckedExpression) throws(LoweringError) -> Tensor)? = nil,
    elementBudget: Int = ModelCompiler.elementBudget
  ) throws(LoweringError) -> SimulationGraph {
    // Arrays with gaps are drawn, with their known cells given.
    var given = simulation.given
    var drawn = simulation.isOneStep ? [] : simulation.replicated
    for (id, cells) in bound.missing where !drawn.contains(id) {
      guard let tensor = bound.values[id], bound.model.isObserved(id) else { continue }
      given[id] = given[id] ?? gaps(tensor, cells)
      drawn.insert(id)
    }
    var complete = Set(given.filter { !$0.value.places.contains(-1) }.keys)
    for equation in simulation.guide?.equations ?? [] where given[equation.target] == nil {
      complete.insert(equation.target)
    }
    var forward = bound
    forward.model = bound.model.drawnForward(given: complete, replicated: drawn)
    if simulation.isOneStep {
      for id in simulation.replicated {
        forward.model.variables[id.index].plateRank = bound.model.drawnPlateRank(of: id)
      }
    }
    if let reading = forward.model.readingWithoutOrder() {
      throw noOrder(reading, bound.model)
    }
    for id in drawn {
      forward.values[id] = nil
      forward.missing[id] = nil
    }
    // What a guide says of latents follows from the data as they are, whatever is drawn of them afterwards.
    let observed = ModelLowering(bound, elementBudget: elementBudget)
    var inputs: [VariableID] = []
    for (id, values) in given.sorted(by: { $0.key.index < $1.key.index }) {
      observed.givens[id] = elements(id, values, observed, &inputs)
    }
    if let guide = simulation.guide { try observed.drawGuided(guide) }
    let lowering = ModelLowering(
      forward,
      query: inner,
      behind: observed,
      elementBudget: elementBudget
    )
    if let probabilities { lowering.wantedProbabilities = [probabilities] }
    lowering.givens = observed.givens
    for id in drawn.inOrder where given[id] == nil {
      guard let tensor = try bound.values.whole(id) else { continue }
      lowering.givens[id] = try lowering.undistributed(id, tensor)
    }
    try lowering.defineQuantities()
    if simulation.isOneStep { try lowering.drawOneStep(simulation.replicated) }
    var outputs: [GraphValue] = []
    var recorded: [RecordedQuantity] = []
    // Latents in the order of the text, then data.
    func rank(_ id: VariableID) -> (Int, Int) {
      let variable = bound.model.variables[id.index]
      let isLatent = if case .modeled = variable.role { true } else { false }
      return (isLatent ? 0 : 1, variable.name.span.start)
    }
    for id in recording.sorted(by: { rank($0) < rank($1) }) {
      guard let (quantity, node) = try recordedOutput(id, bound, simulation, lowering) else {
        continue
      }
      recorded.append(quantity)
      outputs.append(node)
    }
    var shapes: [[Int]] = []
    var kinds: [ElementKind] = []
    var existing: [[Int]?] = []
    for expression in expressions {
      let value = try lowering.lowering.lower(expression, Plate.makeRoot())
      try lowering.lowering.checkBudget(expression.span)
      var node = labelled(value.node, expression.type.element, forward, lowering.builder)
      // Of rows of different lengths the elements that exist, along one axis.
      let positions = bound.existing(expression.type.axes).map { exists in
        exists.indices.filter { exists[$0] }
      }
      if let positions {
        let index = Tensor(
          shape: [positions.count],
          kind: .integer,
          values: positions.map(Double.init)
        )
        node = node.reshape([node.shape.count]).gather(lowering.builder.constant(index))
      }
      existing.append(positions)
      shapes.append(positions.map { [$0.count] } ?? value.ownSizes)
      kinds.append(node.kind)
      outputs.append(node)
    }
    for id in replicates {
      guard let value = lowering.values[id] else { preconditionFailure("replicates are drawn") }
      outputs.append(value.node)
    }
    var valueCount = 0
    if let probabilities, let node = lowering.probabilities[probabilities] {
      valueCount = node.shape.sizes.last ?? 0
      outputs.append(node)
    }
    let rejectsDraws = !lowering.rejections.isEmpty
    if rejectsDraws {
      outputs.append(lowering.rejections.dropFirst().reduce(lowering.rejections[0], +))
    }
    return withExtendedLifetime(lowering) {
      SimulationGraph(
        graph: lowering.builder.build(outputs: outputs),
        inputs: inputs,
        recorded: recorded,
        shapes: shapes,
        existing: existing,
        kinds: kinds,
        valueCount: valueCount,
        rejectsDraws: rejectsDraws
      )
    }
  }

  /// What is given of data with missing cells.
  private static func gaps(_ tensor: Tensor, _ missing: [Int]) -> Simulation.Given {
    var places = Array(0..<tensor.shape.count)
    for cell in missing { places[cell] = -1 }
    return Simulation.Given(.data(tensor), places: places, plateSizes: tensor.shape.sizes)
  }

  private static func elements(
    _ id: VariableID,
    _ given: Simulation.Given,
    _ lowering: ModelLowering,
    _ inputs: inout [VariableID]
  ) -> GivenElements {
    let builder = lowering.builder
    let rank = given.plateSizes.count
    func rows(_ node: GraphValue) -> GraphValue {
      let sizes = node.shape.sizes
      return node.reshape(Shape([sizes.prefix(rank).reduce(1, *)] + sizes.dropFirst(rank)))
    }
    switch given.source {
    case .data(let tensor):
      return GivenElements(
        rows: rows(builder.constant(tensor)),
        places: given.places,
        plateSizes: given.plateSizes
      )
    case .imputed(let tensor, let cells):
      inputs.append(id)
      var places = Array(0..<tensor.shape.count)
      for (number, cell) in cells.enumerated() { places[cell] = places.count + number }
      let index = builder.constant(
        Tensor(shape: [places.count], kind: .integer, values: places.map(Double.init))
      )
      let flat = builder.constant(tensor).reshape([tensor.shape.count])
      let node = GraphValue.concatenate(
        [flat, builder.addInput(shape: [cells.count])],
        axis: 0
      ).gather(index).reshape(tensor.shape)
      return GivenElements(
        rows: rows(node),
        places: given.places,
        plateSizes: given.plateSizes
      )
    case .draws(let quantity, let labels):
      inputs.append(id)
      var node = quantity.whole(builder.addInput(shape: Shape(quantity.shape)))
      if case .index(let dimension) = lowering.model.variables[id.index].type.element, let labels {
        node = positions(node, labels, builder)
        let own = lowering.bound[dimension]
        let table = (0..<labels.count).map { position -> Double in
          let new: Int? =
            if case .strings(let names) = labels.labels {
              own.position(of: names[position])
            } else {
              labels.integerLabel(at: position).flatMap { own.position(of: Double($0)) }
            }
          return Double(new ?? 0)
        }
        if table != (0..<labels.count).map(Double.init) {
          node = builder.constant(
            Tensor(shape: [table.count], kind: .integer, values: table)
          ).gather(node)
        }
      }
      return GivenElements(
        rows: rows(node),
        places: given.places,
        plateSizes: given.plateSizes
      )
    }
  }

  private static func recordedOutput(
    _ id: VariableID,
    _ bound: BoundModel,
    _ simulation: Simulation,
    _ lowering: ModelLowering
  ) throws(LoweringError) -> (quantity: RecordedQuantity, node: GraphValue)? {
    var role = ModeledRole.generated
    if case .modeled(let own) = bound.model.variables[id.index].role { role = own }
    if !simulation.replicated.contains(id), let cells = bound.missing[id],
      let tensor = bound.values[id], let value = lowering.values[id]
    {
      let index = lowering.builder.constant(
        Tensor(shape: [cells.count], kind: .integer, values: cells.map(Double.init))
      )
      let flat = value.node.reshape([value.node.shape.count]).gather(index)
      return missingQuantity(id, cells, flat, role: role, shape: tensor.shape, lowering)
    }
    return recordedQuantity(id, role, lowering)
  }

  private static func noOrder(_ reading: ReferenceOccurrence, _ model: CheckedModel)
    -> LoweringError
  {
    let name = model.variables[reading.variable.index].name.text
    return LoweringError(
      "E0609",
      "`\(name)` cannot be drawn jointly: its elements read each other in no order along one"
        + " dimension",
      at: reading.span,
      "read here",
      help: "draw each given the observed others: `predict … given post, one_step: true`"
    )
  }
}

extension ModelLowering {
  /// Replaces data by replicates that are each drawn given the data as they are bound.
  func drawOneStep(_ replicated: Set<VariableID>) throws(LoweringError) {
    var replicates: [VariableID: VariableValue] = [:]
    for id in replicated.sorted(by: { $0.index < $1.index }) {
      let variable = model.variables[id.index]
      let known = givens.removeValue(forKey: id)
      defer { givens[id] = known }
      let assembly = ArrayAssembly(variable: variable, id: id, model: model, lowering: lowering)
      var pieces: [Piece] = []
      for index in variable.equations {
        let equation = model.equations[index]
        guard case .distribution(let distribution) = equation.body else { continue }
        pieces.append(
          try randomPiece(id, index, equation, distribution, assembly, isSampled: false)
        )
      }
      if let tensor = bound.values[id] {
        givens[id] = try undistributed(id, tensor)
        if let rest = try givenPiece(id, variable, pieces, assembly) { pieces.append(rest) }
      }
      replicates[id] = try assembly.assemble(pieces)
    }
    for (id, value) in replicates { values[id] = value }
  }

  /// Elements of replicated data that have no statement, which stay as they are; nil if all are drawn.
  func undistributed(_ id: VariableID, _ tensor: Tensor) throws(LoweringError) -> GivenElements? {
    let variable = model.variables[id.index]
    let assembly = ArrayAssembly(variable: variable, id: id, model: model, lowering: lowering)
    let sizes = Array(tensor.shape.sizes.prefix(variable.plateRank))
    var places = Array(0..<sizes.reduce(1, *))
    for index in variable.equations {
      let equation = model.equations[index]
      guard case .distribution = equation.body else { continue }
      let plate = try assembly.plate(of: equation)
      guard let positions = try assembly.positions(of: equation, plate) else { return nil }
      for position in positions { places[position] = -1 }
    }
    guard places.contains(where: { $0 >= 0 }) else { return nil }
    return GivenElements(
      rows: builder.constant(tensor).reshape(
        Shape([places.count] + tensor.shape.sizes.dropFirst(variable.plateRank))
      ),
      places: places,
      plateSizes: sizes
    )
  }
}
