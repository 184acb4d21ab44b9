package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// The absolute value of a logistic variable with location 0.
///
///     log p(x | s) = log 2 − z − 2 log(1 + exp(−z)) − log s,    z = x / s,  x ≥ 0
package struct HalfLogistic: Distribution {
  package let signature = DistributionSignature(
    "HalfLogistic",
    [
      [ParameterSignature("scale", .positive)]
    ],
    support: .positive,
    hasCDF: true,
    drawsWithinBounds: true,
    summary: "Absolute value of a logistic with location 0.",
    formula: "log p(x | s) = log 2 − z − 2 log(1 + exp(−z)) − log s, z = x / s, x ≥ 0"
  )

  package init() {}

  package func locationScale(_ arguments: DistributionArguments) -> LocationScale? {
    .stretched(by: arguments[0])
  }

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    let (x, penalty) = x.restrictedToPositive(orZero: true)
    // A scale outside of its domain gives NaN, as with `Normal`.
    let scale = arguments[0]
    let z = x / scale
    return penalty + [-(z + 2 * (-z).softplus()), logTwo - scale.log()]
  }

  package func logProbability(
    above lower: GraphValue?,
    upTo upper: GraphValue?,
    _ arguments: DistributionArguments
  ) -> GraphValue? {
    SymmetricTails.logistic.logProbabilityOfSize(
      above: lower,
      upTo: upper,
      scale: checked(arguments)[0]
    )
  }

  package func quantile(of p: GraphValue, _ arguments: DistributionArguments) -> GraphValue? {
    checked(arguments)[0] * (2 * p.atanh())
  }

  package func sample(
    shape: Shape,
    _ arguments: DistributionArguments,
    lower: GraphValue?,
    upper: GraphValue?,
    random: RandomSource
  ) -> GraphValue? {
    SymmetricFamily.logistic.sampleSize(
      shape: shape,
      scale: checked(arguments)[0],
      lower: lower,
      upper: upper,
      random: random
    )
  }
}
