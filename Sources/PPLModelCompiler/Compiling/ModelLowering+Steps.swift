import PPLDistributions
import PPLGraphIR
import PPLSemantics
import PPLSourceText
import PPLTensorCore
import PPLTypeSystem

// Random walks and other sampled quantities that read their own earlier elements: their coordinates can be deviations
// from what these predict, so that the values follow from index to index.

extension ModelLowering {
  /// One statement of such a quantity.
  private struct Step {
    var variable: VariableID
    var equation: Int
    var eventSizes: [Int]
    var layout: CoordinateLayout
    var input: (number: Int, value: GraphValue)
    /// The choice of coordinates, and the other one; nil where they are as written.
    var weights: (own: (number: Int, value: GraphValue), other: (number: Int, value: GraphValue))?
  }

  /// The sampled quantities whose statements all allow it, as far as the text tells.
  func steppingCandidates() -> Set<VariableID> {
    var result: Set<VariableID> = []
    for (position, variable) in model.variables.enumerated()
    where isSampled(VariableID(position)) {
      let id = VariableID(position)
      let isCandidate = variable.equations.allSatisfy { index in
        let equation = model.equations[index]
        guard equation.condition == nil, !isSummedOver(equation.references) else { return false }
        return !equation.references.contains(id) || hasLocationScale(equation)
      }
      if isCandidate { result.insert(id) }
    }
    return result
  }

  /// The statements of sampled quantities that read what is computed together with them.
  func equationsWithSteps() -> Set<Int> {
    var result: Set<Int> = []
    for recursion in steps.recursions {
      let members = Set(recursion.variables)
      for id in recursion.variables where isSampled(id) {
        for index in model.variables[id.index].equations
        where !members.isDisjoint(with: model.equations[index].references) {
          result.insert(index)
        }
      }
    }
    return result
  }

  func isSampled(_ id: VariableID) -> Bool {
    if case .modeled(let role) = model.variables[id.index].role { role.isFree } else { false }
  }

  /// Whether the family of a statement has a location or scale, and nothing else restricts its values.
  private func hasLocationScale(_ equation: CheckedEquation) -> Bool {
    guard case .distribution(let distribution) = equation.body,
      case .family(let family) = distribution.form, case .none = equation.constraint,
      let definition = DistributionLibrary.standard[family.signature.name]
    else { return false }
    let scratch = GraphBuilder()
    let ones = family.parameters.map { parameter in
      scratch.constant(1).reshape(.ones(rank: parameter.rank))
    }
    let arguments = DistributionArguments(parameterisation: family.parameterisation, ones)
    return definition.locationScale(arguments) != nil
  }

  /// Computes the members of a recursion, of which some are sampled.
  func defineSteps(_ recursion: CheckedRecursion) throws(LoweringError) {
    var steps: [Step] = []
    for id in recursion.variables where isSampled(id) {
      for index in model.variables[id.index].equations {
        let next = try step(id, index)
        steps.append(next)
      }
    }
    let loop = RecursionLowering(
      recursion,
      lowering,
      draw: { (id, equation, distribution, place) throws(LoweringError) -> GraphValue in
        let own = steps.first { self.model.equations[$0.equation].span == equation.span }
        guard let own else { preconditionFailure("a statement of this recursion") }
        return try self.values(of: own, distribution, place)
      }
    )
    for (id, value) in try loop.values() { values[id] = value }
    for step in steps { try finish(step) }
  }

  /// The inputs of a statement.
  private func step(_ id: VariableID, _ index: Int) throws(LoweringError) -> Step {
    let variable = model.variables[id.index]
    let equation = model.equations[index]
    guard case .distribution(let distribution) = equation.body else {
      preconditionFailure("sampled quantities have statements with `~`")
    }
    let isStep = steppingEquations.contains(index)
    let assembly = ArrayAssembly(variable: variable, id: id, model: model, lowering: lowering)
    let plate = try assembly.plate(of: equation)
    lowering.lowerLocalsWhenRead(equation.locals, plate)
    let sizes = try eventSizes(id, distribution, plate)
    let layout = try coordinateLayout(equation, distribution, sizes, plate)
    let input = (inputCount, addInput(layout.shape))
    var result = Step(
      variable: id,
      equation: index,
      eventSizes: sizes,
      layout: layout,
      input: input
    )
    var hasChoice = isStep
    if !isStep {
      let form = try locationScale(equation, distribution, sizes, layout.transform, plate)
      hasChoice = form != nil
    }
    if hasChoice {
      let own = (inputCount, addInput(Shape(layout.outer)))
      result.weights = (own, (inputCount, addInput(Shape(layout.outer))))
    }
    return result
  }

  /// The values of a statement's elements at some of its indices.
  private func values(
    of step: Step,
    _ distribution: CheckedDistribution,
    _ place: RecursionLowering.Place
  ) throws(LoweringError) -> GraphValue {
    func rows(_ whole: GraphValue) -> GraphValue {
      guard let axis = place.axis else { return whole }
      return whole.slice(axis: axis, start: place.rows.lowerBound, count: place.rows.count)
    }
    let shape = Shape(place.plate.shape + step.eventSizes)
    let transform = step.layout.transform
    var coordinates = rows(step.input.value)
    if let weights = step.weights {
      let form = try form(of: step, distribution, place.plate)
      coordinates = form.place(coordinates, weight: rows(weights.own.value)).value
        .broadcast(to: coordinates.shape)
    }
    return transform.constrain(coordinates, eventSizes: step.layout.event).value.reshape(shape)
  }

  /// Location and scale of a statement's elements.
  private func form(of step: Step, _ distribution: CheckedDistribution, _ plate: Plate)
    throws(LoweringError) -> LocationScale
  {
    guard case .family(let family) = distribution.form else {
      preconditionFailure("a family with a location or scale")
    }
    let place = DistributionPlace(
      plate: plate,
      eventSizes: step.eventSizes,
      eventRank: distribution.support.eventRank,
      lowering: lowering
    )
    guard let form = try LoweredFamily(family, place).locationScale else {
      preconditionFailure("a family with a location or scale")
    }
    return form
  }

  /// Adds the block of a statement, now that the values of all its elements are known.
  private func finish(_ step: Step) throws(LoweringError) {
    let variable = model.variables[step.variable.index]
    let equation = model.equations[step.equation]
    guard case .distribution(let distribution) = equation.body,
      let whole = values[step.variable]?.node
    else { preconditionFailure("a statement whose elements have values") }
    let assembly = ArrayAssembly(
      variable: variable,
      id: step.variable,
      model: model,
      lowering: lowering
    )
    let plate = try assembly.plate(of: equation)
    try lowering.lowerLocals(equation.locals, plate)
    let (transform, outer, event) = (step.layout.transform, step.layout.outer, step.layout.event)
    let positions = try assembly.positions(of: equation, plate)
    let value = elements(whole, at: positions, plateRank: variable.plateRank)
      .reshape(Shape(outer + event))
    var coordinates = step.input.value
    var centering: BlockCentering?
    if let weights = step.weights {
      let form = try form(of: step, distribution, plate)
      coordinates = transform.unconstrain(value).reshape(step.layout.shape)
      let jacobian = form.place(step.input.value, weight: weights.own.value).logJacobian
      if !jacobian.isEmpty { self.jacobian.append(total(jacobian, over: outer)) }
      centering = .chosen(
        weights: weights.own.number,
        others: weights.other.number,
        moved: form.coordinates(of: coordinates, weight: weights.other.value)
          .broadcast(to: step.layout.shape)
      )
    }
    let jacobian = transform.constrain(coordinates, eventSizes: event).logJacobian
    if !jacobian.isEmpty { self.jacobian.append(total(jacobian, over: outer)) }
    blockOfEquation[step.equation] = blocks.count
    blocks.append(
      Block(
        variable: step.variable,
        equation: step.equation,
        input: step.input.value,
        inputNumber: step.input.number,
        centering: centering,
        value: value,
        transform: transform,
        positions: positions
      )
    )
  }
}
