package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// A category, counted from 0, that ascending cutpoints cut from a normal variable with mean η and deviation 1.
///
///     log p(k | η, c) = log(Φ(c_{k+1} − η) − Φ(c_k − η)),    c_0 = −∞, c_K = ∞
///
/// for K categories and K − 1 cutpoints c_1 < … < c_{K−1}.
package struct OrderedProbit: Distribution {
  package let signature = DistributionSignature(
    "OrderedProbit",
    [
      [ParameterSignature("eta", .real), ParameterSignature("cutpoints", rank: 1, .ordered)]
    ],
    support: .categories(parameter: 1, more: 1),
    summary: "Ordered categories that cutpoints cut from a normal with mean eta and sd 1.",
    formula:
      "log p(k | η, c) = log(Φ(c_k − η) − Φ(c_{k−1} − η)), c_0 = −∞, c_K = ∞, k = 1, …, K"
  )

  package init() {}

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    let cutpoints = OrderedCutpoints(checked(arguments)[1])
    let (x, penalty) = cutpoints.restricted(x)
    let eta = arguments[0]
    if cutpoints.isTableSmaller(than: x, location: eta) {
      // One location for many values: the probabilities of all categories are fewer.
      let table = logDensity(eta.addingEventAxis(), cutpoints.lower, cutpoints.upper)
      return penalty + [PlateTable(table, indexRank: x.shape.rank).elements(at: x)]
    }
    return penalty + [
      logDensity(
        eta,
        cutpoints.element(of: cutpoints.lower, at: x),
        cutpoints.element(of: cutpoints.upper, at: x)
      )
    ]
  }

  private func logDensity(
    _ eta: GraphValue,
    _ lower: GraphValue,
    _ upper: GraphValue
  ) -> GraphValue {
    SymmetricTails.normal.logProbability(
      above: lower,
      upTo: upper,
      location: eta,
      scale: eta.scalar(1)
    )
  }

  package func sample(
    shape: Shape,
    _ arguments: DistributionArguments,
    lower: GraphValue?,
    upper: GraphValue?,
    random: RandomSource
  ) -> GraphValue? {
    guard TruncationBounds(lower, upper, supportLower: -1).areAbsent else { return nil }
    return OrderedCutpoints(checked(arguments)[1])
      .category(of: arguments[0] + random.normal(shape))
  }
}
