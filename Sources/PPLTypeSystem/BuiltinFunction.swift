/// The functions of the language; the raw value is the name in programs.
package enum BuiltinFunction: String, Sendable, Hashable, CaseIterable {
  // Elementwise, one operand.
  case abs, sign, sqrt, square, exp, expm1, log, log1p, log1m
  case log1mExp = "log1m_exp"
  case log1pExp = "log1p_exp"
  case logit
  case inverseLogit = "inv_logit"
  case reciprocal = "inv"
  case sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, asinh, acosh, atanh
  case floor, ceil, round
  // Activations.
  case sigmoid, softplus, relu, elu, gelu, silu
  case leakyReLU = "leaky_relu"
  case logGamma = "lgamma"
  case digamma, trigamma, erf, erfc
  case normalCDF = "Phi"
  case inverseNormalCDF = "inv_Phi"

  // Elementwise, two operands.
  case atan2
  case logBeta = "lbeta"
  case logChoose = "lchoose"
  case logDiffExp = "log_diff_exp"

  // Over all elements of an array (min, max and log_sum_exp also elementwise over two operands).
  case sum, mean, product = "prod", min, max
  case logSumExp = "log_sum_exp"
  case any, all
  case standardDeviation = "sd"
  case variance = "var"

  // On vectors and matrices.
  case cumulativeSum = "cumsum"
  case softmax, sort, dot, transpose, cholesky
  /// The elements of observed data that are not missing.
  case known
  case diagonal = "diag"
  case diagonalMatrix = "diag_matrix"
  case trace, outer, kronecker, solve, inverse
  case determinant = "det"
  case logDeterminant = "log_det"
  case eigenvalues, eigenvectors
  /// The factors of a matrix with at least as many rows as columns: orthonormal columns, then an upper triangle.
  case orthogonalFactor = "qr_q"
  case triangularFactor = "qr_r"
  /// Less the mean, in units of the standard deviation.
  case standardize

  // Functions of a position given by their values at knots.
  case interpolate
  case bspline

  // Covariance functions.
  case squaredExponential = "cov_exp_quad"
  case matern32 = "cov_matern32"
  case matern52 = "cov_matern52"
  case periodic = "cov_periodic"

  /// How arguments and result are shaped.
  package enum Form: Sendable, Hashable {
    /// One operand, lifted over its axes.
    case elementwise
    /// Two operands, lifted over equal axes.
    case pairwise
    /// All elements of one operand to a scalar.
    case reduction
    /// As `reduction` with one operand, as `pairwise` with two.
    case reductionOrPairwise
    /// Has a rule of its own.
    case special
  }

  package var form: Form {
    switch self {
    case .abs, .sign, .sqrt, .square, .exp, .expm1, .log, .log1p, .log1m, .log1mExp, .log1pExp,
      .logit, .inverseLogit, .reciprocal, .sin, .cos, .tan, .asin, .acos, .atan, .sinh, .cosh,
      .tanh, .asinh, .acosh, .atanh, .floor, .ceil, .round, .logGamma, .digamma, .trigamma, .erf,
      .erfc, .normalCDF, .inverseNormalCDF, .sigmoid, .softplus, .relu, .elu, .gelu, .silu,
      .leakyReLU:
      .elementwise
    case .atan2, .logBeta, .logChoose, .logDiffExp: .pairwise
    case .sum, .mean, .product, .any, .all, .standardDeviation, .variance: .reduction
    case .min, .max, .logSumExp: .reductionOrPairwise
    case .cumulativeSum, .softmax, .sort, .known, .dot, .transpose, .cholesky, .diagonal,
      .diagonalMatrix, .trace, .outer, .kronecker, .solve, .inverse, .determinant,
      .logDeterminant, .eigenvalues, .eigenvectors, .orthogonalFactor, .triangularFactor,
      .standardize, .interpolate, .bspline, .squaredExponential, .matern32, .matern52, .periodic:
      .special
    }
  }

  /// How a call is written, for functions with a rule of their own, and how many arguments it takes.
  package var call: (counts: ClosedRange<Int>, example: String) {
    switch self {
    case .dot, .outer: (2...2, "\(rawValue)(x, y)")
    case .kronecker: (2...2, "kronecker(A, B)")
    case .solve: (2...2, "solve(A, b)")
    case .interpolate: (3...3, "interpolate(knots, values, x)")
    case .bspline: (2...3, "bspline(x, knots, degree)")
    case .squaredExponential, .matern32, .matern52: (3...3, "\(rawValue)(x, sd, length)")
    case .periodic: (4...4, "cov_periodic(x, sd, length, period)")
    case .transpose, .cholesky, .diagonal, .trace, .inverse, .determinant, .logDeterminant,
      .eigenvalues, .eigenvectors, .orthogonalFactor, .triangularFactor:
      (1...1, "\(rawValue)(A)")
    default: (1...1, "\(rawValue)(x)")
    }
  }
}
