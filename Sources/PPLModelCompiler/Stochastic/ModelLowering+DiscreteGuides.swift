import PPLDistributions
import PPLGraphIR
import PPLSemantics
import PPLSourceText
import PPLSyntax
import PPLTensorCore
import PPLTypeSystem

// What approximates discrete latents that are not summed out.

extension ModelLowering {
  /// The family that approximates a discrete latent, with the shape of the elements that a step sees.
  ///
  /// - Throws: where elements have no statement or several, where a statement holds for a part of the rows, and where nothing is
  ///   known that has the values.
  func discreteFamily(of id: VariableID) throws(LoweringError) -> (
    family: DiscreteGuideFamily, shape: Shape
  ) {
    let variable = model.variables[id.index]
    try checkRows(of: variable)
    let (ends, lower, upper) = try discreteEnds(of: id)
    switch variable.type.element {
    case .boolean: return (.bernoulli(first: 0), lower.shape)
    case .index(let dimension):
      let count = bound[dimension].count
      return (
        count == 2 ? .bernoulli(first: 0) : .categorical(first: 0, count: count, possible: nil),
        lower.shape
      )
    default: break
    }
    if let family = categories(ends, lower, upper) { return (family, lower.shape) }
    let isEnded = (lower: ends.map { $0.lower != nil }, upper: ends.map { $0.upper != nil })
    guard Set(isEnded.lower).count == 1, Set(isEnded.upper).count == 1 else {
      throw LoweringError(
        "E0901",
        "the values of `\(variable.name.text)` have ends in some statements only, and cannot be"
          + " approximated by this version",
        at: variable.name.span,
        help: "bound it in all of its statements, or in none"
      )
    }
    return (
      .discretizedLogistic(
        lower: isEnded.lower[0] ? lower : nil,
        upper: isEnded.upper[0] ? upper : nil
      ), lower.shape
    )
  }

  /// The least and the greatest value of a discrete latent: of each statement, nil for none, and of each element of the
  /// latent, infinite for none.
  ///
  /// - Throws: where elements have no statement or several, and where nothing is known that has the values.
  func discreteEnds(of id: VariableID) throws(LoweringError) -> (
    statements: [(lower: GraphValue?, upper: GraphValue?)], lower: GraphValue, upper: GraphValue
  ) {
    let variable = model.variables[id.index]
    let assembly = ArrayAssembly(variable: variable, id: id, model: model, lowering: lowering)
    var ends: [(lower: GraphValue?, upper: GraphValue?)] = []
    var pieces: [(lower: Piece, upper: Piece)] = []
    for index in variable.equations {
      let equation = model.equations[index]
      guard case .distribution(let distribution) = equation.body else { continue }
      let plate = try assembly.plate(of: equation)
      lowering.lowerLocalsWhenRead(equation.locals, plate)
      let event = try eventSizes(id, distribution, plate)
      let own = try valueEnds(equation, distribution, event, plate)
      let positions = try assembly.positions(of: equation, plate)
      func piece(_ end: GraphValue?, _ none: Double) -> Piece {
        let value = end ?? builder.constant(none).reshape(.ones(rank: plate.rank + event.count))
        return Piece(
          positions: positions,
          node: value.broadcast(to: Shape(plate.shape + event)),
          origins: [Int](repeating: 0, count: event.count),
          span: equation.targetSpan
        )
      }
      ends.append(own)
      pieces.append((piece(own.lower, -.infinity), piece(own.upper, .infinity)))
    }
    return (
      ends, try assembly.assemble(pieces.map(\.lower)).node,
      try assembly.assemble(pieces.map(\.upper)).node
    )
  }

  /// Few values that are the same for all rows; nil for others.
  ///
  /// Which family it is must not depend on which rows a step sees.
  private func categories(
    _ ends: [(lower: GraphValue?, upper: GraphValue?)],
    _ lower: GraphValue,
    _ upper: GraphValue
  ) -> DiscreteGuideFamily? {
    var (least, greatest) = (Double.infinity, -Double.infinity)
    for end in ends {
      guard let low = end.lower?.singleValue, let high = end.upper?.singleValue, low <= high,
        high - low < Double(DiscreteGuideFamily.mostCategories)
      else { return nil }
      least = min(least, low)
      greatest = max(greatest, high)
    }
    guard let count = Int(exactly: greatest - least + 1),
      count <= DiscreteGuideFamily.mostCategories
    else { return nil }
    if count == 2, ends.count == 1 { return .bernoulli(first: least) }
    guard ends.count > 1, let low = lower.constantValue, let high = upper.constantValue else {
      return .categorical(first: least, count: count, possible: nil)
    }
    var possible: [Double] = []
    for (low, high) in zip(low.values, high.values) {
      for state in 0..<count {
        let value = least + Double(state)
        possible.append(value >= low && value <= high ? 1 : 0)
      }
    }
    let mask = Tensor(shape: Shape(low.shape.sizes + [count]), values: possible)
    return .categorical(
      first: least,
      count: count,
      possible: mask.values.allSatisfy { $0 == 1 } ? nil : mask
    )
  }

  /// The least and the greatest integer that a statement allows, over its plate and the lifted axes; nil for none.
  private func valueEnds(
    _ equation: CheckedEquation,
    _ distribution: CheckedDistribution,
    _ event: [Int],
    _ plate: Plate
  ) throws(LoweringError) -> (lower: GraphValue?, upper: GraphValue?) {
    let name = model.variables[equation.target.index].name.text
    var ends: (lower: GraphValue?, upper: GraphValue?)
    switch (equation.constraint, distribution.support) {
    case (.none, .categories), (.bounds, .categories):
      let count = try lowering.categoryCount(distribution.support, plate) ?? 1
      func constant(_ value: Double) -> GraphValue {
        builder.constant(value).reshape(.ones(rank: plate.rank + event.count))
      }
      ends = (constant(1), constant(Double(count)))
    case (.none, .integers), (.bounds, .integers):
      ends = try lowering.supportEnds(distribution.support, lifted: event, plate)
    default:
      throw LoweringError(
        "E0901",
        "the values of `\(name)` cannot be approximated by this version",
        at: equation.targetSpan,
        help: "let each element be an integer with bounds, or a category"
      )
    }
    let declared = try declaredEnds(equation, distribution, liftedRank: event.count, plate)
    return (
      tighter(ends.lower, declared.lower.map { $0 + 1 }) { $0.max($1) },
      tighter(ends.upper, declared.upper) { $0.min($1) }
    )
  }

  /// Reports statements over a batched dimension that hold for a part of its rows.
  private func checkRows(of variable: Variable) throws(LoweringError) {
    guard let batch = stochastic?.batch else { return }
    for index in variable.equations {
      let equation = model.equations[index]
      for (item, axis) in zip(equation.items, variable.type.axes) where batch.contains(axis) {
        guard case .binder = item, equation.condition == nil else {
          throw batch.refuse("this holds for a part of the rows", at: equation.targetSpan)
        }
      }
    }
  }

  /// A draw of a discrete latent from a statement of a guide.
  func discreteDraw(from equation: CheckedEquation, _ distribution: CheckedDistribution)
    throws(LoweringError) -> DiscreteDraw
  {
    let variable = model.variables[equation.target.index]
    if case .index(let dimension) = variable.type.element {
      let assembly = ArrayAssembly(
        variable: variable,
        id: equation.target,
        model: model,
        lowering: lowering
      )
      let plate = try assembly.plate(of: equation)
      let count = try lowering.categoryCount(distribution.support, plate)
      guard count == bound[dimension].count else {
        throw LoweringError(
          "E0614",
          "the guide of `\(variable.name.text)` has \(count ?? 0) categories, and"
            + " `\(bound[dimension].name)` has \(bound[dimension].count) labels",
          at: distribution.span,
          help: "give it one probability or logit for each label"
        )
      }
    }
    let drawn = try draw(from: equation, distribution)
    let shape = Shape(drawn.outer)
    func whole(_ addends: [GraphValue]) -> GraphValue {
      addends.reduce(builder.constant(0).reshape(.ones(rank: shape.rank)), +).broadcast(to: shape)
    }
    return DiscreteDraw(
      value: drawn.value,
      logProbability: whole(drawn.logDensity),
      entropy: drawn.entropy.map { $0.broadcast(to: shape) }
    )
  }
}

extension GraphValue {
  /// The value of a constant that does not vary along any axis; nil for others.
  fileprivate var singleValue: Double? {
    shape.count == 1 ? constantValue?.values.first : nil
  }
}
