import PPLGraphIR
import PPLTensorCore

// Matrix primitives that are loops rather than kernels.
extension GraphPlanner {
  /// Products of at most this many multiplications are loops; larger ones are left to BLAS.
  private static let loopProduct = 1 << 14
  /// Masks of triangles and diagonals have at most this many elements.
  private static let maskSize = 1 << 16
  /// Columns of a constant matrix whose products with vectors join the loop over its rows.
  private static let columnRange = 2...32

  /// Axis sizes with the strides that operands have along them.
  private struct ProductAxes {
    var sizes: [Int] = []
    var left: [Int] = []
    var right: [Int] = []
    var result: [Int] = []

    mutating func append(_ size: Int, _ left: Int, _ right: Int, _ result: Int) {
      if size == 1 { return }
      sizes.append(size)
      self.left.append(left)
      self.right.append(right)
      self.result.append(result)
    }
  }

  /// A matrix product as loops; false where it is better left to a library.
  mutating func planProduct(
    _ node: Node,
    transposeLeft: Bool,
    transposeRight: Bool,
    _ operands: [NodeView],
    _ shapes: [Shape],
    _ result: Int
  ) -> Bool {
    let (n, k) = shapes[0].matrixSizes(transposed: transposeLeft)
    let m = node.shape[node.shape.rank - 1]
    if k == 0 {
      appendFill(0, result, node.shape)
      return true
    }
    if joinsRows(node, transposeLeft, transposeRight, operands, shapes, result, (n, k, m)) {
      return true
    }
    if node.shape.count > Self.loopProduct / k, n != 1, m != 1 { return false }
    let rank = node.shape.rank
    let (row, column) = (rank - 2, rank - 1)
    let strides = node.shape.strides
    var axes = ProductAxes()
    for axis in 0..<rank - 2 {
      axes.append(
        node.shape[axis],
        operands[0].strides[axis],
        operands[1].strides[axis],
        strides[axis]
      )
    }
    let left = operands[0].strides
    let right = operands[1].strides
    let rowStep = left[transposeLeft ? column : row]
    let innerLeft = left[transposeLeft ? row : column]
    let innerRight = right[transposeRight ? column : row]
    let columnStep = right[transposeRight ? row : column]
    // The innermost axis is one along which the larger operand has its neighbours.
    let sumsInside = m == 1 ? innerLeft == 1 || n == 1 : columnStep != 1
    if m == 1, !sumsInside {
      axes.append(k, innerLeft, innerRight, 0)
      axes.append(n, rowStep, 0, strides[row])
    } else if sumsInside {
      axes.append(n, rowStep, 0, strides[row])
      axes.append(m, 0, columnStep, strides[column])
      axes.append(k, innerLeft, innerRight, 0)
    } else {
      axes.append(n, rowStep, 0, strides[row])
      axes.append(k, innerLeft, innerRight, 0)
      axes.append(m, 0, columnStep, strides[column])
    }
    let accesses = [
      Access(value: operands[0].value, offset: operands[0].offset, strides: axes.left),
      Access(value: operands[1].value, offset: operands[1].offset, strides: axes.right),
    ]
    if k == 1 {
      append(
        .binary(.multiply),
        accesses,
        space: axes.sizes,
        result: result
      )
      return true
    }
    let products = addValue(.computed, count: axes.sizes.reduce(1, *))
    append(.binary(.multiply), accesses, space: axes.sizes, result: products)
    append(
      .reduce(.sum),
      [Access(value: products, strides: Access.rowMajorStrides(axes.sizes))],
      space: axes.sizes,
      result: result,
      target: Access(value: result, strides: axes.result)
    )
    return true
  }

  /// Products of a constant matrix of few columns or rows with a vector, which join the loop over the result or the rows.
  ///
  /// The matrix is laid out by columns, so that neighbouring rows are neighbours in memory: a generalised linear model
  /// reads its data once for predictor, likelihood and gradient.
  private mutating func joinsRows(
    _ node: Node,
    _ transposeLeft: Bool,
    _ transposeRight: Bool,
    _ operands: [NodeView],
    _ shapes: [Shape],
    _ result: Int,
    _ sizes: (n: Int, k: Int, m: Int)
  ) -> Bool {
    guard node.shape.rank == 2, sizes.m == 1,
      case .constant(let constant) = graph[node.operands[0]].op
    else { return false }
    let (rows, columns) = transposeLeft ? (sizes.k, sizes.n) : (sizes.n, sizes.k)
    let vector = operands[1]
    for value in [vector.value, views[node.operands[0].index].value] {
      if case .uniform = values[value].source { return false }
    }
    let step = vector.strides[transposeRight ? 1 : 0]
    if transposeLeft, Self.columnRange.contains(rows), columns > 1 {
      // Few rows: each column of the transposed matrix is a row as it stands.
      append(
        .dot(count: rows, matrixStride: columns, vectorStride: step),
        [
          Access(value: views[node.operands[0].index].value, strides: [1]),
          Access(value: vector.value, offset: vector.offset, strides: [0]),
        ],
        space: [columns],
        result: result
      )
      return true
    }
    guard Self.columnRange.contains(columns), rows > 1 else { return false }
    let matrix = columnMajor(constant, rows: rows, columns: columns)
    if transposeLeft {
      append(
        .project(count: columns, matrixStride: rows),
        [
          Access(value: matrix, strides: [1]),
          Access(value: vector.value, offset: vector.offset, strides: [step]),
        ],
        space: [rows],
        result: result,
        target: Access(value: result, strides: [0])
      )
    } else {
      append(
        .dot(count: columns, matrixStride: rows, vectorStride: step),
        [
          Access(value: matrix, strides: [1]),
          Access(value: vector.value, offset: vector.offset, strides: [0]),
        ],
        space: [rows],
        result: result
      )
    }
    return true
  }

  /// A constant matrix with its columns one behind the other.
  private mutating func columnMajor(_ constant: Int, rows: Int, columns: Int) -> Int {
    if let known = columnMajorValues[constant] { return known }
    let elements = graph.constants[constant].values
    var turned = [Double](repeating: 0, count: elements.count)
    for row in 0..<rows {
      for column in 0..<columns {
        turned[column * rows + row] = elements[row * columns + column]
      }
    }
    let value = addValue(.table(turned), count: turned.count)
    columnMajorValues[constant] = value
    return value
  }

  /// The lower triangle as a choice between elements and zeros; false for large matrices.
  mutating func planTriangle(
    strict: Bool,
    _ operand: NodeView,
    _ shape: Shape,
    _ result: Int
  ) -> Bool {
    let (rows, columns) = shape.matrixSizes(transposed: false)
    guard rows * columns <= Self.maskSize else { return false }
    let mask = mask(.init(rows: rows, columns: columns, isStrict: strict, isDiagonal: false))
    planMasked(mask, [columns, 1], operand.strides, operand, shape, result)
    return true
  }

  /// A diagonal matrix likewise.
  mutating func planDiagonalMatrix(
    _ operand: NodeView,
    _ shape: Shape,
    _ result: Int
  ) -> Bool {
    let size = shape[shape.rank - 1]
    guard size * size <= Self.maskSize else { return false }
    let mask = mask(.init(rows: size, columns: size, isStrict: false, isDiagonal: true))
    planMasked(mask, [size, 1], operand.strides + [0], operand, shape, result)
    return true
  }

  private mutating func planMasked(
    _ mask: Int,
    _ maskStrides: [Int],
    _ strides: [Int],
    _ operand: NodeView,
    _ shape: Shape,
    _ result: Int
  ) {
    let axes = shape.longAxes
    let first = shape.rank - 2
    append(
      .select,
      [
        Access(
          value: mask,
          strides: axes.map { $0 < first ? 0 : maskStrides[$0 - first] }
        ),
        Access(
          value: operand.value,
          offset: operand.offset,
          strides: axes.map { strides[$0] }
        ),
        Access(
          value: addValue(.uniform(0), count: 1),
          strides: axes.map { _ in 0 }
        ),
      ],
      space: axes.map { shape[$0] },
      result: result
    )
  }

  private mutating func mask(_ key: MaskKey) -> Int {
    if let known = masks[key] { return known }
    var elements: [Double] = []
    for row in 0..<key.rows {
      for column in 0..<key.columns {
        let isKept =
          key.isDiagonal
          ? row == column : column < row || (column == row && !key.isStrict)
        elements.append(isKept ? 1 : 0)
      }
    }
    let value = addValue(.table(elements), count: elements.count)
    masks[key] = value
    return value
  }
}

/// Which elements of a matrix a mask keeps.
struct MaskKey: Hashable {
  var rows: Int
  var columns: Int
  var isStrict: Bool
  var isDiagonal: Bool
}
