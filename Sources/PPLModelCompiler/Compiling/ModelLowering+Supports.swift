import PPLDistributions
import PPLGraphIR
import PPLSemantics
import PPLSourceText
import PPLSyntax
import PPLTensorCore
import PPLTypeSystem

extension ModelLowering {
  /// The bounds that an equation's type declares; of integers, what they lie above and are at most.
  func declaredEnds(
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
  func supportEnds(
    _ distribution: CheckedDistribution,
    lifted: [Int],
    _ plate: Plate
  ) throws(LoweringError) -> (lower: GraphValue?, upper: GraphValue?) {
    let support = distribution.support
    let ends = try lowering.supportEnds(support, lifted: lifted, plate)
    return (support.isDiscrete ? ends.lower.map { $0 - 1 } : ends.lower, ends.upper)
  }

  /// From the whole line to the support that an equation gives its target.
  func transform(
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
}
