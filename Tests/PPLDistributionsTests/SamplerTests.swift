import PPLDistributions
import PPLGraphIR
import PPLTensorCore
import Testing

/// Draws for each test.
private let drawCount = 20_000

/// Largest Kolmogorov statistic √n D that passes: exceeded with probability 2 exp(−2 · 2.7²) = 9e-7.
let kolmogorovLimit = 2.7

@Suite struct SamplerTests {
  /// False alarms: 9e-7 a row.
  @Test(arguments: FamilyRow.continuous)
  func continuousDrawsFitTheDensity(_ row: FamilyRow) throws {
    let draws = try #require(try row.draws(drawCount, seed: 11))
    let (points, masses) = try row.masses()
    let statistic = kolmogorovStatistic(draws, CumulativeTable(points: points, masses: masses))
    #expect(statistic < kolmogorovLimit)
  }

  /// Pearson's χ² over values with at least 10 expected draws, the others in one cell.
  ///
  /// By the approximation of Wilson and
  /// Hilferty (1931, doi:10.1073/pnas.17.12.684) exceeded with probability 1e-6 a row.
  @Test(arguments: FamilyRow.discrete)
  func discreteDrawsFitTheMasses(_ row: FamilyRow) throws {
    let draws = try #require(try row.draws(drawCount, seed: 12))
    let (points, masses) = try row.masses()
    var counts: [Double: Int] = [:]
    for draw in draws { counts[draw, default: 0] += 1 }
    var statistic = 0.0
    var cells = 0
    var (restExpected, restCount) = (Double(drawCount), Double(drawCount))
    for (point, mass) in zip(points, masses) where mass * Double(drawCount) >= 10 {
      let expected = mass * Double(drawCount)
      let count = Double(counts[point] ?? 0)
      statistic += (count - expected) * (count - expected) / expected
      restExpected -= expected
      restCount -= count
      cells += 1
    }
    if restExpected >= 10 {
      statistic += (restCount - restExpected) * (restCount - restExpected) / restExpected
      cells += 1
    } else {
      // A Poisson count of mean 10 exceeds 30 with probability 1e-7.
      #expect(restCount <= 30)
    }
    let degrees = Double(cells - 1)
    let spread = 2 / (9 * degrees)
    let root = 1 - spread + 4.75 * spread.squareRoot()
    #expect(statistic < degrees * root * root * root)
  }

  /// Five standard errors: false alarms 6e-7 a row.
  @Test(arguments: FamilyRow.continuous + FamilyRow.discrete)
  func drawsHaveTheMean(_ row: FamilyRow) throws {
    guard let mean = row.mean, let variance = row.variance else { return }
    let draws = try #require(try row.draws(drawCount, seed: 13))
    let average = draws.reduce(0, +) / Double(drawCount)
    #expect(abs(average - mean) < 5 * (variance / Double(drawCount)).squareRoot())
  }

  @Test func drawsDependOnKeyAndStreamAlone() throws {
    let row = FamilyRow("Gamma", 0, [2.5, 3], mean: nil, variance: nil)
    let draws = try row.draws(50, seed: 3)
    let again = try row.draws(50, seed: 3)
    let others = try row.draws(50, seed: 4)
    #expect(draws == again)
    #expect(draws != others)
    let pair = evaluate([], seed: 3) { builder, _ in
      let random = RandomSource(builder: builder, firstStream: 5)
      return [random.uniform([100]), random.uniform([100])]
    }
    let other = evaluate([], seed: 3) { builder, _ in
      let random = RandomSource(builder: builder, firstStream: 6)
      return [random.uniform([100])]
    }
    #expect(pair[0].values != pair[1].values)
    #expect(pair[1].values == other[0].values)
  }

  @Test func eachCellOfThePlateHasItsOwnParameters() throws {
    let shape: Shape = [2, 1000]
    let result = evaluate([Tensor(shape: [2, 1], values: [-100, 100])]) { builder, values in
      let draws = Normal().sample(
        shape: shape,
        DistributionArguments([values[0], builder.constant(Tensor(shape: [1, 1], values: [1]))]),
        lower: nil,
        upper: nil,
        random: RandomSource(builder: builder, firstStream: 0)
      )
      return draws.map { [$0] } ?? []
    }
    let draws = try #require(result.first)
    #expect(draws.shape == shape)
    #expect(draws.values.prefix(1000).allSatisfy { $0 < -90 })
    #expect(draws.values.suffix(1000).allSatisfy { $0 > 90 })
    #expect(Set(draws.values).count == 2000)
  }
}

/// A distribution function between points, linear in between.
struct CumulativeTable {
  let points: [Double]
  let values: [Double]

  /// The table of a distribution by the masses at points, and a function of its probabilities.
  init(points: [Double], masses: [Double], transform: (Double) -> Double = { $0 }) {
    self.points = points
    var sum = 0.0
    values = masses.map { mass in
      defer { sum += mass }
      return transform(sum + 0.5 * mass)
    }
  }

  subscript(x: Double) -> Double {
    var (low, high) = (0, points.count - 1)
    if x <= points[low] { return 0 }
    if x >= points[high] { return 1 }
    while high - low > 1 {
      let middle = (low + high) / 2
      if points[middle] <= x { low = middle } else { high = middle }
    }
    let fraction = (x - points[low]) / (points[high] - points[low])
    return values[low] + fraction * (values[high] - values[low])
  }
}

/// √n times the largest distance of the empirical distribution function from a table.
func kolmogorovStatistic(_ draws: [Double], _ table: CumulativeTable) -> Double {
  var distance = 0.0
  let count = Double(draws.count)
  for (index, draw) in draws.sorted().enumerated() {
    guard !draw.isNaN else { return .infinity }
    let value = table[draw]
    distance = max(
      distance,
      abs(value - Double(index) / count),
      abs(value - Double(index + 1) / count)
    )
  }
  return distance * count.squareRoot()
}
