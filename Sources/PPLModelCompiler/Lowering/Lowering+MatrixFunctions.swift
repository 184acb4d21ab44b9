import PPLGraphIR
import PPLSourceText
import PPLTensorCore
import PPLTypeSystem

extension Lowering {
  /// The value of a function of matrices, knots or positions.
  func lowerMatrixFunction(
    _ function: BuiltinFunction,
    _ values: [LoweredValue],
    _ plate: Plate,
    _ span: SourceSpan
  ) throws(LoweringError) -> LoweredValue {
    let first = values[0]
    let rank = plate.rank
    switch function {
    case .trace:
      return LoweredValue(reduced(first.node.diagonal(), from: rank), ownRank: 0)
    case .determinant, .logDeterminant:
      try requireSquare(first, span)
      return LoweredValue(
        first.node.determinant(logarithm: function == .logDeterminant),
        ownRank: 0
      )
    case .eigenvalues, .eigenvectors:
      try requireSquare(first, span)
      let both = first.node.symmetricEigen()
      let size = first.ownSizes[0]
      if function == .eigenvectors {
        return LoweredValue(both.slice(axis: rank, start: 1, count: size), ownRank: 2)
      }
      let row = both.slice(axis: rank, start: 0, count: 1)
      return LoweredValue(row.reshape(Shape(first.plateSizes + [size])), ownRank: 1)
    case .inverse:
      try requireSquare(first, span)
      let ones = builder.constant(1).broadcast(to: Shape(first.plateSizes + [first.ownSizes[0]]))
      return LoweredValue(first.node.solve(ones.diagonalMatrix()), ownRank: 2)
    case .solve: return try solve(first, values[1], span)
    case .outer:
      let left = first.node.reshape(Shape(first.plateSizes + first.ownSizes + [1]))
      let right = values[1].node.reshape(Shape(values[1].plateSizes + [1] + values[1].ownSizes))
      return LoweredValue(left * right, ownRank: 2)
    case .kronecker: return kronecker(first, values[1])
    case .orthogonalFactor, .triangularFactor:
      guard first.ownSizes[0] >= first.ownSizes[1] else {
        throw LoweringError(
          "E0203",
          "`\(function.rawValue)` takes a matrix with at least as many rows as columns",
          at: span,
          "this is \(first.ownSizes[0]) x \(first.ownSizes[1])"
        )
      }
      let (q, r) = orthogonalised(first.node)
      return LoweredValue(function == .orthogonalFactor ? q : r, ownRank: 2)
    case .standardize:
      let axes = Array(rank..<first.node.shape.rank)
      let count = Double(first.ownSizes.reduce(1, *))
      let centred = first.node - first.node.sum(axes: axes) / count
      let scale = (centred.square().sum(axes: axes) / (count - 1)).squareRoot()
      return LoweredValue(centred / scale, ownRank: first.ownRank, origins: first.origins)
    case .interpolate: return try interpolate(values, plate, span)
    case .bspline: return try spline(values, plate, span)
    case .squaredExponential, .matern32, .matern52, .periodic:
      return covariance(function, values, plate)
    default: preconditionFailure("not a function of matrices")
    }
  }

  private func reduced(_ node: GraphValue, from axis: Int) -> GraphValue {
    node.sum(axes: Array(axis..<node.shape.rank)).reshape(Shape(Array(node.shape.sizes[..<axis])))
  }

  private func requireSquare(_ value: LoweredValue, _ span: SourceSpan) throws(LoweringError) {
    guard value.ownSizes[0] == value.ownSizes[1] else {
      throw sizeMismatch([value.ownSizes[0]], [value.ownSizes[1]], span)
    }
  }

  private func solve(_ matrix: LoweredValue, _ right: LoweredValue, _ span: SourceSpan)
    throws(LoweringError) -> LoweredValue
  {
    try requireSquare(matrix, span)
    guard matrix.ownSizes[0] == right.ownSizes[0] else {
      throw sizeMismatch(matrix.ownSizes, right.ownSizes, span)
    }
    let columns = right.ownRank == 1 ? 1 : right.ownSizes[1]
    let node = right.node.reshape(Shape(right.plateSizes + [right.ownSizes[0], columns]))
    let solved = matrix.node.solve(node)
    guard right.ownRank == 1 else { return LoweredValue(solved, ownRank: 2) }
    return LoweredValue(solved.reshape(Shape(Array(solved.shape.sizes.dropLast()))), ownRank: 1)
  }

  private func kronecker(_ a: LoweredValue, _ b: LoweredValue) -> LoweredValue {
    let (p, q) = (a.ownSizes, b.ownSizes)
    let left = a.node.reshape(Shape(a.plateSizes + [p[0], 1, p[1], 1]))
    let right = b.node.reshape(Shape(b.plateSizes + [1, q[0], 1, q[1]]))
    let product = left * right
    let plate = Array(product.shape.sizes.dropLast(4))
    return LoweredValue(
      product.reshape(Shape(plate + [p[0] * q[0], p[1] * q[1]])),
      ownRank: 2
    )
  }

  /// Q with orthonormal columns and the upper triangle R, with Q R = X.
  ///
  /// Twice by Cholesky factors of XᵀX, which is as exact as Householder's way for condition numbers below 1e8 (Yamamoto
  /// et al. 2015, ETNA 44, 306).
  private func orthogonalised(_ x: GraphValue) -> (q: GraphValue, r: GraphValue) {
    func step(_ x: GraphValue) -> (q: GraphValue, r: GraphValue) {
      let factor = x.matrixMultiply(x, transposeLeft: true).cholesky()
      return (
        factor.triangularSolve(x.matrixTranspose()).matrixTranspose(), factor.matrixTranspose()
      )
    }
    let first = step(x)
    let second = step(first.q)
    return (second.q, second.r.matrixMultiply(first.r))
  }

  // MARK: Knots

  /// Straight lines between knots, and the values of the end knots beyond them.
  private func interpolate(_ values: [LoweredValue], _ plate: Plate, _ span: SourceSpan)
    throws(LoweringError) -> LoweredValue
  {
    let (knots, heights, x) = (values[0], values[1], values[2])
    let count = knots.ownSizes[0]
    guard count == heights.ownSizes[0] else {
      throw sizeMismatch(knots.ownSizes, heights.ownSizes, span)
    }
    if let known = knots.node.constantValue?.values, knots.isPlateInvariant {
      for (left, right) in zip(known, known.dropFirst()) where !(left < right) {
        throw LoweringError(
          "E0805",
          "the knots of an interpolation ascend",
          at: span,
          "\(shortNumber(left)) comes before \(shortNumber(right))",
          help: "sort the knots, and leave out repeated ones"
        )
      }
    }
    // y(x) = y₁ + Σ slope · (x - left, between 0 and the width).
    let ones = [Int](repeating: 1, count: x.ownRank)
    func spread(_ value: LoweredValue, _ start: Int, _ size: Int) -> GraphValue {
      value.node.slice(axis: plate.rank, start: start, count: size)
        .reshape(Shape(value.plateSizes + ones + [size]))
    }
    guard count > 0 else { throw LoweringError("E0203", "there are no knots", at: span) }
    let first = spread(heights, 0, 1)
    let position = x.node.reshape(Shape(x.node.shape.sizes + [1]))
    var sum = first + position * 0
    if count > 1 {
      let left = spread(knots, 0, count - 1)
      let width = spread(knots, 1, count - 1) - left
      let slope = (spread(heights, 1, count - 1) - spread(heights, 0, count - 1)) / width
      let part = (position - left).max(builder.constant(0)).min(width)
      sum = first + (slope * part).sum(axes: [plate.rank + x.ownRank])
    }
    return LoweredValue(
      sum.reshape(Shape(Array(sum.shape.sizes.dropLast()))),
      ownRank: x.ownRank,
      origins: x.origins
    )
  }

  /// The B-splines of a degree at a position.
  ///
  /// De Boor, A Practical Guide to Splines (1978), chapter IX. The end knots are repeated, so that K knots carry
  /// K + degree - 1 of them; outside of the knots all are zero.
  private func spline(_ values: [LoweredValue], _ plate: Plate, _ span: SourceSpan)
    throws(LoweringError) -> LoweredValue
  {
    let given = try known(values[1], "the knots of a spline", span)
    var degree = 3
    if values.count > 2 {
      let number = try known(values[2], "the degree of a spline", span)
      guard let whole = Int(exactly: number.first ?? .nan), (0...20).contains(whole) else {
        throw LoweringError(
          "E0503",
          "the degree of a spline is an integer from 0 to 20",
          at: span,
          "this is \(shortNumber(number.first ?? .nan))"
        )
      }
      degree = whole
    }
    guard given.count >= 2, zip(given, given.dropFirst()).allSatisfy({ $0 < $1 }),
      given.allSatisfy(\.isFinite)
    else {
      throw LoweringError(
        "E0805",
        "a spline has at least two knots, which ascend",
        at: span,
        help: "sort the knots, and leave out repeated ones; the end knots are repeated for you"
      )
    }
    let ends = (
      [Double](repeating: given[0], count: degree),
      [Double](repeating: given[given.count - 1], count: degree)
    )
    let knots = ends.0 + given + ends.1
    func row(_ values: [Double]) -> GraphValue {
      builder.constant(
        Tensor(
          shape: Shape(plate.shape.map { _ in 1 } + [values.count]),
          kind: .real,
          values: values
        )
      )
    }
    let x = values[0].node.reshape(Shape(values[0].plateSizes + [1]))
    let spans = knots.count - 1
    // Of the spans that hold the position the last one counts; the last knot belongs to the last span.
    let uppers = (0..<spans).map { index in
      knots[index + 1] == given[given.count - 1] && knots[index] < knots[index + 1]
        ? Double.infinity : knots[index + 1]
    }
    let last = given[given.count - 1]
    var basis = x.isGreaterOrEqual(to: row(Array(knots.dropLast())))
      .and(x.isLess(than: row(uppers))).and(x.isLessOrEqual(to: builder.constant(last)))
      .select(builder.constant(1), builder.constant(0))
    for order in 1...max(degree, 1) where degree > 0 {
      let count = spans - order
      let lower = (0..<count).map { index -> Double in
        let width = knots[index + order] - knots[index]
        return width > 0 ? 1 / width : 0
      }
      let upper = (0..<count).map { index -> Double in
        let width = knots[index + order + 1] - knots[index + 1]
        return width > 0 ? 1 / width : 0
      }
      let left = basis.slice(axis: plate.rank, start: 0, count: count)
      let right = basis.slice(axis: plate.rank, start: 1, count: count)
      let rising = (x - row(Array(knots[..<count]))) * row(lower)
      let falling = (row(Array(knots[(order + 1)..<(order + 1 + count)])) - x) * row(upper)
      basis = rising * left + falling * right
    }
    return LoweredValue(basis, ownRank: 1)
  }

  /// The elements of a value that is known and the same for all indices.
  private func known(_ value: LoweredValue, _ what: String, _ span: SourceSpan)
    throws(LoweringError) -> [Double]
  {
    try checkBudget(span)
    guard value.isPlateInvariant, let tensor = value.node.constantValue else {
      throw LoweringError(
        "E0304",
        "\(what) must be computable from data, and the same for all indices",
        at: span
      )
    }
    return tensor.values
  }

  // MARK: Covariances

  private func covariance(
    _ function: BuiltinFunction,
    _ values: [LoweredValue],
    _ plate: Plate
  ) -> LoweredValue {
    let x = values[0]
    let count = x.ownSizes[0]
    let width = x.ownRank == 2 ? x.ownSizes[1] : 1
    let rows = x.node.reshape(Shape(x.plateSizes + [count, 1, width]))
    let columns = x.node.reshape(Shape(x.plateSizes + [1, count, width]))
    let axis = plate.rank + 2
    var squares = (rows - columns).square().sum(axes: [axis])
    squares = squares.reshape(Shape(Array(squares.shape.sizes.dropLast())))
    func scalar(_ position: Int) -> GraphValue { padded(values[position], plate, to: 2) }
    let variance = scalar(1).square()
    let length = scalar(2)
    // The distance of a point from itself has no slope.
    let distance = squares.max(builder.constant(1e-300)).squareRoot()
    let shape: GraphValue
    switch function {
    case .squaredExponential: shape = (squares / length.square() * -0.5).exp()
    case .matern32:
      let scaled = distance / length * 3.0.squareRoot()
      shape = (scaled + 1) * (-scaled).exp()
    case .matern52:
      let scaled = distance / length * 5.0.squareRoot()
      shape = (scaled + 1 + scaled.square() / 3) * (-scaled).exp()
    default:
      let turn = (distance / scalar(3) * Double.pi).sin()
      shape = (turn.square() / length.square() * -2).exp()
    }
    return LoweredValue(variance * shape, ownRank: 2)
  }
}
