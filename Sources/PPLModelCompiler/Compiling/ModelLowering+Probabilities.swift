import PPLDistributions
import PPLGraphIR
import PPLSemantics
import PPLSourceText
import PPLTensorCore
import PPLTypeSystem

extension ModelLowering {
  /// Takes note of the probabilities of all values of what a statement draws, where they are few and it draws the whole quantity.
  func noteProbabilities(
    _ equation: CheckedEquation,
    _ distribution: CheckedDistribution,
    _ lowered: any LoweredDistribution,
    _ eventSizes: [Int],
    _ plate: Plate
  ) throws(LoweringError) {
    guard distribution.support.eventRank == 0,
      model.variables[equation.target.index].equations.count == 1,
      case .none = equation.constraint
    else { return }
    let count: Int
    switch distribution.support {
    case .categories: count = try lowering.categoryCount(distribution.support, plate) ?? 0
    case .integers where distribution.support.isBoolean: count = 2
    default: return
    }
    let assembly = ArrayAssembly(
      variable: model.variables[equation.target.index],
      id: equation.target,
      model: model,
      lowering: lowering
    )
    guard count > 0, count <= Self.mostValues, try assembly.positions(of: equation, plate) == nil
    else { return }
    let shape = Shape(plate.shape + eventSizes)
    var columns: [GraphValue] = []
    for value in 0..<count {
      let ones = Shape.ones(rank: shape.rank)
      let addends = try lowered.logDensity(of: lowering.constant(Double(value)).reshape(ones))
      let sum = addends.reduce(builder.constant(0).reshape(ones), +)
      columns.append(sum.exp().broadcast(to: shape).reshape(Shape(shape.sizes + [1])))
    }
    probabilities[equation.target] = .concatenate(columns, axis: shape.rank)
  }

  /// Values of which the probabilities are worked out at most.
  private static let mostValues = 1000
}
