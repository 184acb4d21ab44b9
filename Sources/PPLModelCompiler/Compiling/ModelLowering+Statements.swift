import PPLDistributions
import PPLGraphIR
import PPLSemantics
import PPLSourceText
import PPLSyntax
import PPLTensorCore
import PPLTypeSystem

// What statements and factors add to the log density.

extension ModelLowering {
  /// Adds up addends over a plate: what has size 1 along an axis of n counts n times.
  func total(_ addends: [GraphValue], over sizes: [Int]) -> GraphValue {
    var sum = builder.constant(0)
    for addend in addends {
      let repeats = zip(sizes, addend.shape.sizes).map { $1 == 1 ? $0 : 1 }.reduce(1, *)
      let part = addend.sum()
      sum = sum + (repeats == 1 ? part : part * Double(repeats))
    }
    return sum
  }

  func addTerm(_ index: Int) throws(LoweringError) {
    let equation = model.equations[index]
    guard case .distribution(let distribution) = equation.body else { return }
    if case .modeled(.generated) = model.variables[equation.target.index].role { return }
    if omitsLikelihood, isData(equation.target) { return }
    if isSummedOver(equation.references) || isSummedOver([equation.target]) {
      for rows in try rowsByCase(equation, distribution) {
        var own: Plate?
        let factor =
          try discreteFactor(makeEnumeration(), equation.targetSpan) {
            (front) throws(LoweringError) -> (GraphValue, Plate) in
            let term = try self.statement(index, equation, distribution, behind: front, rows: rows)
            var sum = term.sum.broadcast(
              to: Shape(Array(term.sum.shape.sizes.prefix(term.plate.rank)) + term.liftedSizes)
            )
            let lifted = Array(term.plate.rank..<sum.shape.rank)
            sum = sum.sum(axes: lifted)
            own = term.plate
            return (sum.reshape(Shape(Array(sum.shape.sizes.dropLast(lifted.count)))), term.plate)
          }
        let axes = model.variables[equation.target.index].type.axes
        guard factor.readings.isEmpty, let own else {
          try checkRows(factor, over: axes, at: equation.targetSpan)
          discreteFactors.append(factor)
          continue
        }
        // Rows that read no latent are observations by themselves.
        let repeats = stochastic?.batch.repeats(over: axes) ?? 1
        terms.append(
          Term(
            names: try elementNames(
              model.variables[equation.target.index].name.text,
              indices(of: equation),
              lifted: [],
              sizes: own.shape,
              own
            ),
            span: equation.targetSpan,
            total: total(
              [factor.table.reshape(Shape([factor.table.shape.count]))],
              over: [factor.instanceCount]
            ) * repeats,
            elements: factor.table.broadcast(to: [factor.instanceCount]).reshape(Shape(own.shape)),
            isLikelihood: isData(equation.target),
            repeats: repeats
          )
        )
      }
      return
    }
    let term = try statement(index, equation, distribution, behind: .makeRoot())
    let variable = model.variables[equation.target.index]
    let sizes = term.plate.shape + term.liftedSizes
    let lifted = variable.type.axes.dropFirst(equation.items.count).prefix(term.liftedSizes.count)
    let names = try elementNames(
      variable.name.text,
      indices(of: equation),
      lifted: lifted,
      sizes: sizes,
      term.plate
    )
    let repeats = try repeats(of: equation, distribution)
    terms.append(
      Term(
        names: names,
        span: equation.targetSpan,
        total: total(term.addends, over: sizes) * repeats,
        elements: term.sum.broadcast(to: Shape(sizes)),
        axes: equation.items.compactMap(\.axis) + lifted,
        isLikelihood: isData(equation.target),
        repeats: repeats
      )
    )
  }

  /// How often the rows of a step stand for all rows of a statement.
  private func repeats(of equation: CheckedEquation, _ distribution: CheckedDistribution)
    throws(LoweringError) -> Double
  {
    guard let batch = stochastic?.batch else { return 1 }
    let axes = model.variables[equation.target.index].type.axes
    if axes.suffix(distribution.support.eventRank).contains(where: batch.contains) {
      throw batch.refuse(
        "one event of `\(distribution.name)` holds all rows",
        at: equation.targetSpan
      )
    }
    return batch.repeats(over: axes)
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
    behind front: Plate,
    rows: [Int]? = nil
  ) throws(LoweringError) -> StatementDensity {
    let variable = model.variables[equation.target.index]
    let assembly = ArrayAssembly(
      variable: variable,
      id: equation.target,
      model: model,
      lowering: lowering
    )
    var plate = try assembly.plate(of: equation, behind: front)
    if let rows = rows ?? knownRows(of: index) {
      plate = plate.selected(kept: front.rank, positions: rows)
    }
    lowering.enumeration?.base = plate
    try lowering.lowerLocals(equation.locals, plate)
    let x: LoweredValue
    let block = blockOfEquation[index].map { blocks[$0] }
    let isEliminated = summedOver.latents.contains(equation.target)
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
    let density = try densityAddends(
      of: x,
      equation,
      distribution,
      plate,
      isSampled: block != nil,
      isKnown: !isEliminated,
      checksObservations: block == nil && !isEliminated && front.rank == 0
    )
    var addends = density.addends
    let liftedSizes = density.liftedSizes
    let rank = liftedSizes.count
    var sum = builder.constant(0).reshape(Shape.ones(rank: plate.rank + rank))
    for addend in addends { sum = sum + addend }
    if block == nil, !isEliminated,
      let missing = try missingElements(equation, distribution, plate)
    {
      sum = missing.select(builder.constant(0), sum)
      addends = [sum]
    }
    return StatementDensity(plate: plate, liftedSizes: liftedSizes, addends: addends, sum: sum)
  }

  /// The addends of a statement's log density at x, over the plate and the axes over which it is lifted, and the sizes of these.
  ///
  /// `isSampled` says whether x lies within the statement's bounds by the way it is made, `isKnown` whether values of data outside
  /// of bounds are a mistake in the data, `checksObservations` whether data that the distribution cannot have are one.
  func densityAddends(
    of x: LoweredValue,
    _ equation: CheckedEquation,
    _ distribution: CheckedDistribution,
    _ plate: Plate,
    isSampled: Bool,
    isKnown: Bool,
    checksObservations: Bool
  ) throws(LoweringError) -> (addends: [GraphValue], liftedSizes: [Int]) {
    let variable = model.variables[equation.target.index]
    let lowered = try lowering.lowerDistribution(distribution, eventSizes: x.ownSizes, plate)
    try checkCategories(equation, distribution, plate)
    let rank = x.ownRank - distribution.support.eventRank
    let liftedSizes = Array(x.ownSizes.prefix(rank))
    if checksObservations {
      try checkObservations(x, equation, distribution, lifted: liftedSizes, plate)
    }
    var addends = try lowered.logDensity(of: x.node)
    if let normaliser = try normaliser(equation, distribution, lowered, liftedSizes, plate) {
      addends.append(-normaliser)
    }
    if !isSampled,
      let outside = try outsideOfBounds(
        equation,
        x.node,
        variable,
        liftedRank: rank,
        plate,
        isKnown: isKnown
      )
    {
      addends.append(outside.select(builder.constant(-.infinity), 0))
    }
    try lowering.checkBudget(equation.span)
    return (addends, liftedSizes)
  }

  /// Most cases that a statement is divided into.
  private static let mostCases = 8

  /// The rows of a statement's plate, divided by which branches of conditions that are known from data they take; nil
  /// for all of them where there is nothing to divide.
  ///
  /// Each part reads the discrete latents of its own branches only.
  private func rowsByCase(_ equation: CheckedEquation, _ distribution: CheckedDistribution)
    throws(LoweringError) -> [[Int]?]
  {
    var conditions: [CheckedExpression] = []
    for expression in distribution.expressions {
      expression.forEachBranch { if $0.stage == .data { conditions.append($0) } }
    }
    for condition in distribution.conditionsOfBranches where condition.stage == .data {
      conditions.append(condition)
    }
    guard !conditions.isEmpty else { return [nil] }
    let assembly = ArrayAssembly(
      variable: model.variables[equation.target.index],
      id: equation.target,
      model: model,
      lowering: lowering
    )
    let plate = try assembly.plate(of: equation)
    let count = plate.count ?? 0
    var signatures = [[Bool]](repeating: [], count: count)
    for condition in conditions {
      let value = try lowering.lower(condition, plate)
      guard value.ownRank == 0,
        let known = value.node.broadcast(to: Shape(plate.shape)).constantValue
      else { continue }
      for row in 0..<count { signatures[row].append(known.values[row] != 0) }
    }
    var cases: [[Bool]: [Int]] = [:]
    for (row, signature) in signatures.enumerated() { cases[signature, default: []].append(row) }
    guard cases.count > 1, cases.count <= Self.mostCases else { return [nil] }
    return cases.values.sorted { $0[0] < $1[0] }
  }

  /// The elements of data that an equation observes.
  func observed(
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
    case .vector(.sumToZero):
      if let family = lowered as? LoweredFamily, let count = lifted.last,
        let known = family.normaliserOfSumZero(count: count)
      {
        return known
      }
      if distribution.support.eventRank == 0, !distribution.support.isDeclared {
        dropsConstant = true
      }
      return nil
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

  func addFactor(_ factor: CheckedFactor) throws(LoweringError) {
    if isSummedOver(factor.references) {
      let table = try discreteFactor(makeEnumeration(), factor.span) {
        (front) throws(LoweringError) -> (GraphValue, Plate) in
        let (value, plate) = try self.lowered(factor, behind: front)
        return (value.node, plate)
      }
      try checkRows(table, over: factor.binders.map(\.axis), at: factor.span)
      discreteFactors.append(table)
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
    if !factor.binders.isEmpty, factor.references.contains(where: { bound.values.contains($0) }) {
      factorsOverIndices.append(terms.count)
    }
    let repeats = stochastic?.batch.repeats(over: factor.binders.map(\.axis)) ?? 1
    terms.append(
      Term(
        names: names,
        span: factor.span,
        total: total([value.node], over: plate.shape) * repeats,
        elements: value.node.broadcast(to: Shape(plate.shape)),
        axes: factor.binders.map(\.axis),
        isLikelihood: isOverData(factor),
        repeats: repeats
      )
    )
  }

  /// Takes factors that read data as indices only, such as rankings, as log likelihoods where there are no others: beside
  /// observations they may be a prior over neighbours.
  func markFactorsOverData() {
    guard discreteFactors.isEmpty, !terms.contains(where: \.isLikelihood) else { return }
    for index in factorsOverIndices { terms[index].isLikelihood = true }
  }

  /// Whether the elements of a factor are log likelihoods: there is one for each index, and they read data as numbers, not
  /// only as indices.
  private func isOverData(_ factor: CheckedFactor) -> Bool {
    guard !factor.binders.isEmpty else { return false }
    return factor.references.contains { id in
      let variable = model.variables[id.index]
      let isIndex = if case .index = variable.type.element { true } else { false }
      return !isIndex && bound.values.contains(id)
    }
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
