import PPLDistributions
import PPLExecution
import PPLGraphIR
import PPLTensorCore
import PPLTypeSystem
import Testing

/// A transform, made for a builder as bounds are values of a graph, with a point.
struct TransformRow: Sendable, CustomTestStringConvertible {
  let name: String
  let eventSizes: [Int]
  let make: @Sendable (GraphBuilder, _ rank: Int) -> Transform

  init(
    _ name: String,
    _ eventSizes: [Int] = [],
    _ make: @escaping @Sendable (GraphBuilder, _ rank: Int) -> Transform
  ) {
    self.name = name
    self.eventSizes = eventSizes
    self.make = make
  }

  init(_ support: VectorSupport, _ size: Int) {
    self.init("\(support.rawValue)[\(size)]", [size]) { _, _ in .vector(support) }
  }

  init(_ support: MatrixSupport, _ size: Int) {
    self.init("\(support.rawValue)[\(size)]", [size, size]) { _, _ in .matrix(support) }
  }

  var testDescription: String { name }

  static let scalars: [TransformRow] = [
    TransformRow("identity") { _, _ in .identity },
    TransformRow("lower") { .interval(lower: bound($0, $1, -1.5), upper: nil) },
    TransformRow("upper") { .interval(lower: nil, upper: bound($0, $1, 2)) },
    TransformRow("interval") { .interval(lower: bound($0, $1, -1.5), upper: bound($0, $1, 2)) },
    TransformRow("infinite") {
      .interval(lower: bound($0, $1, -.infinity), upper: bound($0, $1, .infinity))
    },
    TransformRow("half infinite") {
      .interval(lower: bound($0, $1, 0), upper: bound($0, $1, .infinity))
    },
  ]

  static let joint: [TransformRow] =
    [TransformRow("realVector", [3]) { _, _ in .realVector }]
    + VectorSupport.allCases.flatMap { support in [1, 2, 5].map { TransformRow(support, $0) } }
    + MatrixSupport.allCases.flatMap { support in [1, 2, 4].map { TransformRow(support, $0) } }

  private static func bound(_ builder: GraphBuilder, _ rank: Int, _ value: Double) -> GraphValue {
    builder.constant(Tensor(shape: .ones(rank: rank), values: [value]))
  }

  /// Unconstrained values for a plate, between -2 and 2.
  func unconstrained(plate: [Int]) -> Tensor {
    let count = make(GraphBuilder(), plate.count).unconstrainedCount(eventSizes: eventSizes)
    let shape = Shape(plate + (eventSizes.isEmpty ? [] : [count]))
    var state = 0.137
    return Tensor(
      shape: shape,
      values: (0..<shape.count).map { _ in
        state = (state * 31.7 + 0.37).truncatingRemainder(dividingBy: 1)
        return 4 * state - 2
      }
    )
  }

  /// The constrained value, then the sum of the log-Jacobian's addends over the plate's cells.
  func constrain(_ y: Tensor) -> (value: Tensor, logJacobian: Tensor) {
    let plate = Shape(y.shape.sizes.prefix(y.shape.rank - (eventSizes.isEmpty ? 0 : 1)).map { $0 })
    let results = evaluate([y]) { builder, values in
      let (value, logJacobian) = make(builder, plate.rank)
        .constrain(values[0], eventSizes: eventSizes)
      let zero = builder.constant(0).broadcast(to: plate)
      return [value, logJacobian.reduce(zero, +)]
    }
    return (results[0], results[1])
  }

  func unconstrain(_ x: Tensor) -> Tensor {
    evaluate([x]) { builder, values in
      [make(builder, x.shape.rank - eventSizes.count).unconstrain(values[0])]
    }[0]
  }

  /// Positions of the free coordinates of one event; nil where they are not elements.
  var freePositions: [Int]? {
    switch make(GraphBuilder(), 0) {
    case .identity, .interval: return [0]
    case .realVector, .vector(.ordered), .vector(.positiveOrdered): return Array(0..<eventSizes[0])
    case .vector(.simplex): return Array(0..<(eventSizes[0] - 1))
    case .vector(.sumToZero), .vector(.unit): return nil
    case .matrix(let support):
      let size = eventSizes[0]
      let hasDiagonal = support == .cov || support == .choleskyCov
      return (0..<size).flatMap { row in
        (0..<(hasDiagonal ? row + 1 : row)).map { row * size + $0 }
      }
    }
  }
}

private let rows = TransformRow.scalars + TransformRow.joint

@Suite struct TransformTests {
  @Test(arguments: rows, [[], [3], [2, 3]])
  func roundTripGivesTheSameValues(_ row: TransformRow, plate: [Int]) {
    let y = row.unconstrained(plate: plate)
    let (x, logJacobian) = row.constrain(y)
    #expect(x.shape == Shape(plate + row.eventSizes))
    #expect(logJacobian.shape == Shape(plate))
    let back = row.unconstrain(x)
    if row.name.hasPrefix("unit") {
      let again = row.constrain(back).value
      #expect(zip(again.values, x.values).allSatisfy { abs($0 - $1) < 1e-14 })
      return
    }
    #expect(back.shape == y.shape)
    #expect(zip(back.values, y.values).allSatisfy { abs($0 - $1) < 1e-12 })
  }

  @Test(arguments: rows, [[], [2, 3]])
  func valuesLieInTheSupport(_ row: TransformRow, plate: [Int]) {
    let x = row.constrain(row.unconstrained(plate: plate)).value
    let eventCount = row.eventSizes.reduce(1, *)
    for start in stride(from: 0, to: x.values.count, by: eventCount) {
      let event = Array(x.values[start..<(start + eventCount)])
      #expect(row.contains(event), "\(event)")
    }
  }

  @Test(arguments: rows)
  func logJacobianMatchesDifferences(_ row: TransformRow) {
    guard let free = row.freePositions else { return }
    let y = row.unconstrained(plate: [])
    let columns = y.values.indices.map { index -> [Double] in
      let moved = [-1e-5, 1e-5].map { step in
        var values = y.values
        values[index] += step
        return row.constrain(Tensor(shape: y.shape, values: values)).value.values
      }
      return free.map { (moved[1][$0] - moved[0][$0]) / 2e-5 }
    }
    let expected = logarithm(abs(determinant(columns)))
    #expect(abs(row.constrain(y).logJacobian.values[0] - expected) < 1e-7)
  }

  /// The columns of ∂x/∂y are orthonormal.
  @Test func sumToZeroIsIsometric() {
    let row = TransformRow(.sumToZero, 5)
    let columns = (0..<4).map { index in
      row.constrain(Tensor(shape: [4], values: (0..<4).map { $0 == index ? 1 : 0 })).value.values
    }
    for (i, a) in columns.enumerated() {
      for (j, b) in columns.enumerated() {
        let product = zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(abs(product - (i == j ? 1 : 0)) < 1e-15)
      }
    }
  }

  /// The length has a normalised density, so that the total over y of a density of x is that over the sphere:
  /// with the uniform one, 1 / 2π on the circle, ∫∫ exp("log |det|") dy = 2π.
  @Test func lengthOfUnitVectorIsNormalised() {
    let row = TransformRow(.unit, 2)
    let step = 0.05
    let grid = (-200..<200).map { (Double($0) + 0.5) * step }
    let points = grid.flatMap { a in grid.flatMap { [a, $0] } }
    let y = Tensor(shape: [grid.count * grid.count, 2], values: points)
    let total = row.constrain(y).logJacobian.values.reduce(0) { $0 + exponential($1) }
    #expect(abs(total * step * step - 2 * .pi) < 1e-9)
  }

  @Test(arguments: rows)
  func gradientMatchesCentralDifferences(_ row: TransformRow) throws {
    let y = row.unconstrained(plate: [])
    if y.values.isEmpty { return }
    let function: (GraphBuilder, [GraphValue]) -> GraphValue = { builder, values in
      let (value, logJacobian) = row.make(builder, 0)
        .constrain(values[0], eventSizes: row.eventSizes)
      let weights = Tensor(
        shape: value.shape,
        values: (0..<value.shape.count).map { 1 + 0.5 * Double($0) }
      )
      return logJacobian.reduce((value * builder.constant(weights)).sum(), +)
    }
    let (_, gradient) = try evaluateGradient([y], function)
    let differences = centralDifferences(y.values) { values in
      evaluate([Tensor(shape: y.shape, values: values)]) { [function($0, $1)] }[0].values[0]
    }
    for (exact, difference) in zip(gradient, differences) {
      #expect(abs(exact - difference) < 1e-6 * max(1, abs(exact)))
    }
  }

  @Test func farUnconstrainedValuesKeepFiniteJacobians() throws {
    let y = Tensor(shape: [4], values: [-700, -40, 40, 700])
    for row in TransformRow.scalars {
      let logJacobian = row.constrain(y).logJacobian
      #expect(logJacobian.values.allSatisfy { $0.isFinite }, "\(row.name)")
    }
    for support in [VectorSupport.simplex, .ordered, .positiveOrdered] {
      let row = TransformRow(support, support == .simplex ? 5 : 4)
      #expect(row.constrain(y).logJacobian.values[0].isFinite)
    }
    for support in MatrixSupport.allCases {
      let row = TransformRow(support, support == .corr || support == .choleskyCorr ? 3 : 2)
      let three = Tensor(shape: [3], values: [-300, 40, 300])
      #expect(row.constrain(three).logJacobian.values[0].isFinite)
    }
  }

  @Test func boundsMayDifferByElement() throws {
    let lower = Tensor(shape: [4], values: [0, 0, -.infinity, -.infinity])
    let upper = Tensor(shape: [4], values: [2, .infinity, 3, .infinity])
    let row = TransformRow("mixed") { builder, _ in
      .interval(lower: builder.constant(lower), upper: builder.constant(upper))
    }
    let y = Tensor(shape: [4], values: [0.5, -1.5, 2, 800])
    let (x, logJacobian) = row.constrain(y)
    let slope = 1 / (1 + exponential(-0.5))
    let expected = [2 * slope, exponential(-1.5), 3 - exponential(2), 800]
    let expectedLog = [logarithm(2 * slope * (1 - slope)), -1.5, 2, 0]
    for index in 0..<4 {
      #expect(abs(x.values[index] - expected[index]) < 1e-14)
      #expect(abs(logJacobian.values[index] - expectedLog[index]) < 1e-14)
    }
    #expect(zip(row.unconstrain(x).values, y.values).allSatisfy { abs($0 - $1) < 1e-12 })
    let (_, gradient) = try evaluateGradient([y]) { builder, values in
      let (value, jacobian) = row.make(builder, 1).constrain(values[0], eventSizes: [])
      return jacobian.reduce(value, +).sum()
    }
    #expect(gradient.allSatisfy { $0.isFinite })
    #expect(gradient[3] == 1)
  }

  @Test func boundsMayBeLatent() throws {
    let inputs = [Tensor(scalar: 0.3), Tensor(scalar: 0.25)]
    let function: (GraphBuilder, [GraphValue]) -> GraphValue = { _, values in
      let transform = Transform.interval(lower: values[0].scalar(0), upper: 1 - values[1])
      let (value, logJacobian) = transform.constrain(values[0], eventSizes: [])
      return logJacobian.reduce(value, +)
    }
    let (_, gradient) = try evaluateGradient(inputs, function)
    for (position, exact) in gradient.enumerated() {
      let difference = centralDifferences(inputs[position].values) { values in
        var moved = inputs
        moved[position] = Tensor(scalar: values[0])
        return evaluate(moved) { [function($0, $1)] }[0].values[0]
      }[0]
      #expect(abs(exact - difference) < 1e-8)
    }
  }

  /// Loops stay loops: compilation must not depend on the size of data.
  @Test(arguments: VectorSupport.allCases)
  func nodeCountOfVectorsDoesNotDependOnSize(_ support: VectorSupport) {
    let counts = [5, 50].map { TransformRow(support, $0).nodeCount(plate: [3]) }
    #expect(counts[0] == counts[1])
  }

  @Test(arguments: MatrixSupport.allCases)
  func nodeCountOfMatricesDoesNotDependOnSize(_ support: MatrixSupport) {
    let counts = [4, 20].map { TransformRow(support, $0).nodeCount(plate: [3]) }
    #expect(counts[0] == counts[1])
  }

  @Test func sizesBeyondTheBudgetAreNotAllocated() {
    let size = 1 << 40
    #expect(Transform.matrix(.cov).unconstrainedCount(eventSizes: [size, size]) == Int.max)
    for support in VectorSupport.allCases {
      let builder = GraphBuilder(elementBudget: 1000)
      let transform = Transform.vector(support)
      let count = transform.unconstrainedCount(eventSizes: [size])
      let y = builder.addInput(shape: [count])
      #expect(transform.constrain(y, eventSizes: [size]).value.shape == [size])
      #expect(builder.failure != nil)
    }
  }
}

extension TransformRow {
  fileprivate func nodeCount(plate: [Int]) -> Int {
    makeGraph([unconstrained(plate: plate)]) { builder, values in
      let (value, logJacobian) = make(builder, plate.count)
        .constrain(values[0], eventSizes: eventSizes)
      return [value] + logJacobian
    }.graph.nodes.count
  }

  /// Whether an event lies in the support, up to rounding.
  fileprivate func contains(_ event: [Double]) -> Bool {
    let sum = event.reduce(0, +)
    let isAscending = zip(event, event.dropFirst()).allSatisfy { $0 < $1 }
    switch make(GraphBuilder(), 0) {
    case .identity, .realVector: return event.allSatisfy { $0.isFinite }
    case .interval(let lower, let upper):
      let (low, high) = (
        lower?.constantValue?.scalar ?? -.infinity, upper?.constantValue?.scalar ?? .infinity
      )
      return event.allSatisfy { $0 > low && $0 < high }
    case .vector(.simplex): return event.allSatisfy { $0 > 0 } && abs(sum - 1) < 1e-14
    case .vector(.ordered): return isAscending
    case .vector(.positiveOrdered): return isAscending && event[0] > 0
    case .vector(.sumToZero): return abs(sum) < 1e-14
    case .vector(.unit):
      return abs(event.reduce(0) { $0 + $1 * $1 } - 1) < 1e-14
    case .matrix(let support):
      let size = eventSizes[0]
      let matrix = Tensor(shape: [size, size], values: event)
      let isFactor = support == .choleskyCorr || support == .choleskyCov
      let isCorrelation = support == .choleskyCorr || support == .corr
      let factor = isFactor ? matrix : evaluate([matrix]) { [$1[0].cholesky()] }[0]
      return (0..<size).allSatisfy { row in
        let squares = (0..<size).reduce(0) { $0 + factor[row, $1] * factor[row, $1] }
        return factor[row, row] > 0
          && ((row + 1)..<max(size, row + 1)).allSatisfy { factor[row, $0] == 0 }
          && (isFactor || (0..<size).allSatisfy { matrix[row, $0] == matrix[$0, row] })
          && (!isCorrelation || abs(squares - 1) < 1e-14)
      }
    }
  }
}

/// The determinant of a square matrix by elimination with pivots; 1 for no rows.
private func determinant(_ matrix: [[Double]]) -> Double {
  var rows = matrix
  var result = 1.0
  for column in rows.indices {
    let pivot = rows[column...].indices.max { abs(rows[$0][column]) < abs(rows[$1][column]) }
    guard let pivot else { return 0 }
    if pivot != column {
      rows.swapAt(pivot, column)
      result = -result
    }
    result *= rows[column][column]
    for row in (column + 1)..<max(rows.count, column + 1) {
      let factor = rows[row][column] / rows[column][column]
      for other in rows.indices { rows[row][other] -= factor * rows[column][other] }
    }
  }
  return result
}
