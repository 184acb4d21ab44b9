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
    /// Whether these are log likelihoods of observations.
    var isLikelihood = false
  }

  /// The unconstrained values of one sampled statement.
  struct Block {
    var variable: VariableID
    var equation: Int
    var input: GraphValue
    /// Constrained values: plate, then event.
    var value: GraphValue
    var transform: Transform
    var positions: [Int]?
  }

  let bound: BoundModel
  let builder: GraphBuilder
  let random: RandomSource
  private(set) var values: [VariableID: VariableValue] = [:]
  private(set) var blocks: [Block] = []
  private var blockOfEquation: [Int: Int] = [:]
  private(set) var jacobian: [GraphValue] = []
  private(set) var terms: [Term] = []
  /// The discrete latents that are summed out, the factors that they are in, and how that was done.
  private(set) var latents: [DiscreteLatent] = []
  private var discreteFactors: [DiscreteFactor] = []
  private(set) var eliminationSteps: [EliminationStep] = []
  /// Missing cells of observed arrays.
  var missingCells: [MissingCells] = []
  private(set) var dropsConstant = false
  /// Constrained values from outside in place of transformed inputs, for `ppl density`.
  private let constrained: [VariableID: Tensor]
  /// Which of them lie outside of their supports.
  private(set) var violations: [SupportViolation] = []

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
      guard let tensor = self.bound.values[id] else {
        preconditionFailure("known elements are those of data")
      }
      return tensor.without(self.bound.missing[id] ?? [])
    }
  )

  init(
    _ bound: BoundModel,
    constrained: [VariableID: Tensor] = [:],
    elementBudget: Int = ModelCompiler.elementBudget
  ) {
    self.bound = bound
    builder = GraphBuilder(elementBudget: elementBudget)
    self.constrained = constrained
    random = RandomSource(builder: builder, firstStream: 0)
  }

  private var model: CheckedModel { bound.model }

  private func value(of id: VariableID, _ span: SourceSpan) throws(LoweringError) -> VariableValue {
    if let value = values[id] { return value }
    if let tensor = bound.values[id] {
      let value = VariableValue(try imputed(id, tensor))
      values[id] = value
      return value
    }
    let name = model.variables[id.index].name.text
    throw LoweringError(
      "E0901",
      "a quantity whose bounds depend on its own elements cannot be run by this version",
      at: span,
      "`\(name)` is not known yet here"
    )
  }

  /// Computes every quantity in order, then every term of the log density; then draws what was summed out.
  func run() throws(LoweringError) {
    try defineQuantities()
    latents = try eliminatedLatents()
    for index in model.equations.indices { try addTerm(index) }
    for factor in model.factors { try addFactor(factor) }
    if !latents.isEmpty {
      try eliminate()
      try drawEliminated()
      try defineQuantities(late: true)
    }
    try drawMissingCells()
  }

  /// Sums the discrete latents out of their factors.
  private func eliminate() throws(LoweringError) {
    var elimination = Elimination(
      builder,
      factors: discreteFactors,
      latents: latents,
      tableLimit: min(builder.elementBudget, Self.greatestTable)
    )
    do throws(Elimination.Failure) {
      try elimination.run()
    } catch {
      let names = error.latents.map { "`\($0.name)`" }.joined(separator: ", ")
      let span = error.latents.compactMap { latent in
        latent.variable.index >= 0 ? model.variables[latent.variable.index].name.span : nil
      }.first
      throw LoweringError(
        Diagnostic(
          code: "E0407",
          message: "\(names) cannot be summed out exactly",
          primary: span.map { .init($0) },
          notes: [
            error.tableSize.map { "a table of \($0) elements would be needed" }
              ?? "elements depend on each other along more than one axis, or farther than two apart"
          ],
          help: error.tableSize == nil
            ? "let elements depend on earlier ones along one dimension only"
            : "use fewer states, or fewer latents that are coupled"
        )
      )
    }
    eliminationSteps = elimination.steps
    for (number, (latent, value)) in elimination.totals.enumerated() {
      let id = latent.variable.index >= 0 ? latent.variable : nil
      let variable = id.map { model.variables[$0.index] }
      let equation = variable.map { model.equations[$0.equations[0]] }
      terms.append(
        Term(
          names: ElementNames(
            name: number == 0 ? observedThroughLatents ?? latent.name : latent.name,
            sizes: [value.shape.count],
            indices: [],
            lifted: [nil]
          ),
          span: equation?.targetSpan ?? model.equations[0].targetSpan,
          total: value.sum(),
          elements: value,
          isLikelihood: true
        )
      )
    }
  }

  private func isData(_ id: VariableID) -> Bool {
    if case .modeled = model.variables[id.index].role { false } else { true }
  }

  /// The observed quantity whose statement reads what is summed out; the first of several.
  private var observedThroughLatents: String? {
    let equation = model.equations.first { equation in
      guard case .distribution = equation.body, isData(equation.target) else { return false }
      return isSummedOver(equation.references)
    }
    return equation.map { model.variables[$0.target.index].name.text }
  }

  /// Draws the latents that were summed out, given all else.
  private func drawEliminated() throws(LoweringError) {
    var sampler = BackwardSampler(builder, random)
    sampler.run(eliminationSteps)
    for latent in latents {
      guard let state = sampler.states[latent.variable] else { continue }
      let isBoolean = model.variables[latent.variable.index].type.element == .boolean
      let table = builder.constant(
        Tensor(
          shape: [latent.states.count],
          kind: isBoolean ? .boolean : .integer,
          values: latent.states
        )
      )
      let value = table.gather(state).reshape(Shape(latent.sizes))
      values[latent.variable] = VariableValue(value)
    }
  }

  /// Elements of a table that elimination may make.
  private static let greatestTable = 1 << 25

  /// The latents that are summed out, and the quantities that depend on them.
  private lazy var summedOver: (latents: Set<VariableID>, derived: Set<VariableID>) = {
    var eliminated: Set<VariableID> = []
    var late: Set<VariableID> = []
    for (index, variable) in model.variables.enumerated() {
      if case .modeled(.eliminated) = variable.role { eliminated.insert(VariableID(index)) }
    }
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

  /// Whether one of these is summed out, or depends on what is.
  func isSummedOver(_ ids: Set<VariableID>) -> Bool {
    ids.contains { summedOver.latents.contains($0) || summedOver.derived.contains($0) }
  }

  func makeEnumeration() -> Enumeration {
    Enumeration(
      states: Dictionary(uniqueKeysWithValues: latents.map { ($0.variable, $0.states) }),
      derived: summedOver.derived
    )
  }

  /// Computes every quantity in order; those that depend on what is summed out `late`.
  func defineQuantities(late: Bool = false) throws(LoweringError) {
    if !late { missingCells = try findMissingCells() }
    for id in model.evaluationOrder {
      let variable = model.variables[id.index]
      guard case .modeled(let role) = variable.role, role != .eliminated, values[id] == nil,
        late || !summedOver.derived.contains(id)
      else { continue }
      if let recursion = model.recursions.first(where: { $0.axes[id] != nil }) {
        try define(recursion)
        try lowering.checkBudget(variable.name.span)
        continue
      }
      try define(id, variable, role)
      try lowering.checkBudget(variable.name.span)
    }
    // Missing cells that are sampled, where no quantity has asked for them yet.
    for cells in missingCells where cells.isRead {
      _ = try value(of: cells.variable, model.variables[cells.variable.index].name.span)
    }
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
          try randomPiece(id, index, equation, distribution, assembly, isSampled: role == .sampled)
        )
      }
    }
    values[id] = try assembly.assemble(pieces)
  }

  private func define(_ recursion: CheckedRecursion) throws(LoweringError) {
    let loop = RecursionLowering(recursion, lowering) {
      (id, equation, distribution, plate) throws(LoweringError) -> GraphValue in
      let sizes = try self.eventSizes(id, distribution, plate)
      return try self.generated(id, equation, distribution, sizes, plate)
    }
    for (id, value) in try loop.values() { values[id] = value }
  }

  private func randomPiece(
    _ id: VariableID,
    _ index: Int,
    _ equation: CheckedEquation,
    _ distribution: CheckedDistribution,
    _ assembly: ArrayAssembly,
    isSampled: Bool
  ) throws(LoweringError) -> Piece {
    let plate = try assembly.plate(of: equation)
    try lowering.lowerLocals(equation.locals, plate)
    let eventSizes = try eventSizes(id, distribution, plate)
    let positions = try assembly.positions(of: equation, plate)
    let node: GraphValue
    if isSampled {
      node = try sampled(
        id,
        index,
        equation,
        distribution,
        eventSizes: eventSizes,
        positions: positions,
        plate,
        equationNumber: index
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
  private func eventSizes(
    _ id: VariableID,
    _ distribution: CheckedDistribution,
    _ plate: Plate
  ) throws(LoweringError) -> [Int] {
    let variable = model.variables[id.index]
    let axes = Array(variable.type.axes.dropFirst(variable.plateRank))
    return try lowering.eventSizes(axes, distribution, plate, variable.name.span)
  }

  /// The values of a statement's elements, from inputs; `index` is that of a statement that defines them.
  func sampled(
    _ id: VariableID,
    _ index: Int?,
    _ equation: CheckedEquation,
    _ distribution: CheckedDistribution,
    eventSizes: [Int],
    positions: [Int]?,
    _ plate: Plate,
    equationNumber: Int
  ) throws(LoweringError) -> GraphValue {
    let transform = try transform(equation, distribution, eventSizes, plate)
    let lifted = Array(eventSizes.dropLast(transform.eventRank))
    let event = Array(eventSizes.suffix(transform.eventRank))
    let outer = plate.shape + lifted
    let inner = event.isEmpty ? [] : [transform.unconstrainedCount(eventSizes: event)]
    guard let count = checkedProduct(outer + inner), count <= builder.elementBudget else {
      throw LoweringError(
        "E0803",
        "this quantity has too many elements",
        at: equation.targetSpan
      )
    }
    let input: GraphValue
    let value: GraphValue
    if let given = constrained[id] {
      value =
        index == nil
        ? builder.constant(given).reshape(Shape(outer + event))
        : elements(given, at: positions, plateRank: model.variables[id.index].plateRank)
          .reshape(Shape(outer + event))
      let place = PointPlace(equation: equation, positions: positions, eventSizes: eventSizes)
      if let violation = violation(of: value, transform, place) {
        violations.append(violation)
      }
      input = transform.unconstrain(value).reshape(Shape(outer + inner))
    } else {
      input = builder.addInput(shape: Shape(outer + inner))
      let (constrained, jacobian) = transform.constrain(input, eventSizes: event)
      if !jacobian.isEmpty { self.jacobian.append(total(jacobian, over: outer)) }
      value = constrained
    }
    if let index { blockOfEquation[index] = blocks.count }
    blocks.append(
      Block(
        variable: id,
        equation: equationNumber,
        input: input,
        value: value,
        transform: transform,
        positions: positions
      )
    )
    return value
  }

  func generated(
    _ id: VariableID,
    _ equation: CheckedEquation,
    _ distribution: CheckedDistribution,
    _ eventSizes: [Int],
    _ plate: Plate
  ) throws(LoweringError) -> GraphValue {
    let lowered = try lowering.lowerDistribution(distribution, eventSizes: eventSizes, plate)
    try checkCategories(equation, distribution, plate)
    let rank = eventSizes.count - distribution.support.eventRank
    let ends = try declaredEnds(equation, distribution, liftedRank: rank, plate)
    let shape = Shape(plate.shape + eventSizes)
    guard
      var node = try lowered.sample(
        shape: shape,
        lower: ends.lower,
        upper: ends.upper,
        random: random
      )
    else {
      throw LoweringError(
        "E0306",
        "`\(distribution.name)` cannot be drawn from within these bounds",
        at: equation.targetSpan,
        help: "nothing observed depends on this quantity, so it is drawn forward"
      )
    }
    if case .categories = distribution.support,
      model.variables[id.index].type.element == .integer
    {
      node = node + lowering.constant(1)
    }
    return node
  }

  // MARK: Supports

  /// The bounds that an equation's type declares; of integers, what they lie above and are at most.
  private func declaredEnds(
    _ equation: CheckedEquation,
    _ distribution: CheckedDistribution,
    liftedRank: Int,
    _ plate: Plate
  ) throws(LoweringError) -> (lower: GraphValue?, upper: GraphValue?) {
    guard case .bounds(let low, let high) = equation.constraint else { return (nil, nil) }
    let isDiscrete = distribution.support.isDiscrete
    func value(_ end: TypeConstraint.Endpoint) throws(LoweringError) -> GraphValue {
      lowering.padded(try lowering.lower(end.value, plate), plate, to: liftedRank)
    }
    var lower: GraphValue?
    var upper: GraphValue?
    if let low {
      let end = try value(low)
      lower = !isDiscrete ? end : low.isIncluded ? end.ceiling() - 1 : end.floor()
    }
    if let high {
      let end = try value(high)
      upper = !isDiscrete ? end : high.isIncluded ? end.floor() : end.ceiling() - 1
    }
    return (lower, upper)
  }

  /// The ends of the distribution's own support, in the convention of `declaredEnds`.
  private func supportEnds(
    _ distribution: CheckedDistribution,
    lifted: [Int],
    _ plate: Plate
  ) throws(LoweringError) -> (lower: GraphValue?, upper: GraphValue?) {
    let support = distribution.support
    let ends = try lowering.supportEnds(support, lifted: lifted, plate)
    return (support.isDiscrete ? ends.lower.map { $0 - 1 } : ends.lower, ends.upper)
  }

  private func transform(
    _ equation: CheckedEquation,
    _ distribution: CheckedDistribution,
    _ eventSizes: [Int],
    _ plate: Plate
  ) throws(LoweringError) -> Transform {
    let support = distribution.support
    switch (equation.constraint, support) {
    case (.vector(let joint), .interval(let low, let high)) where !support.isReal:
      guard joint == .positiveOrdered, case .value(0) = low, high.isNone else {
        throw LoweringError(
          "E0305",
          "`\(distribution.name)` restricted to `\(joint.rawValue)` has a support that"
            + " cannot be sampled by this version",
          at: equation.targetSpan,
          help: "use a distribution on all real numbers"
        )
      }
      return .vector(joint)
    case (.vector(let joint), _): return .vector(joint)
    case (.matrix(let joint), _): return .matrix(joint)
    case (_, .vector(let own)): return .vector(own)
    case (_, .matrix(let own)): return .matrix(own)
    case (_, .realVector): return .realVector
    default: break
    }
    // Only arguments that bound the support are needed: others may read elements of this very quantity, which has no
    // values yet.
    let own = try supportEnds(distribution, lifted: eventSizes, plate)
    try checkOpenEnds(distribution, own)
    let declared = try declaredEnds(equation, distribution, liftedRank: eventSizes.count, plate)
    let lower = tighter(own.lower, declared.lower) { $0.max($1) }
    let upper = tighter(own.upper, declared.upper) { $0.min($1) }
    return lower == nil && upper == nil ? .identity : .interval(lower: lower, upper: upper)
  }

  /// Reports a support that has an end for some elements only, which is not known from data.
  private func checkOpenEnds(
    _ distribution: CheckedDistribution,
    _ ends: (lower: GraphValue?, upper: GraphValue?)
  ) throws(LoweringError) {
    guard case .interval(let low, let high) = distribution.support else { return }
    let isOpen =
      (low.isPartlyNone && ends.lower?.constantValue == nil)
      || (high.isPartlyNone && ends.upper?.constantValue == nil)
    guard isOpen else { return }
    throw LoweringError(
      "E0901",
      "a latent that is bounded by a latent in one branch only cannot be run by this version",
      at: distribution.span,
      help: "write two equations: `x[i: d where c[i]] ~ …` and `x[i: d where not c[i]] ~ …`"
    )
  }

  // MARK: Terms

  /// Adds up addends over a plate: what has size 1 along an axis of n counts n times.
  private func total(_ addends: [GraphValue], over sizes: [Int]) -> GraphValue {
    var sum = builder.constant(0)
    for addend in addends {
      let repeats = zip(sizes, addend.shape.sizes).map { $1 == 1 ? $0 : 1 }.reduce(1, *)
      let part = addend.sum()
      sum = sum + (repeats == 1 ? part : part * Double(repeats))
    }
    return sum
  }

  private func addTerm(_ index: Int) throws(LoweringError) {
    let equation = model.equations[index]
    guard case .distribution(let distribution) = equation.body else { return }
    if case .modeled(.generated) = model.variables[equation.target.index].role { return }
    if isSummedOver(equation.references) || isSummedOver([equation.target]) {
      discreteFactors.append(
        try discreteFactor(makeEnumeration(), equation.targetSpan) {
          (front) throws(LoweringError) -> (GraphValue, Plate) in
          let term = try self.statement(index, equation, distribution, behind: front)
          var sum = term.sum.broadcast(
            to: Shape(Array(term.sum.shape.sizes.prefix(term.plate.rank)) + term.liftedSizes)
          )
          let lifted = Array(term.plate.rank..<sum.shape.rank)
          sum = sum.sum(axes: lifted)
          return (sum.reshape(Shape(Array(sum.shape.sizes.dropLast(lifted.count)))), term.plate)
        }
      )
      return
    }
    let term = try statement(index, equation, distribution, behind: .makeRoot())
    let variable = model.variables[equation.target.index]
    let sizes = term.plate.shape + term.liftedSizes
    let names = try elementNames(
      variable.name.text,
      indices(of: equation),
      lifted: variable.type.axes.dropFirst(equation.items.count).prefix(term.liftedSizes.count),
      sizes: sizes,
      term.plate
    )
    terms.append(
      Term(
        names: names,
        span: equation.targetSpan,
        total: total(term.addends, over: sizes),
        elements: term.sum.broadcast(to: Shape(sizes)),
        isLikelihood: isData(equation.target)
      )
    )
  }

  /// What a statement adds to the log density.
  private struct StatementDensity {
    var plate: Plate
    /// Sizes of the axes over which the distribution is lifted.
    var liftedSizes: [Int]
    /// Axes of the plate, then the lifted ones; size 1 where an addend does not vary.
    var addends: [GraphValue]
    var sum: GraphValue
  }

  private func statement(
    _ index: Int,
    _ equation: CheckedEquation,
    _ distribution: CheckedDistribution,
    behind front: Plate
  ) throws(LoweringError) -> StatementDensity {
    let variable = model.variables[equation.target.index]
    let assembly = ArrayAssembly(
      variable: variable,
      id: equation.target,
      model: model,
      lowering: lowering
    )
    var plate = try assembly.plate(of: equation, behind: front)
    if let rows = knownRows(of: index) {
      plate = plate.selected(kept: front.rank, positions: rows)
    }
    lowering.enumeration?.base = plate
    try lowering.lowerLocals(equation.locals, plate)
    let x: LoweredValue
    let block = blockOfEquation[index].map { blocks[$0] }
    let isEliminated = if case .modeled(.eliminated) = variable.role { true } else { false }
    if let block {
      let ones = [Int](repeating: 1, count: front.rank)
      x = LoweredValue(
        block.value.reshape(Shape(ones + block.value.shape.sizes)),
        ownRank: block.value.shape.rank - (plate.rank - front.rank)
      )
    } else if isEliminated {
      let own = try lowering.readEnumerated(
        equation.target,
        variable.type.axes,
        indices(of: equation).map { .index($0) },
        plate,
        equation.targetSpan
      )
      let isIndex = if case .index = variable.type.element { true } else { false }
      x = lowering.observation(own, distribution, isIndex: isIndex)
    } else {
      x = try observed(equation, distribution, variable, plate)
    }
    let lowered = try lowering.lowerDistribution(distribution, eventSizes: x.ownSizes, plate)
    try checkCategories(equation, distribution, plate)
    let rank = x.ownRank - distribution.support.eventRank
    let liftedSizes = Array(x.ownSizes.prefix(rank))
    if block == nil, !isEliminated, front.rank == 0 {
      try checkObservations(x, equation, distribution, lifted: liftedSizes, plate)
    }
    var addends = try lowered.logDensity(of: x.node)
    if let normaliser = try normaliser(equation, distribution, lowered, liftedSizes, plate) {
      addends.append(-normaliser)
    }
    if block == nil,
      let outside = try outsideOfBounds(
        equation,
        x.node,
        variable,
        liftedRank: rank,
        plate,
        isKnown: !isEliminated
      )
    {
      addends.append(outside.select(builder.constant(-.infinity), 0))
    }
    try lowering.checkBudget(equation.span)
    var sum = builder.constant(0).reshape(Shape.ones(rank: plate.rank + rank))
    for addend in addends { sum = sum + addend }
    return StatementDensity(plate: plate, liftedSizes: liftedSizes, addends: addends, sum: sum)
  }

  /// The elements of data that an equation observes.
  private func observed(
    _ equation: CheckedEquation,
    _ distribution: CheckedDistribution,
    _ variable: Variable,
    _ plate: Plate
  ) throws(LoweringError) -> LoweredValue {
    let data = try value(of: equation.target, equation.targetSpan)
    var whole = lowering.invariant(data.node, plate)
    whole.origins = data.origins
    let subscripts = indices(of: equation).map { CheckedSubscript.index($0) }
    let picked = try lowering.subscripted(
      whole,
      variable.type.axes,
      subscripts,
      plate,
      equation.targetSpan
    )
    let isIndex = if case .index = variable.type.element { true } else { false }
    return lowering.observation(picked, distribution, isIndex: isIndex)
  }

  /// Where observed values lie outside of the bounds that their equation declares; nil for nowhere.
  ///
  /// - Throws: a data error where the bounds are known and a value is outside.
  private func outsideOfBounds(
    _ equation: CheckedEquation,
    _ x: GraphValue,
    _ variable: Variable,
    liftedRank: Int,
    _ plate: Plate,
    isKnown: Bool
  ) throws(LoweringError) -> GraphValue? {
    guard case .bounds(let low, let high) = equation.constraint else { return nil }
    var outside = builder.constant(0).reshape(Shape.ones(rank: x.shape.rank))
    if let low {
      let end = lowering.padded(try lowering.lower(low.value, plate), plate, to: liftedRank)
      outside = outside.or(low.isIncluded ? x.isLess(than: end) : x.isLessOrEqual(to: end))
    }
    if let high {
      let end = lowering.padded(try lowering.lower(high.value, plate), plate, to: liftedRank)
      outside = outside.or(high.isIncluded ? x.isGreater(than: end) : x.isGreaterOrEqual(to: end))
    }
    guard isKnown, let known = outside.constantValue else { return outside }
    let count = known.values.count { $0 != 0 }
    guard count > 0 else { return nil }
    let first = zip(known.values, x.constantValue?.values ?? []).first { $0.0 != 0 }?.1
    throw LoweringError(
      "E0805",
      "\(count) of \(known.values.count) values of `\(variable.name.text)` lie outside of the bound"
        + " of their equation",
      at: equation.targetSpan,
      first.map { "the first is \($0)" } ?? "",
      help: "a bound on `~` truncates: nothing outside of it can be observed"
    )
  }

  /// The log probability of a declared bound, where it cuts something off.
  private func normaliser(
    _ equation: CheckedEquation,
    _ distribution: CheckedDistribution,
    _ lowered: any LoweredDistribution,
    _ lifted: [Int],
    _ plate: Plate
  ) throws(LoweringError) -> GraphValue? {
    switch equation.constraint {
    case .none: return nil
    case .vector, .matrix, .set:
      // Constant by the checker's rule; its value is not known.
      if distribution.support.eventRank == 0, !distribution.support.isDeclared {
        dropsConstant = true
      }
      return nil
    case .bounds: break
    }
    guard !distribution.support.isDeclared else { return nil }
    var ends = try declaredEnds(equation, distribution, liftedRank: lifted.count, plate)
    let own = try supportEnds(distribution, lifted: lifted, plate)
    if let a = ends.lower?.constantValue?.values.max(),
      let b = own.lower?.constantValue?.values.min(), a <= b
    {
      ends.lower = nil
    }
    if let a = ends.upper?.constantValue?.values.min(),
      let b = own.upper?.constantValue?.values.max(), a >= b
    {
      ends.upper = nil
    }
    guard ends.lower != nil || ends.upper != nil else { return nil }
    if let normaliser = try lowered.logProbability(above: ends.lower, upTo: ends.upper) {
      return normaliser
    }
    let isConstant =
      distribution.stage == .data && (ends.lower?.constantValue != nil || ends.lower == nil)
      && (ends.upper?.constantValue != nil || ends.upper == nil)
    guard isConstant else {
      throw LoweringError(
        "E0305",
        "the normaliser of `\(distribution.name)` within these bounds is unknown and not"
          + " constant",
        at: equation.targetSpan,
        "its parameters or bounds depend on a latent",
        help: "use constant parameters, or another distribution"
      )
    }
    dropsConstant = true
    return nil
  }

  private func addFactor(_ factor: CheckedFactor) throws(LoweringError) {
    if isSummedOver(factor.references) {
      discreteFactors.append(
        try discreteFactor(makeEnumeration(), factor.span) {
          (front) throws(LoweringError) -> (GraphValue, Plate) in
          let (value, plate) = try self.lowered(factor, behind: front)
          return (value.node, plate)
        }
      )
      return
    }
    let (value, plate) = try lowered(factor, behind: .makeRoot())
    let names = try elementNames(
      factor.name.text,
      factor.binders.map { ArrayAssembly.expression($0) },
      lifted: [],
      sizes: plate.shape,
      plate
    )
    terms.append(
      Term(
        names: names,
        span: factor.span,
        total: total([value.node], over: plate.shape),
        elements: value.node.broadcast(to: Shape(plate.shape))
      )
    )
  }

  private func lowered(_ factor: CheckedFactor, behind front: Plate) throws(LoweringError)
    -> (value: LoweredValue, plate: Plate)
  {
    var plate = front
    for binder in factor.binders { plate = try lowering.bind(binder, plate) }
    if let condition = factor.condition {
      plate = try lowering.restrict(plate, where: condition, kept: front.rank).plate
    }
    lowering.enumeration?.base = plate
    try lowering.lowerLocals(factor.locals, plate)
    let value = try lowering.lower(factor.value, plate)
    try lowering.checkBudget(factor.span)
    return (value, plate)
  }
}
