import PPLGraphIR
import PPLTensorCore

/// Products of vectors with a lower triangular factor `[plate…, n, n]` or its inverse.
///
/// Vectors are `[plate…, n]`. Where one factor serves the whole plate, the vectors become one matrix.
struct FactorProduct {
  private let factor: GraphValue

  init(_ factor: GraphValue) { self.factor = factor }

  /// vᵀ L for each vector, or vᵀ Lᵀ = (L v)ᵀ when `transposed`.
  func multiply(_ vectors: GraphValue, transposed: Bool) -> GraphValue {
    if let matrix = sharedFactor {
      return rows(vectors).matrixMultiply(matrix, transposeRight: transposed)
        .reshape(vectors.shape)
    }
    let row = vectors.reshape(inserting(axis: vectors.lastAxis, into: vectors.shape))
    let product = row.matrixMultiply(factor, transposeRight: transposed)
    return product.reshape(removing(axis: product.lastAxis - 1, from: product.shape))
  }

  /// L⁻¹ v for each vector, or L⁻ᵀ v when `transposed`.
  func solve(_ vectors: GraphValue, transposed: Bool) -> GraphValue {
    if let matrix = sharedFactor {
      return matrix.triangularSolve(rows(vectors).transpose([1, 0]), transposed: transposed)
        .transpose([1, 0]).reshape(vectors.shape)
    }
    return factor.triangularSolve(vectors.addingEventAxis(), transposed: transposed)
      .droppingEvent()
  }

  /// |L⁻¹ v|² for each vector, without the event axis.
  func solveSquaredLength(_ vectors: GraphValue) -> GraphValue {
    if let matrix = sharedFactor {
      return matrix.triangularSolve(rows(vectors).transpose([1, 0])).square().sum(axes: [0])
        .reshape(vectors.plateShape(eventRank: 1))
    }
    return solve(vectors, transposed: false).square().sumOverEvent()
  }

  private var sharedFactor: GraphValue? {
    guard factor.shape.batch.count == 1 else { return nil }
    return factor.reshape(Shape(factor.shape.sizes.suffix(2).map { $0 }))
  }

  private func rows(_ vectors: GraphValue) -> GraphValue {
    vectors.reshape([vectors.plateShape(eventRank: 1).count, vectors.eventSize])
  }

  private func inserting(axis: Int, into shape: Shape) -> Shape {
    var sizes = shape.sizes
    sizes.insert(1, at: axis)
    return Shape(sizes)
  }

  private func removing(axis: Int, from shape: Shape) -> Shape {
    var sizes = shape.sizes
    sizes.remove(at: axis)
    return Shape(sizes)
  }
}
