import PPLDistributions
import PPLGraphIR
import PPLSemantics
import PPLSourceText
import PPLSyntax
import PPLTensorCore
import PPLTypeSystem

extension ModelLowering {
  /// Where the unconstrained values of a statement begin.
  func start(of id: VariableID, _ number: Int) throws(LoweringError) -> ParameterStart {
    if let weight = model.weights[id] {
      return .random(try sizesOfLayers().weights(of: weight.layer)[weight.number].start)
    }
    guard let initial = model.initialValues[id] else { return .constant(0) }
    let equation = model.equations[number]
    guard case .distribution(let distribution) = equation.body else { return .constant(0) }
    let assembly = ArrayAssembly(
      variable: model.variables[id.index],
      id: id,
      model: model,
      lowering: lowering
    )
    let plate = try assembly.plate(of: equation)
    let eventSizes = try eventSizes(id, distribution, plate)
    let layout = try coordinateLayout(equation, distribution, eventSizes, plate)
    let value = try lowering.lower(initial, .makeRoot())
    let shape = Shape(layout.outer + layout.event)
    guard value.ownRank == 0 || value.node.shape.count == shape.count else {
      throw LoweringError(
        "E0203",
        "`\(model.variables[id.index].name.text)` has \(shape.count) elements, and it begins with"
          + " \(value.node.shape.count)",
        at: initial.span,
        help: "give it one number, or one for each element"
      )
    }
    let ones = Shape(
      [Int](repeating: 1, count: shape.rank - value.ownRank) + value.ownSizes
    )
    let placed =
      value.ownRank == shape.rank || value.ownRank == 0
      ? value.node.reshape(ones) : value.node.reshape(shape)
    let unconstrained = layout.transform.unconstrain(placed.broadcast(to: shape))
      .reshape(layout.shape)
    guard let known = unconstrained.constantValue, known.values.allSatisfy(\.isFinite) else {
      throw LoweringError(
        "E0308",
        "`\(model.variables[id.index].name.text)` cannot begin there",
        at: initial.span,
        "it lies outside of the bounds of its type, or on their edge",
        help: "begin inside of the bounds"
      )
    }
    return .values(known.values)
  }
}
