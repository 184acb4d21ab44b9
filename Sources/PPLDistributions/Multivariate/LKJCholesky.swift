package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// Cholesky factors of correlation matrices with density proportional to det(L Lᵀ)^(η − 1).
///
///     log p(L | η) = Σ_{i=2…n} (n − i + 2η − 2) log Lᵢᵢ − log c(η, n)
///
/// with respect to the elements below the diagonal; η = 1 is uniform over correlation matrices.
///
/// Source: Lewandowski, Kurowicka and Joe 2009, doi:10.1016/j.jmva.2009.04.008.
package struct LKJCholesky: Distribution {
  package let signature = DistributionSignature(
    "LKJCholesky",
    [
      [ParameterSignature("eta", .positive)]
    ],
    support: .matrix(.choleskyCorr),
    summary: "Cholesky factors of correlation matrices; eta 1 is uniform.",
    formula: "log p(L | η) = Σ_{i=2…n} (n − i + 2η − 2) log Lᵢᵢ − log c(η, n)"
  )

  package init() {}

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    let size = x.eventSize
    let (diagonal, penalty) = restrictedDiagonal(x)
    let eta = checked(arguments)[0]
    let powers = diagonal.eventConstant(rank: diagonal.shape.rank, count: size) {
      Double(size - 1 - $0)
    }
    let exponents = powers + 2 * (eta - 1).addingEventAxis()
    return penalty + [
      (exponents * diagonal.log()).sumOverEvent(), -LKJ.logNormaliser(eta: eta, size: size),
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
    return LKJ.sample(.choleskyCorr, shape: shape, eta: checked(arguments)[0], random: random)
  }

  /// The diagonal; outside of the support (rows of length 1, positive diagonal, zeros above) ones.
  private func restrictedDiagonal(_ x: GraphValue) -> (GraphValue, [GraphValue]) {
    let axes = [x.lastAxis - 1, x.lastAxis]
    let above = (x - x.lowerTriangle()).absolute().max(axes: axes)
    let isInside = x.square().sumOverEvent().isNearOne
      .and(x.diagonal().isPositiveVector)
      .and(above.isLessOrEqual(to: 0).droppingEvent())
    let (diagonal, penalty) = x.diagonal().restricted(outside: isInside.not(), inner: 1)
    return (diagonal, penalty.map { $0.droppingEvent() })
  }
}
