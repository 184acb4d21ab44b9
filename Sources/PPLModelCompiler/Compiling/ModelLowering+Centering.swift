import PPLDistributions
import PPLGraphIR
import PPLSemantics
import PPLSyntax
import PPLTensorCore
import PPLTypeSystem

/// What is known of a choice between the values of a statement's elements and their deviations as coordinates.
enum BlockCentering {
  /// There is one.
  case possible
  /// It is taken from the inputs with these numbers, one weight an element; `moved` are the coordinates that
  /// the elements have with the other weights.
  case chosen(weights: Int, others: Int, moved: GraphValue)
}

extension ModelLowering {
  /// Where the elements of a statement lie and how far they spread, if that depends on latents.
  ///
  /// A location that reads elements which have no value yet, as those of a random walk do, is taken as 0.
  func locationScale(
    _ equation: CheckedEquation,
    _ distribution: CheckedDistribution,
    _ eventSizes: [Int],
    _ transform: Transform,
    _ plate: Plate
  ) throws(LoweringError) -> LocationScale? {
    guard case .family(let family) = distribution.form, case .none = equation.constraint,
      distribution.stage == .random, !isSummedOver(equation.references),
      let definition = DistributionLibrary.standard[family.signature.name]
    else { return nil }
    let location = definition.locationParameter
    let unknown = family.arguments.indices.filter { !isKnown(family.arguments[$0], equation) }
    guard unknown.isEmpty || unknown == [location] else { return nil }
    let place = DistributionPlace(
      plate: plate,
      eventSizes: eventSizes,
      eventRank: distribution.support.eventRank,
      lowering: lowering
    )
    let lowered = try LoweredFamily(family, place, leavingOut: unknown.first)
    guard let form = lowered.locationScale, !form.isKnown else { return nil }
    return form
  }

  /// Whether everything that an expression reads has its value.
  private func isKnown(_ expression: CheckedExpression, _ equation: CheckedEquation) -> Bool {
    var isKnown = true
    expression.forEachPart { part in
      switch part.kind {
      case .variable(let id):
        let isComplete = bound.values.contains(id) && bound.missing[id] == nil
        if values[id] == nil, !isComplete { isKnown = false }
      case .local(let id):
        if let local = equation.locals.first(where: { $0.id == id }),
          !self.isKnown(local.value, equation)
        {
          isKnown = false
        }
      default: break
      }
    }
    return isKnown
  }
}
