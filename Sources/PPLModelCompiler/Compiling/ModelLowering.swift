import PPLDistributions
import PPLGraphIR
import PPLSemantics
import PPLSourceText
import PPLSyntax
import PPLTensorCore
import PPLTypeSystem

/// Builds the graphs of a bound model: values of all quantities, then the terms of the log density.
final class ModelLowering {
  /// One statement's share of the log density.
  struct Term {
    var names: ElementNames
    var span: SourceSpan
    /// Scalar.
    var total: GraphValue
    /// One value an event, over the plate and the lifted axes.
    var elements: GraphValue
    /// These axes, where each is one of a statement.
    var axes: [Axis] = []
    /// Whether these are log likelihoods of observations.
    var isLikelihood = false
    /// How often the elements count in the total, where they are rows of a step that stand for more.
    var repeats = 1.0
  }

  /// The unconstrained values of one sampled statement.
  struct Block {
    var variable: VariableID
    var equation: Int
    var input: GraphValue
    /// Number of that input in the graph.
    var inputNumber: Int
    /// How its coordinates can be chosen, if they can.
    var centering: BlockCentering?
    /// Constrained values: plate, then event.
    var value: GraphValue
    var transform: Transform
    var positions: [Int]?
  }

  let bound: BoundModel
  let builder: GraphBuilder
  let random: RandomSource
  /// Whether the graphs take the choice of coordinates as inputs; else all are as written.
  let choosesCoordinates: Bool
  /// Whether that includes elements which follow from earlier ones.
  let followsSteps: Bool
  /// A latent whose states get log weights of their own, from an input, once it is known which there are.
  var weighted: VariableID?
  private(set) var weightInput: (number: Int, value: GraphValue)?
  private(set) var inputCount = 0
  var values: [VariableID: VariableValue] = [:]
  var blocks: [Block] = []
  var blockOfEquation: [Int: Int] = [:]
  var jacobian: [GraphValue] = []
  var terms: [Term] = []
  /// Numbers of the terms of factors with a plate that read data.
  var factorsOverIndices: [Int] = []
  /// The discrete latents that are summed out, the factors that they are in, and how that was done.
  var latents: [DiscreteLatent] = []
  var discreteFactors: [DiscreteFactor] = []
  var eliminationSteps: [EliminationStep] = []
  /// Missing cells of observed arrays.
  var missingCells: [MissingCells] = []
  var dropsConstant = false
  /// Data whose statements are asked for the probabilities of all values, and these, `[plate…, values]`.
  var wantedProbabilities: Set<VariableID> = []
  var probabilities: [VariableID: GraphValue] = [:]
  /// Elements of quantities whose values come from outside of a simulation.
  var givens: [VariableID: GivenElements] = [:]
  /// For each statement whose draws may have to be made again, the number of its rules that they break.
  var rejections: [GraphValue] {
    get { lowering.rejections }
    set { lowering.rejections = newValue }
  }
  /// Discrete latents that are coordinates of the position, as they cannot be summed out.
  let held: Set<VariableID>
  var heldBlocks: [HeldBlock] = []
  /// Constrained values from outside in place of transformed inputs, for `ppl density`.
  let constrained: [VariableID: Tensor]
  /// Values of sampled quantities that are nodes of the graph.
  var drawnLatents: [VariableID: GraphValue] = [:]
  /// Quantities that have no values here, as a filter computes them step by step.
  var stepped: Set<VariableID> = []
  /// Whether statements about data count for nothing: what is left is the prior.
  var omitsLikelihood = false
  /// The value of a query over draws, in expressions of the script.
  private let query: ((CheckedExpression) throws(LoweringError) -> Tensor)?
  /// Which of them lie outside of their supports.
  private(set) var violations: [SupportViolation] = []

  /// How parameters stand for the latents where a fit moves those; nil where the numbers of a sampler do.
  let stochastic: StochasticLowering?

  private(set) lazy var lowering = Lowering(
    model: bound.model,
    builder: builder,
    dimensions: { [unowned self] (id: DimensionID) throws(LoweringError) -> BoundDimension in
      self.bound[id]
    },
    variable: {
      [unowned self] (id: VariableID, span: SourceSpan) throws(LoweringError) -> VariableValue in
      try self.value(of: id, span)
    },
    known: { [unowned self] (id: VariableID, span: SourceSpan) throws(LoweringError) -> Tensor in
      guard let tensor = try self.bound.values.whole(id) else {
        preconditionFailure("known elements are those of data")
      }
      return tensor.without(self.bound.missing[id] ?? [])
    },
    query: query,
    externals: bound.externals
  )

  /// A lowering of a model; one `behind` another adds to the same graph.
  init(
    _ bound: BoundModel,
    constrained: [VariableID: Tensor] = [:],
    query: ((CheckedExpression) throws(LoweringError) -> Tensor)? = nil,
    choosesCoordinates: Bool = false,
    followsSteps: Bool = false,
    stochastic: StochasticLowering? = nil,
    held: Set<VariableID> = [],
    behind earlier: ModelLowering? = nil,
    elementBudget: Int = ModelCompiler.elementBudget
  ) {
    self.held = held
    self.bound = stochastic?.batch.reduced ?? bound
    self.choosesCoordinates = choosesCoordinates
    self.followsSteps = followsSteps
    self.stochastic = stochastic
    builder = stochastic?.builder ?? earlier?.builder ?? GraphBuilder(elementBudget: elementBudget)
    self.constrained = constrained
    self.query = query
    random = RandomSource(builder: builder, firstStream: earlier?.random.nextStream ?? 0)
  }

  var model: CheckedModel { bound.model }

  func value(of id: VariableID, _ span: SourceSpan) throws(LoweringError) -> VariableValue {
    if let value = values[id] { return value }
    if let rows = try rows(of: id) {
      let value = VariableValue(rows)
      values[id] = value
      return value
    }
    if let tensor = try bound.values.whole(id) {
      let value = VariableValue(try imputed(id, tensor))
      values[id] = value
      return value
    }
    let name = model.variables[id.index].name.text
    if bound.absent.contains(id) {
      throw LoweringError(
        "E0811",
        "the data of the prediction have no values of `\(name)`",
        at: span,
        "read here",
        help: "add its key to the file"
      )
    }
    let cause = isSummedOver([id]) ? "a discrete latent that is summed out" : "its own elements"
    throw LoweringError(
      "E0901",
      "a quantity whose bounds depend on \(cause) cannot be run by this version",
      at: span,
      "`\(name)` is not known yet here",
      help: isSummedOver([id])
        ? "fit with `gibbs`, which draws that latent, or `svi`, which"
          + " approximates that latent" : nil
    ).refusing(
      model.sources(of: id, among: summedOver.latents),
      "the values of another quantity must be known before it is summed out",
      at: span
    )
  }

  /// The rows of a step of data over batched dimensions; nil for other quantities.
  private func rows(of id: VariableID) throws(LoweringError) -> GraphValue? {
    guard let stochastic else { return nil }
    if let changed = try stochastic.augmented(id, self) { return changed }
    return try stochastic.rows(of: id)
  }

  /// What is found of the layers of nets once it is asked for.
  private var knownLayerSizes: LayerSizes?

  /// The sizes of what each layer is applied to.
  func sizesOfLayers() throws(LoweringError) -> LayerSizes {
    if let known = knownLayerSizes { return known }
    let found = try LayerSizes(bound)
    knownLayerSizes = found
    return found
  }

  /// Computes every quantity in order, then every term of the log density; then draws what was summed out.
  func run() throws(LoweringError) {
    lowering.batch = stochastic?.batch
    try defineQuantities()
    latents = try eliminatedLatents()
    try addEvidence()
    addWeights()
    for index in model.equations.indices { try addTerm(index) }
    for factor in model.factors { try addFactor(factor) }
    markFactorsOverData()
    if !latents.isEmpty {
      try eliminate()
      try drawEliminated()
      try defineQuantities(late: true)
    }
    try drawMissingCells()
  }

  /// The order of evaluation in which sampled elements follow from earlier ones where they can.
  private(set) lazy var steps = model.evaluationSchedule(stepping: steppingCandidates())
  /// The statements whose elements do.
  private(set) lazy var steppingEquations = equationsWithSteps()

  /// The latents that are summed out, and the quantities that depend on them.
  lazy var summedOver: (latents: Set<VariableID>, derived: Set<VariableID>) = {
    var eliminated: Set<VariableID> = []
    var late: Set<VariableID> = []
    for (index, variable) in model.variables.enumerated() {
      let id = VariableID(index)
      if case .modeled(.eliminated) = variable.role { eliminated.insert(id) }
      if isSummedOut(id) { eliminated.insert(id) }
    }
    eliminated.subtract(stochastic?.approximated ?? [])
    eliminated.subtract(held)
    guard !eliminated.isEmpty else { return ([], []) }
    for id in model.evaluationOrder {
      switch model.variables[id.index].role {
      case .modeled(.derived), .modeled(.generated): break
      default: continue
      }
      let reads = model.variables[id.index].equations.contains { equation in
        model.equations[equation].references.contains {
          eliminated.contains($0) || late.contains($0)
        }
      }
      if reads { late.insert(id) }
    }
    return (eliminated, late)
  }()

  /// Computes every quantity in order; those that depend on what is summed out `late`.
  func defineQuantities(late: Bool = false) throws(LoweringError) {
    if !late { missingCells = try findMissingCells() }
    let order = followsSteps ? steps.order : model.evaluationOrder
    for id in order where late || !summedOver.derived.contains(id) { try defineQuantity(id) }
    // Missing cells that are sampled, where no quantity has asked for them yet.
    for cells in missingCells where cells.treatment == .sampled {
      _ = try value(of: cells.variable, model.variables[cells.variable.index].name.span)
    }
  }

  /// Computes a quantity of the model, unless it is summed out or known already.
  private func defineQuantity(_ id: VariableID) throws(LoweringError) {
    let variable = model.variables[id.index]
    let isKept = held.contains(id) || stochastic?.approximated.contains(id) ?? false
    guard case .modeled(let role) = variable.role, role != .eliminated || isKept,
      values[id] == nil, !stepped.contains(id)
    else { return }
    let recursions = followsSteps ? steps.recursions : model.recursions
    if let whole = givens[id]?.whole {
      values[id] = VariableValue(whole)
      return
    }
    if let value = try stochastic?.guided(id, self) {
      values[id] = value
      return
    }
    if let value = try stochastic?.approximated(id, self) {
      values[id] = value
      return
    }
    if held.contains(id) {
      values[id] = try heldValue(of: id)
      return
    }
    if let recursion = recursions.first(where: { $0.axes[id] != nil }) {
      if let batch = stochastic?.batch, let axis = recursion.axes[id],
        batch.contains(variable.type.axes[axis])
      {
        throw batch.refuse("this is computed row after row", at: variable.name.span)
      }
      if recursion.variables.contains(where: { isSampled($0) }) {
        try defineSteps(recursion)
      } else {
        try define(recursion)
      }
      try lowering.checkBudget(variable.name.span)
      return
    }
    try define(id, variable, role)
    try lowering.checkBudget(variable.name.span)
  }

  /// Computes a quantity, and what it reads, before its turn.
  func defineAhead(_ id: VariableID) throws(LoweringError) {
    guard values[id] == nil, case .modeled(let role) = model.variables[id.index].role else {
      return
    }
    if !role.isFree {
      for index in model.variables[id.index].equations {
        for read in model.equations[index].references.inOrder where read != id {
          try defineAhead(read)
        }
      }
    }
    try defineQuantity(id)
  }

  // MARK: Quantities

  private func define(_ id: VariableID, _ variable: Variable, _ role: ModeledRole)
    throws(LoweringError)
  {
    let assembly = ArrayAssembly(variable: variable, id: id, model: model, lowering: lowering)
    var pieces: [Piece] = []
    for index in variable.equations {
      let equation = model.equations[index]
      switch equation.body {
      case .definition: pieces.append(try assembly.definedPiece(equation))
      case .distribution(let distribution):
        pieces.append(
          try randomPiece(id, index, equation, distribution, assembly, isSampled: role.isFree)
        )
      }
    }
    if let rest = try givenPiece(id, variable, pieces, assembly) { pieces.append(rest) }
    values[id] = try assembly.assemble(pieces)
  }

  private func define(_ recursion: CheckedRecursion) throws(LoweringError) {
    let loop = RecursionLowering(
      recursion,
      lowering,
      draw: { (id, equation, distribution, place) throws(LoweringError) -> GraphValue in
        let sizes = try self.eventSizes(id, distribution, place.plate)
        return try self.generated(id, equation, distribution, sizes, place.plate)
      },
      fill: { self.givens[$0]?.values(of: $1) }
    )
    for (id, value) in try loop.values() { values[id] = value }
  }

  func randomPiece(
    _ id: VariableID,
    _ index: Int,
    _ equation: CheckedEquation,
    _ distribution: CheckedDistribution,
    _ assembly: ArrayAssembly,
    isSampled: Bool
  ) throws(LoweringError) -> Piece {
    let plate = try assembly.plate(of: equation)
    if isSampled {
      lowering.lowerLocalsWhenRead(equation.locals, plate)
    } else {
      try lowering.lowerLocals(equation.locals, plate)
    }
    let eventSizes = try eventSizes(id, distribution, plate)
    let positions = try assembly.positions(of: equation, plate)
    let node: GraphValue
    if isSampled {
      let given = (constrained[id].map { builder.constant($0) } ?? drawnLatents[id]).map {
        elements(
          $0,
          at: positions,
          plateRank: model.variables[id.index].plateRank
        )
      }
      blockOfEquation[index] = blocks.count
      node = try sampled(
        id,
        index,
        distribution,
        eventSizes: eventSizes,
        positions: positions,
        given: given,
        plate
      )
    } else {
      node = try generated(id, equation, distribution, eventSizes, plate)
    }
    return Piece(
      positions: positions,
      node: node,
      origins: [Int](repeating: 0, count: eventSizes.count),
      span: equation.targetSpan
    )
  }

  /// The sizes of the target's own axes.
  func eventSizes(
    _ id: VariableID,
    _ distribution: CheckedDistribution,
    _ plate: Plate
  ) throws(LoweringError) -> [Int] {
    let variable = model.variables[id.index]
    if let weight = model.weights[id] {
      return try sizesOfLayers().weights(of: weight.layer)[weight.number].axes.compactMap(\.size)
    }
    let axes = Array(variable.type.axes.dropFirst(variable.plateRank))
    return try lowering.eventSizes(axes, distribution, plate, variable.name.span)
  }

  /// The values of elements that a statement distributes, from inputs.
  ///
  /// `given` are their values where they come from outside, plate and event.
  func sampled(
    _ id: VariableID,
    _ index: Int,
    _ distribution: CheckedDistribution,
    eventSizes: [Int],
    positions: [Int]?,
    given: GraphValue?,
    _ plate: Plate
  ) throws(LoweringError) -> GraphValue {
    let equation = model.equations[index]
    let layout = try coordinateLayout(equation, distribution, eventSizes, plate)
    let (transform, outer, event) = (layout.transform, layout.outer, layout.event)
    let input: GraphValue
    let inputNumber = inputCount
    let value: GraphValue
    var centering: BlockCentering?
    if let given {
      value = given.reshape(Shape(outer + event))
      let place = PointPlace(equation: equation, positions: positions, eventSizes: eventSizes)
      if let violation = violation(of: value, transform, place) {
        violations.append(violation)
      }
      input = transform.unconstrain(value).reshape(layout.shape)
    } else if let stochastic {
      let moved = try stochastic.coordinates(of: id, index, layout, self)
      input = moved.coordinates
      let (constrained, jacobian) = transform.constrain(input, eventSizes: event)
      if !jacobian.isEmpty, moved.jacobianRepeats > 0 {
        self.jacobian.append(total(jacobian, over: outer) * moved.jacobianRepeats)
      }
      value = constrained
    } else {
      input = addInput(layout.shape)
      var coordinates = input
      if steppingEquations.contains(index) { centering = .possible }
      if let form = try locationScale(equation, distribution, eventSizes, transform, plate) {
        centering = .possible
        if choosesCoordinates {
          let weights = (inputCount, addInput(Shape(outer)))
          let others = (inputCount, addInput(Shape(outer)))
          let (placed, jacobian) = form.place(input, weight: weights.1)
          if !jacobian.isEmpty { self.jacobian.append(total(jacobian, over: outer)) }
          coordinates = placed.broadcast(to: input.shape)
          centering = .chosen(
            weights: weights.0,
            others: others.0,
            moved: form.coordinates(of: coordinates, weight: others.1).broadcast(to: input.shape)
          )
        }
      }
      let (constrained, jacobian) = transform.constrain(coordinates, eventSizes: event)
      if !jacobian.isEmpty { self.jacobian.append(total(jacobian, over: outer)) }
      value = constrained
    }
    blocks.append(
      Block(
        variable: id,
        equation: index,
        input: input,
        inputNumber: inputNumber,
        centering: centering,
        value: value,
        transform: transform,
        positions: positions
      )
    )
    return value
  }

  /// How the elements of a statement lie among the sampler's numbers.
  struct CoordinateLayout {
    var transform: Transform
    /// Sizes of the plate and of the axes that a distribution of scalars is lifted over.
    var outer: [Int]
    /// Sizes of one event.
    var event: [Int]
    /// Shape of the coordinates.
    var shape: Shape
  }

  func coordinateLayout(
    _ equation: CheckedEquation,
    _ distribution: CheckedDistribution,
    _ eventSizes: [Int],
    _ plate: Plate
  ) throws(LoweringError) -> CoordinateLayout {
    let transform = try transform(equation, distribution, eventSizes, plate)
    let outer = plate.shape + eventSizes.dropLast(transform.eventRank)
    let event = Array(eventSizes.suffix(transform.eventRank))
    let inner = event.isEmpty ? [] : [transform.unconstrainedCount(eventSizes: event)]
    guard let count = checkedProduct(outer + inner), count <= builder.elementBudget else {
      throw LoweringError(
        "E0803",
        "this quantity has too many elements",
        at: equation.targetSpan
      )
    }
    return CoordinateLayout(
      transform: transform,
      outer: outer,
      event: event,
      shape: Shape(outer + inner)
    )
  }

  /// Adds the input of log weights, `[states, elements]`.
  private func addWeights() {
    guard let latent = latents.first(where: { $0.variable == weighted }) else { return }
    let number = inputCount
    let value = addInput([latent.states.count, latent.elementCount])
    weightInput = (number, value)
    discreteFactors.append(
      DiscreteFactor(
        table: value,
        readings: [.init(variable: latent.variable, positions: Array(0..<latent.elementCount))],
        instanceCount: latent.elementCount
      )
    )
  }

  func addInput(_ shape: Shape) -> GraphValue {
    inputCount += 1
    return builder.addInput(shape: shape)
  }

  /// The values of elements that a statement distributes, drawn forward.
  func generated(
    _ id: VariableID,
    _ equation: CheckedEquation,
    _ distribution: CheckedDistribution,
    _ eventSizes: [Int],
    _ plate: Plate
  ) throws(LoweringError) -> GraphValue {
    guard let given = givens[id] else {
      return try drawn(equation, distribution, eventSizes, plate)
    }
    return try blended(id, given, equation, distribution, eventSizes, plate)
  }

  func drawn(
    _ equation: CheckedEquation,
    _ distribution: CheckedDistribution,
    _ eventSizes: [Int],
    _ plate: Plate,
    where isDrawn: Tensor? = nil
  ) throws(LoweringError) -> GraphValue {
    let lowered = try lowering.lowerDistribution(distribution, eventSizes: eventSizes, plate)
    try checkCategories(equation, distribution, plate)
    if wantedProbabilities.contains(equation.target) {
      try noteProbabilities(equation, distribution, lowered, eventSizes, plate)
    }
    let rank = eventSizes.count - distribution.support.eventRank
    let ends = try declaredEnds(equation, distribution, liftedRank: rank, plate)
    let shape = Shape(plate.shape + eventSizes)
    var node: GraphValue
    if let sample = try lowered.sample(
      shape: shape,
      lower: ends.lower,
      upper: ends.upper,
      random: random
    ) {
      node = try keeping(sample, equation, distribution) { () throws(LoweringError) in
        try lowered.sample(shape: shape, lower: ends.lower, upper: ends.upper, random: self.random)
      }
      try reject(node, outsideOf: equation, distribution, plate, where: isDrawn)
    } else if let sample = try uniform(equation, distribution, shape, ends) {
      node = sample
    } else if equation.reasonNotToDraw == nil, ends.lower != nil || ends.upper != nil,
      let sample = try lowered.sample(shape: shape, lower: nil, upper: nil, random: random)
    {
      node = sample
      try reject(node, outsideOf: ends, equation, distribution, where: isDrawn)
    } else {
      throw LoweringError(
        "E0306",
        "`\(distribution.name)` cannot be drawn from within these bounds",
        at: equation.targetSpan,
        equation.reasonNotToDraw ?? "its values would have to be drawn forward"
      )
    }
    if case .categories = distribution.support,
      model.variables[equation.target.index].type.element == .integer
    {
      node = node + lowering.constant(1)
    }
    return node
  }
}
