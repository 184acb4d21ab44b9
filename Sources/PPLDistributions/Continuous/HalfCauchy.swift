package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// The absolute value of a Cauchy variable with location 0.
///
///     log p(x | s) = log(2 / π) − log s − log(1 + (x / s)²),    x ≥ 0
package struct HalfCauchy: Distribution {
  package let signature = DistributionSignature(
    "HalfCauchy",
    [
      [ParameterSignature("scale", .positive)]
    ],
    support: .positive,
    hasCDF: true,
    drawsWithinBounds: true,
    summary: "Absolute value of a Cauchy with location 0.",
    formula: "log p(x | s) = log(2 / π) − log s − log(1 + (x / s)²), x ≥ 0"
  )

  package init() {}

  package func locationScale(_ arguments: DistributionArguments) -> LocationScale? {
    .stretched(by: arguments[0])
  }

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    let (x, penalty) = x.restricted(outside: x.isLess(than: 0), inner: 1)
    // A scale outside of its domain gives NaN, as with `Normal`.
    let scale = arguments[0]
    return penalty + [
      -(x / scale).square().log1p(), -scale.log(), x.constantAddend(logTwo - logPi),
    ]
  }

  package func logProbability(
    above lower: GraphValue?,
    upTo upper: GraphValue?,
    _ arguments: DistributionArguments
  ) -> GraphValue? {
    SymmetricTails.cauchy.logProbabilityOfSize(
      above: lower,
      upTo: upper,
      scale: checked(arguments)[0]
    )
  }

  package func quantile(of p: GraphValue, _ arguments: DistributionArguments) -> GraphValue? {
    checked(arguments)[0] * (0.5 * .pi * p).tan()
  }

  package func sample(
    shape: Shape,
    _ arguments: DistributionArguments,
    lower: GraphValue?,
    upper: GraphValue?,
    random: RandomSource
  ) -> GraphValue? {
    SymmetricFamily.cauchy.sampleSize(
      shape: shape,
      scale: checked(arguments)[0],
      lower: lower,
      upper: upper,
      random: random
    )
  }
}
