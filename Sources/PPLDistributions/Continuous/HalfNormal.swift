package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// The absolute value of a normal variable with mean 0.
///
///     log p(x | σ) = −½ (x / σ)² − log σ + ½ log(2 / π),    x ≥ 0
package struct HalfNormal: Distribution {
  package let signature = DistributionSignature(
    "HalfNormal",
    [
      [ParameterSignature("sd", .positive)]
    ],
    support: .positive,
    hasCDF: true,
    drawsWithinBounds: true,
    summary: "Absolute value of a normal with mean 0 and standard deviation sd.",
    formula: "log p(x | σ) = −½ (x / σ)² − log σ + ½ log(2 / π), x ≥ 0"
  )

  package init() {}

  package func locationScale(_ arguments: DistributionArguments) -> LocationScale? {
    .stretched(by: arguments[0])
  }

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    let (x, penalty) = x.restricted(outside: x.isLess(than: 0), inner: 1)
    // A deviation outside of its domain gives NaN, as with `Normal`.
    let sd = arguments[0]
    return penalty + [
      -0.5 * (x / sd).square(), -sd.log(), x.constantAddend(logTwo - logSqrtTwoPi),
    ]
  }

  package func logProbability(
    above lower: GraphValue?,
    upTo upper: GraphValue?,
    _ arguments: DistributionArguments
  ) -> GraphValue? {
    SymmetricTails.normal.logProbabilityOfSize(
      above: lower,
      upTo: upper,
      scale: checked(arguments)[0]
    )
  }

  package func quantile(of p: GraphValue, _ arguments: DistributionArguments) -> GraphValue? {
    checked(arguments)[0] * SymmetricFamily.normal.quantile(0.5 + 0.5 * p)
  }

  package func sample(
    shape: Shape,
    _ arguments: DistributionArguments,
    lower: GraphValue?,
    upper: GraphValue?,
    random: RandomSource
  ) -> GraphValue? {
    SymmetricFamily.normal.sampleSize(
      shape: shape,
      scale: checked(arguments)[0],
      lower: lower,
      upper: upper,
      random: random
    )
  }
}
