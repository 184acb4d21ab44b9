import PPLGraphIR
import PPLTensorCore
import PPLTypeSystem

// Free elements of a lower triangle are kept row by row. i and k count rows and columns from 0, n is
// the matrix' size. The number of nodes does not depend on n.

extension MatrixSupport {
  func unconstrainedCount(size: Int) -> Int {
    switch self {
    case .corr, .choleskyCorr: StrictTriangle.count(size: size)
    case .cov, .choleskyCov: StrictTriangle.count(size: size).saturatingAdd(size)
    }
  }

  func constrain(
    _ y: GraphValue,
    size: Int
  ) -> (value: GraphValue, logJacobian: [GraphValue]) {
    switch self {
    case .choleskyCorr:
      return constrainCorrelation(y, size: size, isProduct: false)
    case .corr:
      let (factor, logJacobian) = constrainCorrelation(y, size: size, isProduct: true)
      return (factor.matrixMultiply(factor, transposeRight: true), logJacobian)
    case .choleskyCov:
      let logDiagonal = y.eventSlice(0, size)
      return (covarianceFactor(y, size: size), [logDiagonal.sumOverEvent()])
    case .cov:
      let factor = covarianceFactor(y, size: size)
      return (
        factor.matrixMultiply(factor, transposeRight: true),
        covarianceLogJacobian(logDiagonal: y.eventSlice(0, size))
      )
    }
  }

  func unconstrain(_ x: GraphValue) -> GraphValue {
    switch self {
    case .choleskyCorr: correlationCoordinates(x)
    case .corr: correlationCoordinates(x.cholesky())
    case .choleskyCov: covarianceCoordinates(x)
    case .cov: covarianceCoordinates(x.cholesky())
    }
  }

  // MARK: Correlation

  /// The factor of a correlation matrix by canonical partial correlations z = tanh(y).
  ///
  /// Row i: L_ik = z_ik √Π_{j<k} (1 − z_ij²), L_ii = √Π_{j<i} (1 − z_ij²). With c = log(1 − z²), the
  /// determinants with respect to the elements below the diagonal, of L or of L Lᵀ, are sums of c over those elements:
  ///
  ///     log |det ∂L/∂y| = Σ c_ik (1 + ½ (i − 1 − k))
  ///     log |det ∂(L Lᵀ)/∂y| = Σ c_ik (1 + ½ (n − 2 − k))
  ///
  /// Source: Lewandowski, Kurowicka and Joe 2009, doi:10.1016/j.jmva.2009.04.008, section 2.
  private func constrainCorrelation(
    _ y: GraphValue,
    size: Int,
    isProduct: Bool
  ) -> (GraphValue, [GraphValue]) {
    let triangle = StrictTriangle(size: size)
    let rank = y.shape.rank
    // log(1 − tanh² y), accurate where tanh y rounds to 1.
    let c = 2 * (y.scalar(2).log() - y - (-2 * y).softplus())
    let weights = triangle.constant(y) { row, column in
      1 + 0.5 * Double((isProduct ? size - 2 : row - 1) - column)
    }
    let logJacobian = (c * weights).sumOverEvent()

    let position = triangle.positions(y.builder)
    let z = triangle.matrix(of: y.tanh(), at: position)
    let logRemaining = triangle.matrix(of: c, at: position)
      .slice(axis: rank, start: 0, count: max(size - 1, 0))
      .pad(axis: rank, before: size == 0 ? 0 : 1, after: 0)
      .cumulativeSum(axis: rank)
    let identity = y.eventConstant(rank: rank, count: size) { _ in 1 }.diagonalMatrix()
    return ((z + identity) * (0.5 * logRemaining).exp(), [logJacobian])
  }

  /// y_ik = atanh(z_ik) = asinh(L_ik / √Σ_{j>k} L_ij²).
  private func correlationCoordinates(_ factor: GraphValue) -> GraphValue {
    let size = factor.eventSize
    let triangle = StrictTriangle(size: size)
    let remaining = factor.square().cumulativeSum(axis: factor.lastAxis, reversed: true)
    let after = triangle.elements(of: remaining, columnOffset: 1)
    return (triangle.elements(of: factor) / after.squareRoot()).asinh()
  }

  // MARK: Covariance

  /// The factor with exp of the first n values on its diagonal and the rest below it; log |det| is the sum
  /// of those n.
  private func covarianceFactor(_ y: GraphValue, size: Int) -> GraphValue {
    let triangle = StrictTriangle(size: size)
    let below = triangle.matrix(
      of: y.eventSlice(size, StrictTriangle.count(size: size)),
      at: triangle.positions(y.builder)
    )
    return below + y.eventSlice(0, size).exp().diagonalMatrix()
  }

  /// log |det| of the map to L Lᵀ with respect to its lower triangle: n log 2 + Σ (n + 1 − i) log L_ii.
  ///
  /// Source: Muirhead 1982, "Aspects of Multivariate Statistical Theory", theorem 2.1.9; one more
  /// log L_ii comes from the exponential.
  private func covarianceLogJacobian(logDiagonal: GraphValue) -> [GraphValue] {
    let size = logDiagonal.eventSize
    let weights = logDiagonal.eventConstant(rank: logDiagonal.shape.rank, count: size) {
      Double(size + 1 - $0)
    }
    let constant = Double(size) * logDiagonal.scalar(2).log()
    return [
      (weights * logDiagonal).sumOverEvent(),
      constant.addend(rank: logDiagonal.shape.rank - 1),
    ]
  }

  private func covarianceCoordinates(_ factor: GraphValue) -> GraphValue {
    let triangle = StrictTriangle(size: factor.eventSize)
    return GraphValue.concatenate(
      [factor.diagonal().log(), triangle.elements(of: factor)],
      axis: factor.lastAxis - 1
    )
  }
}

/// The elements below the diagonal of a square matrix, row by row.
struct StrictTriangle {
  let size: Int

  /// How many there are; `Int.max` if that does not fit.
  static func count(size: Int) -> Int {
    guard size > 1 else { return 0 }
    let (even, odd) = size.isMultiple(of: 2) ? (size / 2, size - 1) : ((size - 1) / 2, size)
    return even.saturatingMultiply(odd)
  }

  private var count: Int { StrictTriangle.count(size: size) }

  /// A known value for each, along the last axis of values of the rank of `value`.
  func constant(_ value: GraphValue, _ element: (_ row: Int, _ column: Int) -> Double) -> GraphValue
  {
    let shape = Shape([Int](repeating: 1, count: value.shape.rank - 1) + [count])
    return value.builder.constant(shape: shape) {
      (0..<size).flatMap { row in (0..<row).map { element(row, $0) } }
    }
  }

  /// The place of each element of the matrix among the free ones, `[n, n]`; `count` for the others.
  func positions(_ builder: GraphBuilder) -> GraphValue {
    builder.constant(shape: [size, size], kind: .integer) {
      var positions = [Double](repeating: Double(count), count: size * size)
      var next = 0.0
      for row in 0..<size {
        for column in 0..<row {
          positions[row * size + column] = next
          next += 1
        }
      }
      return positions
    }
  }

  /// The matrix with these elements at `positions`, zero elsewhere: plate + `[count]` to plate + `[n, n]`.
  func matrix(of values: GraphValue, at positions: GraphValue) -> GraphValue {
    values.pad(axis: values.lastAxis, before: 0, after: 1).gatherEvent(positions)
  }

  /// The elements of a matrix at these rows, the columns shifted: plate + `[n, n]` to plate + `[count]`.
  func elements(of matrix: GraphValue, columnOffset: Int = 0) -> GraphValue {
    let index = matrix.builder.constant(shape: [count], kind: .integer) {
      (0..<size).flatMap { row in (0..<row).map { Double(row * size + $0 + columnOffset) } }
    }
    let flat = Shape(matrix.plateShape(eventRank: 2).sizes + [size.saturatingMultiply(size)])
    return matrix.reshape(flat).gatherEvent(index)
  }
}

extension Int {
  fileprivate func saturatingMultiply(_ other: Int) -> Int {
    let (product, overflow) = multipliedReportingOverflow(by: other)
    return overflow ? Int.max : product
  }

  fileprivate func saturatingAdd(_ other: Int) -> Int {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? Int.max : sum
  }
}
