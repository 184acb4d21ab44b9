import PPLGraphIR
import PPLSemantics
import PPLSourceText
import PPLSyntax
import PPLTensorCore
import PPLTypeSystem

extension ModelLowering {
  // MARK: What is summed out

  /// The latents that are summed out, with the values that they can have.
  func eliminatedLatents() throws(LoweringError) -> [DiscreteLatent] {
    var latents: [DiscreteLatent] = []
    for (index, variable) in bound.model.variables.enumerated() {
      let id = VariableID(index)
      guard summedOver.latents.contains(id) else { continue }
      let assembly = ArrayAssembly(
        variable: variable,
        id: id,
        model: bound.model,
        lowering: lowering
      )
      guard variable.type.rank == variable.plateRank else {
        throw LoweringError(
          "E0901",
          "a discrete latent with axes of its own cannot be run by this version",
          at: variable.name.span,
          help: "bracket its axes: `\(variable.name.text)[i: dim] ~ …`"
        ).refusing([id], "it has axes of its own")
      }
      try checkCoverage(of: id, assembly)
      latents.append(
        DiscreteLatent(
          variable: id,
          name: variable.name.text,
          sizes: try assembly.plateSizes(),
          states: try states(of: id, variable)
        )
      )
    }
    return latents
  }

  /// Reports elements of a discrete latent that have no statement, or several.
  private func checkCoverage(of id: VariableID, _ assembly: ArrayAssembly) throws(LoweringError) {
    guard case .modeled = assembly.variable.role else { return }
    var pieces: [Piece] = []
    for index in assembly.variable.equations {
      let equation = model.equations[index]
      let plate = try assembly.plate(of: equation)
      pieces.append(
        Piece(
          positions: try assembly.positions(of: equation, plate),
          node: builder.constant(0).broadcast(to: Shape(plate.shape)),
          origins: [],
          span: equation.targetSpan
        )
      )
    }
    _ = try assembly.assemble(pieces)
  }

  /// The values that an element of a discrete latent can have, over all of its equations.
  private func states(of id: VariableID, _ variable: Variable) throws(LoweringError) -> [Double] {
    switch variable.type.element {
    case .boolean: return [0, 1]
    case .index(let dimension): return (0..<bound[dimension].count).map(Double.init)
    default: break
    }
    var low = Double.infinity
    var high = -Double.infinity
    for index in variable.equations {
      let equation = bound.model.equations[index]
      guard case .distribution(let distribution) = equation.body else { continue }
      let assembly = ArrayAssembly(
        variable: variable,
        id: id,
        model: bound.model,
        lowering: lowering
      )
      let plate = try assembly.plate(of: equation)
      try lowering.lowerLocals(equation.locals, plate)
      let ends = try integerEnds(equation, distribution, plate)
      low = min(low, ends.low)
      high = max(high, ends.high)
    }
    guard low <= high, high - low < 1e6, low.magnitude < 1e15 else {
      throw LoweringError(
        "E0405",
        "`\(variable.name.text)` has too many values to be summed out",
        at: variable.name.span,
        "from \(lowering.shortNumber(low)) to \(lowering.shortNumber(high))",
        help:
          "bound it: `\(variable.name.text): int in 0..100 ~ …`; or fit with `gibbs`, which draws it, or `svi`, which"
          + " approximates it"
      ).refusing(
        [id],
        (high - low).isFinite ? "it has too many values" : "it has infinitely many values"
      )
    }
    return (0...Int(high - low)).map { low + Double($0) }
  }

  /// The least and the greatest integer that an equation allows.
  private func integerEnds(
    _ equation: CheckedEquation,
    _ distribution: CheckedDistribution,
    _ plate: Plate
  ) throws(LoweringError) -> (low: Double, high: Double) {
    let name = bound.model.variables[equation.target.index].name.text
    func unknown(_ span: SourceSpan) -> LoweringError {
      LoweringError(
        "E0405",
        "the values that `\(name)` can have must be known from data",
        at: span,
        "depends on a latent quantity, or has no end",
        help:
          "bound it: `\(name): int in 0..100 ~ …`; or fit with `gibbs`, which draws it, or `svi`, which"
          + " approximates it"
      ).refusing([equation.target], "its values have no ends that are known from data")
    }
    func values(_ expression: CheckedExpression) throws(LoweringError) -> [Double]? {
      var readsLatents = false
      expression.forEachPart { part in
        if case .variable(let id) = part.kind, self.isSummedOver([id]) { readsLatents = true }
      }
      return readsLatents ? nil : try lowering.lower(expression, plate).node.constantValue?.values
    }
    func known(_ expression: CheckedExpression) throws(LoweringError) -> [Double] {
      guard let values = try values(expression) else { throw unknown(expression.span) }
      return values
    }
    var low = -Double.infinity
    var high = Double.infinity
    if case .bounds(let lower, let upper) = equation.constraint {
      if let lower {
        let least = try known(lower.value).min() ?? 0
        low = lower.isIncluded ? least.rounded(.up) : least.rounded(.down) + 1
      }
      if let upper {
        let greatest = try known(upper.value).max() ?? 0
        high = upper.isIncluded ? greatest.rounded(.down) : greatest.rounded(.up) - 1
      }
    }
    switch distribution.support {
    case .integers(let least, let greatest):
      let first = try least.value(isLower: true) { (end) throws(LoweringError) in
        try values(end)?.min()?.rounded(.up)
      }
      let last = try greatest.value(isLower: false) { (end) throws(LoweringError) in
        try values(end)?.max()?.rounded(.down)
      }
      guard first != nil || low > -.infinity, last != nil || high < .infinity else {
        throw unknown(distribution.span)
      }
      low = max(low, first ?? low)
      high = min(high, last ?? high)
    case .categories:
      // Counted from 1 where they are integers.
      low = max(low, 1)
      high = min(high, Double(try lowering.categoryCount(distribution.support, plate) ?? 1))
    default: break
    }
    return (low, high)
  }

  // MARK: Elimination

  /// Sums the discrete latents out of their factors.
  func eliminate() throws(LoweringError) {
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
      let reason =
        error.tableSize.map { "a table of \($0) elements would be needed" }
        ?? "elements depend on each other along more than one axis, or farther than two apart"
      throw LoweringError(
        Diagnostic(
          code: "E0407",
          message: "\(names) cannot be summed out exactly",
          primary: span.map { .init($0) },
          notes: [reason],
          help: (error.tableSize == nil
            ? "let elements depend on earlier ones along one dimension only"
            : "use fewer states, or fewer latents that are coupled")
            + "; or fit with `gibbs`, which draws them, or `svi`, which"
            + " approximates them"
        )
      ).refusing(Set(error.latents.flatMap { own(of: $0, after: elimination.steps) }), reason)
    }
    eliminationSteps = elimination.steps
    let axesOfLatents = axes(of: latents, after: elimination.steps)
    for (number, (latent, value)) in elimination.totals.enumerated() {
      let id = latent.variable.index >= 0 ? latent.variable : nil
      let variable = id.map { model.variables[$0.index] }
      let equation = variable.map { model.equations[$0.equations[0]] }
      // One value an element of the latent, or one a series.
      let isElementwise = variable != nil && value.shape.count == latent.elementCount
      let axes = variable?.type.axes.map { $0.dimension.map { bound[$0] } } ?? []
      let repeats = stochastic?.batch.repeats(over: axesOfLatents[latent.variable] ?? []) ?? 1
      terms.append(
        Term(
          names: ElementNames(
            name: number == 0 ? observedThroughLatents ?? latent.name : latent.name,
            sizes: isElementwise ? latent.sizes : [value.shape.count],
            indices: [],
            lifted: isElementwise ? axes : [nil]
          ),
          span: equation?.targetSpan ?? model.equations[0].targetSpan,
          total: value.sum() * repeats,
          elements: isElementwise ? value.reshape(Shape(latent.sizes)) : value,
          axes: isElementwise ? variable?.type.axes ?? [] : [],
          isLikelihood: true,
          repeats: repeats
        )
      )
    }
  }

  /// The latents of the model that were joined to one, or taken apart into it.
  private func own(of latent: DiscreteLatent, after steps: [EliminationStep]) -> [VariableID] {
    if latent.variable.index >= 0 { return [latent.variable] }
    for step in steps {
      switch step {
      case .independent, .chain: continue
      case .joined(let pair, let first, let second) where pair.variable == latent.variable:
        return own(of: first, after: steps) + own(of: second, after: steps)
      case .split(let whole, _, let parts)
      where parts.contains(where: { $0.variable == latent.variable }):
        return own(of: whole, after: steps)
      case .joined, .split: continue
      }
    }
    return []
  }

  /// The axes of latents, and of those that they were joined to or taken apart into: these stand for the same rows of a step.
  private func axes(of latents: [DiscreteLatent], after steps: [EliminationStep])
    -> [VariableID: [Axis]]
  {
    var axes = Dictionary(
      uniqueKeysWithValues: latents.map {
        ($0.variable, model.variables[$0.variable.index].type.axes)
      }
    )
    for step in steps {
      switch step {
      case .independent, .chain: continue
      case .joined(let pair, let first, _): axes[pair.variable] = axes[first.variable]
      case .split(let latent, _, let parts):
        for part in parts { axes[part.variable] = axes[latent.variable] }
      }
    }
    return axes
  }

  func isData(_ id: VariableID) -> Bool {
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
  func drawEliminated() throws(LoweringError) {
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

  // MARK: Factors

  /// The log factor of a statement that reads latents which are summed out.
  ///
  /// `body` gets the plate in front of the statement's own axes, and gives the statement's elements over all axes and
  /// its own plate.
  func discreteFactor(
    _ enumeration: Enumeration,
    _ span: SourceSpan,
    _ body: (Plate) throws(LoweringError) -> (elements: GraphValue, own: Plate)
  ) throws(LoweringError) -> DiscreteFactor {
    let outer = lowering.enumeration
    lowering.enumeration = enumeration
    defer { lowering.enumeration = outer }
    while true {
      let front = enumeration.makePlate()
      do throws(LoweringError) {
        let (elements, own) = try body(front)
        return factor(elements, own, enumeration)
      } catch {
        if Enumeration.isRetry(error) { continue }
        if Enumeration.isOutOfReach(error) {
          throw LoweringError(
            "E0406",
            "this statement reads several elements of a discrete latent at once",
            at: span,
            "it is summed out",
            help:
              "let each element of the statement read single elements, or fit with `gibbs`, which draws that latent, or `svi`, which"
              + " approximates that latent"
          ).refusing(
            Set(latents.map(\.variable)),
            "several of its elements are read at once",
            at: span
          )
        }
        if error.diagnostic.code == "E0803", let failure = tooManyReadings(enumeration, span) {
          throw failure
        }
        throw error
      }
    }
  }

  /// Why a statement that reads many elements at once cannot be lowered for all of their values.
  private func tooManyReadings(_ enumeration: Enumeration, _ span: SourceSpan) -> LoweringError? {
    let counts = enumeration.readings.map { enumeration.states[$0.variable]?.count ?? 1 }
    let size = checkedProduct(counts) ?? .max
    guard size > 1 << 12 else { return nil }
    let ids = Set(enumeration.readings.map(\.variable)).sorted { $0.index < $1.index }
    let names = ids.map { "`\(model.variables[$0.index].name.text)`" }.joined(separator: ", ")
    return LoweringError(
      Diagnostic(
        code: "E0407",
        message: "\(names) cannot be summed out exactly",
        primary: .init(span, "reads \(counts.count) elements or more at once"),
        notes: ["a table of more than \(size) elements would be needed"],
        help: "let each element of the statement read fewer of them, or use fewer states; or fit"
          + " with `gibbs`, which draws them, or `svi`, which approximates them"
      )
    ).refusing(
      Set(ids),
      "\(counts.count) elements or more are read at once, and a table of more than \(size) elements"
        + " would be needed",
      at: span
    )
  }

  private func factor(_ elements: GraphValue, _ plate: Plate, _ enumeration: Enumeration)
    -> DiscreteFactor
  {
    let count = enumeration.readings.count
    let own = Array(plate.shape.dropFirst(count))
    let instances = own.reduce(1, *)
    var table = elements
    let states = Array(table.shape.sizes.prefix(count))
    let varies = table.shape.sizes.dropFirst(count).contains { $0 > 1 }
    if varies { table = table.broadcast(to: Shape(states + own)) }
    table = table.reshape(Shape(states + [varies ? instances : 1]))
    for (axis, reading) in enumeration.readings.enumerated() {
      table = table.broadcastAxis(axis, to: enumeration.states[reading.variable]?.count ?? 1)
    }
    return DiscreteFactor(
      table: table,
      readings: enumeration.readings.map {
        DiscreteFactor.Reading(variable: $0.variable, positions: $0.positions)
      },
      instanceCount: instances
    )
  }
}
