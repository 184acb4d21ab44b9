package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// The Dirichlet distribution on vectors of K positive numbers with sum 1.
///
///     log p(x | α) = Σ (αᵢ − 1) log xᵢ + log Γ(Σ αᵢ) − Σ log Γ(αᵢ)
///
/// with respect to the first K − 1 elements.
package struct Dirichlet: Distribution {
  package let signature = DistributionSignature(
    "Dirichlet",
    [
      [ParameterSignature("concentration", rank: 1, .positive)]
    ],
    support: .vector(.simplex),
    summary: "Dirichlet with one concentration for each element.",
    formula: "log p(x | α) = Σ (αᵢ − 1) log xᵢ + log Γ(Σ αᵢ) − Σ log Γ(αᵢ)"
  )

  package init() {}

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    let (x, penalty) = x.restricted(
      outside: x.isOnSimplex.not(),
      inner: 1 / Double(max(x.eventSize, 1))
    )
    let concentration = checked(arguments)[0].repeatingEvent(to: [x.eventSize])
    let total = concentration.sumOverEvent()
    return penalty.map { $0.droppingEvent() } + [
      x.logTimes(concentration - 1).sumOverEvent(),
      total.logGamma() - concentration.logGamma().sumOverEvent(),
    ]
  }

  package func sample(
    shape: Shape,
    _ arguments: DistributionArguments,
    lower: GraphValue?,
    upper: GraphValue?,
    random: RandomSource
  ) -> GraphValue? {
    guard lower == nil, upper == nil else { return nil }
    // On the log scale, as gamma variates of small shapes underflow.
    let logGamma = random.logGamma(shapeParameter: checked(arguments)[0], shape)
    return (logGamma - logGamma.logSumExp(axes: [logGamma.lastAxis])).exp()
  }
}
