package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// The beta distribution by its mean μ and concentration κ: α = μ κ, β = (1 − μ) κ.
///
///     log p(x | μ, κ) = (μ κ − 1) log x + ((1 − μ) κ − 1) log(1 − x) − log B(μ κ, (1 − μ) κ),    0 ≤ x ≤ 1
///
/// A mean of 0 or 1 has no density.
package struct BetaProportion: Distribution {
  package let signature = DistributionSignature(
    "BetaProportion",
    [
      [ParameterSignature("mean", .probability), ParameterSignature("concentration", .positive)]
    ],
    support: .unitInterval,
    hasCDF: true,
    summary: "Beta with a mean and a concentration: alpha + beta.",
    formula:
      "log p(x | μ, κ) = (μ κ − 1) log x + ((1 − μ) κ − 1) log(1 − x) − log B(μ κ, (1 − μ) κ), 0 ≤ x ≤ 1"
  )

  package init() {}

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    Beta().logDensity(of: x, beta(arguments))
  }

  package func logProbability(
    above lower: GraphValue?,
    upTo upper: GraphValue?,
    _ arguments: DistributionArguments
  ) -> GraphValue? {
    Beta().logProbability(above: lower, upTo: upper, beta(arguments))
  }

  package func isLogProbabilityDifferentiable(inParameter position: Int) -> Bool { false }

  package func sample(
    shape: Shape,
    _ arguments: DistributionArguments,
    lower: GraphValue?,
    upper: GraphValue?,
    random: RandomSource
  ) -> GraphValue? {
    Beta().sample(shape: shape, beta(arguments), lower: lower, upper: upper, random: random)
  }

  private func beta(_ arguments: DistributionArguments) -> DistributionArguments {
    let values = checked(arguments)
    return DistributionArguments([values[0] * values[1], (1 - values[0]) * values[1]])
  }
}
