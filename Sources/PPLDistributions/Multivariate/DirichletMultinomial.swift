package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// How many of n draws fall into each of K categories whose probabilities are Dirichlet distributed.
///
///     log p(x | n, α) = log(n + A) + log B(n + 1, A) − Σ (log(xᵢ + αᵢ) + log B(xᵢ + 1, αᵢ)),    A = Σ αᵢ,  Σ xᵢ = n
package struct DirichletMultinomial: Distribution {
  package let signature = DistributionSignature(
    "DirichletMultinomial",
    [
      [
        ParameterSignature("count", .count),
        ParameterSignature("concentration", rank: 1, .positive),
      ]
    ],
    support: .naturalVector,
    summary: "Counts of count draws by category, with Dirichlet(concentration) probabilities.",
    formula:
      "log p(x | n, α) = log(n + A) + log B(n + 1, A) − Σ (log(xᵢ + αᵢ) + log B(xᵢ + 1, αᵢ)), A = Σ αᵢ, Σ xᵢ = n"
  )

  package init() {}

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    let values = checked(arguments)
    let count = values[0]
    let (x, penalty) = x.restrictedToCounts(withSum: count)
    let concentration = values[1].repeatingEvent(to: [x.eventSize])
    let total = concentration.sumOverEvent()
    return penalty + [
      (count + total).log() + (count + 1).logBeta(total),
      -((x + concentration).log() + (x + 1).logBeta(concentration)).sumOverEvent(),
    ]
  }

  package func sample(
    shape: Shape,
    _ arguments: DistributionArguments,
    lower: GraphValue?,
    upper: GraphValue?,
    random: RandomSource
  ) -> GraphValue? {
    let values = checked(arguments)
    let weights = Dirichlet().sample(
      shape: shape,
      DistributionArguments([values[1]]),
      lower: lower,
      upper: upper,
      random: random
    )
    return weights.map {
      Multinomial.sample(shape: shape, count: values[0], weights: $0, random: random)
    }
  }
}
