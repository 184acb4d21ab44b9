import PPLGraphIR
import PPLTensorCore
import Testing

@Suite struct OpShapeTests {
  static let fitting: [(op: Op, operands: [Shape], result: Shape)] = [
    (.random(.normal, shape: [3], stream: 0), [], [3]),
    (.random(.binomial, shape: [3, 2], stream: 0), [[1, 2], [3, 1]], [3, 2]),
    (.unary(.exp), [[2, 3]], [2, 3]),
    (.binary(.add), [[2, 1], [1, 3]], [2, 3]),
    (.binary(.add), [[0, 1], [1, 3]], [0, 3]),
    (.select, [[2, 1], [1, 3], [1, 1]], [2, 3]),
    (.betaP, [[2, 1], [1, 3], [1, 1]], [2, 3]),
    (.reshape([6]), [[2, 3]], [6]),
    (.transpose([2, 0, 1]), [[2, 3, 4]], [4, 2, 3]),
    (.broadcast([5, 3]), [[1, 3]], [5, 3]),
    (.slice(axis: 1, start: 1, count: 2), [[4, 3]], [4, 2]),
    (.slice(axis: 0, start: 4, count: 0), [[4, 3]], [0, 3]),
    (.pad(axis: 0, before: 1, after: 2), [[4, 3]], [7, 3]),
    (.concatenate(axis: 1), [[4, 3], [4, 0], [4, 2]], [4, 5]),
    (.gather, [[5, 3], [2, 2]], [2, 2, 3]),
    (.gather, [[5], []], []),
    (.scatterAdd(rows: 7), [[2, 2, 3], [2, 2]], [7, 3]),
    (.reduce(.sum, axes: [0, 2]), [[2, 3, 4]], [1, 3, 1]),
    (.cumulativeSum(axis: 0, reversed: true), [[2, 3]], [2, 3]),
    (.sort(axis: 1), [[2, 3]], [2, 3]),
    (.argsort(axis: 1), [[2, 3]], [2, 3]),
    (
      .matrixMultiply(transposeLeft: true, transposeRight: false), [[7, 3, 2], [1, 3, 4]],
      [7, 2, 4]
    ),
    (.cholesky, [[2, 3, 3]], [2, 3, 3]),
    (.triangularSolve(transposed: false), [[1, 3, 3], [5, 3, 2]], [5, 3, 2]),
    (.diagonal, [[2, 3, 3]], [2, 3]),
    (.diagonalMatrix, [[2, 3]], [2, 3, 3]),
    (.lowerTriangle(strict: false), [[2, 3, 4]], [2, 3, 4]),
  ]

  static let unfitting: [(op: Op, operands: [Shape])] = [
    (.random(.gamma, shape: [3], stream: 0), []),
    (.random(.gamma, shape: [3], stream: 0), [[2]]),
    (.random(.gamma, shape: [1], stream: 0), [[3]]),
    (.unary(.exp), []),
    (.binary(.add), [[2], [3]]),
    (.binary(.add), [[2, 2], [2]]),
    (.binary(.add), [[0], [2]]),
    (.select, [[2], [2], [3]]),
    (.betaP, [[2], [2]]),
    (.reshape([5]), [[2, 3]]),
    (.transpose([0, 0]), [[2, 3]]),
    (.transpose([0]), [[2, 3]]),
    (.broadcast([5, 3]), [[2, 3]]),
    (.broadcast([1]), [[2]]),
    (.slice(axis: 0, start: 3, count: 2), [[4]]),
    (.slice(axis: 0, start: 2, count: Int.max), [[4]]),
    (.slice(axis: 1, start: 0, count: 0), [[4]]),
    (.slice(axis: -1, start: 0, count: 0), [[4]]),
    (.pad(axis: 0, before: -1, after: 2), [[4]]),
    (.concatenate(axis: 0), []),
    (.concatenate(axis: 0), [[2, 3], [2, 4]]),
    (.concatenate(axis: 0), [[2, 3], [2]]),
    (.gather, [[], [2]]),
    (.scatterAdd(rows: 2), [[3, 2], [2]]),
    (.reduce(.sum, axes: [2]), [[2, 3]]),
    (.reduce(.sum, axes: [0, 0]), [[2, 3]]),
    (.cumulativeSum(axis: 2, reversed: false), [[2, 3]]),
    (.sort(axis: 0), [[]]),
    (.argsort(axis: 1), [[3]]),
    (.matrixMultiply(transposeLeft: false, transposeRight: false), [[2, 3], [2, 3]]),
    (.matrixMultiply(transposeLeft: false, transposeRight: false), [[3], [3]]),
    (.matrixMultiply(transposeLeft: false, transposeRight: false), [[2, 2, 2], [3, 2, 2]]),
    (.cholesky, [[2, 3]]),
    (.triangularSolve(transposed: false), [[3, 3], [3]]),
    (.triangularSolve(transposed: false), [[3, 3], [2, 3]]),
    (.diagonal, [[3]]),
    (.diagonalMatrix, [[]]),
    (.lowerTriangle(strict: true), [[3]]),
    (.constant(0), []),
    (.input(0), []),
  ]

  @Test func shapesFollowTheRules() throws {
    for row in Self.fitting {
      #expect(try row.op.resultShape(of: row.operands) == row.result, "\(row.op)")
    }
  }

  @Test func operandsThatDoNotFitAreRefused() {
    for row in Self.unfitting {
      #expect(throws: ShapeError.self, "\(row.op) of \(row.operands)") {
        try row.op.resultShape(of: row.operands)
      }
    }
  }

  @Test func hugeSizesDoNotTrap() throws {
    let half = Int.max / 2 + 1
    #expect(try Op.pad(axis: 0, before: half, after: half).resultShape(of: [[3]]).count == Int.max)
    #expect(try Op.concatenate(axis: 0).resultShape(of: [[half], [half]]).count == Int.max)
    #expect(
      try Op.binary(.add).resultShape(of: [[half, 1, 1], [1, half, half]]).count == Int.max
    )
  }

  @Test func kindsFollowTheRules() {
    #expect(Op.binary(.add).resultKind(of: [.boolean, .boolean]) == .integer)
    #expect(Op.binary(.add).resultKind(of: [.integer, .real]) == .real)
    #expect(Op.binary(.less).resultKind(of: [.real, .real]) == .boolean)
    #expect(Op.binary(.divide).resultKind(of: [.integer, .integer]) == .real)
    #expect(Op.unary(.negate).resultKind(of: [.boolean]) == .integer)
    #expect(Op.unary(.exp).resultKind(of: [.integer]) == .real)
    #expect(Op.select.resultKind(of: [.boolean, .integer, .integer]) == .integer)
    #expect(Op.betaP.resultKind(of: [.integer, .integer, .real]) == .real)
    #expect(Op.select.resultKind(of: [.boolean, .integer, .real]) == .real)
    #expect(Op.gather.resultKind(of: [.boolean, .integer]) == .boolean)
    #expect(Op.reduce(.sum, axes: [0]).resultKind(of: [.boolean]) == .integer)
    #expect(Op.random(.poisson, shape: [], stream: 0).resultKind(of: [.real]) == .integer)
  }
}
