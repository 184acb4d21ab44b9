package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// Correlation matrices with density proportional to det(R)^(η − 1).
///
///     log p(R | η) = (η − 1) log det R − log c(η, n)
///
/// with respect to the elements below the diagonal; η = 1 is uniform. `LKJCholesky` is the same distribution
/// of the factor.
///
/// Source: Lewandowski, Kurowicka and Joe 2009, doi:10.1016/j.jmva.2009.04.008.
package struct LKJ: Distribution {
  package let signature = DistributionSignature(
    "LKJ",
    [
      [ParameterSignature("eta", .positive)]
    ],
    support: .matrix(.corr),
    summary: "Correlation matrices; eta 1 is uniform.",
    formula: "log p(R | η) = (η − 1) log det R − log c(η, n)"
  )

  package init() {}

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    let diagonal = x.cholesky().diagonal()
    let isInside = x.isSymmetric.droppingEvent()
      .and(x.diagonal().isNearOne)
      .and(diagonal.isPositiveVector)
    let (inside, penalty) = diagonal.restricted(outside: isInside.not(), inner: 1)
    let eta = checked(arguments)[0]
    return penalty.map { $0.droppingEvent() } + [
      2 * ((eta - 1) * inside.log().sumOverEvent()),
      -LKJ.logNormaliser(eta: eta, size: x.eventSize),
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
    return LKJ.sample(.corr, shape: shape, eta: checked(arguments)[0], random: random)
  }

  /// log c(η, n), the integral of the densities above without it, of factors as of matrices.
  ///
  /// Row i + 1 of a factor lies in the unit ball of i dimensions:
  ///
  ///     log c = Σ_{i=1…n−1} ½ i log π + log Γ(η + ½ (n − 1 − i)) − log Γ(η + ½ (n − 1))
  static func logNormaliser(eta: GraphValue, size: Int) -> GraphValue {
    guard size > 1 else { return 0 * eta }
    let vector = eta.addingEventAxis()
    let halves = vector.eventConstant(rank: vector.shape.rank, count: size - 1) {
      0.5 * Double(size - 2 - $0)
    }
    let balls = (vector + halves).logGamma().sumOverEvent()
    let pairs = 0.25 * Double(size) * Double(size - 1)
    return balls - Double(size - 1) * (eta + 0.5 * Double(size - 1)).logGamma() + pairs * logPi
  }

  /// Draws by canonical partial correlations z = 2 b − 1 with b ~ Beta(β, β), β = η + ½ (n − 2 − k) in column k
  /// (from 0); atanh z is half of the logit of b, a difference of log gamma variates.
  static func sample(
    _ support: MatrixSupport,
    shape: Shape,
    eta: GraphValue,
    random: RandomSource
  ) -> GraphValue {
    let plate = Shape(shape.sizes.dropLast(2).map { $0 })
    let size = shape[shape.rank - 1]
    let vector = eta.addingEventAxis()
    let halves = StrictTriangle(size: size).constant(vector) { _, column in
      0.5 * Double(size - 2 - column)
    }
    let shapes = vector + halves
    let variates = Shape(plate.sizes + [StrictTriangle.count(size: size)])
    let logits =
      random.logGamma(shapeParameter: shapes, variates)
      - random.logGamma(shapeParameter: shapes, variates)
    return support.constrain(0.5 * logits, size: size).value
  }
}
