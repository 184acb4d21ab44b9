import PPLAutodiff
import PPLExecution
import PPLGraphIR
import PPLNativeExecution
import PPLTensorCore
import TestSupport
import Testing

/// Machine code against the reference executor, which defines each primitive.
@Suite(.enabled(if: NativeProgram.isAvailable, "LLVM's library is not installed"))
struct NativeGraphTests {
  /// Seeds of random graphs; together they have every primitive.
  private static let seeds: Range<UInt64> = 0..<120

  @Test func randomGraphsCoverEveryPrimitive() {
    let names = Self.seeds.reduce(into: Set<String>()) {
      $0.formUnion(RandomGraph(seed: $1).graph.opCounts.keys)
    }
    #expect(RandomGraph.primitiveNames.subtracting(names) == [])
  }

  @Test(arguments: seeds)
  func randomGraphsAndGradientsAgreeWithTheReference(seed: UInt64) throws {
    let sample = RandomGraph(seed: seed)
    for graph in [sample.graph, try gradient(of: sample.graph)] {
      #expect(NativeProgram.moduleFault(graph) == nil)
      let expected = graph.referenceValues(sample.point)
      let scale = expected.map(\.magnitude).filter(\.isFinite).max() ?? 1
      let actual = try graph.nativeValues(sample.point)
      // Gradients are sums of terms of about the size of the largest.
      let allowed = 1e-12 * max(1, scale)
      for (actual, expected) in zip(actual, expected)
      where actual != expected && !(actual.isNaN && expected.isNaN) {
        #expect((actual - expected).magnitude <= allowed * 10, "graph \(seed)")
      }
    }
  }

  /// Loops with and without a last step that overlaps, in one to three axes.
  @Test(arguments: [
    [1], [2], [5], [7], [8], [15], [16], [17], [24], [31], [100], [3, 5], [20, 3],
    [3, 20], [2, 3, 19], [4, 1, 17],
  ])
  func reductionsOverAnyAxes(sizes: [Int]) throws {
    for reduction in Reduction.allCases {
      for mask in 0..<(1 << sizes.count) {
        let builder = GraphBuilder()
        let x = builder.addInput(shape: Shape(sizes))
        let y = builder.addInput(shape: Shape(sizes.map { _ in 1 }))
        let axes = sizes.indices.filter { mask >> $0 & 1 == 1 }
        let terms = (x * y + x.square()).exp().log1p()
        let graph = builder.build(outputs: [terms.reduce(reduction, axes: axes), terms * y])
        let point = numbers(x.shape.count + 1) { 0.1 * Double($0 % 17) - 0.5 }
        let difference = discrepancy(
          try graph.nativeValues(point),
          graph.referenceValues(point)
        )
        #expect(difference < 1e-13, "\(reduction) over \(axes) of \(sizes)")
      }
    }
  }

  @Test(arguments: [1, 3, 8, 21], [1, 2, 11])
  func rowsAreGatheredAndAddedUp(count: Int, width: Int) throws {
    for order in 0..<3 {
      let positions = numbers(count) { index in
        switch order {
        case 0: Double(index * 4 / count)
        case 1: Double(index * 7 % 4)
        default: Double(3 - index % 3)
        }
      }
      let builder = GraphBuilder()
      let table = builder.addInput(shape: [4, width])
      let updates = builder.addInput(shape: [count, width])
      let index = builder.constant(Tensor(shape: [count], kind: .integer, values: positions))
      let graph = builder.build(outputs: [
        table.exp().gather(index) * updates, (updates * 2).scatterAdd(index, rows: 4),
        updates.square().scatterAdd(index, rows: 6).sum(axes: [0]),
      ])
      let point = numbers(graph.inputCount) { 0.25 * Double($0 % 13) - 1 }
      #expect(discrepancy(try graph.nativeValues(point), graph.referenceValues(point)) < 1e-14)
    }
  }

  @Test func positionsKnownAtRunTimeAreCheckedThere() throws {
    let builder = GraphBuilder()
    let table = builder.addInput(shape: [5])
    let index = builder.addInput(shape: [20])
    let graph = builder.build(outputs: [
      table.gather(index), table.gather(index.slice(axis: 0, start: 3, count: 1)),
      index.scatterAdd(index, rows: 5),
    ])
    let positions: [Double] = [
      0, 1, 4, 5, -1, .nan, .infinity, 1.5, 2, -0.0, 1e300, -.infinity, 3, 3, 3, 2.0000001, 4, 0, 1,
      2,
    ]
    let point = [10, 11, 12, 13, 14] + positions
    let (actual, expected) = (try graph.nativeValues(point), graph.referenceValues(point))
    #expect(discrepancy(actual, expected) == 0)
  }

  @Test func viewsReadTheRightElements() throws {
    let builder = GraphBuilder()
    let x = builder.addInput(shape: [3, 4, 5])
    let turned = x.transpose([2, 0, 1])
    let graph = builder.build(outputs: [
      turned.reshape([5, 12]) * 2, turned.slice(axis: 1, start: 1, count: 2).exp(),
      x.reshape([12, 5]).slice(axis: 0, start: 2, count: 9).transpose([1, 0]),
      .concatenate([x, x.square(), x], axis: 1), x.pad(axis: 2, before: 1, after: 3),
      x.slice(axis: 2, start: 0, count: 4).diagonal(), x, x.reshape([60]),
      x.reshape([3, 4, 1, 5]).broadcast(to: [3, 4, 2, 5]) - 1,
    ])
    let point = numbers(60) { Double($0) / 8 }
    #expect(discrepancy(try graph.nativeValues(point), graph.referenceValues(point)) < 1e-15)
  }

  @Test(arguments: [1, 2, 3, 5, 11, 16, 31, 33, 40])
  func factorsAndSolves(size: Int) throws {
    let builder = GraphBuilder()
    let x = builder.addInput(shape: [2, size, size])
    let b = builder.addInput(shape: [2, size, 3])
    let wide = builder.addInput(shape: [2, size, 13])
    let identity = builder.constant(Tensor(shape: [1, size], repeating: Double(size)))
      .diagonalMatrix()
    let matrix = x.matrixMultiply(x, transposeRight: true) + identity
    let factor = matrix.cholesky()
    let graph = builder.build(outputs: [
      factor, factor.triangularSolve(b), factor.triangularSolve(wide, transposed: true),
      (x.slice(axis: 0, start: 0, count: 1) - identity).cholesky(),
      factor.slice(axis: 0, start: 1, count: 1).triangularSolve(wide),
      x.lowerTriangle(), x.lowerTriangle(strict: true), x.diagonal().diagonalMatrix(),
    ])
    let point = numbers(graph.inputCount) { Double(($0 * 37) % 101) / 50 - 1 }
    #expect(discrepancy(try graph.nativeValues(point), graph.referenceValues(point)) < 1e-12)
  }

  @Test(arguments: [1, 2, 7, 30], [1, 2, 9, 40])
  func products(rows: Int, inner: Int) throws {
    for columns in [1, 3, 20] {
      let builder = GraphBuilder()
      let a = builder.addInput(shape: [2, rows, inner])
      let b = builder.addInput(shape: [1, inner, columns])
      let c = builder.addInput(shape: [2, columns, rows])
      let graph = builder.build(outputs: [
        a.matrixMultiply(b), b.matrixMultiply(a, transposeLeft: true, transposeRight: true),
        c.matrixMultiply(a), a.matrixMultiply(c, transposeLeft: true, transposeRight: true),
      ])
      let point = numbers(graph.inputCount) { Double(($0 * 29) % 83) / 40 - 1 }
      let difference = discrepancy(try graph.nativeValues(point), graph.referenceValues(point))
      #expect(difference < 1e-13, "\(rows) \(inner) \(columns)")
    }
  }

  /// A linear model, whose data matrix is constant, and its gradient.
  @Test(arguments: [4, 9, 64, 301], [2, 3, 20, 32, 33])
  func dataMatricesJoinTheLoopOverRows(rows: Int, columns: Int) throws {
    let builder = GraphBuilder()
    let beta = builder.addInput(shape: [columns, 1])
    let data = builder.constant(
      Tensor(
        shape: [rows, columns],
        values: numbers(rows * columns) { Double(($0 * 31) % 67) / 33 - 1 }
      )
    )
    let likelihood = data.matrixMultiply(beta).softplus().sum()
    let graph = try gradient(of: builder.build(outputs: [likelihood]))
    let point = numbers(columns) { Double($0 % 5) / 4 - 0.6 }
    #expect(discrepancy(try graph.nativeValues(point), graph.referenceValues(point)) < 1e-12)
  }

  /// More instructions than one function holds.
  @Test func longProgramsAreDividedIntoFunctions() throws {
    let builder = GraphBuilder()
    let x = builder.addInput(shape: [])
    let v = builder.addInput(shape: [30])
    var sum = x
    var total = v
    for step in 0..<4000 {
      sum = (sum * (1 + 1e-4 * Double(step % 7))).sin() + x
      if step % 20 == 0 { total = total.cos() + sum + v.sum() * 0.01 }
    }
    let graph = builder.build(outputs: [sum, total, (sum * total).sum()])
    let point = numbers(31) { 0.3 + 0.01 * Double($0) }
    #expect(discrepancy(try graph.nativeValues(point), graph.referenceValues(point)) < 1e-12)
  }

  /// A product that is read twice is rounded once: equal numbers stay equal.
  @Test func differencesOfEqualProductsAreZero() throws {
    let builder = GraphBuilder()
    let x = builder.addInput(shape: [3, 3])
    let y = builder.addInput(shape: [1, 1])
    let product = x * y.exp()
    let graph = builder.build(outputs: [
      product - product.lowerTriangle(), product - product.transpose([1, 0]).transpose([1, 0]),
      (y * y) - (y * y).floor(),
    ])
    let point = numbers(10) { 1 / Double($0 + 3) }
    #expect(try graph.nativeValues(point) == graph.referenceValues(point))
  }

  @Test func emptyAndConstantGraphsRun() throws {
    let builder = GraphBuilder()
    let empty = builder.addInput(shape: [0, 3])
    let graph = builder.build(outputs: [
      empty, empty.sum(axes: [0]), empty.max(axes: [0, 1]), builder.constant(2.5),
      empty.reshape([3, 0]), empty.exp().transpose([1, 0]),
      empty.slice(axis: 1, start: 1, count: 2),
      empty.pad(axis: 0, before: 2, after: 0),
      empty.gather(builder.constant(Tensor(shape: [0], kind: .integer, values: []))),
      empty.scatterAdd(builder.constant(Tensor(shape: [0], kind: .integer, values: [])), rows: 2),
      empty.matrixMultiply(empty, transposeLeft: true),
      empty.matrixMultiply(empty, transposeRight: true),
      builder.constant(Tensor(shape: [3], kind: .real, values: [1, 2, 3])),
    ])
    #expect(try graph.nativeValues([]) == graph.referenceValues([]))
  }

  @Test func equalPointsGiveEqualBits() throws {
    let sample = RandomGraph(seed: 5)
    let program = try NativeProgram(try gradient(of: sample.graph))
    let (first, second) = (NativeExecutor(program), NativeExecutor(program))
    let count = try gradient(of: sample.graph).outputCount
    let key = RandomKey(seed: 1)
    let once = first.run(inputs: sample.point, outputCount: count, key: key)
    _ = first.run(
      inputs: sample.point.map { $0 + 1 },
      outputCount: count,
      key: key
    )
    let again = first.run(inputs: sample.point, outputCount: count, key: key)
    let other = second.run(inputs: sample.point, outputCount: count, key: key)
    #expect(once.map(\.bitPattern) == again.map(\.bitPattern))
    #expect(once.map(\.bitPattern) == other.map(\.bitPattern))
  }
}
