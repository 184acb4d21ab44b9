import PPLAutodiff
import PPLGraphIR
import PPLRewrites
import PPLTensorCore
import Testing

@Suite struct LeastSquaresTests {
  /// −½ Σ ((y − Σ bₜ xₜ) / s)² with inputs b and log s; coefficients are gathered by groups where these are given.
  struct Regression {
    var y: [Double]
    var x: [[Double]]
    var groups: [Int]?
    var groupCount = 1

    var coefficientCount: Int { x.count * groupCount }

    func graph() -> Graph {
      let builder = GraphBuilder()
      func column(_ values: [Double], _ kind: ElementKind = .real) -> GraphValue {
        builder.constant(Tensor(shape: [values.count], kind: kind, values: values))
      }
      let index = groups.map { column($0.map(Double.init), .integer) }
      var mean: GraphValue?
      for values in x {
        let coefficient = builder.addInput(shape: [groupCount])
        let term = (index.map { coefficient.gather($0) } ?? coefficient) * column(values)
        mean = mean.map { $0 + term } ?? term
      }
      let scale = builder.addInput(shape: []).exp().reshape([1])
      let deviation = mean.map { column(y) - $0 } ?? column(y)
      let sum = (-0.5 * (deviation / scale).square()).sum()
      return builder.build(outputs: [sum])
    }

    /// The value with 11 bits more where the processor has them.
    func exactValue(_ point: [Double]) -> Double {
      #if arch(x86_64)
        typealias Wide = Float80
      #else
        typealias Wide = Double
      #endif
      var sum: Wide = 0
      for row in y.indices {
        var deviation = Wide(y[row])
        for column in x.indices {
          let coefficient = point[column * groupCount + (groups?[row] ?? 0)]
          deviation -= Wide(coefficient) * Wide(x[column][row])
        }
        sum += deviation * deviation
      }
      let logScale = point[point.count - 1]
      let scale = Tensor(scalar: logScale).exponential
      return Double(-sum / 2 / Wide(scale) / Wide(scale))
    }
  }

  private func normals(_ count: Int, seed: UInt64) -> [Double] {
    var generator = RandomKey(seed: seed).makeGenerator()
    return (0..<count).map { _ in generator.nextNormal() }
  }

  private func rewritten(_ graph: Graph) throws -> Graph {
    let result = Rewriter.rewrite(graph)
    try #require(result.applications.contains { $0.name == "least-squares" })
    try result.graph.checkInvariants()
    return result.graph
  }

  /// Both graphs at a point, to 1e-12 of the value, and each derivative of the largest.
  private func compare(_ regression: Regression, seed: UInt64) throws {
    let graph = regression.graph()
    let fast = try rewritten(graph)
    let point = normals(graph.inputCount, seed: seed)
    let expected = try graph.valueAndGradient(point)
    let actual = try fast.valueAndGradient(point)
    let scale = expected.reduce(0) { max($0, $1.magnitude) }
    for (index, pair) in zip(actual, expected).enumerated() {
      #expect((pair.0 - pair.1).magnitude <= 1e-12 * scale, "\(index): \(pair)")
    }
  }

  /// Observations near 1e6 with deviations of 1e-2: the rows keep all digits, where sums of squares of the data lose
  /// all of them, and even the plain sum loses some to the rounding of b x.
  @Test func largeOffsetsLoseNoDigits() throws {
    let n = 200
    let noise = normals(n, seed: 1)
    let slope = normals(n, seed: 2)
    for hasSlope in [false, true] {
      let ones = [Double](repeating: 1, count: n)
      let y = (0..<n).map { 1e6 + (hasSlope ? 40 * slope[$0] : 0) + 1e-2 * noise[$0] }
      let regression = Regression(y: y, x: hasSlope ? [ones, slope] : [ones])
      let graph = regression.graph()
      let fast = try rewritten(graph)
      for shift in [0, 1e-3, 0.02] {
        let point = [1e6 + shift] + (hasSlope ? [40 - shift] : []) + [-4.6]
        let exact = regression.exactValue(point)
        let error = (fast.values(point)[0] - exact).magnitude
        #expect(error <= 1e-12 * exact.magnitude, "slope \(hasSlope), shift \(shift)")
      }
      guard !hasSlope else { continue }
      let mean = 1e6 + 1e-3
      let expanded =
        y.reduce(0) { $0 + $1 * $1 } - 2 * mean * y.reduce(0, +)
        + Double(n) * mean * mean
      let plain = y.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      #expect((expanded - plain).magnitude > 1e-3 * plain)
    }
  }

  @Test(arguments: 0..<6)
  func singularDataAreNoObstacle(_ kind: Int) throws {
    let n = 40
    let (a, b) = (normals(n, seed: 3), normals(n, seed: 4))
    let zeros = [Double](repeating: 0, count: n)
    let columns: [[Double]] =
      switch kind {
      case 0: [a, a.map { 2 * $0 }]
      case 1: [zeros, a]
      case 2: [a, b, zip(a, b).map { $0 - 3 * $1 }]
      case 3: [a, zip(a, b).map { $0 + 1e-9 * $1 }]
      case 4: [zeros]
      default: [a.map { 1e8 * $0 }, b.map { 1e-8 * $0 }, a]
      }
    try compare(Regression(y: normals(n, seed: 5), x: columns), seed: 6)
    // Nothing is left over.
    try compare(Regression(y: a, x: columns), seed: 7)
    try compare(Regression(y: zeros.map { _ in 2 }, x: columns), seed: 8)
  }

  @Test(arguments: 0..<20)
  func groupsMayHaveFewRowsOrNone(_ seed: Int) throws {
    let n = 60
    var generator = RandomKey(seed: UInt64(seed)).makeGenerator()
    // Rows fall into the first groups more often; some groups have one, some none.
    let groups = (0..<n).map { _ in
      let u = generator.nextUniform()
      return Int(12 * u * u)
    }
    let columns = (0...seed % 3).map { column in
      column == 0
        ? [Double](repeating: 1, count: n)
        : (0..<n).map { _ in Double(generator.nextInt(below: 2)) }
    }
    let y = normals(n, seed: 9)
    let regression = Regression(y: y, x: columns, groups: groups, groupCount: 14)
    let result = Rewriter.rewrite(regression.graph())
    if result.applications.contains(where: { $0.name == "least-squares" }) {
      try compare(regression, seed: UInt64(seed) + 100)
    } else {
      // Three columns in twelve groups may be more work than sixty rows.
      #expect(columns.count > 1)
    }
  }

  @Test func rowsDoNotEnlargeTheGraph() throws {
    func shapes(copies: Int, isGrouped: Bool) throws -> [String] {
      let n = 50
      func repeated(_ seed: UInt64) -> [Double] {
        let values = normals(n, seed: seed)
        return (0..<copies).flatMap { _ in values }
      }
      let regression = Regression(
        y: repeated(1),
        x: [repeated(2), repeated(3)],
        groups: isGrouped ? (0..<n * copies).map { $0 % 3 } : nil,
        groupCount: isGrouped ? 3 : 1
      )
      let graph = try gradient(of: rewritten(regression.graph()))
      return graph.nodes.map { "\($0.op.name) \($0.shape)" }
    }
    for isGrouped in [false, true] {
      let small = try shapes(copies: 1, isGrouped: isGrouped)
      #expect(try shapes(copies: 10, isGrouped: isGrouped) == small)
      #expect(try shapes(copies: 100, isGrouped: isGrouped) == small)
    }
  }

  /// The rows must be fewer by enough.
  @Test func fewRowsStayAsTheyAre() {
    let columns = (0..<4).map { normals(5, seed: UInt64($0)) }
    let regression = Regression(y: normals(5, seed: 9), x: columns)
    let result = Rewriter.rewrite(regression.graph(), selection: .only("least-squares"))
    #expect(result.applications.isEmpty)
  }
}

extension Tensor {
  /// The exponential as the executors compute it.
  fileprivate var exponential: Double {
    Op.unary(.exp).evaluated(on: [self], key: RandomKey(seed: 0)).values[0]
  }
}
