import PPLGraphIR
import PPLTensorCore
import Testing

@Suite struct LinearAlgebraKernelTests {
  /// All four transpositions and every repetition of two batch axes.
  @Test func matrixProductsRepeatBatches() {
    for transposeLeft in [false, true] {
      for transposeRight in [false, true] {
        for (leftBatch, rightBatch) in [
          ([2, 3], [2, 3]), ([1, 3], [2, 1]), ([2, 1], [1, 3]), ([2, 3], [1, 1]),
          ([1, 1], [2, 3]),
        ] {
          let left = Tensor.random(
            Shape(leftBatch + (transposeLeft ? [4, 2] : [2, 4])),
            seed: 1
          )
          let right = Tensor.random(
            Shape(rightBatch + (transposeRight ? [3, 4] : [4, 3])),
            seed: 2
          )
          let op = Op.matrixMultiply(
            transposeLeft: transposeLeft,
            transposeRight: transposeRight
          )
          let result = op.value([left, right])
          #expect(result.shape == [2, 3, 2, 3])
          for index in result.shape.indices {
            let batch = Array(index[..<2])
            let (i, j) = (index[2], index[3])
            var sum = 0.0
            for l in 0..<4 {
              let a = batch.repeated(in: leftBatch) + (transposeLeft ? [l, i] : [i, l])
              let b = batch.repeated(in: rightBatch) + (transposeRight ? [j, l] : [l, j])
              sum += left[at: a] * right[at: b]
            }
            #expect((result[at: index] - sum).magnitude < 1e-13)
          }
        }
      }
    }
  }

  @Test func productOverNothingIsZero() {
    let op = Op.matrixMultiply(transposeLeft: false, transposeRight: false)
    let result = op.value([
      Tensor(shape: [2, 0], values: []), Tensor(shape: [0, 3], values: []),
    ])
    #expect(result.values == [0, 0, 0, 0, 0, 0])
  }

  @Test func triangularSolveRepeatsBatches() {
    for transposed in [false, true] {
      for (factorBatch, rightBatch) in [([2], [1]), ([1], [2]), ([2], [2])] {
        var factor = Tensor.random(Shape(factorBatch + [3, 3]), seed: 3)
        for b in 0..<factorBatch[0] { for i in 0..<3 { factor[b, i, i] = 2 + Double(i) } }
        let right = Tensor.random(Shape(rightBatch + [3, 2]), seed: 4)
        let solution = Op.triangularSolve(transposed: transposed).value([factor, right])
        let lower = Op.lowerTriangle(strict: false).value([factor])
        let product = Op.matrixMultiply(transposeLeft: transposed, transposeRight: false)
          .value([lower, solution])
        for index in product.shape.indices {
          #expect((product[at: index] - right[at: index, repeating: true]).magnitude < 1e-12)
        }
      }
    }
  }

  @Test func failedFactorOfABatchLeavesTheOthers() {
    let matrices = Tensor(shape: [2, 2, 2], values: [4, 9, 2, 5, 1, 9, 3, 1])
    let factors = Op.cholesky.value([matrices])
    #expect(Array(factors.values[..<4]) == [2, 0, 1, 2])
    #expect(factors[1, 0, 0].isNaN && factors[1, 1, 0].isNaN && factors[1, 1, 1].isNaN)
    #expect(factors[1, 0, 1] == 0)
  }

  @Test func trianglesAndDiagonals() {
    let x = Tensor.random([2, 3, 3], seed: 5)
    let lower = Op.lowerTriangle(strict: false).value([x])
    let strict = Op.lowerTriangle(strict: true).value([x])
    let diagonal = Op.diagonal.value([x])
    let matrix = Op.diagonalMatrix.value([diagonal])
    for index in x.shape.indices {
      let (i, j) = (index[1], index[2])
      #expect(lower[at: index] == (j <= i ? x[at: index] : 0))
      #expect(strict[at: index] == (j < i ? x[at: index] : 0))
      #expect(matrix[at: index] == (i == j ? x[at: index] : 0))
      if i == j { #expect(diagonal[at: [index[0], i]] == x[at: index]) }
    }
    let wide = Tensor.random([2, 3], seed: 6)
    #expect(Op.lowerTriangle(strict: false).value([wide])[1, 2] == 0)
    let tall = Tensor.random([3, 2], seed: 6)
    #expect(Op.lowerTriangle(strict: true).value([tall]).values.filter { $0 != 0 }.count == 3)
  }
}

extension [Int] {
  fileprivate func repeated(in sizes: [Int]) -> [Int] {
    zip(self, sizes).map { $1 == 1 ? 0 : $0 }
  }
}
