extension BuiltinFunction {
  /// What it is about; documentation shows functions in these groups, in this order.
  package enum Topic: String, Sendable, CaseIterable {
    case elementary = "Elementary functions"
    case activation = "Activations of nets"
    case special = "Special functions"
    case pair = "Functions of two numbers"
    case reduction = "Reductions"
    case vector = "Vectors"
    case matrix = "Matrices"
    case knots = "Functions given by knots"
    case covariance = "Covariances"
  }

  package var topic: Topic {
    switch self {
    case .abs, .sign, .sqrt, .square, .exp, .expm1, .log, .log1p, .log1m, .log1mExp, .log1pExp,
      .logit, .inverseLogit, .reciprocal, .sin, .cos, .tan, .asin, .acos, .atan, .sinh, .cosh,
      .tanh, .asinh, .acosh, .atanh, .floor, .ceil, .round:
      .elementary
    case .sigmoid, .softplus, .relu, .elu, .gelu, .silu, .leakyReLU: .activation
    case .logGamma, .digamma, .trigamma, .erf, .erfc, .normalCDF, .inverseNormalCDF: .special
    case .atan2, .logBeta, .logChoose, .logDiffExp: .pair
    case .sum, .mean, .product, .min, .max, .logSumExp, .any, .all, .standardDeviation, .variance:
      .reduction
    case .cumulativeSum, .softmax, .sort, .known, .standardize, .dot, .outer: .vector
    case .transpose, .diagonal, .diagonalMatrix, .trace, .kronecker, .solve, .inverse, .determinant,
      .logDeterminant, .cholesky, .eigenvalues, .eigenvectors, .orthogonalFactor,
      .triangularFactor:
      .matrix
    case .interpolate, .bspline: .knots
    case .squaredExponential, .matern32, .matern52, .periodic: .covariance
    }
  }

  /// What it takes and gives, where that is not one number for each element.
  package var shapes: String? {
    switch topic {
    case .elementary, .activation, .special, .pair: nil
    case .reduction:
      form == .reductionOrPairwise
        ? "an array to a number, or two numbers to one" : "an array to a number"
    case .vector:
      switch self {
      case .known: "data by their name to a vector"
      case .standardize: "an array to one with its axes"
      case .dot: "two vectors of one axis to a number"
      case .outer: "two vectors to a matrix"
      default: "a vector to one with its axis"
      }
    case .matrix:
      switch self {
      case .transpose: "a matrix to one with its axes exchanged"
      case .diagonalMatrix: "a vector to a square matrix"
      case .diagonal, .eigenvalues: "a square matrix to a vector"
      case .trace, .determinant, .logDeterminant: "a square matrix to a number"
      case .kronecker: "two matrices to one"
      case .solve: "a square matrix, and a vector or matrix, to a vector or matrix"
      case .orthogonalFactor: "a matrix to one with its axes"
      case .triangularFactor: "a matrix to a square one over its columns"
      default: "a square matrix to a square matrix"
      }
    case .knots:
      self == .interpolate
        ? "two vectors over the knots, and a number, to a number"
        : "a number, the knots and a degree of data, to a vector"
    case .covariance: "positions, or a row of coordinates for each point, to a matrix over points"
    }
  }
}
