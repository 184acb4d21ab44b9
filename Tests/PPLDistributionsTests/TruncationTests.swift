import PPLDistributions
import PPLGraphIR
import PPLTensorCore
import PPLTypeSystem
import Testing

/// Families whose normaliser of a truncation is a graph.
private let rowsWithCDF = (FamilyRow.continuous + FamilyRow.discrete).filter {
  DistributionLibrary.standard[$0.name]?.signature.hasCDF ?? false
}

/// Those whose truncated draws come by inversion.
private let rowsWithTruncatedDraws = FamilyRow.continuous.filter {
  DistributionLibrary.standard[$0.name]?.signature.drawsWithinBounds ?? false
}

@Suite struct TruncationTests {
  @Test func manyFamiliesHaveADistributionFunction() {
    #expect(Set(rowsWithCDF.map(\.name)).count == 39)
  }

  @Test func manyFamiliesCanBeDrawnFromWithinBounds() {
    #expect(Set(rowsWithTruncatedDraws.map(\.name)).count == 20)
  }

  @Test(arguments: rowsWithCDF)
  func normaliserMatchesTheIntegral(_ row: FamilyRow) throws {
    for (lower, upper) in try row.bounds() {
      let value = try row.logProbability(lower: lower, upper: upper)
      let known = logarithm(try row.probability(lower: lower, upper: upper))
      let isClose = value == known || abs(value - known) < 1e-8 * max(1, abs(known))
      #expect(isClose, "\(value) for \(known) in \([lower, upper])")
    }
  }

  @Test(arguments: rowsWithCDF)
  func boundsOutsideOfTheSupportCutNothing(_ row: FamilyRow) throws {
    #expect(try row.logProbability(lower: nil, upper: nil) == 0)
    #expect(try abs(row.logProbability(lower: -.infinity, upper: .infinity)) < 1e-12)
    #expect(try abs(row.logProbability(lower: -1e9, upper: nil)) < 1e-8)
  }

  /// Elements of one bound may be infinite; gradients stay finite.
  @Test(arguments: rowsWithCDF)
  func infiniteElementsOfBoundsMeanNone(_ row: FamilyRow) throws {
    guard case (let lower?, let upper?)? = try row.bounds().last else { return }
    let distribution = try family(row.name)
    let parameters = row.parameters.map {
      Tensor(shape: Shape([1] + $0.shape.sizes), values: $0.values)
    }
    let bounds: [(Double, Double)] = [
      (lower, upper), (lower, .infinity), (-.infinity, upper), (-.infinity, .infinity),
    ]
    let function: (GraphBuilder, [GraphValue]) -> GraphValue = { builder, values in
      let result = distribution.logProbability(
        above: builder.constant(Tensor(shape: [4], values: bounds.map(\.0))),
        upTo: builder.constant(Tensor(shape: [4], values: bounds.map(\.1))),
        DistributionArguments(parameterisation: row.form, values)
      )
      return result ?? builder.constant(Tensor(shape: [4], repeating: .nan))
    }
    // Sums over integers have no end without an upper bound.
    let isSummed = [
      "Binomial", "Poisson", "NegativeBinomial", "BetaBinomial", "BetaNegativeBinomial",
      "Hypergeometric",
    ].contains(row.name)
    if isSummed { return }
    let values = evaluate(parameters) { [function($0, $1)] }[0].values
    for (value, bound) in zip(values, bounds) {
      let known = try row.logProbability(lower: bound.0, upper: bound.1)
      #expect(abs(value - known) < 1e-9 * max(1, abs(known)))
    }
    let selection = parameters.indices.filter {
      distribution.isLogProbabilityDifferentiable(inParameter: $0) && row.name != "DiscreteUniform"
    }
    let (_, gradient) = try evaluateGradient(parameters, withRespectTo: selection) {
      function($0, $1).sum()
    }
    #expect(gradient.allSatisfy { $0.isFinite })
  }

  @Test(arguments: rowsWithCDF)
  func gradientOfNormaliserMatchesCentralDifferences(_ row: FamilyRow) throws {
    let distribution = try family(row.name)
    let domains = distribution.signature.parameterisations[row.form].map(\.domain)
    let selection = row.parameters.indices.filter {
      distribution.isLogProbabilityDifferentiable(inParameter: $0) && domains[$0] != .count
        && row.name != "DiscreteUniform"
    }
    // A mode at a bound cannot be moved beyond it.
    let isAtBound = row.name == "Triangular" && row.parameters[1].values == row.parameters[2].values
    if selection.isEmpty || isAtBound { return }
    for (lower, upper) in try row.bounds() {
      let function: (GraphBuilder, [GraphValue]) -> GraphValue = { builder, values in
        distribution.logProbability(
          above: lower.map { builder.constant($0) },
          upTo: upper.map { builder.constant($0) },
          row.arguments(values, builder)
        ) ?? builder.constant(.nan)
      }
      let (value, gradient) = try evaluateGradient(
        row.parameters,
        withRespectTo: selection,
        function
      )
      if value == -.infinity { continue }
      for (index, position) in selection.enumerated() {
        let difference = centralDifferences(row.parameters[position].values) { values in
          var moved = row.parameters
          moved[position] = Tensor(scalar: values[0])
          return evaluate(moved) { [function($0, $1)] }[0].values[0]
        }[0]
        #expect(abs(gradient[index] - difference) < 2e-6 * max(1, abs(value), abs(difference)))
      }
    }
  }

  /// False alarms: 9e-7 a row and interval.
  @Test(arguments: rowsWithTruncatedDraws)
  func truncatedDrawsFitTheDensity(_ row: FamilyRow) throws {
    let (points, masses) = try row.masses()
    let table = CumulativeTable(points: points, masses: masses)
    for (lower, upper) in try row.bounds() {
      let draws = try #require(try row.draws(20_000, seed: 21, lower: lower, upper: upper))
      #expect(draws.allSatisfy { $0 >= lower ?? -.infinity && $0 <= upper ?? .infinity })
      let below = lower.map { table[$0] } ?? 0
      let above = upper.map { table[$0] } ?? 1
      let cut = CumulativeTable(
        points: points,
        masses: masses,
        transform: { min(max(($0 - below) / (above - below), 0), 1) }
      )
      #expect(kolmogorovStatistic(draws, cut) < kolmogorovLimit)
    }
  }

  /// Both are accurate to some units of rounding of a probability.
  @Test(arguments: rowsWithTruncatedDraws)
  func quantilesInvertTheDistributionFunction(_ row: FamilyRow) throws {
    let distribution = try family(row.name)
    #expect(distribution.signature.hasQuantile)
    for probability in [1e-6, 0.01, 0.3, 0.5, 0.8, 0.999] {
      let values = evaluate(row.parameters) { builder, values in
        let arguments = row.arguments(values, builder)
        let x = distribution.quantile(of: builder.constant(probability), arguments)
        let p = distribution.logProbability(above: nil, upTo: x, arguments)
        return [p?.exp() ?? builder.constant(.nan)]
      }
      #expect(abs(values[0].values[0] - probability) < 1e-12)
    }
  }

  @Test func truncatedDrawsOfDiscreteUniform() throws {
    let row = FamilyRow("DiscreteUniform", 0, [-3, 8], mean: nil, variance: nil)
    let draws = try #require(try row.draws(2000, seed: 22, lower: 1, upper: 4.5))
    #expect(Set(draws) == [2, 3, 4])
  }

  @Test func familiesWithoutQuantileHaveNoTruncatedDraws() throws {
    for name in ["StudentT", "Gamma", "InverseGamma", "Beta"] {
      let row = try #require(FamilyRow.continuous.first { $0.name == name })
      #expect(try row.draws(10, seed: 1, lower: 0.1) == nil)
    }
    for name in ["Bernoulli", "Binomial", "Poisson", "NegativeBinomial", "Categorical"] {
      let row = try #require(FamilyRow.discrete.first { $0.name == name })
      #expect(try row.draws(10, seed: 1, lower: 0) == nil)
    }
  }
}

/// Far tails: log P(lower < X ≤ upper) in 50-digit arithmetic (mpmath 1.3).
private let tailRows: [(String, [LiteralTensor], Double?, Double?, Double)] = [
  ("Normal", [0, 1], 30, nil, -454.3212439563432),
  ("Normal", [0, 1], nil, -30, -454.3212439563432),
  ("Normal", [0, 1], 30, 31, -454.32124395634325),
  ("Normal", [0, 1], -31, -30, -454.32124395634325),
  ("Normal", [0, 1], 8, 8.5, -35.028792508579748),
  ("Normal", [0, 1], nil, 9, -1.1285884059538406e-19),
  ("Normal", [0, 1], -200, -199, -19806.712268608223),
  ("HalfNormal", [1], 30, nil, -453.62809677578325),
  ("HalfNormal", [1], 30, 31, -453.62809677578331),
  ("HalfNormal", [1], nil, 1e-09, -20.949057189591139),
  ("Logistic", [0, 1], 60, nil, -60.0),
  ("Logistic", [0, 1], 60, 61, -60.458675145387082),
  ("Logistic", [0, 1], -61, -60, -60.458675145387082),
  ("Logistic", [0, 1], nil, -60, -60.0),
  ("Laplace", [0, 1], 60, nil, -60.693147180559945),
  ("Laplace", [0, 1], 60, 61, -61.151822325947027),
  ("Laplace", [0, 1], -61, -60, -61.151822325947027),
  ("Laplace", [0, 1], nil, -60, -60.693147180559945),
  ("Cauchy", [0, 1], 1000000000000.0, nil, -28.775751001777948),
  ("Cauchy", [0, 1], 1000000.0, 2000000.0, -15.653387624374203),
  ("Cauchy", [0, 1], -2000000.0, -1000000.0, -15.653387624374203),
  ("Cauchy", [0, 1], nil, -1000000000000.0, -28.775751001777948),
  ("Exponential", [2], 100, nil, -200.0),
  ("Weibull", [1.5, 2], 100, nil, -353.55339059327376),
  ("Exponential", [2], 100, 101, -200.14541345786886),
  ("Weibull", [1.5, 2], 100, 101, -353.55831241180554),
  ("Exponential", [2], 1e-12, 2e-12, -26.937873935371603),
  ("Weibull", [1.5, 2], 1e-12, 2e-12, -41.882796342130953),
  ("Exponential", [2], nil, 1e-12, -26.937873935369603),
  ("Weibull", [1.5, 2], nil, 1e-12, -42.48625244473274),
  ("LogNormal", [0, 1], 1000000000.0, nil, -218.67938416756837),
  ("LogNormal", [0, 1], 1e-09, 2e-09, -204.52148015505206),
  ("Gamma", [2.5, 1], nil, 1e-06, -35.739750711543451),
  ("StudentT", [3, 0, 1], 100, nil, -13.718147068015281),
  ("StudentT", [3, 0, 1], nil, -100, -13.718147068015281),
  ("StudentT", [7.5, 0, 1], 30, 31, -21.470086122824682),
  ("StudentT", [50, 0, 1], -40, -39, -89.397354566492476),
  ("HalfStudentT", [3, 1], 100, nil, -13.024999887455336),
  ("HalfStudentT", [3, 1], nil, 1e-09, -21.031007506009975),
  ("Beta", [40, 0.5], nil, 0.01, -186.62183500643356),
  ("Beta", [2, 40], 0.875, nil, -79.594142728737327),
  ("Beta", [2, 40], 0.875, 0.9375, -79.5941427287383),
  ("Gumbel", [0, 1], 40, nil, -40.0),
  ("Gumbel", [0, 1], -5, -4, -54.598150033144239),
  ("Frechet", [2, 3], 1000000, nil, -25.433796538596829),
  ("Pareto", [2, 3], 1000000, 2000000, -39.500621524837509),
  ("Kumaraswamy", [2, 3], nil, 1e-06, -26.532408827261439),
  ("Kumaraswamy", [2, 30], 0.96875, nil, -83.650112376237612),
  ("Geometric", [0.25], 200, nil, -57.824096562807966),
  ("AsymmetricLaplace", [0, 1, 2], 60, 61, -121.75485137030296),
  ("AsymmetricLaplace", [0, 1, 2], -61, -60, -31.155895680881398),
  ("ExponentiallyModifiedNormal", [0, 1, 2], 40, nil, -78.0),
  ("Poisson", [1e-4], 2, nil, -29.422855584969102),
  ("Poisson", [400], nil, 10, -355.16451469503123),
]

@Suite struct TruncationTailTests {
  @Test func normaliserIsAccurateInBothTails() throws {
    for (name, parameters, lower, upper, known) in tailRows {
      let row = FamilyRow(name, 0, parameters, mean: nil, variance: nil)
      let value = try row.logProbability(lower: lower, upper: upper)
      #expect(abs(value - known) <= 1e-11 * abs(known), "\(name) \(value) \(known)")
    }
  }
}

extension FamilyRow {
  /// Bounds that cut off some of the distribution.
  fileprivate func bounds() throws -> [(Double?, Double?)] {
    let (points, masses) = try masses()
    let table = CumulativeTable(points: points, masses: masses)
    func quantile(_ probability: Double) -> Double {
      points.first { table[$0] >= probability } ?? .nan
    }
    let (low, middle, high) = (quantile(0.1), quantile(0.55), quantile(0.97))
    return [
      (low, nil), (high, nil), (nil, low), (nil, high), (low, middle), (middle, high), (low, high),
    ]
  }

  /// The parameters; counts as data, which they mostly are.
  fileprivate func arguments(
    _ values: [GraphValue],
    _ builder: GraphBuilder
  ) -> DistributionArguments {
    var values = values
    let domains = DistributionLibrary.standard[name]?.signature.parameterisations[form] ?? []
    for (position, parameter) in domains.enumerated() where parameter.domain == .count {
      values[position] = builder.constant(parameters[position])
    }
    return DistributionArguments(parameterisation: form, values)
  }

  fileprivate func logProbability(lower: Double?, upper: Double?) throws -> Double {
    let distribution = try family(name)
    let result = evaluate(parameters) { builder, values in
      let value = distribution.logProbability(
        above: lower.map { builder.constant($0) },
        upTo: upper.map { builder.constant($0) },
        arguments(values, builder)
      )
      return value.map { [$0] } ?? []
    }
    return try #require(result.first?.scalar)
  }

  /// The same by quadrature or counting.
  fileprivate func probability(lower: Double?, upper: Double?) throws -> Double {
    let distribution = try family(name)
    guard case .interval(let first, let last) = distribution.signature.support else {
      let (points, masses) = try masses()
      return zip(points, masses).reduce(0) { sum, element in
        let isInside = element.0 > lower ?? -.infinity && element.0 <= upper ?? .infinity
        return isInside ? sum + element.1 : sum
      }
    }
    // The density may have a kink at its center.
    if let lower, center > lower, center < upper ?? .infinity {
      return try probability(lower: lower, upper: center)
        + probability(lower: center, upper: upper)
    }
    if let upper, center < upper, lower == nil {
      return try probability(lower: nil, upper: center)
        + probability(lower: center, upper: upper)
    }
    let rule = rule(lower ?? bound(first), upper ?? bound(last))
    let density = distribution.logDensities(at: rule.points, form: form, parameters)
    return zip(rule.weights, density).reduce(0) { $0 + $1.0 * exponential($1.1) }
  }
}
