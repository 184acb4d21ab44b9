import PPLGraphIR
import PPLTensorCore

// Products of vectors and matrices over a plate.

extension Lowering {
  /// `a @ b` at each index of the plate.
  ///
  /// Where each operand varies along axes of the plate that the other does not know, all of it is one matrix product:
  /// `[f[i] @ g[j] for i: d, j: e]` is F Gᵀ, and `p[i] @ v` is P V.
  func matrixMultiply(_ a: LoweredValue, _ b: LoweredValue, _ plate: Plate) -> LoweredValue {
    let axes = ProductAxes(a.plateSizes, b.plateSizes)
    let origins = Array(a.origins.dropLast()) + b.origins.dropFirst()
    if a.ownRank == 1, b.ownRank == 1, axes.left.isEmpty || axes.right.isEmpty {
      if b.isPlateInvariant, !a.isPlateInvariant {
        let rows = a.node.reshape([axes.leftCount, a.ownSizes[0]])
        let column = b.node.reshape([a.ownSizes[0], 1])
        return LoweredValue(
          rows.matrixMultiply(column).reshape(Shape(a.plateSizes)),
          ownRank: 0
        )
      }
      // What is added up joins the loop over the plate.
      let product = (a.node * b.node).sum(axes: [plate.rank])
      return LoweredValue(product.reshape(Shape(product.shape.sizes.dropLast())), ownRank: 0)
    }
    let inner = a.ownSizes[a.ownRank - 1]
    let rows = a.ownSizes.dropLast()
    let columns = b.ownSizes.dropFirst()
    let rank = plate.rank
    let leftRows = a.node.transpose(axes.order(axes.both + axes.left, rank, own: a.ownRank))
      .reshape(axes.matrix(axes.leftCount * rows.reduce(1, *), inner))
    let product: GraphValue
    if b.ownRank == 1 {
      let right = b.node.transpose(axes.order(axes.both + axes.right, rank, own: 1))
        .reshape(axes.matrix(axes.rightCount, inner))
      product = leftRows.matrixMultiply(right, transposeRight: true)
    } else {
      // The summed axis comes before those that the right side alone varies along.
      let moved = axes.both + axes.ones + [rank] + axes.left + axes.right + [rank + 1]
      let right = b.node.transpose(moved)
        .reshape(axes.matrix(inner, axes.rightCount * columns.reduce(1, *)))
      product = leftRows.matrixMultiply(right)
    }
    // [both, left, rows, right, columns] to the order of the plate, then rows and columns.
    let sizes = axes.sizes
    let parts =
      axes.both.map { sizes[$0] } + axes.left.map { sizes[$0] } + rows
      + axes.right.map { sizes[$0] } + columns
    let rowPlace = axes.both.count + axes.left.count
    let rightPlace = rowPlace + rows.count
    let long = axes.both + axes.left + axes.right
    let order =
      long.sorted().map { axis -> Int in
        guard let place = long.firstIndex(of: axis) else { return 0 }
        return place < rowPlace ? place : place + rows.count
      }
      + rows.indices.map { _ in rowPlace } + columns.map { _ in rightPlace + axes.right.count }
    return LoweredValue(
      product.reshape(Shape(parts)).transpose(order)
        .reshape(Shape(sizes + rows + columns)),
      ownRank: rows.count + columns.count,
      origins: origins
    )
  }
}

/// The axes of a plate by which operands of a product vary along them.
private struct ProductAxes {
  /// Sizes of the product.
  let sizes: [Int]
  private(set) var both: [Int] = []
  private(set) var left: [Int] = []
  private(set) var right: [Int] = []
  private(set) var ones: [Int] = []

  init(_ a: [Int], _ b: [Int]) {
    sizes = zip(a, b).map { $0 == 1 ? $1 : $0 }
    for axis in a.indices {
      switch (a[axis] != 1, b[axis] != 1) {
      case (true, true): both.append(axis)
      case (true, false): left.append(axis)
      case (false, true): right.append(axis)
      case (false, false): ones.append(axis)
      }
    }
  }

  var leftCount: Int { left.reduce(1) { $0 * sizes[$1] } }
  var rightCount: Int { right.reduce(1) { $0 * sizes[$1] } }

  /// These axes first, then the others, along which the operand does not vary, then its own.
  func order(_ axes: [Int], _ rank: Int, own: Int) -> [Int] {
    axes + (0..<rank).filter { !axes.contains($0) } + (rank..<rank + own)
  }

  /// A matrix for each index that both operands vary along.
  func matrix(_ rows: Int, _ columns: Int) -> Shape {
    let count = both.reduce(1) { $0 * sizes[$1] }
    return both.isEmpty ? [rows, columns] : [count, rows, columns]
  }
}
