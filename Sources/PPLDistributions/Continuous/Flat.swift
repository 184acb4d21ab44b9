package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// The improper density 1 on whatever support the type declares.
package struct Flat: Distribution {
  package let signature = DistributionSignature(
    "Flat",
    [
      []
    ],
    support: .declared,
    hasSampler: false,
    summary: "Density 1 on the declared support.",
    formula: "log p(x) = 0 wherever the type allows x"
  )

  package init() {}

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    [x.constantAddend(0)]
  }

  package func sample(
    shape: Shape,
    _ arguments: DistributionArguments,
    lower: GraphValue?,
    upper: GraphValue?,
    random: RandomSource
  ) -> GraphValue? {
    nil
  }
}
