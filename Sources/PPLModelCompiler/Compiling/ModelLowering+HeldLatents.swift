import PPLGraphIR
import PPLSemantics
import PPLSyntax
import PPLTensorCore
import PPLTypeSystem

// Discrete latents that are coordinates of the position beside those of the continuous ones, for engines that move each kind
// of coordinates in a way of its own.

/// The least and the greatest value of each element of a discrete latent; infinite where there is none that is known from data.
package struct IntegerEnds: Sendable, Hashable {
  package var lower: [Double]
  package var upper: [Double]
}

extension ModelLowering {
  /// The values of a discrete latent, which are an input of their own.
  struct HeldBlock {
    var variable: VariableID
    var inputNumber: Int
    var count: Int
    var ends: IntegerEnds
  }

  /// The inputs that make up the position, in order.
  var positionInputs: [Int] {
    (blocks.map(\.inputNumber) + heldBlocks.map(\.inputNumber)).sorted()
  }

  /// The values of a discrete latent from an input that holds whole numbers.
  ///
  /// Where the ends of its values depend on other latents, what lies beyond them has no density.
  func heldValue(of id: VariableID) throws(LoweringError) -> VariableValue {
    let variable = model.variables[id.index]
    let name = variable.name.text
    if try lowering.existing(variable.type.axes) != nil {
      throw LoweringError(
        "E0901",
        "discrete latents in rows of different lengths cannot be drawn one by one by this version",
        at: variable.name.span,
        help: "fit with `svi`, which approximates `\(name)`"
      )
    }
    let (lower, upper): (GraphValue, GraphValue)
    switch variable.type.element {
    case .boolean, .index:
      // The ends are those of the type; the statements tell the shape.
      let shape = try discreteEnds(of: id).lower.shape
      var last = 1.0
      if case .index(let dimension) = variable.type.element {
        last = Double(bound[dimension].count - 1)
      }
      lower = builder.constant(0).broadcast(to: shape)
      upper = builder.constant(last).broadcast(to: shape)
    default: (_, lower, upper) = try discreteEnds(of: id)
    }
    let shape = lower.shape
    let number = inputCount
    let input = constrained[id].map { builder.constant($0).reshape(shape) } ?? addInput(shape)
    let value =
      variable.type.element == .boolean ? input.isGreater(than: 0.5) : input.round().detached()
    heldBlocks.append(
      HeldBlock(
        variable: id,
        inputNumber: number,
        count: shape.count,
        ends: IntegerEnds(
          lower: lower.constantValue?.values
            ?? [Double](repeating: -.infinity, count: shape.count),
          upper: upper.constantValue?.values ?? [Double](repeating: .infinity, count: shape.count)
        )
      )
    )
    if lower.constantValue == nil || upper.constantValue == nil {
      let isInside = lower.isLessOrEqual(to: value).and(value.isLessOrEqual(to: upper))
      let outside = isInside.select(builder.constant(0), builder.constant(-.infinity))
      terms.append(
        Term(
          names: ElementNames(
            name: name,
            sizes: shape.sizes,
            indices: [],
            lifted: variable.type.axes.map { $0.dimension.map { bound[$0] } }
          ),
          span: variable.name.span,
          total: outside.sum(),
          elements: outside.broadcast(to: shape)
        )
      )
    }
    return VariableValue(value)
  }
}
