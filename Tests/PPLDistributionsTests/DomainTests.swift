import PPLDistributions
import PPLGraphIR
import PPLTensorCore
import PPLTypeSystem
import Testing

/// Points outside of a support.
struct OutsideRow: Sendable, CustomTestStringConvertible {
  let name: String
  let form: Int
  let parameters: [Tensor]
  let points: [Tensor]

  init(_ name: String, _ form: Int, _ parameters: [LiteralTensor], _ points: [LiteralTensor]) {
    self.name = name
    self.form = form
    self.parameters = parameters.map(\.tensor)
    self.points = points.map(\.tensor)
  }

  var testDescription: String { "\(name) \(form)" }

  static let all: [OutsideRow] = [
    OutsideRow("HalfNormal", 0, [1], [-1e-300, -3]),
    OutsideRow("HalfCauchy", 0, [1], [-1e-300, -3]),
    OutsideRow("LogNormal", 0, [0, 1], [0, -3]),
    OutsideRow("Exponential", 0, [2], [-1e-300, -3]),
    OutsideRow("Exponential", 1, [2], [-3]),
    OutsideRow("Gamma", 0, [2.5, 1], [0, -3]),
    OutsideRow("InverseGamma", 0, [2.5, 1], [0, -3]),
    OutsideRow("Weibull", 0, [2.5, 1], [0, -3]),
    OutsideRow("Beta", 0, [2, 3], [0, 1, -0.1, 1.1]),
    OutsideRow("Uniform", 0, [-1, 2], [-1.01, 2.01]),
    OutsideRow("Bernoulli", 0, [0.5], [-1, 2, 0.5]),
    OutsideRow("Bernoulli", 1, [0.5], [-1, 2, 0.5]),
    OutsideRow("Binomial", 0, [5, 0.5], [-1, 6, 2.5]),
    OutsideRow("Binomial", 0, [5, 0], [1]),
    OutsideRow("Binomial", 0, [5, 1], [4]),
    OutsideRow("Binomial", 1, [5, 0.5], [-1, 6, 2.5]),
    OutsideRow("Poisson", 0, [2], [-1, 0.5]),
    OutsideRow("Poisson", 0, [0], [1]),
    OutsideRow("Poisson", 1, [2], [-1, 0.5]),
    OutsideRow("NegativeBinomial", 0, [2, 3], [-1, 0.5]),
    OutsideRow("NegativeBinomial", 0, [0, 3], [1]),
    OutsideRow("NegativeBinomial", 1, [2, 3], [-1, 0.5]),
    OutsideRow("Categorical", 0, [[0.25, 0.75, 0]], [-1, 3, 0.5, 2]),
    OutsideRow("Categorical", 1, [[0.25, 0.75]], [-1, 2, 0.5]),
    OutsideRow("HalfStudentT", 0, [3, 1], [-1e-300, -3]),
    OutsideRow("HalfLogistic", 0, [1], [-1e-300, -3]),
    OutsideRow("LogLogistic", 0, [1, 2], [0, -3]),
    OutsideRow("Frechet", 0, [2, 1], [0, -3]),
    OutsideRow("Rayleigh", 0, [1], [0, -3]),
    OutsideRow("ChiSquared", 0, [5], [0, -3]),
    OutsideRow("InverseChiSquared", 0, [5], [0, -3]),
    OutsideRow("ScaledInverseChiSquared", 0, [5, 2], [0, -3]),
    OutsideRow("Pareto", 0, [2, 3], [1.999, 0, -3]),
    OutsideRow("Pareto2", 0, [2, 3, 1], [1.999, 0, -3]),
    OutsideRow("BetaProportion", 0, [0.5, 6], [0, 1, -0.1, 1.1]),
    OutsideRow("Kumaraswamy", 0, [2, 3], [0, 1, -0.1, 1.1]),
    OutsideRow("LogitNormal", 0, [0, 1], [0, 1, -0.1, 1.1]),
    OutsideRow("Triangular", 0, [-1, 0, 2], [-1.01, -1, 2, 2.01]),
    OutsideRow("Triangular", 0, [0, 0, 2], [-0.01, 2]),
    OutsideRow("VonMises", 0, [0, 1], [-3.2, 3.2]),
    OutsideRow("Wiener", 0, [1, 0.25, 0.5, 1], [0.25, 0, -1]),
    OutsideRow("Geometric", 0, [0.5], [-1, 0.5]),
    OutsideRow("Geometric", 0, [1], [1]),
    OutsideRow("Geometric", 1, [2], [-1, 0.5]),
    OutsideRow("BetaBinomial", 0, [5, 1, 2], [-1, 6, 2.5]),
    OutsideRow("BetaNegativeBinomial", 0, [5, 1, 2], [-1, 2.5]),
    OutsideRow("Hypergeometric", 0, [5, 4, 3], [-1, 1, 5, 2.5]),
    OutsideRow("NegativeBinomial", 2, [2, 3], [-1, 0.5]),
    OutsideRow("NegativeBinomial", 3, [2, 0.5], [-1, 0.5]),
    OutsideRow("OrderedLogistic", 0, [0.5, [-1, 1]], [-1, 3, 0.5]),
    OutsideRow("OrderedProbit", 0, [0.5, [-1, 1]], [-1, 3, 0.5]),
    OutsideRow("Multinomial", 0, [3, [0.25, 0.75]], [[1, 1], [4, -1], [1.5, 1.5]]),
    OutsideRow("Multinomial", 0, [3, [0, 1]], [[1, 2]]),
    OutsideRow("Multinomial", 1, [3, [0.25, 0.75]], [[1, 1], [4, -1], [1.5, 1.5]]),
    OutsideRow("DirichletMultinomial", 0, [3, [2, 0.5]], [[1, 1], [4, -1], [1.5, 1.5]]),
    OutsideRow("DiscreteUniform", 0, [2, 4], [1, 5, 2.5]),
    OutsideRow("Dirichlet", 0, [[2, 3]], [[0.5, 0.6], [-0.1, 1.1], [0, 1]]),
    OutsideRow(
      "Wishart",
      0,
      [3, [[1, 0.5], [0.5, 2]]],
      [[[1, 2], [2, 1]], [[1, 0.5], [0, 1]], [[-2, 0], [0, 1]]]
    ),
    OutsideRow(
      "InverseWishart",
      0,
      [3, [[1, 0.5], [0.5, 2]]],
      [[[1, 2], [2, 1]], [[1, 0.5], [0, 1]], [[-2, 0], [0, 1]]]
    ),
    OutsideRow("LKJ", 0, [2], [[[1, 2], [2, 1]], [[1, 0.5], [0, 1]], [[2, 0], [0, 1]]]),
    OutsideRow(
      "LKJCholesky",
      0,
      [2],
      [[[1, 0.6], [0.6, 0.8]], [[1, 0], [0.6, -0.8]], [[1, 0], [0, 2]]]
    ),
  ]
}

@Suite struct DomainTests {
  @Test(arguments: OutsideRow.all, [false, true])
  func densityIsZeroOutsideOfTheSupport(_ row: OutsideRow, areConstant: Bool) throws {
    let distribution = try family(row.name)
    for point in row.points {
      let total = evaluate([point] + row.parameters, areConstant: areConstant) { _, values in
        [
          distribution.totalLogDensity(
            of: values[0],
            form: row.form,
            Array(values.dropFirst())
          )
        ]
      }
      #expect(total[0].values == [-.infinity], "at \(point.values)")
    }
  }

  /// Each parameter of each row is moved out of its domain in turn.
  @Test(arguments: DensityRow.all)
  func densityIsNaNOutsideOfTheParameterDomain(_ row: DensityRow) throws {
    let distribution = try family(row.name)
    let parameters = distribution.signature.parameterisations[row.form]
    for (position, parameter) in parameters.enumerated() {
      for bad in parameter.domain.outsiders(like: row.parameters[position]) {
        var tensors = row.parameters
        tensors[position] = bad
        for areConstant in [false, true] {
          let total = evaluate([row.x] + tensors, areConstant: areConstant) { _, values in
            [
              distribution.totalLogDensity(
                of: values[0],
                form: row.form,
                Array(values.dropFirst())
              )
            ]
          }
          #expect(total[0].values[0].isNaN, "\(parameter.name) = \(bad.values)")
        }
      }
    }
  }

  @Test func parametersOutOfOrderHaveNoDensity() throws {
    let rows: [(String, [Double], Double)] = [
      ("Triangular", [0, 3, 2], 1), ("Triangular", [0, -1, 2], 1), ("Triangular", [1, 1, 1], 1),
      ("Hypergeometric", [6, 2, 3], 1),
    ]
    for (name, parameters, x) in rows {
      let row = FamilyRow(
        name,
        0,
        parameters.map { LiteralTensor(Tensor(scalar: $0)) },
        mean: nil,
        variance: nil
      )
      let density = try family(name).logDensities(at: [x], form: 0, row.parameters)
      #expect(density[0].isNaN, "\(name)")
      let draws = try row.draws(3, seed: 1)
      #expect(draws?.allSatisfy { $0.isNaN } ?? false, "\(name)")
    }
  }

  @Test func emptyIntervalsHaveNoDensity() throws {
    for name in ["Uniform", "DiscreteUniform"] {
      let distribution = try family(name)
      let inputs = [1.0, 2, 0.5].map { Tensor(scalar: $0) }
      let total = evaluate(inputs) { _, values in
        [distribution.totalLogDensity(of: values[0], form: 0, Array(values.dropFirst()))]
      }
      #expect(total[0].values[0].isNaN)
    }
  }

  @Test(arguments: DensityRow.all)
  func drawsAreNaNOutsideOfTheParameterDomain(_ row: DensityRow) throws {
    let distribution = try family(row.name)
    guard distribution.signature.hasSampler else { return }
    let parameters = distribution.signature.parameterisations[row.form]
    for (position, parameter) in parameters.enumerated() {
      for bad in parameter.domain.outsiders(like: row.parameters[position]) {
        var tensors = row.parameters
        tensors[position] = bad
        let draws = evaluate(tensors) { builder, values in
          let draw = distribution.sample(
            shape: row.x.shape,
            DistributionArguments(parameterisation: row.form, values),
            lower: nil,
            upper: nil,
            random: RandomSource(builder: builder, firstStream: 0)
          )
          return draw.map { [$0] } ?? []
        }
        #expect(draws[0].values.contains { $0.isNaN }, "\(parameter.name) = \(bad.values)")
      }
    }
  }
}

extension ParameterDomain {
  /// Values outside of this domain, of the shape of a value inside.
  func outsiders(like value: Tensor) -> [Tensor] {
    let scalars: [Double]
    switch self {
    case .real: return []
    case .positive: scalars = [0, -1]
    case .nonNegative: scalars = [-1e-3, -5]
    case .probability: scalars = [-1e-3, 1.001]
    case .count: scalars = [-1, 2.5]
    case .simplex:
      var shifted = value.values
      shifted[0] = -shifted[0]
      return [value.values.map { 1.001 * $0 }, shifted].map {
        Tensor(shape: value.shape, values: $0)
      }
    case .ordered:
      let reversed = Tensor(shape: value.shape, values: value.values.reversed())
      return value.values.count > 1 ? [reversed] : []
    case .covariance, .correlation, .choleskyFactor, .adjacency:
      let negated = Tensor(shape: value.shape, values: value.values.map { -$0 })
      if self == .choleskyFactor { return [negated] }
      var skewed = value
      skewed[0, 1] += 0.01
      return [negated, skewed]
    }
    return scalars.map { scalar in
      var values = value.values
      values[values.count - 1] = scalar
      return Tensor(shape: value.shape, values: values)
    }
  }
}
