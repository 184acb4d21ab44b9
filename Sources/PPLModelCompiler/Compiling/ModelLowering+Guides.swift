import PPLDistributions
import PPLGraphIR
import PPLSemantics
import PPLSourceText
import PPLSyntax
import PPLTensorCore
import PPLTypeSystem

// Drawing latents from what approximates them.

extension ModelLowering {
  /// A draw of a latent from a statement of a guide.
  struct GuideDraw {
    /// Plate, then event.
    var value: GraphValue
    /// The log density of the guide at it, in addends.
    var logDensity: [GraphValue]
    /// Sizes of the plate and of the axes that a distribution of scalars is lifted over.
    var outer: [Int]
    /// The entropy of each element, where it is cheap: that of few values by their logits.
    var entropy: GraphValue?
  }

  /// Draws a latent from a statement of a guide.
  ///
  /// - Throws: where an event holds all rows of which each step sees some, and what cannot be drawn from.
  func draw(from equation: CheckedEquation, _ distribution: CheckedDistribution)
    throws(LoweringError) -> GuideDraw
  {
    let variable = model.variables[equation.target.index]
    for read in equation.references.inOrder {
      let isMissing =
        bound.missing[read]?.isEmpty == false || stochastic?.batch.missing[read] != nil
      guard isMissing else { continue }
      throw LoweringError(
        "E0627",
        "the guide of `\(variable.name.text)` reads missing cells of"
          + " `\(model.variables[read.index].name.text)`",
        at: equation.targetSpan,
        help: "let it read data that are known, or remove the rows with missing cells"
      )
    }
    let assembly = ArrayAssembly(
      variable: variable,
      id: equation.target,
      model: model,
      lowering: lowering
    )
    let plate = try assembly.plate(of: equation)
    try lowering.lowerLocals(equation.locals, plate)
    let axes = Array(variable.type.axes.dropFirst(equation.items.count))
    if let batch = stochastic?.batch,
      axes.suffix(distribution.support.eventRank).contains(where: batch.contains)
    {
      throw batch.refuse(
        "one event of `\(distribution.name)` holds all rows",
        at: equation.targetSpan
      )
    }
    let event = try lowering.eventSizes(axes, distribution, plate, equation.targetSpan)
    let lowered = try lowering.lowerDistribution(distribution, eventSizes: event, plate)
    guard
      let sample = try lowered.sample(
        shape: Shape(plate.shape + event),
        lower: nil,
        upper: nil,
        random: random
      )
    else {
      throw LoweringError(
        "E0306",
        "`\(distribution.name)` cannot be drawn from",
        at: distribution.span
      )
    }
    // Discrete draws have no derivative, and want none.
    let drawn = distribution.support.isDiscrete ? sample.detached() : sample
    var value = drawn
    if case .categories = distribution.support, variable.type.element == .integer {
      value = drawn + lowering.constant(1)
    }
    return GuideDraw(
      value: value,
      logDensity: try lowered.logDensity(of: drawn),
      outer: plate.shape + event.dropLast(distribution.support.eventRank),
      entropy: try entropy(distribution, lowered, rank: plate.rank + event.count, plate)
    )
  }

  /// The entropy of a distribution of few values that is given by logits; nil for others, whose logarithms may be infinite.
  private func entropy(
    _ distribution: CheckedDistribution,
    _ lowered: any LoweredDistribution,
    rank: Int,
    _ plate: Plate
  ) throws(LoweringError) -> GraphValue? {
    guard stochastic != nil, case .family(let family) = distribution.form,
      family.parameterisation == 1
    else { return nil }
    let count: Int
    switch family.signature.name {
    case "Bernoulli": count = 2
    case "Categorical": count = try lowering.categoryCount(distribution.support, plate) ?? 0
    default: return nil
    }
    guard count > 0, count <= DiscreteGuideFamily.mostCategories else { return nil }
    var entropy = builder.constant(0).reshape(.ones(rank: rank))
    for state in 0..<count {
      let value = lowering.constant(Double(state)).reshape(.ones(rank: rank))
      let logarithm = try lowered.totalLogDensity(of: value, builder, rank: rank)
      entropy = entropy - logarithm.exp() * logarithm
    }
    return entropy
  }

  /// Gives the latents of a guide the values that it draws for them, from the data as bound, where nothing else gives them.
  ///
  /// - Throws: where the guide reads latents that are not given.
  func drawGuided(_ guide: CheckedGuide) throws(LoweringError) {
    for equation in guide.equations { try drawGuided(equation, guide) }
  }

  private func drawGuided(_ equation: CheckedEquation, _ guide: CheckedGuide)
    throws(LoweringError)
  {
    let id = equation.target
    guard givens[id] == nil, case .distribution(let distribution) = equation.body else { return }
    let variable = model.variables[id.index]
    for read in equation.references.inOrder {
      if givens[read]?.whole != nil {
        try defineAhead(read)
        continue
      }
      if let own = guide.equations.first(where: { $0.target == read }) {
        try drawGuided(own, guide)
        try defineAhead(read)
        continue
      }
      guard case .modeled(let role) = model.variables[read.index].role else { continue }
      guard role == .derived else {
        throw LoweringError(
          "E0627",
          "the guide of `\(variable.name.text)` reads `\(model.variables[read.index].name.text)`,"
            + " of which the fit has no draws for these data",
          at: equation.targetSpan,
          help: "let the guide read data alone, or predict for the fit's own data"
        )
      }
      try defineAhead(read)
    }
    let drawn = try draw(from: equation, distribution).value
    let plateRank = equation.items.count
    let sizes = Array(drawn.shape.sizes.prefix(plateRank))
    let count = sizes.reduce(1, *)
    givens[id] = GivenElements(
      rows: drawn.reshape(Shape([count] + drawn.shape.sizes.dropFirst(plateRank))),
      places: Array(0..<count),
      plateSizes: sizes
    )
  }
}
