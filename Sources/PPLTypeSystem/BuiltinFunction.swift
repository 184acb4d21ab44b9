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
      .erfc, .normalCDF, .inverseNormalCDF:
      .elementwise
    case .atan2, .logBeta, .logChoose, .logDiffExp: .pairwise
    case .sum, .mean, .product, .any, .all, .standardDeviation, .variance: .reduction
    case .min, .max, .logSumExp: .reductionOrPairwise
    case .cumulativeSum, .softmax, .sort, .known, .dot, .transpose, .cholesky, .diagonal,
      .diagonalMatrix:
      .special
    }
  }
}
