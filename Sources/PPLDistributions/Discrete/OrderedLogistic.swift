package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// A category, counted from 0, that ascending cutpoints cut from a logistic variable with location η.
///
///     log p(k | η, c) = log(F(c_{k+1} − η) − F(c_k − η)),    F(z) = 1 / (1 + exp(−z)),  c_0 = −∞, c_K = ∞
///
/// for K categories and K − 1 cutpoints c_1 < … < c_{K−1}. As a sum,
///
///     log p(k) = −log(1 + exp(η − c_{k+1})) − log(1 + exp(c_k − η)) + log(1 − exp(c_k − c_{k+1}))
package struct OrderedLogistic: Distribution {
  package let signature = DistributionSignature(
    "OrderedLogistic",
    [
      [ParameterSignature("eta", .real), ParameterSignature("cutpoints", rank: 1, .ordered)]
    ],
    support: .categories(parameter: 1, more: 1),
    summary: "Ordered categories that cutpoints cut from a logistic with location eta.",
    formula:
      "log p(k | η, c) = log(F(c_k − η) − F(c_{k−1} − η)), F(z) = 1 / (1 + exp(−z)), c_0 = −∞, c_K = ∞, k = 1, …, K"
  )

  package init() {}

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    let cutpoints = OrderedCutpoints(checked(arguments)[1])
    let (x, penalty) = cutpoints.restricted(x)
    let eta = arguments[0]
    if cutpoints.isTableSmaller(than: x, location: eta) {
      // One location for many values: the probabilities of all categories are fewer.
      let table = logDensity(
        eta.addingEventAxis(),
        cutpoints.lower,
        cutpoints.upper,
        cutpoints.logGaps
      )
      return penalty + [PlateTable(table, indexRank: x.shape.rank).elements(at: x)]
    }
    return penalty + [
      logDensity(
        eta,
        cutpoints.element(of: cutpoints.lower, at: x),
        cutpoints.element(of: cutpoints.upper, at: x),
        cutpoints.element(of: cutpoints.logGaps, at: x)
      )
    ]
  }

  private func logDensity(
    _ eta: GraphValue,
    _ lower: GraphValue,
    _ upper: GraphValue,
    _ logGap: GraphValue
  ) -> GraphValue {
    logGap - ((eta - upper).softplus() + (lower - eta).softplus())
  }

  package func sample(
    shape: Shape,
    _ arguments: DistributionArguments,
    lower: GraphValue?,
    upper: GraphValue?,
    random: RandomSource
  ) -> GraphValue? {
    guard TruncationBounds(lower, upper, supportLower: -1).areAbsent else { return nil }
    let uniform = random.uniform(shape)
    let noise = uniform.log() - (-uniform).log1p()
    return OrderedCutpoints(checked(arguments)[1]).category(of: arguments[0] + noise)
  }
}
