package import PPLGraphIR
package import PPLTensorCore
package import PPLTypeSystem

/// The intrinsic conditional autoregression: a Gaussian Markov random field on a graph, of vectors of n elements with
/// sum 0 in which neighbours are alike.
///
///     log p(x | W, σ) = −½ Σ_{i<j} wᵢⱼ (xᵢ − xⱼ)² / σ² − (n − 1) log σ + ½ log pdet(D − W) − ½ (n − 1) log 2π
///
/// with D = diag(Σⱼ wᵢⱼ) and pdet the product of the n − 1 eigenvalues other than 0, of a connected graph; with respect to
/// orthonormal coordinates of the plane of sum 0. Given the others, an element has the weighted mean of its neighbours as mean and
/// standard deviation σ / √dᵢᵢ.
///
/// Source: Besag 1974, doi:10.1111/j.2517-6161.1974.tb00999.x; Rue and Held 2005, "Gaussian Markov Random Fields", section 3.3.
package struct ICAR: Distribution {
  package let signature = DistributionSignature(
    "ICAR",
    [
      [ParameterSignature("adjacency", rank: 2, .adjacency)],
      [ParameterSignature("adjacency", rank: 2, .adjacency), ParameterSignature("sd", .positive)],
    ],
    support: .vector(.sumToZero),
    summary: "Vectors of sum 0 in which neighbours are alike, by weights of pairs, and sd.",
    formula:
      "log p(x | W, σ) = −½ Σ_{i<j} wᵢⱼ (xᵢ − xⱼ)² / σ² − (n − 1) log σ + ½ log pdet(D − W) − ½ (n − 1) log 2π,\nD = diag(Σⱼ wᵢⱼ)"
  )

  package init() {}

  package func logDensity(of x: GraphValue, _ arguments: DistributionArguments) -> [GraphValue] {
    let values = checked(arguments)
    let size = x.eventSize
    let total = x.sum(axes: [x.lastAxis]).absolute()
    let (x, penalty) = x.restricted(
      outside: x.scalar(1e-8).isLess(than: total / Double(max(size, 1))),
      inner: 0
    )
    let squares = sumOfSquaredDifferences(x, values[0])
    let count = Double(max(size, 1) - 1)
    var addends = penalty.map { $0.droppingEvent() }
    if values.count > 1 {
      addends += [-0.5 * squares / values[1].square(), -count * values[1].log()]
    } else {
      addends.append(-0.5 * squares)
    }
    addends.append(factor(values[0]).diagonal().log().sumOverEvent())
    addends.append(x.scalar(-count * logSqrtTwoPi).addend(rank: x.shape.rank - 1))
    return addends
  }

  package func sample(
    shape: Shape,
    _ arguments: DistributionArguments,
    lower: GraphValue?,
    upper: GraphValue?,
    random: RandomSource
  ) -> GraphValue? {
    guard lower == nil, upper == nil else { return nil }
    let values = checked(arguments)
    let field = FactorProduct(factor(values[0])).solve(random.normal(shape), transposed: true)
    let centred = field - field.sum(axes: [field.lastAxis]) / Double(max(field.eventSize, 1))
    return values.count > 1 ? centred * values[1].addingEventAxis() : centred
  }

  /// The Cholesky factor of D − W + 11ᵀ / n, whose determinant is pdet(D − W): on the plane of sum 0 nothing is added, and
  /// across it the eigenvalue is 1.
  private func factor(_ weights: GraphValue) -> GraphValue {
    let size = weights.eventSize
    let identity = weights.builder.constant(shape: [size, size]) {
      (0..<(size * size)).map { $0 / size == $0 % size ? 1 : 0 }
    }
    let ones = [Int](repeating: 1, count: weights.shape.rank - 2)
    let degrees = weights.sum(axes: [weights.lastAxis])
    let laplacian = identity.reshape(Shape(ones + [size, size])) * degrees - weights
    return (laplacian + 1 / Double(max(size, 1))).cholesky()
  }

  /// Σ_{i<j} wᵢⱼ (xᵢ − xⱼ)²; over the pairs that are neighbours, where these are known.
  private func sumOfSquaredDifferences(_ x: GraphValue, _ weights: GraphValue) -> GraphValue {
    let size = weights.eventSize
    guard let known = weights.constantValue?.values, known.count == size * size else {
      let rows = x.addingEventAxis()
      let columns = rows.matrixTranspose()
      return 0.5 * (weights * (rows - columns).square()).sumOverEvent(rank: 2)
    }
    var (first, second, own): ([Double], [Double], [Double]) = ([], [], [])
    for i in 0..<size {
      for j in (i + 1)..<max(size, i + 1) where known[i * size + j] != 0 {
        first.append(Double(i))
        second.append(Double(j))
        own.append(known[i * size + j])
      }
    }
    func index(_ places: [Double]) -> GraphValue {
      x.builder.constant(Tensor(shape: [places.count], kind: .integer, values: places))
    }
    let differences = x.gatherEvent(index(first)) - x.gatherEvent(index(second))
    let factors = x.eventConstant(rank: x.shape.rank, count: own.count) { own[$0] }
    return (factors * differences.square()).sumOverEvent()
  }
}
