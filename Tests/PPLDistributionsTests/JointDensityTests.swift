import PPLDistributions
import PPLGraphIR
import PPLTensorCore
import PPLTypeSystem
import Testing

/// A joint distribution with the transform of its support; its mass is an integral over unconstrained space.
struct JointRow: Sendable, CustomTestStringConvertible {
  let name: String
  let parameters: [Tensor]
  let size: Int
  /// Half of the width of the grid and number of its points along each unconstrained axis.
  let reach: Double
  let pointCount: Int

  init(_ name: String, _ parameters: [LiteralTensor], size: Int, reach: Double, points: Int) {
    self.name = name
    self.parameters = parameters.map(\.tensor)
    self.size = size
    self.reach = reach
    pointCount = points
  }

  var testDescription: String { "\(name)(\(parameters.map(\.values))) of size \(size)" }

  static let all: [JointRow] = [
    JointRow("Dirichlet", [[2, 3]], size: 2, reach: 30, points: 400),
    JointRow("Dirichlet", [[1, 2.5, 1]], size: 3, reach: 40, points: 500),
    JointRow("MultiNormal", [[1, -1], [[2, 0.5], [0.5, 1]]], size: 2, reach: 16, points: 200),
    JointRow("ICAR", [[[0, 1.5], [1.5, 0]]], size: 2, reach: 10, points: 200),
    JointRow("ICAR", [[[0, 1, 0.5], [1, 0, 2], [0.5, 2, 0]]], size: 3, reach: 9, points: 150),
    JointRow("LKJCholesky", [1], size: 2, reach: 20, points: 400),
    JointRow("LKJCholesky", [2.5], size: 3, reach: 9, points: 60),
    JointRow("LKJ", [1], size: 2, reach: 20, points: 400),
    JointRow("LKJ", [2.5], size: 3, reach: 9, points: 60),
    JointRow("Wishart", [5, [[1, 0.25], [0.25, 0.5]]], size: 2, reach: 8, points: 80),
    JointRow("InverseWishart", [12, [[32, 8], [8, 16]]], size: 2, reach: 8, points: 100),
  ]

  func transform() throws -> (transform: Transform, eventSizes: [Int]) {
    switch try family(name).signature.support {
    case .vector(let support): return (.vector(support), [size])
    case .matrix(let support): return (.matrix(support), [size, size])
    default: return (.realVector, [size])
    }
  }
}

@Suite struct JointDensityTests {
  /// Density and Jacobian together: the trapezoidal rule converges exponentially for such integrands.
  @Test(arguments: JointRow.all)
  func densityHasMassOne(_ row: JointRow) throws {
    let distribution = try family(row.name)
    let (transform, eventSizes) = try row.transform()
    let count = transform.unconstrainedCount(eventSizes: eventSizes)
    let step = 2 * row.reach / Double(row.pointCount - 1)
    let axis = (0..<row.pointCount).map { -row.reach + step * Double($0) }
    var points: [[Double]] = [[]]
    for _ in 0..<count { points = points.flatMap { point in axis.map { point + [$0] } } }
    let y = Tensor(shape: [points.count, count], values: points.flatMap { $0 })
    let raised = row.parameters.map {
      Tensor(shape: Shape([1] + $0.shape.sizes), values: $0.values)
    }
    let total = evaluate([y] + raised) { _, values in
      let (x, logJacobian) = transform.constrain(values[0], eventSizes: eventSizes)
      let arguments = DistributionArguments(Array(values.dropFirst()))
      let addends = distribution.logDensity(of: x, arguments) + logJacobian
      let zero = x.scalar(0).broadcast(to: [points.count])
      return [addends.reduce(zero, +).exp().sum()]
    }[0].values[0]
    let cell = (0..<count).reduce(1) { product, _ in product * step }
    #expect(abs(total * cell - 1) < 1e-6)
  }

  /// Masses of all ways to divide a count among three categories.
  @Test func countsHaveMassOne() throws {
    let count = 7
    var vectors: [[Double]] = []
    for first in 0...count {
      for second in 0...(count - first) {
        vectors.append([first, second, count - first - second].map(Double.init))
      }
    }
    let x = Tensor(shape: [vectors.count, 3], values: vectors.flatMap { $0 })
    let rows: [(String, Int, [Double])] = [
      ("Multinomial", 0, [0.125, 0.625, 0.25]), ("Multinomial", 1, [1, -2, 0.5]),
      ("DirichletMultinomial", 0, [0.3, 4, 1.5]),
    ]
    for (name, form, parameter) in rows {
      let distribution = try family(name)
      let parameters = [
        Tensor(shape: [1], values: [Double(count)]), Tensor(shape: [1, 3], values: parameter),
      ]
      let total = evaluate([x] + parameters) { _, values in
        let arguments = DistributionArguments(
          parameterisation: form,
          Array(values.dropFirst())
        )
        let zero = values[0].scalar(0).broadcast(to: [vectors.count])
        let density = distribution.logDensity(of: values[0], arguments).reduce(zero, +)
        return [density.exp().sum()]
      }
      #expect(abs(total[0].values[0] - 1) < 1e-12)
    }
  }

  /// Averages over draws against known ones; five standard errors, false alarms 6e-7 each.
  @Test func drawsHaveKnownMoments() throws {
    let count = 20_000
    let rows: [(String, Int, [LiteralTensor], [Int], [Double], [Double])] = [
      // Mean αᵢ / α₀ and variance mᵢ (1 − mᵢ) / (α₀ + 1).
      (
        "Dirichlet", 0, [[0.5, 1.5, 2]], [3], [0.125, 0.375, 0.5],
        [0.125 * 0.875 / 5, 0.375 * 0.625 / 5, 0.25 / 5]
      ),
      ("MultiNormal", 0, [[1, -2], [[4, 1], [1, 9]]], [2], [1, -2], [4, 9]),
      ("MultiNormal", 1, [[1, -2], [[2, 0], [1, 3]]], [2], [1, -2], [4, 10]),
      // The inverse of [[2, 1], [1, 1]] is [[1, -1], [-1, 2]].
      ("MultiNormal", 2, [[1, -2], [[2, 1], [1, 1]]], [2], [1, -2], [1, 2]),
      ("MultiNormal", 3, [[1, -2], [2, 3], [[1, 0.5], [0.5, 1]]], [2], [1, -2], [4, 9]),
      // Σ ν / (ν − 2).
      (
        "MultiStudentT", 0, [50, [1, -2], [[4, 1], [1, 9]]], [2], [1, -2], [4 / 0.96, 9 / 0.96]
      ),
      (
        "MultiStudentT", 2, [50, [1, -2], [[2, 1], [1, 1]]], [2], [1, -2], [1 / 0.96, 2 / 0.96]
      ),
      // The diagonal of the pseudoinverse of D − W (NumPy 2.4).
      (
        "ICAR", 1, [[[0, 1, 0, 0.5], [1, 0, 2, 0], [0, 2, 0, 1], [0.5, 0, 1, 0]], 0.7],
        [4], [0, 0, 0, 0], [0.19736111, 0.11569444, 0.11569444, 0.19736111]
      ),
      // n p and n p (1 − p).
      (
        "Multinomial", 0, [10, [0.125, 0.625, 0.25]], [3], [1.25, 6.25, 2.5],
        [1.25 * 0.875, 6.25 * 0.375, 2.5 * 0.75]
      ),
      (
        "Multinomial", 1, [8, [0, 0, 0, 0, 0]], [5], [1.6, 1.6, 1.6, 1.6, 1.6],
        [1.28, 1.28, 1.28, 1.28, 1.28]
      ),
      // n p (1 − p) (n + A) / (1 + A).
      (
        "DirichletMultinomial", 0, [10, [5, 25, 10]], [3], [1.25, 6.25, 2.5],
        [1.25 * 0.875 * 50 / 41, 6.25 * 0.375 * 50 / 41, 2.5 * 0.75 * 50 / 41]
      ),
    ]
    for (name, form, parameters, eventSizes, means, variances) in rows {
      let draws = try jointDraws(name, form, parameters, shape: [count] + eventSizes)
      for index in means.indices {
        let values = stride(from: index, to: draws.values.count, by: means.count).map {
          draws.values[$0]
        }
        let mean = values.reduce(0, +) / Double(count)
        #expect(abs(mean - means[index]) < 5 * (variances[index] / Double(count)).squareRoot())
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
        // Fourth moments are at most 3 variances squared in these rows.
        let error = variances[index] * (2 / Double(count)).squareRoot()
        #expect(abs(variance - variances[index]) < 5 * error)
      }
    }
  }

  @Test func normalDrawsHaveTheCovariance() throws {
    let count = 20_000
    let forms: [(Int, [LiteralTensor], Double)] = [
      (0, [[0, 0], [[4, 1], [1, 9]]], 1),
      (1, [[0, 0], [[2, 0], [1, 3]]], 2),
      (2, [[0, 0], [[2, 1], [1, 1]]], -1),
      (3, [[0, 0], [2, 3], [[1, 0.5], [0.5, 1]]], 3),
    ]
    for (form, parameters, covariance) in forms {
      let draws = try jointDraws("MultiNormal", form, parameters, shape: [count, 2]).values
      let products = stride(from: 0, to: draws.count, by: 2).map { draws[$0] * draws[$0 + 1] }
      let mean = products.reduce(0, +) / Double(count)
      let variance = products.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
      #expect(abs(mean - covariance) < 5 * (variance / Double(count)).squareRoot())
    }
  }

  /// Means ν S and S / (ν − n − 1); five standard errors, false alarms 6e-7 each.
  @Test func covarianceDrawsHaveTheMean() throws {
    let count = 20_000
    let scale: LiteralTensor = [[1, 0.25], [0.25, 0.5]]
    let factor: LiteralTensor = [
      [1, 0], [0.25, LiteralTensor(Tensor(scalar: 0.4375.squareRoot()))],
    ]
    for name in ["Wishart", "InverseWishart"] {
      for (form, matrix) in [scale, factor].enumerated() {
        let draws = try jointDraws(name, form, [12, matrix], shape: [count, 2, 2])
        let weight = name == "Wishart" ? 12 : 1 / (12 - 3.0)
        for (row, column) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
          let values = (0..<count).map { draws[$0, row, column] }
          let mean = values.reduce(0, +) / Double(count)
          let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
          let known = weight * scale.tensor[row, column]
          #expect(abs(mean - known) < 5 * (variance / Double(count)).squareRoot(), "\(name)")
        }
      }
    }
  }

  /// An element of a Wishart matrix' diagonal is that of the scale times a χ² variable with ν degrees of freedom.
  ///
  /// That of an inverse Wishart matrix is divided by one with ν − n + 1. False alarms: 9e-7 a comparison.
  @Test func diagonalsOfCovariancesHaveTheirMarginal() throws {
    let count = 20_000
    for (name, df) in [("Wishart", 3.5), ("InverseWishart", 2.5)] {
      let draws = try jointDraws(
        name,
        0,
        [3.5, [[1, 0.25], [0.25, 0.5]]],
        shape: [count, 2, 2]
      )
      let isInverse = name == "InverseWishart"
      let values = (0..<count).map { isInverse ? 0.5 / draws[$0, 1, 1] : draws[$0, 1, 1] / 0.5 }
      let row = FamilyRow(
        "ChiSquared",
        0,
        [LiteralTensor(Tensor(scalar: df))],
        mean: df,
        variance: 2 * df
      )
      let (points, masses) = try row.masses()
      let table = CumulativeTable(points: points, masses: masses)
      #expect(kolmogorovStatistic(values, table) < kolmogorovLimit, "\(name)")
    }
  }

  /// Each correlation of LKJ(η) is 2 B − 1 with B ~ Beta(a, a), a = η + n/2 − 1.
  ///
  /// Source: Lewandowski et al. 2009, doi:10.1016/j.jmva.2009.04.008, section 3.2. False alarms: 9e-7 a comparison.
  @Test(arguments: [1.0, 3.5])
  func correlationsHaveTheirMarginal(eta: Double) throws {
    let count = 20_000
    let size = 4
    let parameters = [LiteralTensor(Tensor(scalar: eta))]
    let matrices = try jointDraws("LKJ", 0, parameters, shape: [count, size, size])
    let factors = try jointDraws("LKJCholesky", 0, parameters, shape: [count, size, size])
    let shape = eta + Double(size) / 2 - 1
    let literal = LiteralTensor(Tensor(scalar: shape))
    let beta = FamilyRow("Beta", 0, [literal, literal], mean: 0.5, variance: nil)
    let (points, masses) = try beta.masses()
    let table = CumulativeTable(points: points.map { 2 * $0 - 1 }, masses: masses)
    for (row, column) in [(1, 0), (3, 0), (3, 2)] {
      let correlations = (0..<count).map { matrices[$0, row, column] }
      #expect(kolmogorovStatistic(correlations, table) < kolmogorovLimit)
      let products = (0..<count).map { draw in
        (0..<size).reduce(0) { $0 + factors[draw, row, $1] * factors[draw, column, $1] }
      }
      #expect(kolmogorovStatistic(products, table) < kolmogorovLimit)
    }
  }

  /// log p of the matrix is that of its factor, less the Jacobian of L Lᵀ.
  @Test func matrixAndFactorAgree() throws {
    let y = Tensor(shape: [2, 6], values: (0..<12).map { 0.3 * Double($0 % 5) - 0.5 })
    let eta = Tensor(shape: [2], values: [0.7, 3])
    let densities = evaluate([y, eta]) { builder, values in
      let zero = builder.constant(0).broadcast(to: [2])
      let (matrix, ofMatrix) = Transform.matrix(.corr).constrain(values[0], eventSizes: [4, 4])
      let (factor, ofFactor) = Transform.matrix(.choleskyCorr)
        .constrain(values[0], eventSizes: [4, 4])
      let arguments = DistributionArguments([values[1]])
      return [
        (LKJ().logDensity(of: matrix, arguments) + ofMatrix).reduce(zero, +),
        (LKJCholesky().logDensity(of: factor, arguments) + ofFactor).reduce(zero, +),
      ]
    }
    for (first, second) in zip(densities[0].values, densities[1].values) {
      #expect(abs(first - second) < 1e-12)
    }
  }

  private func jointDraws(
    _ name: String,
    _ form: Int,
    _ parameters: [LiteralTensor],
    shape: [Int]
  ) throws -> Tensor {
    let distribution = try family(name)
    let raised = parameters.map {
      Tensor(shape: Shape([1] + $0.tensor.shape.sizes), values: $0.tensor.values)
    }
    let results = evaluate(raised, seed: 5) { builder, values in
      let draws = distribution.sample(
        shape: Shape(shape),
        DistributionArguments(parameterisation: form, values),
        lower: nil,
        upper: nil,
        random: RandomSource(builder: builder, firstStream: 0)
      )
      return draws.map { [$0] } ?? []
    }
    return try #require(results.first)
  }
}
